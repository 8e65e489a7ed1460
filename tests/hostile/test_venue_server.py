"""The local venue as a server: whatever a client's bytes are, it answers or hangs up, and lives."""

import gc
import json
import tracemalloc
from contextlib import suppress

import pytest
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st
from trio_websocket import ConnectionClosed, wrap_client_stream

from pmapp.local_venue.flow import still
from pmapp.local_venue.host import HTTP_SERVICES, start
from pmapp.local_venue.terms import VenueTerms
from pmapp.local_venue.venue import Venue
from pmapp.local_venue.ws_server import MESSAGE_MAX
from pmcore.units import SECOND, Ns
from pmio.memory_network import stream_pair
from tests.hostile.rubbish import BODIES, FRAMES, JSON, MORE
from tests.shell.virtual import run_virtual
from tests.venue.stage import START_S

SERVICES = (*HTTP_SERVICES, "admin")
PATHS = ("/ws/market", "/ws/user", "/rtds", "/ws")
GREETING = (
    b"GET /x HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
ALIVE = b"GET /ok HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
DEEP_ORDERS = b"POST /orders HTTP/1.1\r\nhost: x\r\ncontent-length: 20000\r\n\r\n" + b"[" * 20_000
METHODS = st.sampled_from([b"GET", b"POST", b"DELETE", b"PUT", b"PATCH", b"OPTIONS", b"\xff"])
TARGETS = st.sampled_from(
    [b"/order", b"/orders", b"/books", b"/submit", b"/admin/faults", b"/admin/level",
     b"/data/trades", b"/markets/keyset", b"/events/keyset", b"/v2/positions", b"/v1/heartbeats",
     b"/auth/api-key",
     b"/prices-history", b"/markets/slug/%ff", b"/" + b"a" * 4_000, b"/../..", b"/book?token_id=",
     b"/markets?limit=-1&offset=x&limit=", b"/data/orders?next_cursor=%00", b"*", b"",
     b"/nonce?type"]
)  # fmt: skip
HEADERS = st.lists(
    st.tuples(
        st.sampled_from([b"content-length", b"transfer-encoding", b"poly_address",
                         b"poly_timestamp", b"poly_signature", b"poly_nonce", b"poly_api_key",
                         b"poly_passphrase",
                         b"relayer_api_key", b"host", b"expect", b"connection", b"x" * 300]),
        st.sampled_from([b"", b"0", b"-1", b"5", b"99999999999999999999", b"chunked", b"gzip",
                         b"0x", b"100-continue", b"upgrade", b"\xff\xfe", b"y" * 3_000]),
    ),
    max_size=6,
)  # fmt: skip


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Nearly a request."""
    method, target = draw(METHODS), draw(TARGETS)
    body = draw(BODIES)
    lines = [b" ".join((method, target, draw(st.sampled_from([b"HTTP/1.1", b"HTTP/9", b""]))))]
    lines += [name + b": " + value for name, value in draw(HEADERS)]
    if draw(st.booleans()):
        lines += [b"host: x", b"content-length: %d" % len(body)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def on_air(main) -> None:
    """Run `main(host, nursery)` beside a venue without any flow."""

    async def run(nursery: trio.Nursery) -> None:
        terms = VenueTerms(ahead=1)
        host = start(lambda clock: Venue(terms, clock, still), Ns(START_S * SECOND))
        nursery.start_soon(host.run)
        await main(host, nursery)

    run_virtual(run)


async def talk(stream, *parts: bytes, pause_s: float = 0.0) -> bytes:
    """Say it all, then what comes back until the other side ends it or a while has passed."""
    got = b""

    async def listen() -> None:
        nonlocal got
        while part := await stream.receive_some(65_536):
            got = (got + part)[-(1 << 20) :]

    async def speak() -> None:
        for part in parts:
            await stream.send_all(part)
            await trio.sleep(pause_s)

    async with trio.open_nursery() as nursery:
        with suppress(trio.BrokenResourceError):
            with trio.move_on_after(150.0 + pause_s * len(parts)):
                nursery.start_soon(_unless_broken, speak)
                await listen()
        nursery.cancel_scope.cancel()
    await trio.aclose_forcefully(stream)
    return got


async def _unless_broken(part) -> None:
    with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        await part()


async def alive(host, nursery) -> None:
    """The venue still answers others."""
    ours, theirs = stream_pair()
    nursery.start_soon(host.serve_http_stream, theirs, "clob")
    assert (await talk(ours, ALIVE)).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("service", SERVICES)
@given(parts=st.lists(requests() | st.binary(max_size=100), min_size=1, max_size=3))
@example(
    parts=[b"POST /orders HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n" + b"[" * 200_000]
)
@settings(max_examples=25 * MORE)
def test_http_services_survive(service, parts):
    async def main(host, nursery) -> None:
        ours, theirs = stream_pair()
        nursery.start_soon(host.serve_http_stream, theirs, service)
        got = await talk(ours, *parts)
        assert got == b"" or got.startswith(b"HTTP/1.1 ")
        assert b" 500 " not in got[:15]
        await alive(host, nursery)
        assert host.venue.exchange.unbalanced() == []

    on_air(main)


@pytest.mark.parametrize("path", PATHS)
@given(raws=st.lists(st.binary(max_size=80), min_size=1, max_size=4), greeted=st.booleans())
@settings(max_examples=12 * MORE)
def test_websockets_survive_bytes(path, raws, greeted):
    async def main(host, nursery) -> None:
        ours, theirs = stream_pair()
        nursery.start_soon(host.serve_ws_stream, theirs, path)
        await talk(ours, *((GREETING,) if greeted else ()), *raws)
        await trio.sleep(5.0)
        await alive(host, nursery)
        for channel in ("market", "user", "rtds", "polybolt"):
            assert host.venue.sessions(channel) == [], "who has hung up is forgotten"

    on_air(main)


@pytest.mark.parametrize("path", PATHS)
@given(frames=st.lists(FRAMES | JSON.map(json.dumps), min_size=1, max_size=6))
@settings(max_examples=15 * MORE)
def test_websockets_survive_messages(path, frames):
    async def main(host, nursery) -> None:
        ours, theirs = stream_pair()
        nursery.start_soon(host.serve_ws_stream, theirs, path)
        try:
            async with trio.open_nursery() as inner:
                client = await wrap_client_stream(inner, ours, "venue", path)
                for frame in frames:
                    await client.send_message(frame)
                await trio.sleep(1.0)
                inner.cancel_scope.cancel()
        except* ConnectionClosed:
            pass
        await trio.aclose_forcefully(ours)
        await trio.sleep(5.0)
        await alive(host, nursery)
        assert host.venue.sessions("market") == []

    on_air(main)


def test_slow_lorises_hold_nobody_up_and_are_hung_up_on():
    async def main(host, nursery) -> None:
        ended: list[str] = []

        async def creep(name: str, head: bytes) -> None:
            ours, theirs = stream_pair()
            serve = host.serve_ws_stream if name.startswith("/") else host.serve_http_stream
            nursery.start_soon(serve, theirs, name)
            await talk(ours, *(bytes((byte,)) for byte in head * 9), pause_s=2.0)
            ended.append(name)

        for name in SERVICES:
            nursery.start_soon(creep, name, b"POST /order HTTP/1.1\r\nhost: x\r\nx-y: z\r\n")
        for name in PATHS:
            nursery.start_soon(creep, name, GREETING[:-2])
        for _ in range(20):
            await alive(host, nursery)
            await trio.sleep(10.0)
        assert sorted(ended) == sorted((*SERVICES, *PATHS))

    on_air(main)


@pytest.mark.parametrize("path", PATHS)
def test_a_message_above_the_limit_ends_the_connection(path):
    async def main(host, nursery) -> None:
        ours, theirs = stream_pair()
        nursery.start_soon(host.serve_ws_stream, theirs, path)
        closed = []
        try:
            async with trio.open_nursery() as inner:
                client = await wrap_client_stream(inner, ours, "venue", path)
                inner.start_soon(client.send_message, "x" * (MESSAGE_MAX + 10))
                while True:
                    await client.get_message()
        except* ConnectionClosed as group:
            closed += group.exceptions
        assert closed
        await alive(host, nursery)

    on_air(main)


def test_memory_stays_flat_under_rubbish():
    sizes: list[int] = []

    async def main(host, nursery) -> None:
        tracemalloc.start()
        for turn in range(4):
            for number in range(40):
                ours, theirs = stream_pair()
                if number % 2:
                    nursery.start_soon(host.serve_http_stream, theirs, "clob")
                    await talk(ours, DEEP_ORDERS, b"\xff\r\n\r\n")
                else:
                    nursery.start_soon(host.serve_ws_stream, theirs, "/ws/market")
                    await talk(ours, GREETING, b"\x81\x7f" + b"\xff" * 200)
            await trio.sleep(10.0)
            if turn:
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()

    on_air(main)
    assert sizes[-1] - sizes[0] < 300_000
