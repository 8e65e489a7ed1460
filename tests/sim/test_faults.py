"""Under every fault each act is still answered exactly once, and the books still balance."""

import msgspec
import pytest

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import BINANCE, BINANCE_FEED, BUY, CHAINLINK, MARKET_FEED, UP, USER_FEED
from pmcore.order import GTC
from pmcore.sim.faults import SPELLS, Fate, Faults, Spell, storm
from pmcore.units import MICRO, MILLISECOND, SECOND
from tests.sim.cores import Busy, Scripted, touch, world
from tests.sim.venue import MARKET, at, short

WATCH = (0, ef.WatchMarket(MARKET))
RATES = [name for name in Faults.__struct_fields__ if name != "spells"]
FACTS = [
    fact
    for i in range(200)
    for fact in (
        touch(i * 50, 47 + i % 5, 52 + i % 5, late=i % 7),
        ev.OracleTicked(at(i * 50), at(i * 50 - 1000), CHAINLINK, 10**17),
    )
]


def order(number, price=48):
    return ef.PlaceOrder(number, MARKET, UP, BUY, price * 100, 10 * MICRO, GTC, True, 0, "")


def key(thing):
    """What an act and its answer have in common."""
    if type(thing) is ev.MarketListed:
        return thing.terms.id
    for field in ("order", "op", "market"):
        if hasattr(thing, field):
            return getattr(thing, field)
    return None


