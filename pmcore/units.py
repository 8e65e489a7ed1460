"""Money, shares, prices and time as integers, and the only roundings between them.

`Price` counts basis points of the one-dollar payout (0.47 -> 4700), so every tick of the venue is
a whole number of them. `Shares` and `Cash` count micros, as on chain. Time is nanoseconds since
the Unix epoch. `OraclePrice` counts picodollars (1e-12 USD) of the underlying. Floats live only in
the model; they become prices through `floor_price` and `ceil_price` and nowhere else.
"""

import math
from typing import NewType

Price = NewType("Price", int)
"""Basis points of the one-dollar payout; 1..9999 are tradable, 0 means "no price"."""
Shares = NewType("Shares", int)
"""Micro-shares: 1_000_000 is one share, which pays one dollar if it wins."""
Cash = NewType("Cash", int)
"""Micro-dollars of collateral."""
Ns = NewType("Ns", int)
"""Nanoseconds: a moment since the Unix epoch, or a span."""
OraclePrice = NewType("OraclePrice", int)
"""Picodollars (1e-12 USD) per unit of the underlying; fits 63 bits up to 9.2 million USD."""

ONE_DOLLAR = Price(10_000)
MICRO = 1_000_000
SECOND = Ns(1_000_000_000)
MILLISECOND = Ns(1_000_000)
PICO_PER_USD = 1_000_000_000_000


def cost_up(price: Price, size: Shares) -> Cash:
    """Cash to pay for `size` at `price`, rounded up: what a buyer must have."""
    return Cash(-(-price * size // 10_000))


def cost_down(price: Price, size: Shares) -> Cash:
    """Cash to receive for `size` at `price`, rounded down: what a seller can count on."""
    return Cash(price * size // 10_000)


def payout(price: Price, size: Shares) -> Cash:
    """Cash that `size` pays when one share pays `price` (0, 5000 or 10000 at resolution)."""
    return Cash(price * size // 10_000)


def complement(price: Price) -> Price:
    """The price of the other outcome: a bid here is an ask there."""
    return Price(10_000 - price)


def floor_to_tick(price: Price, tick: Price) -> Price:
    """The highest multiple of `tick` not above `price`."""
    return Price(price - price % tick)


def ceil_to_tick(price: Price, tick: Price) -> Price:
    """The lowest multiple of `tick` not below `price`."""
    return Price(-(-price // tick) * tick)


def floor_price(value: float) -> Price:
    """A model value in dollars as basis points, rounded down (for bids and caps)."""
    return Price(math.floor(value * 10_000.0 + 1e-9))


def ceil_price(value: float) -> Price:
    """A model value in dollars as basis points, rounded up (for asks and floors)."""
    return Price(math.ceil(value * 10_000.0 - 1e-9))


def part(total: int, numerator: int, denominator: int) -> int:
    """`total * numerator / denominator` rounded down; the remainder stays with the caller."""
    return total * numerator // denominator


def usd(amount: Cash) -> float:
    """Micro-dollars as dollars, for showing and for the model; never for accounts."""
    return amount / 1_000_000


def oracle_usd(price: OraclePrice) -> float:
    """Picodollars as dollars, for the model."""
    return price / 1e12


def show_price(price: Price) -> str:
    """`4700` as `0.47`, `9` as `0.0009`: no trailing zeros, as the venue writes prices."""
    return show_decimal(price, 4)


def show_cents(price: int) -> str:
    """`6000` as `0.60`, `6050` as `0.605`: whole cents at least, so that columns line up."""
    return f"{price / ONE_DOLLAR:.2f}" if price % 100 == 0 else show_decimal(price, 4)


def show_micro(amount: int) -> str:
    """Micros as a decimal without trailing zeros, as the venue writes sizes."""
    return show_decimal(amount, 6)


def show_decimal(amount: int, places: int) -> str:
    """`amount / 10**places` as the shortest exact decimal (`-1500000, 6` -> `-1.5`)."""
    sign = "-" if amount < 0 else ""
    scale: int = 10**places
    whole, rest = divmod(abs(amount), scale)
    if rest == 0:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{rest:0{places}d}".rstrip("0")


def parse_decimal(text: str, places: int) -> int:
    """A plain decimal text as an integer count of `10**-places`, excess digits dropped.

    Raises ValueError for anything but an optional sign, digits and one point: no exponent, no
    infinity, no blanks, so that a malformed frame cannot become a number.
    """
    body = text[1:] if text[:1] == "-" else text
    whole, dot, rest = body.partition(".")
    digits = whole + rest
    if not digits.isascii() or not digits.isdigit() or (dot and not rest):
        raise ValueError(f"not a decimal number: {text[:40]!r}")
    scale: int = 10**places
    amount = int(whole or "0") * scale + int((rest[:places]).ljust(places, "0") or "0")
    return -amount if body is not text else amount
