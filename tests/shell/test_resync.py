"""A snapshot by REST takes its place among the changes of the socket, grid and all."""

import pytest
import trio

from pmcore import events as ev
from pmcore.effects import ResyncBook
from pmcore.ids import BUY, SELL, UP
from pmcore.units import MILLISECOND, SECOND, Ns, Price
from pmio.clock import TrioClock
from pmio.inbox import Inbox
from pmio.lanes import Act
from pmio.market_feed import KEPT_NS, MarketLine
from pmio.memory_network import MemoryNetwork
from pmio.pacing import Pacing
from pmio.rest import Rest
from pmio.resync import Resync
from pmio.roster import Roster
from tests.core.stage import T0, WINDOW, market
from tests.shell.fakes import CUT, HttpFake, ok
from tests.shell.virtual import virtual

TERMS = market()
TOKEN = TERMS.token(UP)
STAMP = T0 // MILLISECOND
LEVEL = {"price": "0.49", "size": "10"}


def book(stamp: int = STAMP, **more) -> dict:
    body = {"market": "0x", "asset_id": TOKEN, "timestamp": str(stamp), "bids": [LEVEL], "asks": []}
    return body | {"tick_size": "0.01"} | more


def change(stamp: int, price: str = "0.48") -> str:
    one = f'{{"asset_id":"{TOKEN}","price":"{price}","size":"7","side":"BUY","hash":"h"}}'
    return f'{{"event_type":"price_change","timestamp":"{stamp}","price_changes":[{one}]}}'


def grid(stamp: int, tick: str) -> str:
    return (
        f'{{"event_type":"tick_size_change","asset_id":"{TOKEN}","new_tick_size":"{tick}",'
        f'"timestamp":"{stamp}"}}'
    )


class Desk:
    def __init__(self, nursery: trio.Nursery, answer) -> None:
        network = MemoryNetwork(nursery)
        self.host = HttpFake(network, "clob.local", answer)
        clock = TrioClock(T0)
        self.inbox = Inbox(clock)
        self.roster = Roster()
        self.roster.list(TERMS)
        self.roster.watch(TERMS.id)
        self.line = MarketLine("ws://x", self.roster, clock.now_ns, 15.0)
        rest = Rest(network, Pacing(), clock.now_ns)
        url = "http://clob.local:80"
        self.resync = Resync(rest, url, self.roster, self.inbox, self.line.after)

    def say(self, frame: str) -> None:
        self.line.hear(frame, self.inbox.stamp())

    async def fetch(self) -> list[ev.AnyEvent]:
        act = Act(ResyncBook(TERMS.id, UP, "invalid"), T0, 0.0)
        await self.resync.perform((act,))
        assert act.answered
        return self.inbox.take(100)


@virtual
async def test_changes_since_the_snapshot_follow_it(nursery):
    desk = Desk(nursery, lambda ask: ok(book()))
    for stamp in (STAMP - 1, STAMP, STAMP + 3):
        desk.say(change(stamp))
    first, *since = await desk.fetch()
    assert isinstance(first, ev.BookReset)
    assert [one.venue_ns // MILLISECOND for one in since] == [STAMP, STAMP + 3]
    assert {one.at_ns for one in since} == {first.at_ns}


@virtual
async def test_a_grid_that_the_socket_missed_is_told_before_the_book(nursery):
    desk = Desk(nursery, lambda ask: ok(book(tick_size="0.001")))
    told = await desk.fetch()
    assert [type(one) for one in told] == [ev.TickChanged, ev.BookReset]
    assert (told[0].market, told[0].outcome, told[0].tick) == (WINDOW, UP, 10)
    assert desk.roster.ticks[TOKEN] == 10
    again = await desk.fetch()
    assert [type(one) for one in again] == [ev.BookReset], "told once"


@virtual
async def test_a_grid_newer_than_the_snapshot_stays(nursery):
    desk = Desk(nursery, lambda ask: ok(book()))
    desk.say(grid(STAMP + 2, "0.001"))
    told = await desk.fetch()
    assert [getattr(one, "tick", 0) for one in told] == [100, 0, 10]
    assert desk.roster.ticks[TOKEN] == 10


@virtual
async def test_a_book_that_names_no_grid_says_nothing_of_it(nursery):
    desk = Desk(nursery, lambda ask: ok(book(tick_size="")))
    desk.say(grid(STAMP - 2, "0.001"))
    assert [type(one) for one in await desk.fetch()] == [ev.BookReset]
    assert desk.roster.ticks[TOKEN] == 10


@virtual
async def test_a_snapshot_older_than_what_is_kept_is_asked_for_again(nursery):
    stamps = [STAMP - 2 * KEPT_NS // MILLISECOND, STAMP]
    desk = Desk(nursery, lambda ask: ok(book(stamps.pop(0))))
    desk.say(change(STAMP))
    told = await desk.fetch()
    assert [type(one) for one in told] == [ev.BookReset, ev.LevelChanged]
    assert len(desk.host.asked) == 2
    stamps[:] = [STAMP - 2 * KEPT_NS // MILLISECOND] * 3
    (failed,) = await desk.fetch()
    assert isinstance(failed, ev.ResyncFailed)
    assert "too old" in failed.reason


@pytest.mark.parametrize(
    "answer",
    [
        CUT,
        ok({}, 500),
        ok([]),
        ok(book(tick_size="0.03")),
        ok(book(tick_size="nan")),
        ok(book(asset_id="another")),
        ok(book(asset_id=TERMS.token(1))),
        ok(book(timestamp="soon")),
    ],
)
def test_an_answer_that_is_no_book_is_a_failure_in_words(answer):
    @virtual
    async def play(nursery) -> None:
        desk = Desk(nursery, lambda ask: answer)
        (failed,) = await desk.fetch()
        assert isinstance(failed, ev.ResyncFailed)
        assert 0 < len(failed.reason) <= 200
        assert desk.roster.ticks[TOKEN] == 100

    play()


@virtual
async def test_a_market_that_is_not_listed_is_not_asked_for(nursery):
    desk = Desk(nursery, lambda ask: ok(book()))
    act = Act(ResyncBook(TERMS.id + 900, UP, "invalid"), T0, 0.0)
    await desk.resync.perform((act,))
    (failed,) = desk.inbox.take(10)
    assert isinstance(failed, ev.ResyncFailed)
    assert desk.host.asked == []


@virtual
async def test_what_is_kept_stays_bounded_by_the_venues_own_time(nursery):
    desk = Desk(nursery, lambda ask: ok(book()))
    for second in range(60):
        desk.say(change(STAMP + 1_000 * second))
    kept = desk.line._kept[WINDOW, UP]
    assert len(kept) <= 2 * KEPT_NS // SECOND + 1
    snapshot = ev.BookReset(T0, Ns(T0 + 57 * SECOND), WINDOW, UP, (), (), "", "")
    since = desk.line.after(snapshot)
    assert since is not None
    assert [one.venue_ns for one in since] == [T0 + n * SECOND for n in (57, 58, 59)]
    assert all(one.side in (BUY, SELL) and one.price == Price(4_800) for one in since)
