"""The scan of a batch: the documented formulas on literal rows, and bounds on every wild one."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.config_tree import built
from pmcore.sweep.columns import market_columns
from pmcore.sweep.eligibility import REASONS
from pmcore.sweep.recommend import Breakdown, breakdown, ranking, recommend
from pmcore.sweep.settings import SweepConfig
from pmcore.units import SECOND
from tests.house.forbidden import forbidden_world
from tests.sweep.batches import DAY, NOW, ROWS, SOUND, one, several

CONFIG = SweepConfig()
ANY_SPREAD = built(SweepConfig, {"eligible": {"max_spread": 1.0}})
JOINT = ("event_markets", "event_stake_pct", "event_worst_loss_pct")


def scan(config=CONFIG, **changes) -> Breakdown:
    return breakdown(recommend(one(**changes), NOW, config), 0)


def test_formulas_of_the_spec():
    row = scan()
    assert row.recommended_side == "yes"
    assert row.entry_price == 0.97
    assert row.gross_yield == pytest.approx(0.03)
    assert row.fee == pytest.approx(0.97 * 0.012)
    assert row.net_yield == pytest.approx(0.03 - 0.97 * 0.012)
    assert row.yield_velocity == pytest.approx(row.net_yield / 1.0)
    assert row.spread == pytest.approx(0.01)
    assert row.staleness_penalty == 0.0
    assert row.liquidity_score == pytest.approx(0.8)
    assert row.norm_velocity == pytest.approx(row.net_yield / 0.02)
    assert row.norm_net_yield == pytest.approx(row.net_yield / 0.05)
    parts = 0.45 * row.norm_velocity + 0.25 * row.norm_net_yield + 0.15 * row.liquidity_score
    assert row.overall_score == pytest.approx(parts)
    wanted = 0.10 * (1 - row.risk_score) * (0.5 + 0.5 * row.liquidity_score)
    assert row.max_position_pct == pytest.approx(wanted)


def test_money_comes_back_after_dispute_and_resolution():
    config = built(SweepConfig, {"returning": {"dispute_window_h": 6, "other_h": 18.0}})
    row = scan(config)
    assert row.days_to_cash == pytest.approx(2.0)
    assert row.cash_velocity == pytest.approx(row.yield_velocity / 2.0)
    by_cash = built(SweepConfig, {"returning": {"dispute_window_h": 6, "other_h": 18.0},
                                 "bounds": {"velocity_basis": "cash"}})  # fmt: skip
    assert scan(by_cash).norm_velocity == pytest.approx(row.norm_velocity / 2.0)


def test_short_times_count_as_the_shortest():
    near, nearer = scan(close_ns=NOW + DAY // 8), scan(close_ns=NOW + DAY // 24)
    assert near.yield_velocity == nearer.yield_velocity == pytest.approx(near.net_yield / 0.25)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "eligible"),
        ({"active": False}, "inactive"),
        ({"accepting": False}, "not_accepting"),
        ({"close_ns": 0}, "close_time_unknown"),
        ({"close_ns": NOW}, "expired"),
        ({"close_ns": NOW - DAY}, "expired"),
        ({"close_ns": NOW + 3_600 * SECOND - 1}, "closes_too_soon"),
        ({"close_ns": NOW + 3_600 * SECOND}, "eligible"),
        ({"close_ns": NOW + 1_209_600 * SECOND}, "eligible"),
        ({"close_ns": NOW + 1_209_600 * SECOND + 1}, "closes_too_late"),
        ({"has_rules": False}, "no_rules"),
        ({"quote_ns": 0}, "no_quote"),
        ({"quote_ns": NOW - 180 * SECOND}, "eligible"),
        ({"quote_ns": NOW - 180 * SECOND - 1}, "stale_quote"),
        ({"quote_ns": NOW + SECOND}, "eligible"),
        ({"bid_bp": [9_800]}, "crossed_quote"),
        ({"bid_bp": [9_700]}, "eligible"),
        ({"ask_bp": [0]}, "no_ask"),
        ({"bid_bp": [0], "ask_bp": [0]}, "no_ask"),
        ({"ask_bp": [10_000]}, "no_ask"),
        ({"bid_bp": [8_000], "ask_bp": [8_999]}, "not_converged"),
        ({"bid_bp": [8_000], "ask_bp": [9_000]}, "eligible"),
        ({"bid_bp": [6_700]}, "eligible"),
        ({"bid_bp": [6_699]}, "wide_spread"),
        ({"bid_bp": [0]}, "wide_spread"),
        ({"bid_bp": [[0, 9_600]], "ask_bp": [[9_700, 9_690]]}, "wide_spread"),
        ({"bid_bp": [0], "ask_bp": [8_999]}, "not_converged"),
        ({"bid_bp": [0], "quote_ns": 0}, "no_quote"),
        ({"active": False, "accepting": False, "close_ns": 0, "quote_ns": 0}, "inactive"),
    ],
)
def test_first_reason_against_a_row(changes, reason):
    row = scan(**changes)
    assert row.reason == reason
    assert row.eligible == (reason == "eligible")


def test_every_reason_has_a_case():
    cases = test_first_reason_against_a_row.pytestmark[0].args[1]
    assert {reason for _, reason in cases} == set(REASONS)


@pytest.mark.parametrize(
    ("bid", "ask", "side", "entry"),
    [
        ([9_600, 200], [9_700, 400], "yes", 0.97),
        ([200, 9_600], [400, 9_700], "no", 0.97),
        # Nobody sells the safe side: it stays the safe side, and there is nothing to buy.
        ([9_900, 0], [0, 100], "yes", 0.0),
        ([0, 9_900], [100, 0], "no", 0.0),
        ([0, 0], [0, 100], "yes", 0.0),
        ([100, 0], [0, 0], "no", 0.0),
        ([5_000, 5_000], [5_000, 5_000], "yes", 0.5),
        ([0, 0], [0, 0], "", 0.0),
    ],
)
def test_side_with_the_smaller_residual(bid, ask, side, entry):
    row = scan(bid_bp=[bid], ask_bp=[ask])
    assert (row.recommended_side, row.entry_price) == (side, entry)


def test_sides_are_mirrors():
    yes = scan(bid_bp=[9_600], ask_bp=[9_700])
    no = scan(bid_bp=[300], ask_bp=[400])
    assert no.recommended_side == "no"
    assert msgspec.structs.replace(no, recommended_side="yes") == yes


def test_missing_side_is_the_widest_spread():
    row = scan(bid_bp=[[0, 200]], ask_bp=[[9_700, 0]])
    assert (row.spread, row.liquidity_score) == (1.0, 0.0)
    assert (row.reason, row.recommended) == ("wide_spread", False)
    assert row.net_yield > 0.0
    assert row.overall_score == pytest.approx(sum(row.contributions.values()))
    off = scan(ANY_SPREAD, bid_bp=[[0, 200]], ask_bp=[[9_700, 0]])
    assert (off.reason, off.recommended) == ("eligible", True)
    joint = {name: getattr(off, name) for name in JOINT}
    allowed = {"reason": "eligible", "eligible": True, "recommended": True}
    assert msgspec.structs.replace(row, **allowed, **joint) == off


@pytest.mark.parametrize("price", [1, 29, 57, 573, 1_410, 2_900, 3_000, 5_800])
def test_spread_of_just_the_limit_is_allowed(price):
    """To the basis point, though 0.0573 * 10,000 is not 573 in binary."""
    config = built(SweepConfig, {"eligible": {"max_spread": price / 10_000}})
    assert scan(config, bid_bp=[9_700 - price]).reason == "eligible"
    assert scan(config, bid_bp=[9_700 - price - 1]).reason == "wide_spread"


@pytest.mark.parametrize("price", [8_020, 8_141, 6_100, 9_000, 9_700])
def test_entry_at_just_the_limit_is_allowed(price):
    """To the basis point, though 0.802 * 10,000 is more than 8,020 in binary."""
    config = built(SweepConfig, {"eligible": {"min_entry_price": price / 10_000}})
    assert scan(config, bid_bp=[price], ask_bp=[price]).reason == "eligible"
    assert scan(config, bid_bp=[price - 1], ask_bp=[price - 1]).reason == "not_converged"


def test_no_spread_at_all_is_allowed_only_to_locked_books():
    config = built(SweepConfig, {"eligible": {"max_spread": 0}})
    assert scan(config, bid_bp=[9_700]).reason == "eligible"
    assert scan(config).reason == "wide_spread"


def test_zero_spread_is_the_best_liquidity():
    row = scan(bid_bp=[9_700])
    assert (row.spread, row.liquidity_score) == (0.0, 1.0)


def test_stale_quote_has_no_liquidity():
    row = scan(quote_ns=NOW - 3_600 * SECOND)
    assert (row.staleness_penalty, row.liquidity_score, row.recommended) == (1.0, 0.0, False)
    assert row.contributions["staleness"] == pytest.approx(-0.05)


def test_market_without_quote_is_fully_stale():
    row = scan(quote_ns=0)
    assert (row.staleness_penalty, row.staleness_sec) == (1.0, 180.0)


def test_own_fee_terms_replace_the_flat_fee():
    row = scan(fee_known=True, fee_rate=0.04)
    assert row.fee == pytest.approx(0.04 * 0.97 * 0.03)
    assert scan(fee_known=True, fee_rate=0.0).fee == 0.0


def test_nothing_left_after_the_fee_is_not_recommended():
    row = scan(bid_bp=[9_980], ask_bp=[9_990])
    assert row.eligible
    assert (row.net_yield, row.recommended) == (0.0, False)


def test_worst_and_best_size():
    config = built(
        SweepConfig, {"operational": {"other": 0.0}, "jump": {"other": 0.0, "sports": 1.0}}
    )
    assert scan(config, bid_bp=[9_700]).max_position_pct == pytest.approx(0.10)
    worst = built(SweepConfig, {"operational": {"other": 1.0}, "jump": {"other": 1.0}})
    row = scan(worst, bid_bp=[[0, 0]], ask_bp=[[9_700, 0]], definition_risk=1.0)
    assert row.risk_score == 1.0
    assert row.max_position_pct == pytest.approx(0.01)


def numbers(value) -> list[float]:
    plain = msgspec.to_builtins(value)
    flat = [*plain.values(), *plain["contributions"].values(), *plain["risk_parts"].values()]
    return [number for number in flat if isinstance(number, float)]


@given(st.lists(ROWS, max_size=8))
def test_wild_rows_stay_in_bounds(rows):
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        found = recommend(several(rows), NOW, CONFIG)
    assert len(found) == len(rows)
    for index in range(len(rows)):
        row = breakdown(found, index)
        assert all(math.isfinite(number) for number in numbers(row))
        assert 0.01 <= row.max_position_pct <= 0.10
        for bounded in (
            row.risk_score,
            row.liquidity_score,
            row.staleness_penalty,
            row.norm_velocity,
            row.norm_net_yield,
            *row.risk_parts.values(),
        ):
            assert 0.0 <= bounded <= 1.0  # fmt: skip
        assert -0.15 - 1e-9 <= row.overall_score <= 0.85 + 1e-9
        assert sum(row.contributions.values()) == pytest.approx(row.overall_score)
        assert 0.0 <= row.net_yield <= row.gross_yield <= 1.0
        assert row.t_remaining_sec >= 0.0
        assert row.eligible == (row.reason == "eligible")
        assert row.recommended == (row.eligible and row.net_yield > 0.0)
        if row.eligible:
            assert row.recommended_side in {"yes", "no"}
            assert 0.9 <= row.entry_price <= 1.0
            assert row.spread <= 0.3
        assert msgspec.json.decode(msgspec.json.encode(row), type=Breakdown) == row


@given(st.lists(st.one_of(ROWS, SOUND), max_size=8), st.floats(0.0, 1.0))
def test_spread_rule_only_takes_away(rows, limit):
    """Above the limit nothing is recommended; nothing else but the reason follows from it."""
    columns = several(rows)
    limited = built(SweepConfig, {"eligible": {"max_spread": limit}})
    found, off = recommend(columns, NOW, limited), recommend(columns, NOW, ANY_SPREAD)
    wide = found.features.spread > limit + 1e-9
    assert not (found.recommended & wide).any()
    assert (found.recommended == (off.recommended & ~wide)).all()
    assert "wide_spread" not in {off.eligibility.name(row) for row in range(len(rows))}
    for row in range(len(rows)):
        was, now = off.eligibility.name(row), found.eligibility.name(row)
        assert now == ("wide_spread" if was == "eligible" and wide[row] else was)
    for name in ("overall", "from_liquidity"):
        assert np.array_equal(getattr(found.scores, name), getattr(off.scores, name))


@given(st.lists(ROWS, min_size=1, max_size=6))
def test_rows_do_not_touch_each_other(rows):
    """But for the joint exposure of one event, a row reads alike alone and in company."""
    loose = [row | {"event": -1} for row in rows]
    together = recommend(several(loose), NOW, CONFIG)
    for index, row in enumerate(loose):
        alone = breakdown(recommend(several([row]), NOW, CONFIG), 0)
        assert msgspec.structs.replace(breakdown(together, index), market_id="m0") == alone


@given(st.lists(ROWS, max_size=4))
def test_scan_is_deterministic_and_pure(rows):
    columns = several(rows)
    first = recommend(columns, NOW, CONFIG)
    with forbidden_world():
        again = recommend(columns, NOW, CONFIG)
    assert [breakdown(first, i) for i in range(len(rows))] == [
        breakdown(again, i) for i in range(len(rows))
    ]


def test_ranking_is_by_score_then_id():
    columns = market_columns(
        ["b", "a", "worse", "dead"],
        close_ns=[NOW + DAY] * 3 + [NOW - DAY],
        quote_ns=NOW,
        bid_bp=[9_600] * 4,
        ask_bp=[9_700, 9_700, 9_750, 9_700],
        definition_risk=0.0,
    )
    assert ranking(recommend(columns, NOW, CONFIG)) == (1, 0, 2)


def test_empty_batch():
    found = recommend(several([]), NOW, CONFIG)
    assert (len(found), ranking(found)) == (0, ())
