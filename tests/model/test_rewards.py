"""Scores against exact fractions, and nudges that do what they say within their bounds."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pmcore.ids import BUY, DOWN, UP, MarketId, OrderId
from pmcore.market import RewardTerms
from pmcore.model.rewards import cutoff_mid, nudge, q_min, q_sides, score, scores
from pmcore.order import GTC, LIVE, STATUS_NAMES, Order, Status
from pmcore.units import SECOND, Ns, Price, Shares

TERMS = RewardTerms(Shares(50_000_000), Price(450), Ns(30 * SECOND), 0)
MID = st.integers(2, 19_998).map(lambda half_bp: half_bp / 20_000)
SIZE = st.integers(0, 200).map(lambda shares: Shares(shares * 1_000_000))


def order(price: int, size: Shares, status: Status = LIVE, filled: Shares = Shares(0)) -> Order:
    return Order(
        OrderId(1), MarketId(0), 0, UP, BUY, Price(price), size, GTC, Ns(0), filled, status
    )


def fits(price: int, size: int, mid: float) -> bool:
    """Scoring by exact fractions: at least the size, strictly within the spread."""
    half_bp = round(mid * 20_000)
    return size >= TERMS.min_size and abs(Fraction(half_bp, 2) - price) < TERMS.max_spread


@given(st.integers(1, 999), st.integers(0, 1999))
def test_score_is_the_exact_fraction(v: int, s: int) -> None:
    expected = Fraction(v - s, v) ** 2 if s < v else Fraction(0)
    assert score(v, s) == pytest.approx(float(expected))
    assert score(v, s, 3.0) == pytest.approx(float(3 * expected))


@given(st.floats(), st.floats())
def test_score_is_total(v: float, s: float) -> None:
    assert 0.0 <= score(v, s) <= 1.0


@given(st.integers(1, 9_999), SIZE, MID)
@example(4_550, TERMS.min_size, 0.5)
@example(4_551, TERMS.min_size, 0.5)
@example(4_551, Shares(TERMS.min_size - 1), 0.5)
def test_scores_by_exact_fractions(price: int, size: Shares, mid: float) -> None:
    old = Ns(30 * SECOND)
    assert scores(order(price, size), mid, old, TERMS) == fits(price, size, mid)
    assert not scores(order(price, size), mid, Ns(old - 1), TERMS)


@given(
    st.integers(1, 9_999).map(Price),
    SIZE,
    MID,
    st.sampled_from([1, 10, 25, 100]).map(Price),
    st.integers(1, 9_999).map(Price),
    SIZE,
)
@example(Price(4_000), TERMS.min_size, 0.5, Price(1), Price(4_551), TERMS.min_size)
@example(Price(4_000), Shares(0), 0.5, Price(1), Price(4_551), TERMS.min_size)
def test_nudge(
    price: Price, size: Shares, mid: float, tick: Price, price_max: Price, size_max: Shares
) -> None:
    price = Price(max(tick, price - price % tick))
    suggestion = nudge(price, size, mid, TERMS, tick, price_max, size_max)
    if suggestion is None:
        # Nothing above the present price, on the grid and within the bounds, would have scored.
        if not fits(price, size, mid):
            size_needed = max(size, TERMS.min_size)
            grid = range(price, price_max + 1, tick)
            assert size_needed > size_max or not any(fits(p, size_needed, mid) for p in grid)
        return
    new_price, new_size, why = suggestion
    assert not fits(price, size, mid)
    assert fits(new_price, new_size, mid)
    assert price <= new_price <= price_max
    assert new_price % tick == 0
    assert size <= new_size <= size_max
    assert new_price == price or not fits(new_price - tick, new_size, mid)
    changed = [name for name, is_new in _changes(price, size, suggestion) if is_new]
    assert why == " and ".join(changed)


def _changes(
    price: Price, size: Shares, suggestion: tuple[Price, Shares, str]
) -> tuple[tuple[str, bool], ...]:
    return (("price", suggestion[0] != price), ("size", suggestion[1] != size))


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0.0, 1.0))
def test_q_min(q_one: float, q_two: float, mid: float) -> None:
    q = q_min(q_one, q_two, mid)
    assert min(q_one, q_two) <= q <= max(q_one, q_two)
    assert q == q_min(q_two, q_one, mid)
    if 0.10 <= mid <= 0.90:
        assert q >= max(q_one, q_two) / 3
    else:
        assert q == min(q_one, q_two)


def test_sides() -> None:
    size = Shares(100_000_000)
    bids = ((UP, Price(4_900), size), (DOWN, Price(4_700), size), (DOWN, Price(4_900), Shares(1)))
    q_one, q_two = q_sides(bids, 0.5, TERMS)
    assert q_one == pytest.approx(100 * (350 / 450) ** 2)
    assert q_two == pytest.approx(100 * (150 / 450) ** 2)


@pytest.mark.parametrize("status", range(len(STATUS_NAMES)))
def test_only_live_orders_score(status: int) -> None:
    resting = order(4_900, Shares(60_000_000), Status(status))
    assert scores(resting, 0.5, Ns(10**12), TERMS) == (status == LIVE)


def test_what_is_left_must_be_big_enough() -> None:
    part_filled = order(4_900, Shares(60_000_000), filled=Shares(20_000_000))
    assert not scores(part_filled, 0.5, Ns(10**12), TERMS)


def test_nothing_scores_without_terms_or_mid() -> None:
    assert not scores(order(4_900, Shares(60_000_000)), 0.5, Ns(10**12), RewardTerms())
    assert not scores(order(4_900, Shares(60_000_000)), 0.0, Ns(10**12), TERMS)
    assert nudge(Price(1), Shares(1), 0.0, TERMS, Price(1), Price(9_999), Shares(10**9)) is None


def test_cutoff_mid_passes_over_dust() -> None:
    bids = {4_900: 60_000_000, 4_950: 1}
    asks = {5_100: 60_000_000, 5_050: 49_999_999}
    assert cutoff_mid(bids, asks, TERMS.min_size) == 0.5
    assert cutoff_mid(bids, {}, TERMS.min_size) == 0.0
