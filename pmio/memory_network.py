"""A network of memory: the same streams without sockets, for simulation on virtual time.

    network = MemoryNetwork(nursery)
    network.listen("clob.local", 80, serve)          # serve(stream) runs in the nursery
    stream = await network.connect("clob.local", 80)

Buffers are bounded, so a reader that does not read holds its writer up as TCP would. Faults are
switches: a host that is down, a connection that is cut, a connection that accepts everything and
delivers nothing (the silent stall), and a delay for what is on the way.
"""

import operator
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Final

import trio

from pmio.network import NetworkError

BUFFER_BYTES: Final = 1 << 18
Serve = Callable[["MemoryStream"], Awaitable[None]]
Delay = Callable[[], float]


class Pipe:
    """One direction: bytes in, bytes out, at most `limit` under way."""

    def __init__(self, limit: int = BUFFER_BYTES, delay: Delay | None = None) -> None:
        self._chunks: deque[tuple[float, bytes]] = deque()
        self._size = 0
        self._limit = limit
        self._delay = delay
        self._arrives = 0.0
        self._moved = trio.lowlevel.ParkingLot()
        self.ended = False
        """The writer has said all."""
        self.broken = False
        self.stalled = False
        """Everything is taken and nothing delivered."""

    def readable(self) -> bool:
        """Whether a read would return at once."""
        return self.broken or self.ended or bool(self._chunks)

    def touch(self) -> None:
        """Let everybody look again, after a switch was turned."""
        self._moved.unpark_all()

    async def room(self) -> None:
        """Wait until the pipe is not full. BrokenResourceError if nobody reads."""
        while self._size >= self._limit and not self.broken and not self.ended:
            await self._moved.park()
        if self.broken:
            raise trio.BrokenResourceError("the other side is gone")

    async def write(self, sent: bytes) -> None:
        """Put bytes in; waits while the pipe is full. BrokenResourceError if nobody reads."""
        if self.broken:
            raise trio.BrokenResourceError("the other side is gone")
        while sent:
            await self.room()
            if self.ended:
                return
            chunk, sent = sent[: self._limit - self._size], sent[self._limit - self._size :]
            delay = self._delay() if self._delay else 0.0
            self._arrives = max(self._arrives, trio.current_time() + delay)
            self._chunks.append((self._arrives, chunk))
            self._size += len(chunk)
            self.touch()

    async def read(self, most: int) -> bytes:
        """Take bytes out; b"" at the end. BrokenResourceError if the connection was cut."""
        while True:
            if self.broken:
                raise trio.BrokenResourceError("the connection was cut")
            if self._chunks and not self.stalled:
                wait = self._chunks[0][0] - trio.current_time()
                if wait <= 0.0:
                    break
                await trio.sleep(wait)
            elif self.ended and not self.stalled:
                return b""
            else:
                await self._moved.park()
        arrives, chunk = self._chunks.popleft()
        if len(chunk) > most:
            self._chunks.appendleft((arrives, chunk[most:]))
            chunk = chunk[:most]
        self._size -= len(chunk)
        self.touch()
        return chunk


