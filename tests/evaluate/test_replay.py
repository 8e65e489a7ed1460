"""Replaying a history: who is bought when, and that nothing to come is known."""

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmapp.evaluate.entries import FIELDS, replay
from pmapp.evaluate.outcomes import Outcomes
from pmapp.evaluate.purchases import purchases
from pmcore.sweep.settings import SweepConfig
from tests.evaluate.histories import FEE, HOUR_S, START_S, history, outcomes

CONFIG = SweepConfig()
TEXTS = ("Settled at our sole discretion.", "Yes if it happens by May 1, 2026, 11:59 PM ET.")
ROWS = st.lists(
    st.tuples(
        st.integers(0, 20).map(lambda step: step * 600),
        st.integers(0, 3),
        st.sampled_from([0, 100, 4_000, 9_000, 9_300, 9_600, 9_900]),
        st.sampled_from([0, 200, 4_500, 9_100, 9_400, 9_700, 9_850, 9_990]),
        st.sampled_from([-5, 1_000, 2 * HOUR_S, 80 * HOUR_S, 900 * HOUR_S]),
        st.integers(-1, 1),
    ),
    max_size=40,
    unique_by=lambda row: row[:2],
)


def plain(entries):
    return [
        tuple(getattr(entries, name)[row].item() for name in FIELDS) for row in range(len(entries))
    ]


def replayed(table, config=CONFIG, **more):
    return replay(history(table, texts=TEXTS, **more), config)


def test_first_recommended_moment_is_bought_at_its_ask():
    table = [
        (0, 0, 8_000, 8_100, 50 * HOUR_S, -1),  # not converged
        (600, 0, 9_300, 9_400, 50 * HOUR_S, -1),
        (1_200, 0, 9_500, 9_600, 50 * HOUR_S, -1),  # bought already
    ]
    found = replayed(table).recommended
    assert found.at_ns.tolist() == [(START_S + 600) * 10**9]
    assert found.side.tolist() == [0]
    assert found.price.tolist() == [0.94]
    assert found.fee[0] == pytest.approx(0.94 * FEE)
    assert found.promised[0] == pytest.approx(0.06 - 0.94 * FEE)
    assert found.spread[0] == pytest.approx(0.01)


def test_second_outcome_is_bought_at_the_mirror_of_the_bid():
    found = replayed([(0, 1, 700, 800, 50 * HOUR_S, -1)]).recommended
    assert found.market.tolist() == [1]
    assert found.side.tolist() == [1]
    assert found.price.tolist() == [0.93]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ((0, 0, 9_300, 9_400, 60, -1), "closes_too_soon"),
        ((0, 0, 9_300, 9_400, 400 * HOUR_S, -1), "closes_too_late"),
        ((0, 0, 9_300, 0, 50 * HOUR_S, -1), "no_ask"),
        ((0, 0, 9_500, 9_400, 50 * HOUR_S, -1), "crossed_quote"),
        ((0, 0, 5_000, 5_100, 50 * HOUR_S, -1), "not_converged"),
        ((0, 0, 6_000, 9_400, 50 * HOUR_S, -1), "wide_spread"),
        ((0, 0, 0, 9_400, 50 * HOUR_S, -1), "wide_spread"),
    ],
)
def test_what_the_live_scanner_passes_over_is_not_bought(row, reason):
    found = replayed([row])
    assert not len(found.recommended)
    assert found.reasons == {reason: 1}


def test_baseline_buys_at_95_and_the_other_only_what_the_fee_leaves():
    table = [
        (0, 0, 9_300, 9_400, 50 * HOUR_S, -1),
        (0, 1, 9_700, 9_800, 50 * HOUR_S, -1),
        (0, 2, 9_980, 9_990, 50 * HOUR_S, -1),
    ]
    found = replayed(table)
    assert found.recommended.market.tolist() == [0, 1]
    assert found.baseline.market.tolist() == [1, 2]
    assert found.baseline_after_fee.market.tolist() == [1]


def test_tight_waits_until_the_spread_is_within_the_target():
    table = [
        (0, 0, 9_000, 9_600, 50 * HOUR_S, -1),
        (600, 0, 9_500, 9_550, 50 * HOUR_S, -1),
    ]
    found = replayed(table)
    assert found.recommended.price.tolist() == [0.96]
    assert found.tight.price.tolist() == [0.955]


def test_wide_book_is_bought_when_it_has_narrowed_or_beside():
    table = [
        (0, 0, 1_000, 9_700, 50 * HOUR_S, -1),
        (600, 0, 9_200, 9_600, 50 * HOUR_S, -1),
        (600, 1, 0, 9_300, 50 * HOUR_S, -1),  # never narrows
    ]
    found = replayed(table)
    assert found.recommended.price.tolist() == [0.96]
    assert found.any_spread.price.tolist() == [0.97, 0.93]
    assert found.any_spread.spread.tolist() == [0.87, 1.0]
    assert found.baseline.price.tolist() == [0.97]


