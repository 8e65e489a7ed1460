"""HTTP/1.1 on any Trio stream: bytes to `Request`s, `Answer`s to bytes.

One loop for real sockets and for the in-memory streams of a simulation, so that both speak the same
bytes; and below the level of a web framework, so that a fault can say nothing, cut the connection
or stop in the middle of a body. `docs/venue.md` has the measurement behind it.
"""

from collections.abc import Callable
from typing import Final

import h11
import trio

from pmapp.local_venue.http import CUT, SILENT, TORN, Answer, Request, error, request_of

BODY_MAX: Final = 4 << 20
HEAD_MAX: Final = 64 << 10
RECEIVE: Final = 64 << 10
IDLE_S: Final = 120.0
"""A connection that asks nothing for so long is closed (also one that never ends its request)."""
TOO_LARGE: Final = error(413, "Payload exceeds the limit")
BAD: Final = error(400, "Invalid payload")
Ask = Callable[[Request, Callable[[Answer], None]], None]


async def serve_http(stream: trio.abc.Stream, service: str, ask: Ask) -> None:
    """Answer requests on one connection until either side closes it. Raises nothing of the peer's.

    `ask` gets each request and a function for its answer, as `Venue.request`.
    """
    peer = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_MAX)
    try:
        while True:
            request = await _request(stream, peer, service)
            if request is None:
                return
            if isinstance(request, Answer):
                await stream.send_all(_bytes(peer, request, close=True))
                return
            answer = await _answer(request, ask)
            if answer.fate == CUT:
                return
            if answer.fate == SILENT:
                await _hush(stream)
                return
            data = _bytes(peer, answer)
            if answer.fate == TORN:
                await stream.send_all(data[: -max(1, len(answer.body) // 2)])
                return
            await stream.send_all(data)
            if peer.our_state is not h11.DONE or peer.their_state is not h11.DONE:
                return
            peer.start_next_cycle()
    except (trio.BrokenResourceError, trio.ClosedResourceError, h11.ProtocolError):
        return
    finally:
        with trio.move_on_after(1.0, shield=True):
            await stream.aclose()


async def _request(
    stream: trio.abc.Stream, peer: h11.Connection, service: str
) -> Request | Answer | None:
    """The next request; None at the end; an answer for what cannot be read."""
    head: h11.Request | None = None
    body: list[bytes] = []
    size = 0
    with trio.move_on_after(IDLE_S):
        while True:
            try:
                event = peer.next_event()
            except h11.RemoteProtocolError:
                return BAD if peer.our_state in (h11.IDLE, h11.SEND_RESPONSE) else None
            if event is h11.NEED_DATA:
                peer.receive_data(bytes(await stream.receive_some(RECEIVE)))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                size += len(event.data)
                if size > BODY_MAX:
                    return TOO_LARGE
                body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                headers = {
                    name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers
                }
                target = head.target.decode("latin-1")
                return request_of(
                    service, head.method.decode("latin-1"), target, headers, b"".join(body)
                )
            else:
                return None
    return None


async def _answer(request: Request, ask: Ask) -> Answer:
    """The answer to one request, at once or when the venue has it."""
    heard: list[Answer] = []
    there = trio.Event()

    def hear(answer: Answer) -> None:
        heard.append(answer)
        there.set()

    ask(request, hear)
    if not heard:
        await there.wait()
    return heard[0]


def _bytes(peer: h11.Connection, answer: Answer, *, close: bool = False) -> bytes:
    """An answer as bytes."""
    headers = [(name, value) for name, value in answer.headers]
    headers.append(("content-length", str(len(answer.body))))
    if close:
        headers.append(("connection", "close"))
    parts = (
        peer.send(h11.Response(status_code=answer.status, headers=headers)),
        peer.send(h11.Data(data=answer.body)),
        peer.send(h11.EndOfMessage()),
    )
    return b"".join(part for part in parts if part)


async def _hush(stream: trio.abc.Stream) -> None:
    """Say nothing until the peer gives up."""
    while await stream.receive_some(RECEIVE):
        pass
