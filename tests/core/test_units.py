"""Roundings against Decimal, and texts that come back as the number they were."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from pmcore import units as u

PRICES = st.integers(0, 10_000)
SIZES = st.integers(0, 10**15)
TICKS = st.sampled_from((1, 10, 25, 50, 100))
WIDE = Context(prec=60)
DOLLARS = st.decimals(0, 1, places=6, allow_nan=False)


def exact(price, size):
    return Decimal(price) * size / 10_000


@given(PRICES, SIZES)
def test_cost_is_rounded_up(price, size):
    assert u.cost_up(price, size) == exact(price, size).to_integral_value(ROUND_CEILING)


@given(PRICES, SIZES)
def test_proceeds_are_rounded_down(price, size):
    floor = exact(price, size).to_integral_value(ROUND_FLOOR)
    assert u.cost_down(price, size) == u.payout(price, size) == floor


@given(PRICES, SIZES)
def test_a_pair_never_costs_less_than_it_pays(price, size):
    other = u.complement(price)
    assert price + other == u.ONE_DOLLAR
    assert u.cost_up(price, size) + u.cost_up(other, size) >= size
    assert u.cost_down(price, size) + u.cost_down(other, size) <= size


@given(PRICES, TICKS)
def test_tick_roundings_enclose_the_price(price, tick):
    low, high = u.floor_to_tick(price, tick), u.ceil_to_tick(price, tick)
    assert low <= price <= high
    assert low % tick == high % tick == 0
    assert high - low in (0, tick)
    assert (high == low) == (price % tick == 0)


@given(DOLLARS)
@example(Decimal("0.47"))
@example(Decimal("0.29"))
def test_model_values_become_prices_on_the_safe_side(value):
    points = value * 10_000
    assert u.floor_price(float(value)) == points.to_integral_value(ROUND_FLOOR)
    assert u.ceil_price(float(value)) == points.to_integral_value(ROUND_CEILING)


@given(st.integers(-(10**12), 10**12), st.integers(-(10**6), 10**6), st.integers(1, 10**6))
def test_part_leaves_the_remainder_with_the_caller(total, numerator, denominator):
    share = u.part(total, numerator, denominator)
    assert share == (Decimal(total * numerator) / denominator).to_integral_value(ROUND_FLOOR)


@given(st.integers(-(2**70), 2**70), st.integers(0, 18))
def test_shown_decimals_are_read_back(amount, places):
    text = u.show_decimal(amount, places)
    assert u.parse_decimal(text, places) == amount
    assert Decimal(text) == Decimal(amount).scaleb(-places, context=WIDE)


@pytest.mark.parametrize(
    ("amount", "places", "text"),
    [(4700, 4, "0.47"), (9, 4, "0.0009"), (10_000, 4, "1"), (0, 4, "0"), (-1_500_000, 6, "-1.5")],
)
def test_shortest_text(amount, places, text):
    assert u.show_decimal(amount, places) == text


@given(st.decimals(-(10**9), 10**9, allow_nan=False, places=9), st.integers(0, 9))
def test_excess_digits_are_dropped(value, places):
    text = f"{value:f}"
    step = Decimal(1).scaleb(-places)
    toward_zero = value.quantize(step, rounding="ROUND_DOWN", context=WIDE)
    assert u.parse_decimal(text, places) == int(toward_zero.scaleb(places))


@pytest.mark.parametrize("text", [".5", "5", "05.50", "-0.5", "0" * 30 + "1.5"])
def test_plain_decimals_are_read(text):
    assert u.parse_decimal(text, 2) == int(Decimal(text) * 100)


NO_NUMBERS = ("", "-", ".", "5.", "+1", "1e3", "1E3", "nan", "inf", "1_000", " 1", "1 ", "1,5")
NO_NUMBERS += ("0x1", "--1", "1.2.3", "½", "٣", "1.-2", "-.", "1\n")


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="not a decimal number"):
        u.parse_decimal(text, 6)


@given(st.text(max_size=12))
def test_no_text_becomes_a_number_by_accident(text):
    try:
        amount = u.parse_decimal(text, 4)
    except ValueError:
        return
    assert int(Decimal(text) * 10_000) == amount
    assert set(text) <= set("-.0123456789")


@given(st.integers(0, 9_200_000 * 10**12))
def test_oracle_prices_fit_and_read_as_dollars(price):
    assert price < 2**63
    assert u.oracle_usd(price) == pytest.approx(price / 10**12)
    assert u.usd(1_500_000) == 1.5