def names(record, start=8):
    told = [e for e, _ in record[start:] if type(e) is not ev.Beat]
    return [((e.at_ns - at(0)) // MILLISECOND, short(e)) for e in told]


def check_answers(run, record):
    """Each act has one answer by the world's count, and one of a type that may answer it."""
    acts = [a for _, effects in record for a in effects if ef.ANSWERS[type(a)]]
    assert run.carrier.acts == len(acts) == run.carrier.answers
    heard = {(type(e), key(e)) for e, _ in record}
    for act in acts:
        assert any((kind, key(act)) in heard for kind in ef.ANSWERS[type(act)]), act


@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize("rate", [0.3, 1.0])
def test_each_rate(name, rate):
    run, record = world(
        Busy(3), FACTS, faults=Faults(**{name: rate}), seed=7, linger_ns=90 * SECOND
    )
    run.run()
    check_answers(run, record)
    assert run.exchange.unbalanced() == []
    assert not run.exchange.floor.trades


@pytest.mark.parametrize("kind", SPELLS)
@pytest.mark.parametrize("value", [0, 1, 2])
def test_each_spell(kind, value):
    spells = (
        Spell(kind, 2 * SECOND, 3 * SECOND, value),
        Spell(kind, 4 * SECOND, 3 * SECOND, value),
    )
    run, record = world(
        Busy(3), FACTS, faults=Faults(spells=spells), linger_ns=90 * SECOND, heartbeat_ns=5 * SECOND
    )
    run.run()
    check_answers(run, record)
    assert run.weather.bad == 0
    assert run.exchange.unbalanced() == []


@pytest.mark.parametrize("seed", range(12))
def test_storms_by_seed(seed):
    faults = storm(seed, 10 * SECOND)
    assert faults == storm(seed, 10 * SECOND)
    assert msgspec.json.decode(msgspec.json.encode(faults), type=Faults) == faults
    records = []
    for _ in range(2):
        run, record = world(
            Busy(3),
            FACTS,
            faults=faults,
            seed=seed,
            linger_ns=200 * SECOND,
            heartbeat_ns=5 * SECOND,
        )
        run.run()
        check_answers(run, record)
        assert run.exchange.unbalanced() == []
        assert run.exchange.floor.mode == "normal"
        records.append(msgspec.msgpack.encode(record))
    assert records[0] == records[1]


def test_submit_that_times_out_is_live():
    run, record = world(
        Scripted([WATCH, (100, order(1))]), [touch(0)], faults=Faults(submit_timeout=1.0)
    )
    run.run(at(20_000))
    assert names(record)[-1] == (5130, "OrderUnknown")
    assert len(run.exchange.open_orders(1)) == 1


def test_submit_that_is_lost_is_not():
    run, record = world(
        Scripted([WATCH, (100, order(1))]), [touch(0)], faults=Faults(submit_lost=1.0)
    )
    run.run(at(20_000))
    assert names(record)[-1] == (5100, "OrderUnknown")
    assert run.exchange.open_orders(1) == ()


@pytest.mark.parametrize(("fault", "left"), [("cancel_timeout", 0), ("cancel_lost", 1)])
def test_cancels_without_answer(fault, left):
    script = [WATCH, (100, order(1)), (200, ef.CancelOrder(1, ""))]
    run, record = world(Scripted(script), [touch(0)], faults=Faults(**{fault: 1.0}))
    run.run(at(20_000))
    assert names(record)[-1][1] == "CancelUnknown"
    assert len(run.exchange.open_orders(1)) == left


def test_a_fill_on_its_way_while_the_cancel_is_acknowledged():
    script = [WATCH, (100, order(1)), (200, ef.CancelOrder(1, ""))]
    run, record = world(Scripted(script), [touch(0)], faults=Faults(cancel_raced=1.0), seed=1)
    run.run(at(300))
    (ms, answer), (later, fill) = names(record)[-2:]
    assert (ms, answer) == (260, "OrderCancelled asked")
    assert later == 270
    assert fill.startswith("MATCHED maker")


def test_fills_overtake_the_answer():
    script = [WATCH, (100, order(1))]
    facts = [touch(0), touch(140, 40, 45)]
    run, record = world(Scripted(script), facts, faults=Faults(ack_late=1.0))
    run.run(at(3000))
    tail = [name for _, name in names(record)][-3:]
    assert tail == ["MATCHED maker 10 @ 48", "OrderAccepted", "MINED maker 10 @ 48"]


def test_reports_doubled_and_late():
    script = [WATCH, (100, order(1))]
    facts = [touch(0), touch(140, 40, 45)]
    run, record = world(
        Scripted(script), facts, faults=Faults(report_doubled=1.0, report_late=0.5), seed=3
    )
    run.run()
    trades = [e for e, _ in record if type(e) is ev.TradeReported]
    assert len(trades) == 6
    assert len({t.status for t in trades}) == 3


def test_market_feed_lost_and_reopened():
    faults = Faults(spells=(Spell("feed_lost", 100 * MILLISECOND, 200 * MILLISECOND, MARKET_FEED),))
    facts = [touch(0), touch(90), touch(150, 40, 45), touch(350, 41, 45)]
    run, record = world(Scripted([WATCH]), facts, faults=faults)
    run.run(at(400))
    assert names(record)[3:] == [
        (90, "TouchQuoted"),
        (100, "FeedLost"),
        (300, "FeedOpened"),
        (300, "BookReset"),
        (300, "BookReset"),
        (350, "TouchQuoted"),
    ]
    assert [e for e, _ in record if type(e) is ev.BookReset][2].bids == ((4000, 100 * MICRO),)


def test_user_feed_lost_tells_at_the_next_reconciliation():
    faults = Faults(spells=(Spell("feed_lost", 100 * MILLISECOND, 200 * MILLISECOND, USER_FEED),))
    script = [WATCH, (90, order(1)), (400, ef.Reconcile(5, ""))]
    run, record = world(Scripted(script), [touch(0), touch(140, 40, 45)], faults=faults)
    run.run(at(500))
    assert names(record)[-4:] == [
        (300, "FeedOpened"),
        (460, "MATCHED maker 10 @ 48"),
        (460, "MATCHED maker 10 @ 48"),
        (460, "Reconciled"),
    ]


def test_oracles_stall_and_go_back():
    ticks = [
        ev.OracleTicked(at(100 * i), at(100 * i - 50), source, 10**17)
        for i in range(6)
        for source in (CHAINLINK, BINANCE)
    ]
    spells = (
        Spell("oracle_stall", 150 * MILLISECOND, 200 * MILLISECOND, CHAINLINK),
        Spell("oracle_back", 150 * MILLISECOND, 200 * MILLISECOND, BINANCE),
        Spell("feed_lost", 450 * MILLISECOND, 20 * MILLISECOND, BINANCE_FEED),
    )
    run, record = world(Scripted(), ticks, faults=Faults(spells=spells))
    run.run(at(600))
    heard = [e for e, _ in record if type(e) is ev.OracleTicked]
    chainlink = [(e.at_ns - at(0)) // MILLISECOND for e in heard if e.source == CHAINLINK]
    assert chainlink == [0, 100, 400, 500]
    backward = [(e.venue_ns - at(0)) // MILLISECOND for e in heard if e.source == BINANCE]
    assert backward == [-50, 50, 150 - 3000, 250 - 3000, 350, 450]


def test_restart_then_post_only_then_normal():
    faults = Faults(spells=(Spell("restart", 100 * MILLISECOND, 1000 * MILLISECOND),))
    take = ef.PlaceOrder(3, MARKET, UP, BUY, 4800, 10 * MICRO, GTC, False, 0, "")
    late = ef.PlaceOrder(5, MARKET, UP, BUY, 4800, 10 * MICRO, GTC, False, 0, "")
    script = [WATCH, (500, order(1)), (1500, take), (1600, order(4)), (125_000, late)]
    run, record = world(Scripted(script), [touch(0)], faults=faults, linger_ns=300 * SECOND)
    run.run()
    assert [name for _, name in names(record)[3:]] == [
        "VenueModeChanged",
        "OrderRejected venue_restarting",
        "VenueModeChanged",
        "OrderRejected post_only_mode",
        "OrderAccepted",
        "VenueModeChanged",
        "OrderAccepted",
    ]


def test_missed_heartbeats_cancel_everything():
    faults = Faults(spells=(Spell("heartbeat_missed", 12 * SECOND, 40 * SECOND),))
    run, record = world(
        Scripted([WATCH, (100, order(1))]),
        [touch(0)],
        faults=faults,
        heartbeat_ns=5 * SECOND,
        linger_ns=60 * SECOND,
    )
    run.run()
    said = [name for _, name in names(record)]
    assert said.count("HeartbeatMissed") == 8
    assert said.count("OrderCancelled heartbeat") == 1


def test_reject_storm():
    faults = Faults(spells=(Spell("reject_storm", 100 * MILLISECOND, 1000 * MILLISECOND),))
    script = [WATCH, (500, order(1)), (1500, order(2))]
    run, record = world(Scripted(script), [touch(0)], faults=faults)
    run.run(at(3000))
    assert [name for _, name in names(record)[3:]] == ["OrderRejected other", "OrderAccepted"]


def test_no_faults_draw_nothing():
    fate = Fate(Faults(), 1)
    before = fate.chance.getstate()
    assert not fate.hit(0.0)
    assert fate.chance.getstate() == before
