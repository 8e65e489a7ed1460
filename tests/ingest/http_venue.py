"""A venue on a memory network: HTTP by h11, answers by a function that the test gives."""

import json
from collections.abc import Callable
from contextlib import suppress

import h11
import trio

from pmio.memory_network import MemoryNetwork, MemoryStream

Answer = tuple[int, object] | tuple[int, object, dict[str, str]] | None
Answering = Callable[[str, str, dict[str, str], bytes], Answer]
"""Method, path, query, body -> status, body (bytes or JSON) and headers; None: never an answer."""


class HttpVenue:
    """Serves every host that it is asked to listen for; remembers the requests."""

    def __init__(self, network: MemoryNetwork, answering: Answering) -> None:
        self.network = network
        self.answering = answering
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []

    def listen(self, *hosts: str) -> None:
        for host in hosts:
            self.network.listen(host, 80, self._serve)

    async def _serve(self, stream: MemoryStream) -> None:
        connection = h11.Connection(h11.SERVER)
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError, h11.RemoteProtocolError):
            while True:
                request, body = None, b""
                while True:
                    event = connection.next_event()
                    if event is h11.NEED_DATA:
                        connection.receive_data(await stream.receive_some())
                    elif isinstance(event, h11.Request):
                        request = event
                    elif isinstance(event, h11.Data):
                        body += bytes(event.data)
                    else:
                        break
                if request is None:
                    return
                if not await self._answer(connection, stream, request, body):
                    return
                connection.start_next_cycle()

    async def _answer(self, connection, stream, request, body: bytes) -> bool:
        path, _, query = request.target.decode().partition("?")
        pairs = dict(pair.split("=", 1) for pair in query.split("&") if pair)
        self.asked.append((request.method.decode(), path, pairs, body))
        answer = self.answering(request.method.decode(), path, pairs, body)
        if answer is None:
            await trio.sleep_forever()
        status, content, *more = answer
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {"content-length": str(len(raw)), **(more[0] if more else {})}
        head = h11.Response(status_code=status, headers=list(headers.items()))
        await stream.send_all(connection.send(head))
        await stream.send_all(connection.send(h11.Data(data=raw)))
        await stream.send_all(connection.send(h11.EndOfMessage()))
        return True
