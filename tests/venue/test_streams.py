"""The servers on streams in memory, on a clock that does not wait: what a simulation uses."""

import json
from contextlib import asynccontextmanager

import h11
import pytest
import trio
from trio.testing import MockClock, memory_stream_pair
from trio_websocket import ConnectionClosed, wrap_client_stream

from pmapp.local_venue.flow import natural
from pmapp.local_venue.host import start
from pmapp.local_venue.terms import V1, VenueTerms
from pmapp.local_venue.venue import Venue
from pmapp.local_venue.ws_server import text_frames
from pmcore.units import SECOND, Ns
from tests.venue.listener import Listener
from tests.venue.stage import START_S


@pytest.fixture
def clock():
    return MockClock(autojump_threshold=0)


@asynccontextmanager
async def hosted(rate=1.0, speed=1.0, **terms):
    """A host in whose nursery streams can be served."""
    of = VenueTerms(protocol=V1, ahead=3, **terms)
    host = start(lambda clock: Venue(of, clock, natural(of, rate)), Ns(START_S * SECOND), speed)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(host.run)
        yield host, nursery
        nursery.cancel_scope.cancel()


async def ask(stream, method, target, content=b"", headers=()):
    """One HTTP exchange: status, headers, body."""
    peer = h11.Connection(h11.CLIENT)
    head = [("host", "venue"), ("content-length", str(len(content))), *headers]
    request = h11.Request(method=method, target=target, headers=head)
    sent = [peer.send(request), peer.send(h11.Data(data=content)), peer.send(h11.EndOfMessage())]
    await stream.send_all(b"".join(sent))
    status, got = 0, b""
    while True:
        event = peer.next_event()
        if event is h11.NEED_DATA:
            peer.receive_data(await stream.receive_some(65_536))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            got += bytes(event.data)
        else:
            return status, got


def connect(host, nursery, service="clob"):
    """A client's end of a connection to a REST service."""
    ours, theirs = memory_stream_pair()
    nursery.start_soon(host.serve_http_stream, theirs, service)
    return ours


async def socket(host, nursery, path):
    """A client's websocket to a channel."""
    ours, theirs = memory_stream_pair()
    nursery.start_soon(host.serve_ws_stream, theirs, path)
    return await wrap_client_stream(nursery, ours, "venue", path)


async def test_requests_on_one_connection(clock):
    async with hosted() as (host, nursery):
        stream = connect(host, nursery)
        assert await ask(stream, "GET", "/time") == (200, str(START_S).encode())
        await trio.sleep(10.0)
        assert await ask(stream, "GET", "/time") == (200, str(START_S + 10).encode())
        assert (await ask(stream, "POST", "/books", b"[]"))[1] == b"[]"


async def test_speed(clock):
    async with hosted(speed=60.0) as (host, nursery):
        stream = connect(host, nursery)
        await trio.sleep(16.0)
        assert await ask(stream, "GET", "/time") == (200, str(START_S + 960).encode())
        listed = host.venue.listings.by_start[START_S]
        assert listed.closed_ns
        host.clock.set_speed(1.0)
        await trio.sleep(5.0)
        assert await ask(stream, "GET", "/time") == (200, str(START_S + 965).encode())


async def test_books_over_a_websocket(clock):
    async with hosted(rate=3.0) as (host, nursery):
        client = await socket(host, nursery, "/ws/market")
        tokens = list(host.venue.world.listed("").market.tokens)
        await client.send_message(json.dumps({"type": "market", "assets_ids": tokens}))
        listener = Listener()
        with trio.move_on_after(30.0):
            while True:
                listener.hear(await client.get_message())
        assert listener.finish() == []
        assert listener.counts["price_change"] > 500
        await client.send_message("PING")
        while await client.get_message() != "PONG":
            pass
        await client.aclose()
        await trio.sleep(1.0)
        assert host.venue.sessions("market") == []


async def test_pings_of_the_protocol_are_answered(clock):
    async with hosted() as (host, nursery):
        client = await socket(host, nursery, "/rtds")
        await client.ping(b"are you there")
        assert not client.closed


