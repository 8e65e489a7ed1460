"""A websocket as a client: the one file that knows trio-websocket.

    async def use(socket: Socket) -> None:
        await socket.send("PING")
        frames = await socket.receive_all()

    await with_socket(network, "ws://clob.local:80/ws/market", use)

Works over any stream that a `Network` opens. Whatever the peer does wrong (a refused handshake,
messages above the limit, bytes that are no frames or no UTF-8, a close or a cut) comes out as
`SocketLost` with a short reason; none of the library's exceptions goes further. A peer that does
not read, or that never ends a handshake, cannot hold us: both have a deadline.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

import trio
from trio_websocket import (
    ConnectionClosed,
    ConnectionRejected,
    WebSocketConnection,
    wrap_client_stream,
)

from pmio.network import Network, NetworkError
from pmio.plain_frames import PlainFrames

MESSAGE_MAX: Final = 2 << 20
"""Characters of the largest message: a book of 10,000 levels a side is below 1 MiB."""
READ_AHEAD: Final = 256
"""Messages taken from the peer before it is left unread, which TCP tells it."""
RECEIVE_BYTES: Final = 65_536
CONNECT_S: Final = 10.0
SEND_S: Final = 5.0
CLOSE_S: Final = 0.5
PORTS: Final = {"ws": 80, "wss": 443}


class SocketLost(Exception):  # noqa: N818 - it is an outcome
    """The connection could not be had, or is over."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Socket:
    """An open connection."""

    def __init__(self) -> None:
        self._connection: WebSocketConnection | None = None
        self._wire: PlainFrames | None = None
        self._taken: deque[bytes | str] = deque()
        self._settled = trio.Event()
        """The handshake is over, one way or the other."""
        self._ended = trio.Event()
        """The library's reader has ended."""
        self._fault = ""

    async def receive(self) -> bytes | str:
        """The next message. Raises SocketLost."""
        if not self._taken:
            self._taken.extend(await self.receive_all())
        return self._taken.popleft()

    async def receive_all(self) -> list[bytes | str]:
        """Every message that has come, at least one, in their order. Raises SocketLost."""
        if self._taken:
            taken = list(self._taken)
            self._taken.clear()
            return taken
        wire = self._wire
        return (await wire.take() if wire is not None else []) or [await self._message()]

    async def _message(self) -> bytes | str:
        """The next message that the library has read."""
        try:
            return await self._open().get_message()
        except ConnectionClosed as error:
            if error.reason is None:
                # The library's reader is just failing: let it say by what.
                with trio.move_on_after(CLOSE_S):
                    await self._ended.wait()
            raise SocketLost(self._fault or _closed(error)) from None

    async def send(self, text: str) -> None:
        """Send one text message. Raises SocketLost, also where the peer does not read."""
        try:
            with trio.fail_after(SEND_S):
                await self._open().send_message(text)
        except trio.TooSlowError:
            raise SocketLost("the peer does not read") from None
        except ConnectionClosed as error:
            raise SocketLost(self._fault or _closed(error)) from None
        except Exception as error:  # the protocol below refuses to send after a close
            raise SocketLost(type(error).__name__) from None

    def _open(self) -> WebSocketConnection:
        if self._connection is None:
            raise SocketLost(self._fault or "closed in the handshake")
        return self._connection

    async def _read(self, stream: trio.abc.Stream, host: str, target: str) -> None:
        """The library's reader in a nursery of its own, so that its failures end here."""
        wire = self._wire = PlainFrames(stream, self._settled.set, READ_AHEAD, MESSAGE_MAX)
        try:
            async with trio.open_nursery() as nursery:
                self._connection = await wrap_client_stream(
                    nursery,
                    wire,  # type: ignore[arg-type]
                    host,
                    target,
                    message_queue_size=READ_AHEAD,
                    max_message_size=MESSAGE_MAX,
                    receive_buffer_size=RECEIVE_BYTES,
                )
                self._settled.set()
        except* ConnectionRejected as group:
            rejected = group.exceptions[0]
            status = getattr(rejected, "status_code", "")
            self._fault = f"handshake refused: HTTP {status}"
        except* Exception as group:
            error = group.exceptions[0]
            while isinstance(error, ExceptionGroup):
                error = error.exceptions[0]
            self._fault = f"{type(error).__name__}: {error}"[:160]
        finally:
            wire.stand_aside()
            self._settled.set()
            self._ended.set()


async def with_socket(network: Network, url: str, use: Callable[[Socket], Awaitable[None]]) -> None:
    """Connect, `await use(socket)`, close. Raises SocketLost, from `use` too."""
    lost: SocketLost | None = None
    stream, host, target = await _stream(network, url)
    socket = Socket()
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(socket._read, stream, host, target)
            try:
                with trio.move_on_after(CONNECT_S):
                    await socket._settled.wait()
                socket._open()
                await use(socket)
            except SocketLost as error:
                lost = error
            if socket._connection is not None:
                with trio.move_on_after(CLOSE_S):
                    await socket._connection.aclose()
            nursery.cancel_scope.cancel()
    finally:
        await trio.aclose_forcefully(stream)
    if lost is not None:
        raise lost


async def _stream(network: Network, url: str) -> tuple[trio.abc.Stream, str, str]:
    """A stream to the host of a URL, the `Host` header, and the target."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or PORTS[parts.scheme]
    try:
        with trio.fail_after(CONNECT_S):
            stream = await network.connect(host, port)
            if parts.scheme == "wss":
                stream = await network.secure(stream, host)
    except trio.TooSlowError:
        raise SocketLost(f"no connection in {CONNECT_S:g} s") from None
    except NetworkError as error:
        raise SocketLost(str(error)) from None
    target = parts.path or "/"
    return stream, parts.netloc, f"{target}?{parts.query}" if parts.query else target


def _closed(error: ConnectionClosed) -> str:
    reason = error.reason
    if reason is None:
        return "the peer broke the protocol"
    return f"closed: {reason.code} {reason.reason or ''}".strip()[:160]
