"""What is due by time: books of the next window, and what scores."""

import pytest

from pmcore import events as ev
from pmcore.effects import AskScoring, ResyncBook
from pmcore.ids import MarketId
from pmcore.model.regime import FAST_MOVE
from pmcore.order import LIVE
from pmcore.units import MILLISECOND, SECOND, Ns
from tests.core.stage import OUTCOMES, T0, WINDOW, Stage, market, of, quoting

NEXT = MarketId(WINDOW + 900)


@pytest.mark.parametrize(("before_ms", "asked"), [(60_001, False), (60_000, True)])
def test_books_of_the_next_window_are_wanted_a_minute_before_it(before_ms, asked):
    stage = Stage()
    stage.open()
    stage.hear(ev.MarketListed, market(NEXT))
    stage.hear(ev.MarketWatched, NEXT)
    stage.now = Ns(T0 + 900 * SECOND - before_ms * MILLISECOND)
    stage.fresh()
    wanted = [one.outcome for one in of(stage.beat(), ResyncBook) if one.market == NEXT]
    assert wanted == (list(OUTCOMES) if asked else [])


@pytest.mark.parametrize(("usd", "asks"), [(100_000, True), (100_200, False)])
def test_nobody_asks_what_scores_in_a_fast_move(usd, asks):
    same = {"trading.fast_move_levels": 2, "trading.fast_move_size_scalar": 1.0}
    stage = quoting(same | {"rewards.chase": True, "rewards.check_interval_s": 5})
    stage.beat(1.0)
    stage.hear(ev.ScoringReported, stage.state.scoring.op, (), ())
    stage.now += 5 * SECOND
    stage.fresh(usd=usd)
    effects = stage.beat(0.2)
    assert bool(stage.state.alpha.regime & FAST_MOVE) != asks
    assert any(order.status == LIVE for order in stage.market.orders.values())
    assert bool(of(effects, AskScoring)) == asks
