"""HTTP over our network: an httpcore backend, and the httpx transport that uses it.

httpx has no public way to give its pool another backend, so the transport is ours: a page between
httpx's requests and httpcore's.
"""

import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import aclosing
from typing import Any, Final

import httpcore
import httpx
import trio

from pmio.network import Network, NetworkError

ANSWER_MAX: Final = 8 << 20
"""Bytes of the largest answer that is read; a page of 500 orders is below 1 MiB."""
CONNECT_FAILURES: Final = (
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
    httpcore.PoolTimeout,
    NetworkError,
)
"""After these nothing has been sent."""
FAILURES: Final = (
    *CONNECT_FAILURES,
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    trio.BrokenResourceError,
    trio.ClosedResourceError,
    ValueError,
)
"""Everything by which a peer or the way to it can fail; ValueError is a head that is no text, and a
URL is invalid where a peer's own word stands in it."""


class HttpStream(httpcore.AsyncNetworkStream):
    """A Trio stream as httpcore wants it.

    The size of an answer is bounded here, counted since the last write: an exception from below
    ends the generators of the libraries above in order, leaving them half read would not.
    """

    def __init__(self, network: Network, stream: trio.abc.Stream) -> None:
        self._network = network
        self._stream = stream
        self._received = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes; b"" at the end."""
        try:
            with trio.fail_after(_seconds(timeout)):
                received = bytes(await self._stream.receive_some(max_bytes))
        except trio.TooSlowError:
            raise httpcore.ReadTimeout("nothing came") from None
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise httpcore.ReadError(str(error)) from None
        self._received += len(received)
        if self._received > ANSWER_MAX:
            raise httpcore.ReadError(f"an answer above {ANSWER_MAX} bytes")
        return received

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send everything."""
        self._received = 0
        if not buffer:
            return
        try:
            with trio.fail_after(_seconds(timeout)):
                await self._stream.send_all(buffer)
        except trio.TooSlowError:
            raise httpcore.WriteTimeout("the other side does not read") from None
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise httpcore.WriteError(str(error)) from None

    async def aclose(self) -> None:
        """Close at once: a farewell may not hold up whoever closes."""
        await trio.aclose_forcefully(self._stream)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,  # noqa: ARG002 - the network has its own
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """The same connection under TLS."""
        try:
            with trio.fail_after(_seconds(timeout)):
                secured = await self._network.secure(self._stream, server_hostname or "")
        except trio.TooSlowError:
            raise httpcore.ConnectTimeout("TLS handshake") from None
        except NetworkError as error:
            raise httpcore.ConnectError(str(error)) from None
        return HttpStream(self._network, secured)

    def get_extra_info(self, info: str) -> Any:
        """`is_readable` of an idle connection means that the other side has closed it."""
        if info == "is_readable":
            return _readable(self._stream)
        return None


class HttpBackend(httpcore.AsyncNetworkBackend):
    """Opens httpcore's connections on a `Network`."""

    def __init__(self, network: Network) -> None:
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """A new connection."""
        try:
            with trio.fail_after(_seconds(timeout)):
                stream = await self._network.connect(host, port)
        except trio.TooSlowError:
            raise httpcore.ConnectTimeout(f"{host}:{port}") from None
        except NetworkError as error:
            raise httpcore.ConnectError(str(error)) from None
        return HttpStream(self._network, stream)

    async def sleep(self, seconds: float) -> None:
        """Trio's sleep."""
        await trio.sleep(seconds)


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: AsyncIterable[bytes]) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts: Any = self._stream.__aiter__()
        async with aclosing(parts):
            async for part in parts:
                yield part

    async def aclose(self) -> None:
        """Give the connection back, or close it where the body was not read."""
        await self._stream.aclose()  # type: ignore[attr-defined]


class _Sent:
    """A request's body as an iterator that is no generator: one cut short would be left behind."""

    def __init__(self, body: bytes) -> None:
        self._parts = [body] if body else []

    def __aiter__(self) -> "_Sent":
        return self

    async def __anext__(self) -> bytes:
        if not self._parts:
            raise StopAsyncIteration
        return self._parts.pop()


class HttpTransport(httpx.AsyncBaseTransport):
    """An httpcore pool on our network. Idle connections are kept until the other side closes."""

    def __init__(self, network: Network, connections: int) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            # Never used: the backend's TLS is the network's.
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=None,
            network_backend=HttpBackend(network),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; its body is read through the answer's stream."""
        url = request.url
        try:
            answer = await self._pool.handle_async_request(
                httpcore.Request(
                    request.method,
                    httpcore.URL(
                        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                    ),
                    headers=request.headers.raw,
                    content=_Sent(request.content),
                    extensions=request.extensions,
                )
            )
        except BaseException:
            await self._drop_unused()
            raise
        stream: Any = answer.stream
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(stream))

    async def _drop_unused(self) -> None:
        """Close connections that were made and belong to no request.

        A request that is cancelled just after its connection was made leaves one behind that the
        pool takes for busy for ever (the deadline and the connection seen in one turn of a loop
        that stood still). A few of those and nothing could be sent any more. Reaches into httpcore
        for want of another way; `tests/shell/test_http_pool.py` watches that it still works.
        """
        pool: Any = self._pool
        with trio.CancelScope(shield=True):
            used = [request.connection for request in pool._requests]
            for connection in pool.connections:
                if ", NEW, " in connection.info() and not any(connection is one for one in used):
                    pool._connections.remove(connection)
                    await connection.aclose()
            # Who waits for a place may have one now.
            await pool._close_connections(pool._assign_requests_to_connections())

    @property
    def connections(self) -> int:
        """Connections that are open or being opened."""
        return len(self._pool.connections)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


def _seconds(timeout: float | None) -> float:
    return float("inf") if timeout is None else timeout


def _readable(stream: trio.abc.Stream) -> bool:
    """Whether something waits to be read on the transport below."""
    while isinstance(stream, trio.SSLStream):
        stream = stream.transport_stream
    if isinstance(stream, trio.SocketStream):
        return bool(stream.socket.is_readable())
    readable = getattr(stream, "readable", None)
    return bool(readable()) if readable is not None else False
