"""Law 5: when everything asked for has come true at once, nothing more is asked for."""

import hypothesis.strategies as st
from hypothesis import given, settings

from pmcore.effects import CancelAll, CancelOrder, MergePairs, PlaceOrder
from pmcore.maker.want import PAIR_CAP, TAKER
from tests.core.stage import DOWN, UP, of
from tests.laws.obliging import obliged

MOVES = (PlaceOrder, CancelOrder, CancelAll, MergePairs)
BOOKS = st.tuples(st.integers(1, 97), st.integers(1, 5)).map(
    lambda book: (book[0] * 100, min(9_900, (book[0] + book[1]) * 100))
)
SETTINGS = st.fixed_dictionaries(
    {
        "trading.ladder_levels": st.integers(1, 4),
        "trading.base_size_shares": st.sampled_from((5.0, 10.0, 12.34)),
        "trading.size_decay": st.sampled_from((1.0, 0.7, 1.5)),
        "trading.improve_ticks": st.integers(0, 2),
        "trading.reprice_min_ticks": st.integers(1, 3),
        "trading.min_update_interval_ms": st.sampled_from((0, 250)),
        "inventory.skew_aggressive_ticks": st.integers(0, 3),
        "inventory.max_unpaired_shares": st.just(1_000.0),
        "risk.max_unpaired_shares_global": st.just(1_000.0),
        "risk.max_daily_loss_usdc": st.just(1_000.0),
    }
)
LIMITS = st.fixed_dictionaries(
    {
        "inventory.max_unpaired_shares": st.sampled_from((7.0, 15.0, 40.0)),
        "risk.max_unpaired_shares_global": st.sampled_from((7.0, 25.0, 60.0)),
        "risk.max_daily_loss_usdc": st.sampled_from((3.0, 12.0)),
        "risk.max_exposure_usdc": st.sampled_from((10.0, 25.0)),
    }
)
HELD = st.tuples(st.sampled_from((UP, DOWN)), st.integers(0, 90), st.integers(20, 70))


def moves(effects):
    return [effect for effect in effects if isinstance(effect, MOVES)]


def played(changed, books, held, elapsed):
    """An obliging run: books move, shares come in, time passes."""
    venue = obliged(changed)
    stage = venue.stage
    outcome, count, price = held
    if count:
        stage.hold(outcome, count, price * 100)
    for book in books:
        stage.now += elapsed * 10**9
        stage.fresh(*book)
        venue.beat(0.3)
    return venue


@settings(max_examples=120)
@given(SETTINGS, st.lists(BOOKS, min_size=1, max_size=4), HELD, st.integers(0, 200))
def test_next_beat_asks_for_nothing(changed, books, held, elapsed):
    venue = played(changed, books, held, elapsed)
    venue.beat()
    # A bid that would make the pair too dear beside one that is leaving waits for it to be gone,
    # and a taker completion for the bids of the same shares: one more round each.
    waiting = {PAIR_CAP, TAKER} & set(venue.stage.market.plan.reasons)
    for _ in range(3 if waiting else 0):
        venue.beat()
    assert moves(venue.beat()) == []


@settings(max_examples=120)
@given(SETTINGS, LIMITS, st.lists(BOOKS, min_size=1, max_size=4), HELD, st.integers(0, 200))
def test_where_a_limit_binds_it_rests_within_three_beats(changed, limits, books, held, elapsed):
    venue = played(changed | limits, books, held, elapsed)
    for _ in range(3):
        venue.beat()
    assert moves(venue.beat()) == []


@settings(max_examples=60)
@given(SETTINGS, BOOKS)
def test_first_beat_is_enough_without_history(changed, book):
    venue = obliged(changed)
    venue.stage.fresh(*book)
    venue.beat(0.3)
    assert moves(venue.beat()) == []


def test_it_did_quote():
    venue = obliged()
    assert len(venue.open) == 4
    assert len(of(venue.stage.effects, PlaceOrder)) == 4


@settings(max_examples=30)
@given(SETTINGS, st.lists(BOOKS, min_size=1, max_size=3))
def test_a_quiet_market_stays_quiet(changed, books):
    venue = played(changed, books, (UP, 0, 0), 1)
    asked = []
    for moment in range(20):
        venue.stage.fresh(*books[-1])
        effects = moves(venue.beat(0.3))
        asked += effects if moment >= 5 else []
    assert asked == []
