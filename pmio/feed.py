"""A feed's life: connect, opened, facts, lost with a reason, backoff, again.

One supervised coroutine for each feed. What differs between feeds (where it is, what is said on
opening, how it is kept alive, how frames are read, when silence means death) is a `Line`; this file
is what they share. A feed is lost by silence as well as by a close: while the peer still answers
pings, facts may have stopped, so the line itself says how long it may be without them.

Each frame is one stamp and at most one `Garbled`. A peer that sends nothing but rubbish is left, so
that the journal is not filled with it.
"""

from collections.abc import Awaitable, Callable
from random import Random
from typing import Final, Protocol

import msgspec
import trio

from pmcore.events import AnyEvent, FeedLost, FeedOpened, Garbled
from pmcore.ids import FEED_NAMES
from pmcore.ids import Feed as FeedId
from pmcore.units import Ns
from pmcore.wire.frames import WireError
from pmio.inbox import Inbox
from pmio.network import Network
from pmio.websocket import Socket, SocketLost, with_socket

BACKOFF_S: Final = (0.25, 30.0)
"""First and longest pause between two attempts; each is drawn between a half and the whole."""
STEADY_S: Final = 30.0
"""A connection that has lasted so long begins the backoff anew."""
GARBLED_MAX: Final = 20
"""Unreadable frames in a row after which the peer is left."""
QUIET: Final = 0.5
"""How often silence is looked for, in parts of the shortest span that matters."""


class Line(Protocol):
    """What one feed is."""

    feed: FeedId
    url: str
    ping: str
    """Text to be sent every `ping_s` seconds; "" for none."""
    ping_s: float
    frame_silence_s: float
    """Lost after so long without any frame, answers to pings included."""

    @property
    def scrub(self) -> Callable[[str], str] | None:
        """Clears excerpts where secrets went the other way."""

    async def ready(self) -> None:
        """Wait until there is something to listen for."""

    async def greet(self, socket: Socket) -> None:
        """Subscribe, and catch up; the feed counts as open afterwards. Raises SocketLost."""

    async def attend(self, socket: Socket) -> None:
        """Whatever is to be said later, for as long as the connection lasts."""

    def hear(self, frame: bytes | str, at_ns: Ns) -> list[AnyEvent]:
        """The events of a frame. Raises WireError, or SocketLost where the peer says goodbye."""

    def stalled(self, now: float) -> str:
        """Why the silence of facts means that the feed is dead; "" while it lives.

        `now` is Trio's time.
        """


class FeedMeter(msgspec.Struct):
    """What a feed counts for the metrics."""

    name: str
    open: bool = False
    opened: int = 0
    lost: int = 0
    frames: int = 0
    events: int = 0
    garbled: int = 0
    heard: float = 0.0
    """Trio's time of the last frame."""
    lag_ns: int = 0
    """Of the last fact: from the venue's stamp to ours."""
    reason: str = ""
    """Of the last loss."""


class Feed:
    """Keeps one line connected. `chance` draws the jitter of the backoff."""

    def __init__(self, line: Line, inbox: Inbox, network: Network, chance: Random) -> None:
        self.line = line
        self.meter = FeedMeter(FEED_NAMES[line.feed])
        self._inbox = inbox
        self._network = network
        self._chance = chance
        self._garbled_in_a_row = 0

    async def run(self) -> None:
        """Stay connected until cancelled."""
        attempt = 0
        while True:
            await self.line.ready()
            begun = trio.current_time()
            try:
                await with_socket(self._network, self.line.url, self._use)
            except SocketLost as error:
                self._lose(error.reason)
            attempt = 0 if trio.current_time() - begun >= STEADY_S else attempt + 1
            await trio.sleep(self._pause(attempt))

    def _pause(self, attempt: int) -> float:
        first, longest = BACKOFF_S
        return min(longest, first * 2.0 ** min(attempt, 16)) * (0.5 + self._chance.random() / 2)

    def _lose(self, reason: str) -> None:
        """Say that the feed is lost, if anybody has been told that it was open."""
        if self.line.scrub is not None:
            reason = self.line.scrub(reason)
        self.meter.reason = reason
        if self.meter.open:
            self.meter.open = False
            self.meter.lost += 1
            self._inbox.hear(FeedLost, self.line.feed, reason)

    async def _use(self, socket: Socket) -> None:
        """One connection, from its opening until it is lost."""
        self._garbled_in_a_row = 0
        self.meter.heard = trio.current_time()
        lost: list[str] = []
        async with trio.open_nursery() as nursery:

            async def guarded(part: Callable[[Socket], Awaitable[None]]) -> None:
                try:
                    await part(socket)
                except SocketLost as error:
                    lost.append(error.reason)
                    nursery.cancel_scope.cancel()

            async def listen(socket: Socket) -> None:
                await self.line.greet(socket)
                self.meter.open = True
                self.meter.opened += 1
                self._inbox.hear(FeedOpened, self.line.feed)
                nursery.start_soon(guarded, self.line.attend)
                while True:
                    await self._inbox.room()
                    for frame in await socket.receive_all():
                        self._hear(frame)

            nursery.start_soon(guarded, listen)
            nursery.start_soon(guarded, self._watch)
            if self.line.ping:
                nursery.start_soon(guarded, self._keep_alive)
        # Told before the connection is closed: a farewell may take its time.
        self._lose(lost[0])
        raise SocketLost(lost[0])

    def _hear(self, frame: bytes | str) -> None:
        """One frame: stamp, read, put, without an await in between."""
        meter = self.meter
        meter.frames += 1
        meter.heard = trio.current_time()
        at_ns = self._inbox.stamp()
        try:
            events = self.line.hear(frame, at_ns)
        except WireError as error:
            self._garble(error, at_ns)
            return
        self._garbled_in_a_row = 0
        if events:
            meter.events += len(events)
            meter.lag_ns = at_ns - getattr(events[-1], "venue_ns", at_ns)
            self._inbox.put(events)

    def _garble(self, error: WireError, at_ns: Ns) -> None:
        self.meter.garbled += 1
        self._garbled_in_a_row += 1
        reason, excerpt = error.reason, error.excerpt
        if self.line.scrub is not None:
            reason, excerpt = self.line.scrub(reason), self.line.scrub(excerpt)
        self._inbox.put((Garbled(at_ns, self.line.feed, reason[:200], excerpt[:200]),))
        if self._garbled_in_a_row >= GARBLED_MAX:
            raise SocketLost(f"{GARBLED_MAX} unreadable frames in a row")

    async def _keep_alive(self, socket: Socket) -> None:
        while True:
            await trio.sleep(self.line.ping_s)
            await socket.send(self.line.ping)

    async def _watch(self, socket: Socket) -> None:  # noqa: ARG002
        """Look for silence."""
        limit = self.line.frame_silence_s
        while True:
            await trio.sleep(min(limit * QUIET, 1.0))
            now = trio.current_time()
            if now - self.meter.heard > limit:
                raise SocketLost(f"silent for {limit:g} s")
            if self.meter.open:
                reason = self.line.stalled(now)
                if reason:
                    raise SocketLost(reason)
