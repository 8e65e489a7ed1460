"""The way between bot and venue: memory streams that are slow, cut, silent, or full of noise.

What was sent before a connection stalls arrives when it no longer does, as with TCP, unless the bot
has closed it meanwhile, which takes back what was not sent (`pmio.network`). What is under way when
the bot is killed still reaches the venue.
"""

from collections.abc import Awaitable, Callable
from random import Random
from typing import Final

import msgspec
import trio

from pmapp.simulate.plan import BACK, CUT, DOWN, GARBLE, HALF_OPEN, OUT, SLOW, STALL, Plan, Trouble
from pmio.memory_network import MemoryStream, Pipe
from pmio.network import NetworkError

KEPT: Final = 256
Serve = Callable[[MemoryStream], Awaitable[None]]
Way = tuple[str, str]
"""A service and a direction."""


class Weather:
    """What is wrong with the way now. Draws come from its own seeded generator."""

    def __init__(self, plan: Plan) -> None:
        self._chance = Random(f"weather/{plan.seed}")
        self._least, self._most = plan.delay_s
        self._slow: list[Trouble] = []
        self._down: list[Trouble] = []
        self._stalled: list[tuple[Trouble, Way]] = []
        self._garbled: list[Trouble] = []

    def delay_s(self) -> float:
        """How long the next bytes travel."""
        slow = sum(trouble.amount for trouble in self._slow)
        if self._most <= 0.0 and not slow:
            return 0.0
        return self._chance.uniform(self._least, self._most) + slow * self._chance.random()

    def rough(self, sent: bytes, way: Way) -> bytes:
        """Bytes as they come out on the other side."""
        for trouble in self._garbled:
            if (trouble.service, trouble.way) == way and self._chance.random() < trouble.amount:
                return self._chance.randbytes(len(sent))
        return sent

    def is_down(self, service: str) -> bool:
        """Whether a service refuses connections."""
        return any(trouble.service == service for trouble in self._down)

    def is_stalled(self, way: Way) -> bool:
        """Whether nothing comes through."""
        return any(stalled == way for _, stalled in self._stalled)

    def begin(self, trouble: Trouble) -> None:
        """A trouble begins (a cut has no effect here, see `Cables`)."""
        ways = (trouble.way,) if trouble.kind == HALF_OPEN else (OUT, BACK)
        if trouble.kind == SLOW:
            self._slow.append(trouble)
        elif trouble.kind == DOWN:
            self._down.append(trouble)
        elif trouble.kind == GARBLE:
            self._garbled.append(trouble)
        elif trouble.kind in (STALL, HALF_OPEN):
            self._stalled += [(trouble, (trouble.service, way)) for way in ways]

    def end(self, trouble: Trouble) -> None:
        """It is over; nothing happens if it is so already."""
        for troubles in (self._slow, self._down, self._garbled):
            troubles[:] = [other for other in troubles if other is not trouble]
        self._stalled[:] = [pair for pair in self._stalled if pair[0] is not trouble]

    def clear(self) -> None:
        """Nothing is wrong any more."""
        for troubles in (self._slow, self._down, self._garbled):
            troubles.clear()
        self._stalled.clear()


class RoughPipe(Pipe):
    """One direction of a connection, in the weather."""

    def __init__(self, weather: Weather, way: Way) -> None:
        super().__init__(delay=weather.delay_s)
        self.way = way
        self.stalled = weather.is_stalled(way)
        self._weather = weather

    async def write(self, sent: bytes) -> None:
        """Put bytes in, perhaps others than these."""
        await super().write(self._weather.rough(sent, self.way))

    def abort(self) -> None:
        """The writer closes: what a stalled way has not taken yet is never sent (`TcpNetwork`)."""
        if self.stalled:
            self._chunks.clear()
            self._size = 0


class BotStream(MemoryStream):
    """The bot's end of a connection."""

    def __init__(self, back: RoughPipe, out: RoughPipe) -> None:
        super().__init__(back, out)
        self._out = out

    async def aclose(self) -> None:
        """Close both directions, dropping what could not be sent."""
        self._out.abort()
        await super().aclose()


class Cable(msgspec.Struct, eq=False):
    """One connection."""

    service: str
    out: RoughPipe
    back: RoughPipe

    @property
    def over(self) -> bool:
        """Whether both ways have ended."""
        return all(pipe.broken or pipe.ended for pipe in (self.out, self.back))

    def cut(self) -> None:
        """Both sides find it broken, and what is under way is lost."""
        for pipe in (self.out, self.back):
            pipe.broken = True
            pipe.touch()

    def let_go(self) -> None:
        """The bot's machine ends it: what is under way arrives, nothing is read any more."""
        self.out.abort()
        self.out.ended = True
        self.back.broken = True
        self.out.touch()
        self.back.touch()


class Cables:
    """Every connection there is, and the services at their ends."""

    def __init__(self, nursery: trio.Nursery, weather: Weather) -> None:
        self.weather = weather
        self._nursery = nursery
        self._serve: dict[str, Serve] = {}
        self._all: list[Cable] = []

    def listen(self, service: str, serve: Serve) -> None:
        """Have connections to a service served by `serve(stream)`."""
        self._serve[service] = serve

    def join(self, service: str) -> tuple[MemoryStream, Cable]:
        """A new connection; the bot's end of it. Raises NetworkError."""
        if service not in self._serve or self.weather.is_down(service):
            raise NetworkError(f"{service}: connection refused")
        out = RoughPipe(self.weather, (service, OUT))
        back = RoughPipe(self.weather, (service, BACK))
        cable = Cable(service, out, back)
        if len(self._all) >= KEPT:
            self._all = [kept for kept in self._all if not kept.over]
        self._all.append(cable)
        self._nursery.start_soon(self._serve[service], MemoryStream(out, back))
        return BotStream(back, out), cable

    def begin(self, trouble: Trouble) -> None:
        """A trouble begins."""
        self.weather.begin(trouble)
        for cable in self._all:
            if cable.service == trouble.service and trouble.kind == CUT:
                cable.cut()
        self._hold()

    def end(self, trouble: Trouble) -> None:
        """It is over."""
        self.weather.end(trouble)
        self._hold()

    def clear(self) -> None:
        """Nothing is wrong any more."""
        self.weather.clear()
        self._hold()

    def _hold(self) -> None:
        """Let each pipe stand still or move, as the weather says."""
        for cable in self._all:
            for pipe in (cable.out, cable.back):
                stalled = self.weather.is_stalled(pipe.way)
                if stalled != pipe.stalled:
                    pipe.stalled = stalled
                    pipe.touch()


class BotNetwork:
    """The network as one life of the bot sees it; it ends when that life does."""

    def __init__(self, cables: Cables) -> None:
        self._cables = cables
        self._ours: list[Cable] = []
        self._dead = False

    async def connect(self, host: str, port: int) -> trio.abc.Stream:
        """A connection to `NAME.local`, at any port. Raises NetworkError."""
        await trio.lowlevel.checkpoint()
        if self._dead:
            raise NetworkError(f"{host}:{port}: nobody is here to ask")
        stream, cable = self._cables.join(host.removesuffix(".local"))
        self._ours = [kept for kept in self._ours if not kept.over]
        self._ours.append(cable)
        return stream

    async def secure(self, stream: trio.abc.Stream, host: str) -> trio.abc.Stream:  # noqa: ARG002
        """The stream itself: there is nobody to hide from."""
        await trio.lowlevel.checkpoint()
        return stream

    def die(self) -> None:
        """As if the process had been killed."""
        self._dead = True
        for cable in self._ours:
            cable.let_go()
