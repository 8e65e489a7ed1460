"""When nothing is quoted, and why: every gate, at the very moment it closes."""

import pytest

from pmcore import events as ev
from pmcore.effects import CancelAll, CancelOrder, Note, PlaceOrder
from pmcore.ids import BINANCE, CHAINLINK, DOWN, UP
from pmcore.model.regime import ORACLE_DISAGREE, STALE_BINANCE, STALE_ORACLE
from pmcore.units import SECOND, Ns, OraclePrice
from tests.core.stage import T0, WINDOW, Stage, market, of, quoting

END = 900
AT_ONCE = {"trading.min_update_interval_ms": 0}


def at(seconds, settings=None, **terms):
    """A stage that is about to quote `seconds` into the window."""
    stage = Stage(settings)
    stage.open(market(**terms))
    stage.now = Ns(T0 + round(seconds * SECOND))
    stage.fresh()
    return stage


@pytest.mark.parametrize(
    ("seconds", "gate"),
    [(0, ""), (839, ""), (839.999, ""), (840, "cutoff"), (899, "cutoff"), (901, "cutoff")],
)
def test_cutoff_is_a_minute_before_the_end(seconds, gate):
    stage = at(seconds)
    placed = of(stage.beat(), PlaceOrder)
    assert stage.market.gate == gate
    assert bool(placed) == (gate == "")


@pytest.mark.parametrize(
    ("cutoff", "seconds", "gate"), [(10, 889, ""), (10, 890, "cutoff"), (0, 899, "")]
)
def test_cutoff_is_configured(cutoff, seconds, gate):
    stage = at(seconds, {"trading.cutoff_seconds": cutoff})
    stage.beat()
    assert stage.market.gate == gate


@pytest.mark.parametrize(("late_ns", "gate"), [(0, ""), (1, "book_stale")])
def test_a_book_is_stale_when_it_is_older_than_its_limit(late_ns, gate):
    stage = quoting({"oracle.market_ws_stale_ms": 2_000})
    stage.now += 2 * SECOND + late_ns
    stage.ticks(100_000)
    stage.book(DOWN, 4_900, 5_100)
    stage.beat()
    assert stage.market.gate == gate


@pytest.mark.parametrize(("late_ns", "gate"), [(0, ""), (1, "no_strike")])
def test_a_strike_is_waited_for_as_long_as_its_limit(late_ns, gate):
    stage = Stage({"alpha.strike_wait_ms": 2_000})
    stage.open()
    stage.now += 2 * SECOND + late_ns
    stage.fresh()
    stage.market.start.price = OraclePrice(0)
    stage.beat()
    assert stage.market.gate == gate


def test_five_minute_windows_work_too():
    settings = {"trading.window_seconds": 300, "trading.slug_prefix": "btc-updown-5m"}
    stage = at(239, settings, length=300)
    assert of(stage.beat(), PlaceOrder)
    stage.now = Ns(T0 + 240 * SECOND)
    stage.fresh()
    stage.beat()
    assert stage.market.gate == "cutoff"


def test_plan_made_before_the_cutoff_posts_nothing_after_it():
    stage = at(839.95, AT_ONCE)
    stage.accept(stage.beat())
    stage.hear(ev.OrderCancelled, stage.resting()[0].id, "venue")
    assert of(stage.beat(0.1), PlaceOrder) == []


@pytest.mark.parametrize(
    ("changed", "gate"),
    [
        ({"closed": True}, "closed"),
        ({"restricted": True}, "restricted"),
        ({"active": False}, "not_accepting"),
        ({"accepting": False}, "not_accepting"),
        ({"tick": 0}, "tick_unknown"),
    ],
)
def test_untradable_listing(changed, gate):
    stage = quoting()
    stage.hear(ev.MarketListed, market(**changed))
    effects = stage.beat(0.1)
    assert stage.market.gate == gate
    assert len(of(effects, CancelOrder)) == 4
    assert of(effects, PlaceOrder) == []


