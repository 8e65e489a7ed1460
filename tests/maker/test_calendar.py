"""Windows come and go: which are looked for, how often, and when they are redeemed."""

import pytest

from pmcore import events as ev
from pmcore.effects import FindMarket, RedeemShares
from pmcore.ids import MarketId
from pmcore.units import SECOND, Ns
from tests.core.stage import T0, WINDOW, Stage, of, quoting

NEXT = MarketId(WINDOW + 900)
END = Ns(T0 + 900 * SECOND)


def looked_for(stage, seconds, missing=True):
    """Seconds at which each window is asked for; the venue has none of them."""
    asked = {}
    for _ in range(seconds * 10):
        for effect in of(stage.beat(0.1), FindMarket):
            asked.setdefault(effect.market, []).append((stage.now - T0) // SECOND)
            if missing:
                stage.hear(ev.MarketMissing, effect.market)
    return asked


def test_present_and_next_window_are_each_asked_for_once_until_answered():
    stage = Stage()
    assert looked_for(stage, 60, missing=False) == {WINDOW: [0], NEXT: [0]}


@pytest.mark.parametrize(
    ("longest", "pauses"), [(120, [1, 2, 4, 8, 15, 30, 30, 30]), (5, [1, 2, 4, 5, 5, 5, 5])]
)
def test_a_missing_window_is_asked_for_later_and_later(longest, pauses):
    stage = Stage({"trading.max_wait_next_market_seconds": longest})
    times = looked_for(stage, 140)
    assert times[WINDOW] == times[NEXT]
    found = [b - a for a, b in zip(times[NEXT], times[NEXT][1:], strict=False)]
    # A look that is due is taken at the next upkeep, a tenth of a second later at most.
    assert all(abs(one - pause) <= 1 for one, pause in zip(found, pauses, strict=False))
    assert len(found) >= len(pauses)


def test_a_window_that_is_over_is_looked_for_no_more():
    stage = Stage()
    looked_for(stage, 1)
    stage.now = Ns(END + SECOND)
    stage.beat()
    assert list(stage.state.searching) == [NEXT, NEXT + 900]
    assert list(stage.state.search_tries) == [NEXT]


@pytest.mark.parametrize(("waited_s", "redeems"), [(0, False), (299.9, False), (300, True)])
def test_undecided_trades_are_waited_for_five_minutes(waited_s, redeems):
    stage = quoting()
    order = stage.resting()[0]
    stage.fill(order, order.size)
    for number in list(stage.market.orders):
        stage.hear(ev.OrderCancelled, number, "asked")
    stage.now = Ns(END + SECOND)
    stage.hear(ev.MarketResolved, stage.now, WINDOW, 10_000)
    assert of(stage.beat(), RedeemShares) == []
    assert bool(of(stage.beat(waited_s), RedeemShares)) == redeems
