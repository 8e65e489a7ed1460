"""A websocket as a client: the one file that knows trio-websocket.

    async with open_socket(network, "ws://clob.local:80/ws/market") as socket:
        await socket.send("PING")
        frame = await socket.receive()

Works over any stream that a `Network` opens. Whatever the peer does wrong (a refused handshake,
frames above the limit, bytes that are no frames or no UTF-8, a close or a cut) comes out as
`SocketLost` with a short reason; nothing of the library's exceptions goes further. A peer that does
not read cannot hold us: sending has a deadline, and closing is abrupt after a moment.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import trio
from trio_websocket import (
    ConnectionClosed,
    ConnectionRejected,
    HandshakeError,
    WebSocketConnection,
    wrap_client_stream,
)

from pmio.network import Network, NetworkError

FRAME_MAX: Final = 2 << 20
"""Bytes of the largest message: a book of 10,000 levels a side is below 1 MiB."""
QUEUE: Final = 256
"""Messages read ahead; beyond them the peer is not read, which TCP tells it."""
CONNECT_S: Final = 10.0
SEND_S: Final = 5.0
CLOSE_S: Final = 1.0


class SocketLost(Exception):  # noqa: N818 - it is an outcome
    """The connection could not be had, or is over."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Socket:
    """An open connection."""

    def __init__(self, connection: WebSocketConnection) -> None:
        self._connection = connection
        self._fault = ""

    async def receive(self) -> bytes | str:
        """The next message. Raises SocketLost."""
        try:
            return await self._connection.get_message()
        except ConnectionClosed as error:
            raise SocketLost(self._fault or _closed(error)) from None

    async def send(self, text: str) -> None:
        """Send one text message. Raises SocketLost, also where the peer does not read."""
        try:
            with trio.fail_after(SEND_S):
                await self._connection.send_message(text)
        except trio.TooSlowError:
            raise SocketLost("the peer does not read") from None
        except ConnectionClosed as error:
            raise SocketLost(self._fault or _closed(error)) from None
        except Exception as error:  # the protocol library refuses to send after a close
            raise SocketLost(type(error).__name__) from None

    def fail(self, error: BaseException) -> None:
        """What the peer sent broke the protocol."""
        self._fault = f"{type(error).__name__}: {error}"[:160]


@asynccontextmanager
async def open_socket(network: Network, url: str) -> AsyncIterator[Socket]:
    """A connection to `ws://` or `wss://`, closed at the end of the block. Raises SocketLost."""
    stream, host, target = await _stream(network, url)
    ending: list[BaseException] = []
    async with trio.open_nursery() as outer:
        opened: trio.Event = trio.Event()
        found: list[Socket] = []

        async def read() -> None:
            """The library's reader in a nursery of its own, so that its failures end here."""
            try:
                async with trio.open_nursery() as inner:
                    connection = await _handshake(inner, stream, host, target)
                    found.append(Socket(connection))
                    opened.set()
            except* Exception as group:
                error = _first(group)
                ending.append(error)
                for socket in found:
                    socket.fail(error)
            finally:
                opened.set()
                for socket in found:
                    await _shut(socket)

        outer.start_soon(read)
        try:
            with trio.move_on_after(CONNECT_S):
                await opened.wait()
            if not found:
                raise SocketLost(_told(ending))
            yield found[0]
        finally:
            with trio.CancelScope(shield=True), trio.move_on_after(CLOSE_S):
                for socket in found:
                    await _goodbye(socket)
            outer.cancel_scope.cancel()
            await trio.aclose_forcefully(stream)
