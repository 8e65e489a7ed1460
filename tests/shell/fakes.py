"""Small servers on memory streams: one HTTP host, one websocket host, said what to say."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import h11
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_server_stream

from pmio.memory_network import MemoryNetwork, MemoryStream

SILENT = "silent"
CUT = "cut"


class Ask:
    """One request as it came."""

    def __init__(self, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        self.method = method
        self.path, _, self.query = target.partition("?")
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ok(content: Any, status: int = 200, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """An answer with JSON."""
    return status, json.dumps(content).encode(), headers


class HttpFake:
    """Answers by `answer(ask)`: a triple, SILENT or CUT; may be a coroutine function."""

    def __init__(self, network: MemoryNetwork, host: str, answer: Callable[[Ask], Any]) -> None:
        self.answer = answer
        self.asked: list[Ask] = []
        self.connections = 0
        network.listen(host, 80, self.serve)

    async def serve(self, stream: MemoryStream) -> None:
        self.connections += 1
        peer = h11.Connection(h11.SERVER)
        try:
            while await self._one(stream, peer):
                peer.start_next_cycle()
        except (trio.BrokenResourceError, trio.ClosedResourceError, h11.ProtocolError):
            pass
        finally:
            await trio.aclose_forcefully(stream)

    async def _one(self, stream: MemoryStream, peer: h11.Connection) -> bool:
        head, body = None, b""
        while True:
            event = peer.next_event()
            if event is h11.NEED_DATA:
                peer.receive_data(await stream.receive_some())
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                return False
        assert head is not None
        headers = {name.decode(): value.decode() for name, value in head.headers}
        ask = Ask(head.method.decode(), head.target.decode(), headers, body)
        self.asked.append(ask)
        got = self.answer(ask)
        if isinstance(got, Awaitable):
            got = await got
        if got == SILENT:
            await trio.sleep_forever()
        if got == CUT:
            stream.cut()
            return False
        status, said, more = got
        lines = [("content-length", str(len(said)))]
        lines += [(name.replace("_", "-"), value) for name, value in more.items()]
        for part in (
            h11.Response(status_code=status, headers=lines),
            h11.Data(data=said),
            h11.EndOfMessage(),
        ):
            await stream.send_all(peer.send(part) or b"")
        return True


class SocketFake:
    """Runs `play(socket)` on every websocket connection to a host."""

    def __init__(
        self,
        network: MemoryNetwork,
        host: str,
        play: Callable[[WebSocketConnection], Awaitable[None]],
    ) -> None:
        self.play = play
        self.connections = 0
        self.sockets: list[WebSocketConnection] = []
        network.listen(host, 80, self.serve)

    async def serve(self, stream: MemoryStream) -> None:
        self.connections += 1
        try:
            async with trio.open_nursery() as nursery:
                request = await wrap_server_stream(nursery, stream)
                socket = await request.accept()
                self.sockets.append(socket)
                await self.play(socket)
                nursery.cancel_scope.cancel()
        except* (ConnectionClosed, trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        finally:
            await trio.aclose_forcefully(stream)


async def listen(socket: WebSocketConnection) -> list[str]:
    """Answer PINGs and keep everything else until the connection ends."""
    heard: list[str] = []
    try:
        while True:
            message = str(await socket.get_message())
            if message == "PING":
                await socket.send_message("PONG")
            else:
                heard.append(message)
    except ConnectionClosed:
        return heard