async def test_venue_closes_and_cuts(clock):
    async with hosted() as (host, nursery):
        closed, cut = [await socket(host, nursery, "/ws") for _ in range(2)]
        await closed.send_message(json.dumps({"op": "ping"}))
        assert json.loads(await closed.get_message()) == {"op": "pong"}
        first, second = host.venue.sessions("polybolt")
        first.outbox.close(4003, "draining")
        second.outbox.drop()
        with pytest.raises(ConnectionClosed) as told:
            await closed.get_message()
        assert told.value.reason.code == 4003
        with pytest.raises(ConnectionClosed) as told:
            await cut.get_message()
        assert told.value.reason.code == 1006
        await trio.sleep(5.0)
        assert host.venue.sessions("polybolt") == []


async def test_unknown_path_is_rejected(clock):
    async with hosted() as (host, nursery):
        ours, theirs = memory_stream_pair()
        nursery.start_soon(host.serve_ws_stream, theirs)
        await ours.send_all(
            b"GET /nowhere HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
            b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert (await ours.receive_some(100)).startswith(b"HTTP/1.1 404")


async def test_faults_below_http(clock):
    async with hosted() as (host, nursery):
        begin = host.venue.switchboard.begin
        begin("answer", on="clob", fate="cut", count=1)
        stream = connect(host, nursery)
        await stream.send_all(b"GET /ok HTTP/1.1\r\nhost: x\r\n\r\n")
        assert await stream.receive_some(100) == b""
        begin("answer", on="clob", fate="torn", applied=True, count=1)
        stream = connect(host, nursery)
        await stream.send_all(b"GET /clob-markets/0x HTTP/1.1\r\nhost: x\r\n\r\n")
        got = b""
        while part := await stream.receive_some(1000):
            got += part
        assert got.startswith(b"HTTP/1.1 404")
        assert not got.endswith(b"}")
        begin("answer", on="clob", fate="silent", count=1)
        stream = connect(host, nursery)
        await stream.send_all(b"GET /ok HTTP/1.1\r\nhost: x\r\n\r\n")
        with trio.move_on_after(200.0) as waited:
            await stream.receive_some(100)
        assert waited.cancelled_caught


async def test_slow_and_senseless_clients_of_http(clock):
    async with hosted() as (host, nursery):
        slow = connect(host, nursery)
        await slow.send_all(b"GET /ok HT")
        begin = trio.current_time()
        assert await slow.receive_some(100) == b""
        assert 100.0 < trio.current_time() - begin < 130.0
        for nonsense in (b"\x00\xff\xfe\r\n\r\n", b"GET\r\n\r\n", b"x" * 100_000):
            stream = connect(host, nursery)
            await stream.send_all(nonsense)
            got = await stream.receive_some(100)
            assert got == b"" or got.startswith(b"HTTP/1.1 400")
        big = connect(host, nursery)
        head = b"POST /order HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n"
        await big.send_all(head + b"x" * 5_000_000)
        assert (await big.receive_some(100)).startswith(b"HTTP/1.1 413")
        assert await ask(connect(host, nursery), "GET", "/ok") == (200, b'"OK"')


async def test_senseless_clients_of_websockets(clock):
    async with hosted() as (host, nursery):
        for nonsense in (b"\x00\xff\r\n\r\n", b"GET /ws/market HTTP/1.1\r\nhost: x\r\n\r\n", b""):
            ours, theirs = memory_stream_pair()
            nursery.start_soon(host.serve_ws_stream, theirs, "/ws/market")
            if nonsense:
                await ours.send_all(nonsense)
            with trio.fail_after(120.0):
                while await ours.receive_some(1000):
                    pass
        client = await socket(host, nursery, "/ws/market")
        await client.send_message(b"\xff\xfe")
        await client.send_message("x" * 500_000)
        assert await client.get_message() == "INVALID OPERATION"
        assert host.venue.sessions("market")


def test_frames_of_every_length():
    assert text_frames([b"ab"]) == b"\x81\x02ab"
    assert text_frames([b"x" * 300])[:4] == b"\x81\x7e\x01\x2c"
    assert text_frames([b"x" * 70_000])[:10] == b"\x81\x7f\x00\x00\x00\x00\x00\x01\x11\x70"
