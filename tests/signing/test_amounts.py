"""Amounts against every row of the vectors and against the decimal rule, done in decimals."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.ids import BUY, SELL
from pmcore.units import Cash, Price, Shares, cost_up, parse_decimal
from pmcore.wire.amounts import (
    GRAIN,
    limit_amounts,
    market_buy_amounts,
    market_sell_amounts,
    taker_amounts,
)
from pmcore.wire.typed_data import SigningError
from tests.signing.vectors import cases

SIDES = {"BUY": BUY, "SELL": SELL}
PLACES = {1000: (1, 3), 100: (2, 4), 50: (3, 5), 25: (4, 6), 10: (3, 5), 1: (4, 6)}
"""Tick in basis points -> decimals of prices and of computed amounts (reference, section 2.4)."""


def bps(text: str) -> Price:
    return Price(parse_decimal(text, 4))


@pytest.mark.parametrize("row", cases("amounts.json", "limit"))
def test_limit_row(row):
    size = Shares(parse_decimal(row["size"], 6))
    got = limit_amounts(SIDES[row["side"]], bps(row["price"]), size, bps(row["tick"]))
    assert got == (row["makerAmount"], row["takerAmount"])


@pytest.mark.parametrize("row", cases("amounts.json", "market"))
def test_market_row(row):
    price, tick = bps(row["price"]), bps(row["tick"])
    amount = parse_decimal(row["amount"], 6)
    if row["side"] == "BUY":
        got = market_buy_amounts(price, Cash(amount), tick)
    else:
        got = market_sell_amounts(price, Shares(amount), tick)
        assert got == taker_amounts(SELL, price, Shares(amount), tick)
    assert got == (row["makerAmount"], row["takerAmount"])


@pytest.mark.parametrize("row", cases("amounts.json", "rounding"))
def test_rounding_row(row):
    assert (row["price"], row["amount"]) in PLACES.values()
    assert row["size"] == 2


def test_grains_are_the_places():
    assert {tick: 10 ** (6 - amount) for tick, (_, amount) in PLACES.items()} == GRAIN


def places_of(number: Decimal) -> int:
    return max(0, -int(number.normalize().as_tuple().exponent))


def rounded(number: Decimal, places: int, how: str) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), rounding=how)


def fitted(number: Decimal, amount: int) -> int:
    """The clients' rule: too long -> ceil at amount + 4 -> still too long -> floor at amount."""
    if places_of(number) > amount:
        number = rounded(number, amount + 4, ROUND_CEILING)
        if places_of(number) > amount:
            number = rounded(number, amount, ROUND_FLOOR)
    return int((number * 10**6).to_integral_value(ROUND_HALF_EVEN))


def base(number: Decimal) -> int:
    return int(number * 10**6)


TICKS = st.sampled_from(sorted(GRAIN))
MICROS = st.integers(10_000, 10**13)


@st.composite
def grid(draw):
    """(tick, price) on the venue's grid."""
    tick = draw(TICKS)
    return tick, tick * draw(st.integers(1, 10_000 // tick - 1))


@given(at=grid(), size=MICROS, side=st.sampled_from([BUY, SELL]))
def test_limit_is_the_decimal_rule(at, size, side):
    tick, price = at
    with localcontext(Context(prec=60)):
        shares = rounded(Decimal(size).scaleb(-6), 2, ROUND_FLOOR)
        cash = fitted(shares * Decimal(price).scaleb(-4), PLACES[tick][1])
        wanted = (cash, base(shares)) if side == BUY else (base(shares), cash)
    assert limit_amounts(side, price, size, tick) == wanted
    # The identity behind it: the amounts say exactly the price, and never more than the size.
    made, taken = limit_amounts(side, price, size, tick)
    cash_made, sold = (made, taken) if side == BUY else (taken, made)
    assert cash_made * 10_000 == price * sold
    assert size - 10_000 < sold <= size
    assert cash_made <= cost_up(price, size)


@given(at=grid(), cash=MICROS)
def test_market_buy_is_the_decimal_rule(at, cash):
    tick, price = at
    with localcontext(Context(prec=60)):
        spent = rounded(Decimal(cash).scaleb(-6), 2, ROUND_FLOOR)
        shares = fitted(spent / Decimal(price).scaleb(-4), PLACES[tick][1])
    assert market_buy_amounts(price, cash, tick) == (base(spent), shares)
    # Never a hair below the ask: the order's own price is at least the price that was given.
    assert base(spent) * 10_000 >= price * shares
    assert base(spent) * 10_000 < price * (shares + GRAIN[tick])


@given(at=grid(), size=st.integers(10_000_000, 10**13))
def test_taker_buy_never_buys_more_than_asked(at, size):
    tick, price = at
    cash = price * size // 10_000
    if cash < 10_000:
        with pytest.raises(SigningError, match=r"less than 0\.01"):
            taker_amounts(BUY, price, size, tick)
        return
    spent, shares = taker_amounts(BUY, price, size, tick)
    assert spent % 10_000 == 0
    assert shares <= size
    assert (size - shares) * price <= 10_000 * 10_000 + price * GRAIN[tick] + 10_000


@given(at=grid(), size=MICROS)
def test_taker_sale_is_a_limit_sale(at, size):
    tick, price = at
    assert taker_amounts(SELL, price, size, tick) == limit_amounts(SELL, price, size, tick)


@pytest.mark.parametrize(
    ("price", "tick", "said"),
    [
        (4750, 100, r"price: 0\.475 is not on tick 0\.01"),
        (0, 100, "price: 0 is not on tick"),
        (10_000, 100, "price: 1 is not on tick"),
        (-100, 100, r"price: -0\.01"),
        (9_999, 1_000, "not on tick"),
        (5_000, 0, "tick: 0 is none"),
        (5_000, 20, r"tick: 0\.002 is none"),
    ],
)
def test_price_off_its_grid_is_refused(price, tick, said):
    for made in (
        lambda: limit_amounts(BUY, price, Shares(5_000_000), tick),
        lambda: market_buy_amounts(price, Cash(5_000_000), tick),
        lambda: market_sell_amounts(price, Shares(5_000_000), tick),
    ):
        with pytest.raises(SigningError, match=said):
            made()


@pytest.mark.parametrize("size", [-1, 0, 9_999])
def test_nothing_is_refused(size):
    with pytest.raises(SigningError, match=r"size: less than 0\.01"):
        limit_amounts(BUY, Price(5_000), Shares(size), Price(100))
    with pytest.raises(SigningError, match=r"cash: less than 0\.01"):
        market_buy_amounts(Price(5_000), Cash(size), Price(100))
