"""How a stream to somewhere is opened: TCP and TLS here, memory in simulation.

Everything above (HTTP, websockets) works on any Trio stream, so that the whole bot runs with its
venue in one process, on virtual time, through the same code (`pmio.memory_network`).
"""

import socket
import ssl
import struct
from typing import Final, Protocol

import trio

TAKE_BACK: Final = struct.pack("ii", 1, 0)
"""SO_LINGER of no time: closing takes back what the other side has not been sent yet."""


class NetworkError(OSError):
    """The other side cannot be reached, or not securely. Nothing has been sent."""


class Network(Protocol):
    """Opens byte streams."""

    async def connect(self, host: str, port: int) -> trio.abc.Stream:
        """A plain stream. Raises NetworkError."""

    async def secure(self, stream: trio.abc.Stream, host: str) -> trio.abc.Stream:
        """TLS over `stream`, with the certificate checked for `host`. Raises NetworkError."""


class TcpNetwork:
    """Real sockets. One TLS context for the whole process: making one costs tens of ms."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context

    async def connect(self, host: str, port: int) -> trio.abc.Stream:
        """A TCP connection (no delay, happy eyeballs).

        Who gives a request up closes its connection. Without TAKE_BACK the system would go on
        sending for minutes, and an order could arrive after the cancel-all that was to end it.
        """
        try:
            stream = await trio.open_tcp_stream(host, port)
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, TAKE_BACK)
        except OSError as error:
            raise NetworkError(f"{host}:{port}: {error.strerror or error}") from None
        return stream

    async def secure(self, stream: trio.abc.Stream, host: str) -> trio.abc.Stream:
        """A TLS client on the stream; the stream is closed where the handshake fails."""
        if self._context is None:
            self._context = ssl.create_default_context()
        secured = trio.SSLStream(stream, self._context, server_hostname=host, https_compatible=True)
        try:
            await secured.do_handshake()
        except BaseException as error:
            await trio.aclose_forcefully(stream)
            if not isinstance(error, trio.BrokenResourceError | OSError):
                raise  # a deadline or an end of the program
            cause = error.__cause__ or error
            raise NetworkError(f"{host}: TLS: {cause}") from None
        return secured
