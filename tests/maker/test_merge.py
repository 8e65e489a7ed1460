"""Pairs into cash, and windows to their end."""

import pytest

from pmcore import events as ev
from pmcore.effects import DropMarket, MergePairs, Note, RedeemShares
from pmcore.ids import DOWN, UP
from pmcore.model.regime import FAST_MOVE
from pmcore.units import SECOND, Ns
from tests.core.stage import T0, WINDOW, cash, of, quoting, shares

END = Ns(T0 + 900 * SECOND)


def paired(up, down=None, settings=None):
    """Owning pairs that are confirmed, about to decide."""
    stage = quoting({"inventory.max_unpaired_shares": 500.0} | (settings or {}))
    for outcome, count in ((UP, up), (DOWN, up if down is None else down)):
        if count:
            stage.hold(outcome, count, 4_800)
    return stage, of(stage.beat(0.2), MergePairs)


@pytest.mark.parametrize(
    ("sets", "merged"), [(9.99, None), (10, 10), (14.99, 10), (15, 15), (27.3, 25)]
)
def test_whole_batches_once_there_are_enough(sets, merged):
    _, merges = paired(sets)
    assert [merge.size for merge in merges] == ([] if merged is None else [shares(merged)])


def test_only_pairs():
    assert [merge.size for merge in paired(40, 12)[1]] == [shares(10)]
    assert paired(40, 0)[1] == []


def test_doubtful_shares_are_not_merged():
    stage, _ = paired(0)
    for outcome in (0, 8):
        order = stage.resting()[outcome]
        stage.fill(order, order.size, trade=f"t{outcome}")
    assert of(stage.beat(0.2), MergePairs) == []


def test_confirmed_merge_becomes_cash_once():
    stage, (merge,) = paired(12)
    before = stage.state.cash
    for _ in range(2):
        stage.hear(ev.MergeConfirmed, merge.op, WINDOW, merge.size, cash(0.1))
    assert stage.state.cash == before + shares(10) - cash(0.1)
    inventory = stage.market.inventory
    assert inventory.shares == [shares(2), shares(2)]
    assert inventory.pairs_merged == shares(10)
    assert inventory.merging == 0


def test_failed_merge_frees_the_pairs_and_is_tried_again_after_the_interval():
    stage, (merge,) = paired(12)
    stage.hear(ev.MergeFailed, merge.op, WINDOW, "reverted")
    assert stage.market.inventory.full_sets == shares(12)
    stage.fresh()
    assert of(stage.beat(5.0), MergePairs) == []
    stage.fresh()
    assert of(stage.beat(5.1), MergePairs)


def test_merge_of_unknown_fate_keeps_its_pairs_bound():
    stage, (merge,) = paired(12)
    stage.hear(ev.MergeUnknown, merge.op, WINDOW, "timeout")
    for _ in range(5):
        stage.fresh()
        assert of(stage.beat(9.0), MergePairs) == []
    assert stage.market.inventory.full_sets == shares(2)
    stage.hear(ev.MergeConfirmed, merge.op, WINDOW, merge.size, 0)
    assert stage.market.inventory.pairs_merged == shares(10)


def test_not_more_often_than_the_relayer_takes():
    stage, merges = paired(10, settings={"merge.max_ops_per_minute": 2, "merge.interval_s": 0})
    for _ in range(8):
        for merge in merges:
            stage.hear(ev.MergeConfirmed, merge.op, WINDOW, merge.size, 0)
        stage.hold(UP, 10, 4_800)
        stage.hold(DOWN, 10, 4_800)
        stage.fresh()
        merges = of(stage.beat(1.0), MergePairs)
    assert len(of(stage.effects, MergePairs)) == 2


def test_never_for_less_than_it_costs():
    settings = {"merge.path": "eoa", "merge.gas_usdc": 0.2, "merge.max_gas_pct": 1.0}
    assert paired(15, settings=settings)[1] == []
    assert paired(20, settings=settings)[1]


def test_paused_in_a_fast_move_where_told():
    for paused in (True, False):
        stage, _ = paired(0, settings={"merge.pause_in_fast_move": paused})
        stage.now += SECOND
        stage.fresh(usd=100_200)
        stage.hold(UP, 10, 4_800)
        stage.hold(DOWN, 10, 4_800)
        merges = of(stage.beat(0.2), MergePairs)
        assert stage.state.alpha.regime & FAST_MOVE
        assert bool(merges) != paused


def test_not_while_killed():
    stage, _ = paired(0)
    stage.hear(ev.KillAsked, "test")
    stage.hold(UP, 10, 4_800)
    stage.hold(DOWN, 10, 4_800)
    assert of(stage.beat(0.2), MergePairs) == []