@given(ROWS, st.floats(0.0, 1.0))
def test_any_spread_is_the_scanner_without_the_rule(table, limit):
    def under(most):
        eligible = attrs.evolve(CONFIG.eligible, max_spread=most)
        return replayed(table, attrs.evolve(CONFIG, eligible=eligible))

    limited, off = under(limit), under(1.0)
    assert plain(limited.any_spread) == plain(off.any_spread) == plain(off.recommended)
    assert set(limited.recommended.market.tolist()) <= set(off.recommended.market.tolist())
    assert (limited.recommended.spread <= limit + 1e-9).all()


def test_text_of_the_row_gives_the_definition_risk():
    quote = (9_300, 9_400, 50 * HOUR_S)
    found = replayed([(0, number, *quote, text) for number, text in enumerate((-1, 0, 1))])
    scores = found.recommended.score
    assert scores[0] < scores[1] < scores[2]
    assert found.recommended.text.tolist() == [-1, 0, 1]


@given(ROWS, st.integers(0, 21))
def test_truncating_the_future_changes_no_entry(table, steps):
    cutoff = steps * 600
    whole, early = replayed(table), replayed([row for row in table if row[0] < cutoff])
    bound = (START_S + cutoff) * 10**9
    for name in ("recommended", "baseline", "baseline_after_fee", "tight", "any_spread"):
        known = [row for row in plain(getattr(whole, name)) if row[0] < bound]
        assert known == plain(getattr(early, name))


@given(ROWS, st.integers(0, 21), st.randoms(use_true_random=False))
def test_shuffling_the_future_changes_no_entry(table, steps, chance):
    cutoff = steps * 600
    past = [row for row in table if row[0] < cutoff]
    future = [row for row in table if row[0] >= cutoff]
    quotes = [row[2:] for row in future]
    chance.shuffle(quotes)
    other = [(*row[:2], *quote) for row, quote in zip(future, quotes, strict=True)]
    bound = (START_S + cutoff) * 10**9
    one, two = replayed(table), replayed(past + other)
    for name in ("recommended", "baseline", "tight", "any_spread"):
        assert [row for row in plain(getattr(one, name)) if row[0] < bound] == [
            row for row in plain(getattr(two, name)) if row[0] < bound
        ]


@given(ROWS, st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=4, max_size=4))
def test_outcomes_change_nothing_but_what_was_paid(table, payouts):
    made = history(table, texts=TEXTS)
    found = replay(made, CONFIG)
    ends = outcomes(**{f"m{number}": payout for number, payout in enumerate(payouts)})
    known = purchases(made, found.recommended, found.readings, ends)
    unknown = purchases(made, found.recommended, found.readings, Outcomes({}, ()))
    assert known.market_ids == unknown.market_ids
    for name in ("at_ns", "cost", "promised", "score", "spread", "days"):
        assert np.array_equal(getattr(known, name), getattr(unknown, name))
    assert known.resolved.all()
    assert not unknown.resolved.any()


@given(ROWS, st.tuples(*[st.floats(0.0, 1.0)] * 5), st.floats(0.0, 0.9), st.floats(0.0, 1.0))
def test_baseline_does_not_depend_on_weights_or_thresholds(table, weights, least, widest):
    names = ("velocity", "net_yield", "liquidity", "definition_risk", "staleness")
    other = attrs.evolve(
        CONFIG,
        weights=attrs.evolve(CONFIG.weights, **dict(zip(names, weights, strict=True))),
        eligible=attrs.evolve(CONFIG.eligible, min_entry_price=least, max_spread=widest),
    )
    one, two = replayed(table).baseline, replayed(table, other).baseline
    kept = [place for place, name in enumerate(FIELDS) if name != "score"]
    assert [[row[k] for k in kept] for row in plain(one)] == [
        [row[k] for k in kept] for row in plain(two)
    ]


@given(ROWS, st.permutations(range(4)))
def test_numbering_of_markets_changes_nothing(table, order):
    renumbered = [(row[0], order[row[1]], *row[2:]) for row in table]
    places = {new: old for old, new in enumerate(order)}
    one = plain(replayed(table).recommended)
    two = plain(replayed(renumbered).recommended)
    market = FIELDS.index("market")
    back = [(*row[:market], places[row[market]], *row[market + 1 :]) for row in two]
    assert sorted(one) == sorted(back)


def test_blocks_of_rows_are_replayed_as_one():
    table = [(step * 600, step % 3, 9_300, 9_400 + step, 50 * HOUR_S, -1) for step in range(9)]
    whole = history(table)
    (block,) = whole.rows()
    names = [field.name for field in attrs.fields(type(block))]
    parts = [
        attrs.evolve(block, **{name: getattr(block, name)[cut] for name in names})
        for cut in (slice(0, 4), slice(4, 9))
    ]
    assert plain(replay(whole, CONFIG).recommended) == plain(
        replay(attrs.evolve(whole, rows=lambda: parts), CONFIG).recommended
    )
