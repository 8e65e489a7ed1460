"""Limits hold in each direction, over midnight, and whichever answer comes first."""

from pmcore import events as ev
from pmcore.effects import CancelAll, CancelOrder, PlaceOrder
from pmcore.ids import BUY
from pmcore.maker.risk import RiskCheck, worst_day_loss
from pmcore.order import CANCELLED, DELAYED
from pmcore.units import SECOND, Ns, OraclePrice, Price
from tests.core.stage import DOWN, UP, WINDOW, Stage, cash, of, quoting, shares

DAY_NS = 86_400 * SECOND


def test_a_gap_one_way_does_not_excuse_a_gap_the_other_way():
    """120 Down are held under a cap of 100: Up may be bought to pair them, not beyond the cap."""
    stage = Stage({"inventory.max_unpaired_shares": 100.0, "risk.max_daily_loss_usdc": 1_000.0})
    stage.open()
    stage.hold(DOWN, 120, 3_000)
    check = RiskCheck(stage.state, stage.market)
    let = 0
    while let < 100 and not check.refusal(UP, BUY, Price(3_000), shares(5)):
        let += 1
    assert let * 5 == 120 + 100


def test_a_loss_if_one_side_wins_does_not_excuse_the_other():
    stage = Stage({"risk.max_daily_loss_usdc": 30.0, "inventory.max_unpaired_shares": 1_000.0})
    stage.open()
    stage.hold(DOWN, 100, 4_000)
    assert worst_day_loss(stage.state) == cash(40)
    check = RiskCheck(stage.state, stage.market)
    assert check.refusal(DOWN, BUY, Price(3_000), shares(5))
    let = 0
    while let < 100 and not check.refusal(UP, BUY, Price(5_000), shares(10)):
        let += 1
    # If Down wins, 100 Down pay 100 for 40: what Up costs beyond 60 is lost, at most 30 of it.
    assert let * 5 <= 60 + 30


def test_midnight_takes_back_what_yesterdays_profit_allowed():
    stage = Stage({"risk.max_daily_loss_usdc": 10.0, "risk.reject_window_s": 1})
    midnight = Ns((stage.now // DAY_NS + 1) * DAY_NS)
    stage.open()
    stage.market.inventory.realised = cash(20)
    stage.market.inventory.cash_flow = cash(20)
    stage.hold(UP, 40, 4_800)
    placed = stage.accept(stage.beat())
    assert placed
    assert worst_day_loss(stage.state) <= cash(10)
    stage.now = Ns(midnight + 1)
    effects = stage.beat()
    assert worst_day_loss(stage.state) > cash(10)
    cancelled = {effect.order for effect in of(effects, CancelOrder)}
    assert cancelled >= {order.order for order in placed}
    assert of(effects, PlaceOrder) == []


def test_all_cancelled_ends_only_what_it_was_asked_about():
    """A held order that comes to rest in the very nanosecond of the request is not covered."""
    stage = quoting()
    held = next(iter(stage.market.orders.values()))
    held.status = DELAYED
    stage.hear(ev.KillAsked, "test")
    asked = of(stage.effects, CancelAll)[-1]
    stage.hear(ev.OrderAccepted, held.id)
    stage.hear(ev.AllCancelled, asked.op)
    assert held.id in stage.market.orders
    assert held.status != CANCELLED
    assert [o.id for o in stage.market.orders.values()] == [held.id]


def test_snapshot_older_than_the_changes_it_lacks_is_not_taken():
    stage = quoting()
    late = Ns(stage.now + SECOND)
    stage.take(ev.LevelChanged(late, late, WINDOW, UP, BUY, Price(5_000), shares(7)))
    old = Ns(late - SECOND // 2)
    levels = ((Price(4_900), shares(9)),)
    asks = ((Price(5_100), shares(9)),)
    stage.take(ev.BookReset(Ns(late + 1), old, WINDOW, UP, levels, asks))
    assert stage.market.books[UP].best_bid == 5_000
    assert stage.market.books[UP].valid
    stage.market.books[UP].valid = False
    stage.take(ev.BookReset(Ns(late + 2), old, WINDOW, UP, levels, asks))
    assert not stage.market.books[UP].valid
    stage.take(ev.BookReset(Ns(late + 3), Ns(late + 2), WINDOW, UP, levels, asks))
    assert stage.market.books[UP].valid
    assert stage.market.books[UP].best_bid == 4_900


def test_even_odds_only_as_long_as_the_strike_may_still_come():
    stage = Stage({"alpha.strike_wait_ms": 2_000})
    stage.open()
    stage.market.start.price = OraclePrice(0)
    stage.market.start.closed_ns = Ns(1)
    stage.now = Ns(stage.market.terms.start_ns + SECOND)
    stage.books(4_900, 5_100)
    stage.market.start.price = OraclePrice(0)
    assert of(stage.beat(), PlaceOrder)
    assert stage.market.q_up == 0.5
    stage.beat(2.0)
    assert stage.market.gate == "no_strike"


def test_late_mint_partner_counts_as_an_ask():
    """A Down bid at 0.52 sells Up at 0.48: a post-only Up bid at 0.48 would trade."""
    stage = Stage({"trading.ladder_levels": 1})
    stage.open()
    stage.book(UP, 4_700, 5_100)
    stage.book(DOWN, 5_200, 5_300)
    bids = {order.outcome: order.price for order in of(stage.beat(), PlaceOrder)}
    assert bids[UP] < 4_800
