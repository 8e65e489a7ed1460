"""Maker and taker amounts of an order: the venue's decimal rounding as integer arithmetic.

The official clients round decimals: the size down to 0.01, the product or quotient to a number of
places that the tick decides (venue reference, section 2.4). Where a price is on its tick, as it
must be here, that is exact for `size x price` (2 + 4 places fit micros) and one floor for
`cash / price`. The clients round the quotient up at four further places before they floor it;
that can never change the floor, for the quotient's fraction is a multiple of 1/9999 at the finest.

Amounts are micros of pUSD and of shares alike. A buyer makes pUSD and takes shares; a seller makes
shares and takes pUSD.
"""

from typing import Final, TypeAlias

from pmcore.ids import BUY, Side
from pmcore.units import Cash, Price, Shares, show_price
from pmcore.wire.typed_data import SigningError

Amounts: TypeAlias = tuple[int, int]
"""(makerAmount, takerAmount), micros."""

LOT: Final = 10_000
"""Sizes, and the cash of a market buy, have two decimals: 0.01 in micros."""
GRAIN: Final = {1_000: 1_000, 100: 100, 50: 10, 25: 1, 10: 10, 1: 1}
"""Tick in basis points -> the finest step of a computed amount in micros (3, 4, 5, 6, 5 and 6
decimals for ticks 0.1, 0.01, 0.005, 0.0025, 0.001 and 0.0001)."""


def limit_amounts(side: Side, price: Price, size: Shares, tick: Price) -> Amounts:
    """Amounts of an order that rests at `price`; `size` is floored to 0.01 share."""
    _check(price, tick)
    shares = _lots(size, "size")
    cash = shares * price // 10_000  # exact: shares is a multiple of 10_000 micros
    return (cash, shares) if side == BUY else (shares, cash)


def market_buy_amounts(price: Price, cash: Cash, tick: Price) -> Amounts:
    """Amounts of a FOK or FAK buy that spends `cash`, floored to 0.01, at `price` or better.

    The shares are floored: rounded up they would put the order's price, maker over taker, a hair
    below the ask, and it would never fill.
    """
    _check(price, tick)
    spent = _lots(cash, "cash")
    grain = GRAIN[tick]
    shares = spent * 10_000 // (price * grain) * grain
    if not shares:
        raise SigningError(f"cash: buys no share at {show_price(price)}")
    return spent, shares


def market_sell_amounts(price: Price, size: Shares, tick: Price) -> Amounts:
    """Amounts of a FOK or FAK sale of `size`, floored to 0.01 share, at `price` or better."""
    _check(price, tick)
    shares = _lots(size, "size")
    return shares, shares * price // 10_000


def taker_amounts(side: Side, price: Price, size: Shares, tick: Price) -> Amounts:
    """Amounts of a FOK or FAK order given in shares, as the core asks for them.

    The venue wants the cash of a market buy in whole cents, so the order spends what `size` costs
    at `price`, floored to the cent: at `price` it buys `size` or up to one cent's worth less.
    """
    if side == BUY:
        return market_buy_amounts(price, Cash(price * size // 10_000), tick)
    return market_sell_amounts(price, size, tick)


def _check(price: Price, tick: Price) -> None:
    """Refuse a price that the exchange would: off the tick or outside `tick..1 - tick`."""
    if tick not in GRAIN:
        raise SigningError(f"tick: {show_price(tick)} is none of the venue's ticks")
    if price % tick or not tick <= price <= 10_000 - tick:
        raise SigningError(f"price: {show_price(price)} is not on tick {show_price(tick)}")


def _lots(amount: int, what: str) -> int:
    """`amount` floored to two decimals. SigningError if nothing is left."""
    floored = amount - amount % LOT
    if floored <= 0:
        raise SigningError(f"{what}: less than 0.01")
    return floored