def test_next_window_is_warm_and_quoted_from_its_first_moment():
    stage = Stage()
    stage.open()
    stage.now = Ns(T0 + 890 * SECOND)
    stage.hear(ev.MarketListed, market(WINDOW + END))
    stage.hear(ev.MarketWatched, WINDOW + END)
    stage.now = Ns(T0 + 899 * SECOND)
    for outcome in (UP, DOWN):
        levels = ((4_900, 10**8),), ((5_100, 10**8),)
        stage.hear(ev.BookReset, stage.now, WINDOW + END, outcome, *levels)
    stage.ticks(100_000)
    stage.beat()
    following = stage.state.markets[WINDOW + END]
    assert following.gate == "before_start"
    stage.now = Ns(T0 + END * SECOND)
    stage.ticks(100_000)
    placed = of(stage.beat(), PlaceOrder)
    assert {place.market for place in placed} == {WINDOW + END}


def test_stale_chainlink_cancels_everything_and_stops_quoting():
    stage = quoting()
    stage.now = Ns(T0 + 10 * SECOND)
    stage.books(4_900, 5_100)
    stage.tick(100_000, BINANCE)
    assert of(stage.beat(), CancelOrder) == []
    effects = stage.beat(0.1)
    assert stage.state.alpha.regime & STALE_ORACLE
    assert of(effects, CancelAll)
    assert of(effects, PlaceOrder) == []


def test_stale_chainlink_is_its_own_gate_where_nothing_rests():
    stage = Stage()
    stage.open()
    stage.now = Ns(T0 + 11 * SECOND)
    stage.books(4_900, 5_100)
    effects = stage.beat()
    assert stage.market.gate == "stale_oracle"
    assert of(effects, PlaceOrder) == []
    assert stage.state.safety.mode == "running"
    assert set(stage.market.plan.reasons[:2]) == {"stale_oracle"}


def test_stale_binance_is_smaller_and_not_halted():
    stage = Stage()
    stage.open()
    stage.now = Ns(T0 + 6 * SECOND)
    stage.books(4_900, 5_100)
    stage.tick(100_000)
    sizes = {place.size for place in of(stage.beat(), PlaceOrder)}
    assert stage.state.alpha.regime & STALE_BINANCE
    assert sizes == {5_000_000}
    assert stage.market.gate == ""


def test_disagreement_only_warns():
    calm, warned = Stage(), Stage()
    for stage, binance in ((calm, 100_000), (warned, 100_200)):
        stage.open()
        stage.now = Ns(T0 + 4 * SECOND)
        stage.books(4_900, 5_100)
        stage.state.alpha.binance.clear()
        stage.tick(binance, BINANCE)
        stage.tick(100_000, CHAINLINK)
        stage.beat()
    assert not calm.state.alpha.regime & ORACLE_DISAGREE
    assert warned.state.alpha.regime & ORACLE_DISAGREE
    assert warned.market.plan == calm.market.plan
    assert warned.state.safety.mode == "running"


def test_disagreement_is_told():
    """Specification 4: a warning. Whoever is warned must be able to see it."""
    stage = quoting()
    stage.state.alpha.binance.clear()
    stage.tick(100_200, BINANCE)
    stage.tick(100_000, CHAINLINK)
    stage.beat(0.2)
    assert [note.level for note in of(stage.effects, Note)] == ["warning"]


def test_nothing_is_quoted_before_the_first_view_of_the_account():
    """Start-up is recovery: only a reconciliation tells what rests and what is owned."""
    stage = Stage()
    for feed in range(4):
        stage.hear(ev.FeedOpened, feed)
    stage.hear(ev.MarketListed, market())
    stage.hear(ev.MarketWatched, WINDOW)
    stage.fresh()
    assert of(stage.beat(), PlaceOrder) == []


def test_every_slot_has_a_reason():
    stage = quoting({"trading.ladder_levels": 3})
    reasons = stage.market.plan.reasons
    assert all(reasons[slot] for outcome in (0, 8) for slot in range(outcome, outcome + 3))
    stage.hear(ev.KillAsked, "test")
    assert set(stage.market.plan.reasons[:3]) == {"killed"}