def resolved(payout, up=7.0, down=3.0):
    """A window that has ended with shares and is resolved."""
    stage = quoting()
    for number in list(stage.market.orders):
        stage.hear(ev.OrderCancelled, number, "asked")
    stage.hold(UP, up, 4_800)
    stage.hold(DOWN, down, 4_800)
    stage.now = Ns(END + SECOND)
    stage.hear(ev.MarketResolved, stage.now, WINDOW, payout)
    return stage, of(stage.beat(), RedeemShares)


@pytest.mark.parametrize(("payout", "paid"), [(10_000, 7.0), (0, 3.0), (5_000, 5.0)])
def test_redeemed_and_dropped(payout, paid):
    stage, (redeem,) = resolved(payout)
    before = stage.state.cash
    stage.hear(ev.RedeemConfirmed, redeem.op, WINDOW, cash(paid), 0)
    assert stage.state.cash == before + cash(paid)
    assert stage.market.inventory.realised == cash(paid) - cash(4.8)
    assert of(stage.beat(0.2), DropMarket)
    stage.hear(ev.MarketDropped, WINDOW)
    assert WINDOW not in stage.state.markets
    assert stage.state.totals.realised == cash(paid) - cash(4.8)


def test_redemption_books_what_really_came_in():
    """`RedeemConfirmed.payout` is the fact; what we thought we owned is not."""
    stage, (redeem,) = resolved(10_000)
    before = stage.state.cash
    stage.hear(ev.RedeemConfirmed, redeem.op, WINDOW, cash(6.5), 0)
    assert stage.state.cash == before + cash(6.5)


def test_failed_redemption_is_tried_again():
    stage, (redeem,) = resolved(10_000)
    stage.hear(ev.RedeemFailed, redeem.op, WINDOW, "reverted")
    assert of(stage.beat(5.0), RedeemShares) == []
    assert of(stage.beat(30.0), RedeemShares)


def test_redemption_of_unknown_fate_is_waited_for():
    """A second one would pay nothing, and could be heard first."""
    stage, (redeem,) = resolved(10_000)
    before = stage.state.cash
    stage.hear(ev.RedeemUnknown, redeem.op, WINDOW, "no receipt in time")
    for _ in range(5):
        assert of(stage.beat(31.0), RedeemShares) == []
    stage.hear(ev.RedeemConfirmed, redeem.op, WINDOW, cash(7), 0)
    assert stage.state.cash == before + cash(7)
    assert stage.market.inventory.realised == cash(7) - cash(4.8)
    assert of(stage.beat(0.2), DropMarket)


def test_redemption_of_unknown_fate_that_failed_is_tried_again():
    stage, (redeem,) = resolved(10_000)
    stage.hear(ev.RedeemUnknown, redeem.op, WINDOW, "no receipt in time")
    stage.hear(ev.RedeemFailed, redeem.op, WINDOW, "reverted")
    assert of(stage.beat(31.0), RedeemShares)


def test_undecided_trades_are_waited_for_before_redeeming():
    """A trade that fails after the shares were redeemed would leave fewer than none."""
    stage = quoting()
    order = stage.resting()[0]
    stage.fill(order, order.size)
    for number in list(stage.market.orders):
        stage.hear(ev.OrderCancelled, number, "asked")
    stage.now = Ns(END + SECOND)
    stage.hear(ev.MarketResolved, stage.now, WINDOW, 10_000)
    for redeem in of(stage.beat(), RedeemShares):
        stage.hear(ev.RedeemConfirmed, redeem.op, WINDOW, cash(10), 0)
    stage.fill(order, order.size, ev.FAILED)
    assert stage.market.inventory.shares == [0, 0]
    assert stage.market.inventory.unconfirmed == [0, 0]


def test_shares_that_come_after_the_redemption_are_redeemed_too():
    stage, (redeem,) = resolved(10_000)
    stage.hear(ev.RedeemConfirmed, redeem.op, WINDOW, cash(7), 0)
    stage.hold(UP, 4, 4_800)
    assert of(stage.beat(31.0), RedeemShares)
    assert of(stage.effects, DropMarket) == []


def test_late_resolution_is_told_once():
    stage = quoting()
    stage.hold(UP, 7, 4_800)
    for _ in range(4):
        stage.now = Ns(stage.now + 1_200 * SECOND)
        stage.beat()
    assert [n.code for n in of(stage.effects, Note) if n.code == "unresolved"] == ["unresolved"]