class MemoryStream(trio.abc.HalfCloseableStream):
    """One end of a connection."""

    def __init__(self, inward: Pipe, outward: Pipe) -> None:
        self.inward = inward
        self.outward = outward
        self._closed = False
        self._sending = self._receiving = False

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send everything; waits while the other side does not read."""
        await self._send(self.outward.write, bytes(data))

    async def wait_send_all_might_not_block(self) -> None:
        """Wait until there is room."""
        await self._send(self.outward.room)

    async def send_eof(self) -> None:
        """Say that nothing more will be sent."""
        if self._sending:
            raise trio.BusyResourceError("another task is sending")
        if self._closed:
            raise trio.ClosedResourceError("this end was closed")
        self.outward.ended = True
        self.outward.touch()
        await trio.lowlevel.checkpoint()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Up to `max_bytes` bytes; b"" at the end."""
        if self._receiving:
            raise trio.BusyResourceError("another task is receiving")
        if max_bytes is not None and operator.index(max_bytes) < 1:
            raise ValueError("max_bytes: below 1")
        self._receiving = True
        try:
            await trio.lowlevel.checkpoint()
            self._check()
            return await self.inward.read(max_bytes or 65_536)
        except trio.BrokenResourceError:
            self._check()
            raise
        finally:
            self._receiving = False

    async def aclose(self) -> None:
        """Close both directions."""
        if not self._closed:
            self._closed = True
            self.outward.ended = True
            self.inward.broken = True
            self.outward.touch()
            self.inward.touch()
        await trio.lowlevel.checkpoint()

    def cut(self) -> None:
        """A fault: both sides find the connection broken."""
        for pipe in (self.inward, self.outward):
            pipe.broken = True
            pipe.touch()

    def readable(self) -> bool:
        """Whether something, or the end, waits to be read."""
        return self._closed or self.inward.readable()

    async def _send(self, part: Callable[..., Awaitable[None]], *args: bytes) -> None:
        """One way of sending at a time, and none after the end."""
        if self._sending:
            raise trio.BusyResourceError("another task is sending")
        self._sending = True
        try:
            await trio.lowlevel.checkpoint()
            self._check(sending=True)
            await part(*args)
        finally:
            self._sending = False
        self._check()

    def _check(self, sending: bool = False) -> None:
        if self._closed or (sending and self.outward.ended):
            raise trio.ClosedResourceError("this end was closed")


def stream_pair(
    limit: int = BUFFER_BYTES, delay: Delay | None = None
) -> tuple[MemoryStream, MemoryStream]:
    """Both ends of a connection."""
    there, back = Pipe(limit, delay), Pipe(limit, delay)
    return MemoryStream(back, there), MemoryStream(there, back)


class MemoryNetwork:
    """Hosts that exist only here. `delay` gives the seconds that each chunk travels."""

    def __init__(self, nursery: trio.Nursery, delay: Delay | None = None) -> None:
        self._nursery = nursery
        self._delay = delay
        self._serve: dict[tuple[str, int], Serve] = {}
        self.tries: Counter[str] = Counter()
        """How often each host was asked for a connection."""
        self.down: set[tuple[str, int]] = set()
        """Hosts that refuse every connection."""
        self.open: list[tuple[tuple[str, int], MemoryStream]] = []
        """The venue's ends of all connections, oldest first, for faults."""

    def listen(self, host: str, port: int, serve: Serve) -> None:
        """Have every connection to a host served by `serve(stream)`; it closes the stream."""
        self._serve[host, port] = serve

    async def connect(self, host: str, port: int) -> trio.abc.Stream:
        """A connection to a host that listens."""
        await trio.lowlevel.checkpoint()
        self.tries[host] += 1
        serve = self._serve.get((host, port))
        if serve is None or (host, port) in self.down:
            raise NetworkError(f"{host}:{port}: connection refused")
        ours, theirs = stream_pair(delay=self._delay)
        self.open = [(at, end) for at, end in self.open if not end.readable()][-64:]
        self.open.append(((host, port), theirs))
        self._nursery.start_soon(serve, theirs)
        return ours

    async def secure(self, stream: trio.abc.Stream, host: str) -> trio.abc.Stream:  # noqa: ARG002
        """The stream itself: there is nobody to hide from."""
        await trio.lowlevel.checkpoint()
        return stream

    def cut(self, host: str, port: int) -> None:
        """Cut every connection to a host."""
        for at, end in self.open:
            if at == (host, port):
                end.cut()

    def stall(self, host: str, port: int, stalled: bool = True) -> None:
        """Let every connection to a host fall silent both ways, or speak again."""
        for at, end in self.open:
            if at == (host, port):
                for pipe in (end.inward, end.outward):
                    pipe.stalled = stalled
                    pipe.touch()
