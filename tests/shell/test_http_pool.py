"""A pool of connections loses none of them, whenever a deadline falls."""

import pytest
import trio

from pmcore.units import SECOND, Ns
from pmio.clock import TrioClock
from pmio.memory_network import MemoryNetwork
from pmio.pacing import PUBLIC, Pacing
from pmio.rest import Rest, Unreachable
from tests.shell.fakes import SILENT, HttpFake, ok
from tests.shell.virtual import virtual

URL = "http://clob.local:80/a"
T0 = Ns(1_800_000_000 * SECOND)


class Stalling(MemoryNetwork):
    """While `stalls` is above 0, our loop stands still just as a connection is made."""

    stalls = 0

    async def connect(self, host: str, port: int) -> trio.abc.Stream:
        stream = await super().connect(host, port)
        if self.stalls > 0:
            self.stalls -= 1
            trio.lowlevel.current_clock().jump(10.0)
            # The connection is there and the deadline is over, seen in one turn of the loop.
            await trio.lowlevel.cancel_shielded_checkpoint()
        return stream


@virtual
async def test_a_deadline_between_connecting_and_sending_costs_no_place_in_the_pool(nursery):
    network = Stalling(nursery)
    host = HttpFake(network, "clob.local", lambda ask: ok({}))
    rest = Rest(network, Pacing(), TrioClock(T0).now_ns, connections=2, timeout_s=3.0)
    network.stalls = 6
    for _ in range(6):
        with pytest.raises(Unreachable):
            await rest.ask(PUBLIC, "GET", URL)
    assert host.asked == []
    for _ in range(4):
        assert (await rest.ask(PUBLIC, "GET", URL)).status == 200
    assert rest.connections <= 2
    await rest.aclose()


@virtual
async def test_who_waits_for_the_place_gets_it_at_once(nursery):
    network = Stalling(nursery)
    HttpFake(network, "clob.local", lambda ask: ok({}))
    rest = Rest(network, Pacing(), TrioClock(T0).now_ns, connections=1, timeout_s=3.0)
    network.stalls = 1
    told: list[str] = []

    async def ask(limit_s: float) -> None:
        try:
            reply = await rest.ask(PUBLIC, "GET", URL, timeout_s=limit_s)
            told.append(f"{reply.status} at {trio.current_time():.0f}")
        except Unreachable as error:
            told.append(error.text)

    async with trio.open_nursery() as inner:
        inner.start_soon(ask, 3.0)
        inner.start_soon(ask, 60.0)
    assert "200 at 10" in told
    await rest.aclose()


@virtual
async def test_others_keep_their_connections_when_one_is_given_up(nursery):
    network = Stalling(nursery)
    answers = [SILENT]
    host = HttpFake(network, "clob.local", lambda ask: answers.pop() if answers else ok({}))
    rest = Rest(network, Pacing(), TrioClock(T0).now_ns, connections=3, timeout_s=3.0)
    with pytest.raises(Unreachable):
        await rest.ask(PUBLIC, "GET", URL)
    done: list[int] = []

    async def ask() -> None:
        done.append((await rest.ask(PUBLIC, "GET", URL)).status)

    async with trio.open_nursery() as inner:
        for _ in range(9):
            inner.start_soon(ask)
    assert done == [200] * 9
    assert host.connections <= 4
    assert rest.connections <= 3
    await rest.aclose()
    assert rest.connections == 0
