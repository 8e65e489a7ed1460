"""Websockets on any Trio stream: trio-websocket for the protocol, one writer for the frames.

The handshake, pings, closes and everything that is read are trio-websocket's. What the venue says
goes out by a writer of its own, many frames to one write: a server's frames need no mask, and so a
burst of thousands costs a few system calls. `FrameStream` keeps the two writers apart. Bytes that
are no frames at all (`RawBytes`, a fault) pass as they are.
"""

from collections.abc import Callable, Iterable
from typing import Final, Protocol

import trio
from trio_websocket import (
    ConnectionClosed,
    WebSocketConnection,
    WebSocketRequest,
    wrap_server_stream,
)

from pmapp.local_venue.outbox import Outbox, RawBytes, Wake

MESSAGE_MAX: Final = 1 << 20
WRITE_MAX: Final = 512
"""Frames in one write: a slow reader is noticed by the outbox, not by a huge buffer."""
CLOSE_S: Final = 2.0
HANDSHAKE_S: Final = 30.0
MESSAGES_MAX: Final = 64
PING_S: Final = 30.0
PONG_S: Final = 60.0
"""A peer that answers no ping for so long is gone, or sends a frame that never ends: inside one it
cannot answer."""


class Session(Protocol):
    """What hears a connection's messages."""

    @property
    def outbox(self) -> Outbox:
        """What it says."""

    def hear(self, message: str | bytes) -> None:
        """A message came."""

    def gone(self) -> None:
        """The connection has ended."""


Open = Callable[[str, Wake], Session | None]


class FrameStream(trio.abc.Stream):
    """A stream on which whole writes of two tasks never mix."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._lock = trio.Lock()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send everything before anybody else does."""
        async with self._lock:
            await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """As the stream below."""
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """As the stream below."""
        return await self._stream.receive_some(max_bytes)

    async def aclose(self) -> None:
        """As the stream below."""
        await self._stream.aclose()


def text_frames(frames: Iterable[bytes]) -> bytes:
    """Payloads as unmasked, unfragmented text frames (RFC 6455, section 5.2)."""
    parts: list[bytes] = []
    for frame in frames:
        if isinstance(frame, RawBytes):
            parts.append(frame)
            continue
        size = len(frame)
        if size < 126:
            parts.append(bytes((0x81, size)))
        elif size < 65_536:
            parts.append(b"\x81\x7e" + size.to_bytes(2, "big"))
        else:
            parts.append(b"\x81\x7f" + size.to_bytes(8, "big"))
        parts.append(frame)
    return b"".join(parts)


async def serve_ws(stream: trio.abc.Stream, open_session: Open, path: str = "") -> None:
    """Serve one websocket connection to its end. Raises nothing of the peer's.

    `path` overrides the one that the client asks for.
    """
    shared = FrameStream(stream)
    try:
        async with trio.open_nursery() as nursery:
            with trio.fail_after(HANDSHAKE_S):
                request = await wrap_server_stream(
                    nursery, shared, message_queue_size=MESSAGES_MAX, max_message_size=MESSAGE_MAX
                )
            await _serve(request, shared, open_session, path or request.path)
            nursery.cancel_scope.cancel()
    except* (
        ConnectionClosed,
        trio.BrokenResourceError,
        trio.ClosedResourceError,
        trio.TooSlowError,
    ):
        pass
    finally:
        with trio.move_on_after(1.0, shield=True):
            await stream.aclose()


async def _serve(
    request: WebSocketRequest, stream: FrameStream, open_session: Open, path: str
) -> None:
    ready = trio.Event()

    def wake() -> None:
        ready.set()

    session = open_session(path.partition("?")[0], wake)
    if session is None:
        await request.reject(404)
        return
    try:
        socket = await request.accept()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_read, socket, session)
            nursery.start_soon(_probe, socket)
            outbox = session.outbox
            while True:
                while outbox.frames and not outbox.cut:
                    count = min(len(outbox.frames), WRITE_MAX)
                    batch = [outbox.frames.popleft() for _ in range(count)]
                    await stream.send_all(text_frames(batch))
                if outbox.cut:
                    break
                if outbox.closing is not None:
                    with trio.move_on_after(CLOSE_S):
                        await socket.aclose(*outbox.closing)
                    break
                await ready.wait()
                ready = trio.Event()
            nursery.cancel_scope.cancel()
    finally:
        session.gone()


async def _read(socket: WebSocketConnection, session: Session) -> None:
    """Hear every message until the connection ends."""
    while True:
        session.hear(await socket.get_message())


async def _probe(socket: WebSocketConnection) -> None:
    """Ask from time to time whether anybody is there. Raises TooSlowError."""
    while True:
        await trio.sleep(PING_S)
        with trio.fail_after(PONG_S):
            await socket.ping()
