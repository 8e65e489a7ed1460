"""Fees against an exact decimal oracle, over every price, and against 21 fills on chain."""

import json
from collections.abc import Callable
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.market import CRYPTO_FEES, FIRST_CURVE, NO_FEES, FeeTerms
from pmcore.model.fees import fee_equivalent, fee_per_share, rebate, rebate_share, taker_fee
from pmcore.units import Cash, Price, Shares

TERMS = st.builds(
    FeeTerms,
    rate_ppm=st.integers(0, 1_000_000),
    exponent=st.integers(0, 4),
    price_weighted=st.booleans(),
    floor_micros=st.sampled_from([1, 10, 100]),
    rebate_ppm=st.integers(0, 1_000_000),
)
PRICES = st.integers(1, 9_999).map(Price)
SIZES = st.integers(0, 10**15).map(Shares)


def decimal_fee(terms: FeeTerms, price: int, size: int) -> int:
    """The formula as the venue writes it, in decimals of dollars, then floored."""
    with localcontext() as context:
        context.prec = 80
        p = Decimal(price) / 10_000
        fee = Decimal(size) / 10**6 * Decimal(terms.rate_ppm) / 10**6
        fee *= (p * (1 - p)) ** terms.exponent
        if terms.price_weighted:
            fee *= p
        grain = Decimal(terms.floor_micros) / 10**6
        return int((fee / grain).to_integral_value(ROUND_FLOOR) * grain * 10**6)


@given(TERMS, PRICES, SIZES)
def test_decimal_oracle(terms: FeeTerms, price: Price, size: Shares) -> None:
    assert taker_fee(terms, price, size) == decimal_fee(terms, price, size)


@given(TERMS, PRICES, SIZES, SIZES)
def test_parts_never_cost_more_than_the_whole(
    terms: FeeTerms, price: Price, first: Shares, second: Shares
) -> None:
    whole = taker_fee(terms, price, Shares(first + second))
    assert taker_fee(terms, price, first) + taker_fee(terms, price, second) <= whole


@given(TERMS, PRICES, SIZES)
def test_equivalent_is_the_fee_before_its_coarse_floor(
    terms: FeeTerms, price: Price, size: Shares
) -> None:
    fee = taker_fee(terms, price, size)
    assert 0 <= fee <= fee_equivalent(terms, price, size) < fee + terms.floor_micros


@pytest.mark.parametrize("terms", [CRYPTO_FEES, FIRST_CURVE, NO_FEES])
def test_every_price(terms: FeeTerms) -> None:
    size = Shares(100_000_000)
    for bp in range(1, 10_000):
        fee = taker_fee(terms, Price(bp), size)
        per_share = fee_per_share(terms, Price(bp))
        assert fee % terms.floor_micros == 0
        assert -1e-6 <= per_share * 1e8 - fee <= terms.floor_micros + 1e-6
        if not terms.price_weighted:
            assert fee == taker_fee(terms, Price(10_000 - bp), size)


@pytest.mark.parametrize("price", [-1, 0, 10_000, 10_001])
def test_no_fee_outside_the_dollar(price: int) -> None:
    assert taker_fee(CRYPTO_FEES, Price(price), Shares(10**9)) == 0
    assert fee_per_share(CRYPTO_FEES, Price(price)) == 0.0


def test_no_fee_on_nothing() -> None:
    assert taker_fee(CRYPTO_FEES, Price(5000), Shares(0)) == 0
    assert taker_fee(CRYPTO_FEES, Price(5000), Shares(-5)) == 0


def test_first_curve_at_the_middle() -> None:
    assert taker_fee(FIRST_CURVE, Price(5000), Shares(100_000_000)) == 781_250


def basis_points(text: str) -> Price:
    return Price(int(Decimal(text) * 10_000))


def test_fills_on_chain(shared_data: Callable[..., Path]) -> None:
    fills = json.loads(shared_data("venue", "vectors", "fees.json").read_text())["fills"]
    assert len(fills) == 21
    for fill in fills:
        terms = FeeTerms(int(Decimal(fill["fee_rate"]) * 10**6), 1)
        size = Shares(int(Decimal(fill["shares"]) * 10**6))
        assert taker_fee(terms, basis_points(fill["price"]), size) == int(fill["fee"]), fill


def test_published_tables(shared_data: Callable[..., Path]) -> None:
    vectors = json.loads(shared_data("venue", "vectors", "fees.json").read_text())
    for row in vectors["current_crypto_table_100sh"]:
        fee = taker_fee(CRYPTO_FEES, basis_points(row["price"]), Shares(row["C"] * 10**6))
        assert fee == int(Decimal(row["fee_crypto_0.07"]) * 10**6)
    for row in vectors["legacy_jan2026_crypto_table_100sh"]:
        fee = taker_fee(FIRST_CURVE, basis_points(row["price"]), Shares(row["C"] * 10**6))
        shown = (Decimal(fee) / 10**6).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
        assert shown == Decimal(row["fee_jan2026"])


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_rebates_share_out_at_most_the_pool(mine: int, theirs: int) -> None:
    total = Cash(mine + theirs)
    pool = rebate(CRYPTO_FEES, total)
    assert rebate(CRYPTO_FEES, Cash(mine)) + rebate(CRYPTO_FEES, Cash(theirs)) <= pool
    shared = rebate_share(CRYPTO_FEES, Cash(mine), total, total)
    assert shared == (rebate(CRYPTO_FEES, Cash(mine)) if total else 0)


def test_rebate_is_a_fifth_of_crypto_fees() -> None:
    assert rebate(CRYPTO_FEES, Cash(1_750_000)) == 350_000
    assert rebate(NO_FEES, Cash(1_750_000)) == 0
    half = rebate_share(CRYPTO_FEES, Cash(1), Cash(2), Cash(1_000_000))
    assert half == 100_000
