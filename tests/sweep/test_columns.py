"""What columns accept, what they make of nonsense, and what an entry costs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.market import CRYPTO_FEES, FIRST_CURVE, FeeTerms
from pmcore.model import fees
from pmcore.sweep.categories import CATEGORIES, category_of
from pmcore.sweep.columns import market_columns, numbered
from pmcore.sweep.entry_price import depth_vwap, fee_per_share
from pmcore.units import Price
from tests.sweep.batches import NOW, one


def test_yes_book_is_mirrored():
    columns = one(bid_bp=[9_600], ask_bp=[0])
    assert columns.bid_bp.tolist() == [[9_600, 0]]
    assert columns.ask_bp.tolist() == [[0, 400]]


def test_prices_outside_the_payout_are_none():
    columns = one(bid_bp=[[-5, 10_000]], ask_bp=[[20_000, 9_999]])
    assert columns.bid_bp.tolist() == [[0, 0]]
    assert columns.ask_bp.tolist() == [[0, 9_999]]


def test_what_is_not_finite_becomes_the_safe_value():
    columns = one(
        definition_risk=float("nan"),
        fee_rate=float("inf"),
        vwap_bp=[[float("nan"), float("-inf")]],
        fill_ratio=[[float("nan"), 7.0]],
    )
    assert columns.definition_risk.tolist() == [1.0]
    assert columns.fee_rate.tolist() == [0.0]
    assert columns.vwap_bp.tolist() == [[0.0, 0.0]]
    assert columns.fill_ratio.tolist() == [[1.0, 1.0]]


def test_unknown_definition_risk_is_the_worst():
    columns = market_columns(["m"], close_ns=NOW, quote_ns=NOW, bid_bp=[1], ask_bp=[2])
    assert columns.definition_risk.tolist() == [1.0]


def test_unknown_columns_and_wrong_lengths_are_refused():
    with pytest.raises(ValueError, match="no such columns: colour"):
        one(colour=1)
    with pytest.raises(ValueError, match="bids and asks"):
        one(bid_bp=[1, 2])
    with pytest.raises(ValueError, match=r"shape|broadcast"):
        one(close_ns=[1, 2])


def test_events_are_numbered_in_order():
    assert numbered(["x", "", "y", "x"]).tolist() == [0, -1, 1, 0]


@pytest.mark.parametrize(
    ("label", "category"),
    [
        ("crypto_fees_v2", "crypto"),
        ("sports_fees_v3", "sports"),
        ("Politics", "politics"),
        ("finance_prices_fees", "finance"),
        ("zero_fees", "geopolitics"),
        ("general_fees", "other"),
        ("", "other"),
    ],
)
def test_category_of_a_label(label, category):
    assert CATEGORIES[category_of(label)] == category


@pytest.mark.parametrize(
    "terms", [CRYPTO_FEES, FIRST_CURVE, FeeTerms(40_000, 1), FeeTerms(50_000, 3)]
)
def test_fee_curve_is_the_makers_curve_at_every_price(terms):
    prices = np.arange(0, 10_001)
    ours = fee_per_share(
        prices / 10_000.0,
        np.full(len(prices), terms.rate_ppm / 1e6),
        terms.exponent,
        terms.price_weighted,
    )
    theirs = [fees.fee_per_share(terms, Price(price)) for price in prices.tolist()]
    assert ours == pytest.approx(theirs, abs=1e-15)


LEVELS = st.lists(
    # Sizes are whole micro-shares, as on the wire: the oracle's subtraction then loses nothing.
    st.tuples(st.integers(0, 10_000), st.integers(0, 300_000_000).map(lambda n: n / 1e6)),
    max_size=6,
)


def walk(levels, reference):
    """The book walked level by level, as an oracle."""
    left, cost = reference, 0.0
    for price, size in levels:
        if 0 < price < 10_000 and size > 0.0:
            taken = min(left, size)
            cost += taken * price
            left -= taken
    filled = reference - left
    return (cost / filled if filled > 0.0 else 0.0), filled / reference


@given(LEVELS, st.floats(1.0, 500.0))
def test_depth_price_is_that_of_a_walk_through_the_book(levels, reference):
    padded = [*levels, (0, 0.0)]
    price, ratio = depth_vwap(
        [[level[0] for level in padded]], [[level[1] for level in padded]], reference
    )
    wanted = walk(levels, reference)
    assert price[0] == pytest.approx(wanted[0], rel=1e-6, abs=1e-6)
    assert ratio[0] == pytest.approx(wanted[1], rel=1e-6, abs=1e-9)
    assert 0.0 <= ratio[0] <= 1.0


def test_depth_ignores_sizes_that_are_not_finite():
    price, ratio = depth_vwap([[9_700, 9_800]], [[float("nan"), 50.0]], 100.0)
    assert (price[0], ratio[0]) == (9_800.0, 0.5)
