"""The world: who sees what when, what is answered, and that it is the same every time."""

from itertools import pairwise

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import BINANCE, BUY, CHAINLINK, DOWN, UP
from pmcore.order import FAK, GTC
from pmcore.sim.latency import Delay, Latency
from pmcore.units import MICRO, MILLISECOND, SECOND
from tests.sim.cores import Busy, Scripted, touch, world
from tests.sim.venue import MARKET, TERMS, at, short, with_terms

WATCH = (0, ef.WatchMarket(MARKET))


def order(number, price=48, size=10, kind=GTC, post=True, outcome=UP):
    return ef.PlaceOrder(number, MARKET, outcome, BUY, price * 100, size * MICRO, kind, post, 0, "")


def story(record, *, beats=False):
    """(ms, short name) of everything stepped after the opening."""
    lines = [((e.at_ns - at(0)) / MILLISECOND, short(e)) for e, _ in record]
    return [line for line in lines[8:] if beats or line[1] != "Beat"]


def test_the_opening():
    run, record = world(Scripted(), [])
    run.run(until_ns=at(0))
    assert [type(e) for e, _ in record[:8]] == [
        ev.RunOpened,
        ev.Configured,
        *[ev.FeedOpened] * 4,
        ev.BalanceReported,
        ev.Beat,
    ]
    assert [e.feed for e, _ in record[2:6]] == [0, 1, 2, 3]
    assert record[6][0].cash == 1000 * MICRO


def test_an_order_travels_there_and_back():
    script = [WATCH, (100, order(1)), (200, ef.CancelOrder(1, ""))]
    run, record = world(Scripted(script), [touch(0)])
    run.run(at(1000))
    assert (
        story(record, beats=True)
        == [
            (0, "Beat"),
            (60, "MarketWatched"),
            (60, "BookReset"),
            (60, "BookReset"),
            (60, "Beat"),
            (100, "Beat"),
            (160, "OrderAccepted"),
            (160, "Beat"),
            (200, "Beat"),
            (260, "OrderCancelled asked"),
            (260, "Beat"),
        ][1:]
    )


def test_no_latency_means_the_same_moment():
    zero = Latency(*[Delay(0)] * 6)
    run, record = world(Scripted([WATCH, (100, order(1))]), [touch(0)], latency=zero)
    run.run(at(200))
    assert story(record)[-1] == (100, "OrderAccepted")
    assert run.carrier.acts == run.carrier.answers == 2


def test_the_exchange_sees_facts_before_we_hear_them():
    """A touch that left the venue at 125 ms is heard at 300; an order arriving at 130 meets it."""
    script = [WATCH, (100, order(1, price=50, kind=FAK, post=False))]
    facts = [touch(0), touch(300, 46, 50, late=175)]
    run, record = world(Scripted(script), facts)
    run.run(at(290))
    assert story(record)[3:] == [(160, "OrderAccepted"), (170, "MATCHED taker 10 @ 50")]
    # and one that left at 131 ms is too late
    run, record = world(Scripted(list(script)), [touch(0), touch(300, 46, 50, late=169)])
    run.run(at(290))
    assert story(record)[3:] == [(160, "OrderRejected fak_not_filled")]


def test_what_we_hear_of_a_fill_can_still_save_another_order():
    """The exchange never runs ahead of our answer to what it said."""

    class Quick(Scripted):
        def step(self, event):
            if type(event) is ev.TradeReported and event.status == ev.MATCHED and event.order == 1:
                return [ef.CancelOrder(2, "")]
            return super().step(event)

    facts = [touch(0), touch(2000, 45, 47, late=1500), touch(2001, 40, 42, late=1300)]
    run, record = world(Quick([WATCH, (100, order(1)), (101, order(2, price=45))]), facts)
    run.run(at(1990))
    assert story(record)[-2:] == [(540, "MATCHED maker 10 @ 48"), (600, "OrderCancelled asked")]


