"""The venue on the air: its clock, the task that lets its time pass, and its listeners.

The clock is Trio's, so that a test's `MockClock` moves the venue too: venue time is the time at
which it was started plus the seconds since then, times the speed. Everything binds to the loopback
address alone.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from math import inf
from typing import Final

import msgspec
import trio

from pmapp.local_venue.http import Answer, Request
from pmapp.local_venue.http_server import serve_http
from pmapp.local_venue.venue import Session, Venue
from pmapp.local_venue.ws_server import serve_ws
from pmcore.sim.floor import NEVER
from pmcore.units import Ns

LOOPBACK: Final = "127.0.0.1"
BREATH_S: Final = 0.001
"""The venue's own things happen together in steps of a millisecond, the unit of its stamps."""
HTTP_SERVICES: Final = ("clob", "gamma", "data", "relayer")
Serve = Callable[[trio.abc.Stream], Awaitable[None]]


class TrioClock:
    """Venue time from Trio's clock. Made inside a Trio run."""

    __slots__ = ("base_ns", "speed", "started")

    def __init__(self, base_ns: int, speed: float = 1.0) -> None:
        self.base_ns = base_ns
        self.speed = speed
        self.started = trio.current_time()

    def __call__(self) -> int:
        """The venue's time now."""
        return self.base_ns + int((trio.current_time() - self.started) * 1e9 * self.speed)

    def seconds_until(self, when_ns: int) -> float:
        """Seconds of Trio's clock until a moment of the venue's."""
        return max(0.0, (when_ns - self()) / 1e9 / self.speed)

    def set_speed(self, speed: float) -> None:
        """Go on from now at another speed."""
        self.base_ns = self()
        self.started = trio.current_time()
        self.speed = speed


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything is: the first line that `pm venue` prints."""

    clob: str
    gamma: str
    data: str
    relayer: str
    ws_market: str
    ws_user: str
    rtds: str
    polybolt: str
    geoblock: str
    admin: str
    chain_id: int
    speed: float


class Host:
    """A venue and what carries it."""

    __slots__ = ("_nudged", "clock", "venue")

    def __init__(self, venue: Venue, clock: TrioClock) -> None:
        self.venue = venue
        self.clock = clock
        self._nudged = trio.Event()

    async def run(self) -> None:
        """Let the venue's time pass, for ever."""
        while True:
            self.venue.pump()
            due = self.venue.next_due_ns()
            self._nudged = trio.Event()
            with trio.move_on_after(inf if due >= NEVER else self.clock.seconds_until(due)):
                await self._nudged.wait()
            await trio.sleep(BREATH_S)

    def ask(self, request: Request, hear: Callable[[Answer], None]) -> None:
        """Answer a request; the venue may have a new appointment afterwards."""
        self.venue.request(request, hear)
        self._nudged.set()

    def open(self, path: str, wake: Callable[[], None]) -> Session | None:
        """A new websocket connection."""
        return self.venue.open(path, wake)

    async def serve_http_stream(self, stream: trio.abc.Stream, service: str = "clob") -> None:
        """Serve a REST service on one stream."""
        await serve_http(stream, service, self.ask)

    async def serve_ws_stream(self, stream: trio.abc.Stream, path: str = "") -> None:
        """Serve a websocket on one stream; `path` overrides the one that is asked for."""
        await serve_ws(stream, self.open, path)

    async def bind(self, first_port: int = 0) -> list[trio.SocketListener]:
        """A listener for every service, in the order of `_serves`. Raises OSError for a taken port.

        With `first_port` the services have it and the following ports, else any free ones.
        """
        bound: list[trio.SocketListener] = []
        try:
            for place in range(len(self._serves())):
                port = first_port + place if first_port else 0
                bound += await trio.open_tcp_listeners(port, host=LOOPBACK)
        except OSError:
            for listener in bound:
                await listener.aclose()
            raise
        return bound

    def _serves(self) -> list[Serve]:
        """What serves a connection: of the four REST services, the admin, and three websockets."""
        names = (*HTTP_SERVICES, "admin")
        return [
            *(partial(self.serve_http_stream, service=name) for name in names),
            self.serve_ws_stream,
            partial(self.serve_ws_stream, path="/rtds"),
            partial(self.serve_ws_stream, path="/ws"),
        ]

    def listen(self, nursery: trio.Nursery, bound: list[trio.SocketListener]) -> Addresses:
        """Serve the listeners of `bind` in `nursery`, and say where they are."""
        for serve, listener in zip(self._serves(), bound, strict=True):
            nursery.start_soon(trio.serve_listeners, serve, [listener])
        ports = [listener.socket.getsockname()[1] for listener in bound]
        clob, gamma, positions, relayer, admin, sockets, rtds, polybolt = ports
        return Addresses(
            clob=f"http://{LOOPBACK}:{clob}",
            gamma=f"http://{LOOPBACK}:{gamma}",
            data=f"http://{LOOPBACK}:{positions}",
            relayer=f"http://{LOOPBACK}:{relayer}",
            ws_market=f"ws://{LOOPBACK}:{sockets}/ws/market",
            ws_user=f"ws://{LOOPBACK}:{sockets}/ws/user",
            rtds=f"ws://{LOOPBACK}:{rtds}",
            polybolt=f"ws://{LOOPBACK}:{polybolt}/ws",
            geoblock=f"http://{LOOPBACK}:{gamma}/api/geoblock",
            admin=f"http://{LOOPBACK}:{admin}/admin",
            chain_id=self.venue.terms.chain_id,
            speed=self.clock.speed,
        )


def start(venue_of: Callable[[TrioClock], Venue], base_ns: Ns, speed: float = 1.0) -> Host:
    """A host whose venue begins at `base_ns` now."""
    clock = TrioClock(base_ns, speed)
    return Host(venue_of(clock), clock)
