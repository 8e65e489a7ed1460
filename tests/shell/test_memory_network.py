"""Streams in memory behave as sockets do: order, ends, pressure, faults."""

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import check_half_closeable_stream

from pmio.gauges import gauges, quantile
from pmio.memory_network import MemoryNetwork, stream_pair
from pmio.network import NetworkError
from tests.shell.rig import Rig
from tests.shell.virtual import run_virtual, virtual


async def test_they_pass_trios_own_check_of_streams():
    # On the plain clock, for the check waits until every task is blocked, as virtual time does.
    async def make():
        return stream_pair()

    async def make_full():
        ours, theirs = stream_pair(limit=10)
        for stream in (ours, theirs):
            await stream.send_all(b"x" * 10)
        return ours, theirs

    with trio.fail_after(10):
        await check_half_closeable_stream(make, make_full)


@given(st.lists(st.binary(min_size=0, max_size=300), max_size=12), st.integers(1, 200))
def test_bytes_arrive_in_order_whatever_the_pieces(chunks, most):
    async def main(nursery) -> None:
        ours, theirs = stream_pair(limit=64, delay=lambda: 0.01)

        async def send() -> None:
            for chunk in chunks:
                await ours.send_all(chunk)
            await ours.send_eof()

        nursery.start_soon(send)
        received = b""
        while part := await theirs.receive_some(most):
            assert len(part) <= most
            received += part
        assert received == b"".join(chunks)

    run_virtual(main)


@virtual
async def test_a_writer_waits_for_its_reader(nursery):
    ours, theirs = stream_pair(limit=10)
    with trio.move_on_after(1) as limit:
        await ours.send_all(b"x" * 11)
    assert limit.cancelled_caught
    assert await theirs.receive_some() == b"x" * 10


@virtual
async def test_a_cut_is_felt_on_both_sides(nursery):
    ours, theirs = stream_pair()
    nursery.start_soon(trio.sleep, 0)
    theirs.cut()
    with pytest.raises(trio.BrokenResourceError):
        await ours.receive_some()
    with pytest.raises(trio.BrokenResourceError):
        await ours.send_all(b"x")


@virtual
async def test_a_stall_takes_everything_and_gives_nothing_until_it_ends(nursery):
    network = MemoryNetwork(nursery)

    async def echo(stream) -> None:
        while part := await stream.receive_some():
            await stream.send_all(part)

    network.listen("peer", 7, echo)
    stream = await network.connect("peer", 7)
    network.stall("peer", 7)
    await stream.send_all(b"hello")
    with trio.move_on_after(5) as limit:
        await stream.receive_some()
    assert limit.cancelled_caught
    network.stall("peer", 7, stalled=False)
    assert await stream.receive_some() == b"hello"
    assert network.tries["peer"] == 1


@virtual
async def test_hosts_that_are_not_there_refuse(nursery):
    network = MemoryNetwork(nursery)
    with pytest.raises(NetworkError):
        await network.connect("peer", 7)
    network.listen("peer", 7, lambda stream: stream.aclose())
    network.down.add(("peer", 7))
    with pytest.raises(NetworkError):
        await network.connect("peer", 7)


@virtual
async def test_gauges_read_the_whole_shell(nursery):
    rig = Rig(nursery)
    await rig.live()
    await rig.quoting()
    read = {(one.name, one.label, one.of): one.value for one in gauges(rig.shell)}
    assert read["quoting_allowed", "", ""] == 1
    assert read["feed_open", "feed", "market"] == 1
    assert read["lane_acts_total", "lane", "post"] >= 2
    assert read["events_total", "", ""] == rig.shell.drive.events
    assert all(isinstance(value, int | float) for value in read.values())
    assert quantile([], 0.5) == 0.0
    assert quantile([3, 1, 2], 0.99) == 3
    await rig.stop()