def test_facts_reach_the_exchange_in_venue_order():
    seen = []
    facts = [
        touch(0),
        touch(500, 40, 60, late=400),
        touch(510, 41, 60, late=450),
        touch(520, 42, 60, late=500),
        touch(530, 43, 60),
    ]
    run, _ = world(Scripted(), facts, terms=None)
    pit = run.exchange.floor.pit(MARKET)
    for ms in (0, 20, 60, 100, 530):
        run.run(at(ms))
        seen.append(pit.book.best_bid // 100)
    assert seen == [48, 42, 41, 40, 43]


def test_only_watched_markets_are_heard():
    facts = [touch(0), touch(50), touch(100), touch(150), touch(400)]
    script = [WATCH, (200, ef.DropMarket(MARKET))]
    run, record = world(Scripted(script), facts)
    run.run(at(500))
    assert story(record) == [
        (60, "MarketWatched"),
        (60, "BookReset"),
        (60, "BookReset"),
        (100, "TouchQuoted"),
        (150, "TouchQuoted"),
        (260, "MarketDropped"),
    ]


def test_facts_older_than_the_snapshot_are_not_heard():
    facts = [
        touch(0, 48, 52),
        touch(70, 47, 52, late=40),
        touch(75, 47, 52, late=45),
        touch(80, 46, 52, late=45),
    ]
    run, record = world(Scripted([WATCH]), facts)
    run.run(at(500))
    heard = [e for e, _ in record if type(e) in (ev.BookReset, ev.TouchQuoted)]
    assert [(type(e).__name__, e.at_ns - at(0)) for e in heard] == [
        ("BookReset", 60 * MILLISECOND),
        ("BookReset", 60 * MILLISECOND),
        ("TouchQuoted", 80 * MILLISECOND),
    ]
    assert heard[0].bids == ((4700, 100 * MICRO),)  # the venue at 30 ms knew of 30 ms
    assert heard[1].outcome == DOWN
    assert heard[1].asks == ((5300, 100 * MICRO),)


def test_find_market_before_and_after_the_listing():
    facts = [ev.OracleTicked(at(0), at(0), CHAINLINK, 10**17), ev.MarketListed(at(300), TERMS)]
    script = [(100, ef.FindMarket(MARKET, "s")), (300, ef.FindMarket(MARKET, "s"))]
    run, record = world(Scripted(script), facts, terms=None)
    run.run(at(1000))
    assert story(record) == [
        (0, "OracleTicked"),
        (160, "MarketMissing"),
        (360, "MarketListed"),
    ]


def test_oracle_ticks_and_feeds_are_always_heard():
    facts = [
        ev.OracleTicked(at(10), at(0), BINANCE, 10**17),
        ev.FeedLost(at(20), 2, "gone"),
        ev.FeedOpened(at(30), 2),
        touch(40),
        ev.Garbled(at(50), 0, "?", ""),
    ]
    run, record = world(Scripted(), facts)
    run.run(at(100))
    assert [name for _, name in story(record)] == [
        "OracleTicked",
        "FeedLost",
        "FeedOpened",
        "Garbled",
    ]


def test_one_beat_per_moment():
    facts = [ev.OracleTicked(at(10), at(0), BINANCE, 10**17 + i) for i in range(3)]
    run, record = world(Scripted(), facts, terms=None)
    run.run(at(100))
    assert [name for _, name in story(record, beats=True)] == ["OracleTicked"] * 3 + ["Beat"]
    assert run.beats == 2


def test_a_deadline_wakes_the_core():
    run, record = world(Scripted([(40, ef.Note("info", "x", "")), (90, ef.Halt(""))]), [touch(0)])
    run.run(at(200))
    assert story(record, beats=True) == [(40, "Beat"), (90, "Beat"), (150, "Halted"), (150, "Beat")]
    assert run.carrier.acts == run.carrier.answers == 1


def test_a_deadline_in_the_past_does_not_hang():
    core = Scripted()
    core.deadline = lambda: at(-5)
    run, _ = world(core, [touch(0)])
    run.run(at(10))
    assert 10 <= run.beats <= 12


def test_running_in_pieces_is_running_at_once():
    facts = [touch(i * 13, 47 + i % 2, 52 - i % 2, late=i % 9) for i in range(200)]
    whole, record = world(Busy(), facts)
    whole.run()
    pieces, other = world(Busy(), facts)
    for ms in range(0, 40_000, 37):
        pieces.run(at(ms))
    pieces.run()
    assert record == other
    assert whole.over
    assert pieces.over


def test_time_never_falls_and_every_event_is_stamped():
    facts = [touch(i * 13, 47, 52, late=i % 9) for i in range(100)]
    run, record = world(Busy(), facts)
    run.run()
    stamps = [e.at_ns for e, _ in record]
    assert all(a <= b for a, b in pairwise(stamps))
    assert run.steps == len(record)
    assert run.exchange.unbalanced() == []


def test_reconcile_brings_trades_before_the_view():
    script = [WATCH, (100, order(1, price=52, kind=FAK, post=False)), (110, ef.Reconcile(9, ""))]
    run, record = world(Scripted(script), [touch(0)], terms=with_terms(taker_delay_ns=0))
    run.run(at(1000))
    tail = story(record)[3:]
    # acts leave together: at 130 the order matches, at 140 the view is taken; the report of the
    # user channel (at 170) and the one of the reconciliation meet at the same moment
    assert tail == [
        (160, "OrderAccepted"),
        (170, "MATCHED taker 10 @ 52"),
        (170, "MATCHED taker 10 @ 52"),
        (170, "Reconciled"),
    ]
    view = record[-2][0]
    assert view.holdings[0].shares == 110 * MICRO
    assert view.cash == run.exchange.cash(1)


def test_heartbeats_are_sent_and_acknowledged():
    run, record = world(Scripted([WATCH, (100, order(1))]), [touch(0)], heartbeat_ns=5 * SECOND)
    run.run(at(29_000))
    acks = [ms for ms, name in story(record) if name == "HeartbeatAcked"]
    assert acks == [60, 5060, 10_060, 15_060, 20_060, 25_060]
    assert run.carrier.acts == run.carrier.answers == 2


def test_random_latency_keeps_the_user_channel_in_order():
    latency = Latency(
        trade=Delay(0, 500 * MILLISECOND, "uniform"),
        notice=Delay(0, 500 * MILLISECOND, "lognormal"),
    )
    facts = [touch(i * 13, 47 + i % 5, 52 + i % 5) for i in range(300)]
    run, record = world(Busy(3), facts, latency=latency, seed=4)
    run.run()
    numbers = [int(e.trade[1:]) for e, _ in record if type(e) is ev.TradeReported and e.status == 0]
    assert len(numbers) > 20
    firsts = list(dict.fromkeys(numbers))
    assert firsts == sorted(firsts)
    assert run.carrier.acts == run.carrier.answers
