"""The venue's trade object, the same on the user channel and in REST, as our part of it.

One trade has one taker order and several maker orders, perhaps of both tokens: a buyer of Up
meets a seller of Up, or a buyer of Down (a mint). Each maker element names its own order's token,
price and amount, so our part needs no turning round; only a missing side has to be inferred.
Source: venue reference, sections 3.4 and 5.2.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from pmcore.events import CONFIRMED, FAILED, MATCHED, MINED, RETRYING, TradeReported
from pmcore.ids import BUY, SELL, MarketId, OrderId, Outcome, Side
from pmcore.market import CRYPTO_FEES, FeeTerms
from pmcore.model.fees import taker_fee
from pmcore.units import ONE_DOLLAR, Cash, Ns, Price, Shares, complement
from pmcore.wire.frames import Tokens, WireError, price, scaled, side, size

STATUSES: Final = {
    "MATCHED": MATCHED,
    "MATCHED_NOT_BROADCASTED": MATCHED,
    "MINED": MINED,
    "CONFIRMED": CONFIRMED,
    "RETRYING": RETRYING,
    "FAILED": FAILED,
}


class Account(msgspec.Struct, frozen=True, gc=False):
    """Who we are at the venue: the API key and the funder address; empty for not known."""

    owner: str = ""
    address: str = ""

    def owns(self, owner: str, address: str) -> bool:
        """Whether an order with this owner or maker address is ours."""
        if self.owner and owner:
            return owner.lower() == self.owner.lower()
        return bool(self.address) and address.lower() == self.address.lower()


class MakerOrder(msgspec.Struct, gc=False):
    """One resting order's part of a trade."""

    order_id: str
    asset_id: str
    matched_amount: str
    price: str
    side: str | None = None
    owner: str = ""
    maker_address: str = ""


class Trade(msgspec.Struct, gc=False):
    """A trade as the venue sends it, on either channel."""

    id: str
    asset_id: str
    side: str
    size: str
    price: str
    status: str
    taker_order_id: str = ""
    owner: str = ""
    maker_address: str = ""
    trader_side: str | None = None
    maker_orders: list[MakerOrder] | None = None


class Ours(msgspec.Struct, frozen=True, gc=False):
    """What a decoder must know to find our part: our tokens, orders, account and fee terms."""

    tokens: Tokens
    orders: Mapping[str, OrderId]
    """Venue order id -> our order."""
    account: Account = Account()
    fees: Mapping[MarketId, FeeTerms] = {}
    """Fee terms by market; the present crypto schedule where a market has none."""


def reports(trade: Trade, at_ns: Ns, ours: Ours) -> list[TradeReported]:
    """Our parts of a trade, one for each order of ours in it; empty if it is not ours.

    An order that is ours by owner but not in `ours.orders` is reported as order 0, with the
    venue's order id behind the trade id, so that two such orders of one trade stay two.
    """
    status = STATUSES.get(trade.status.removeprefix("TRADE_STATUS_"))
    if status is None:
        raise WireError("unknown trade status", trade.status[:60])
    makers = trade.maker_orders or []
    role = (trade.trader_side or "").upper()
    strays = [] if role == "TAKER" else [m for m in makers if _is_stray(m, ours)]
    found: list[TradeReported] = []
    taker = ours.orders.get(trade.taker_order_id)
    # `owner` is the account the event was sent to, so it only says "taker" with the role.
    if taker is None and role != "MAKER" and ours.account.owns(trade.owner, trade.maker_address):
        known_maker = any(maker.order_id in ours.orders for maker in makers)
        if role == "TAKER" or not (strays or known_maker):
            taker = OrderId(0)
    if taker is not None:
        found += _taker_part(trade, taker, at_ns, status, ours)
    merged: dict[str, Shares] = {}
    for maker in makers:
        amount = size(maker.matched_amount)
        if maker.order_id in merged:
            merged[maker.order_id] = Shares(merged[maker.order_id] + amount)
        elif maker.order_id in ours.orders or maker in strays:
            merged[maker.order_id] = amount
    for maker in makers:
        total = merged.pop(maker.order_id, None)
        if total is not None:
            found += _maker_part(trade, maker, total, at_ns, status, ours)
    return found


def _is_stray(maker: MakerOrder, ours: Ours) -> bool:
    """Whether a maker order belongs to our account without being one that we know."""
    return maker.order_id not in ours.orders and ours.account.owns(maker.owner, maker.maker_address)


def _taker_part(
    trade: Trade, order: OrderId, at_ns: Ns, status: int, ours: Ours
) -> list[TradeReported]:
    """Our marketable order's part: the top level of the trade, fee included."""
    known = _token(trade.asset_id, order, ours)
    if known is None:
        return []
    way = side(trade.side)
    amount = size(trade.size)
    at = _taker_price(trade, way, amount)
    fee = taker_fee(ours.fees.get(known[0], CRYPTO_FEES), at, amount)
    name = _name(trade.id, order, trade.taker_order_id)
    return [TradeReported(at_ns, name, order, *known, way, at, amount, fee, False, status)]


def _maker_part(
    trade: Trade, maker: MakerOrder, amount: Shares, at_ns: Ns, status: int, ours: Ours
) -> list[TradeReported]:
    """Our resting order's part: its own element, not the top-level size (section 3.4)."""
    order = ours.orders.get(maker.order_id, OrderId(0))
    known = _token(maker.asset_id, order, ours)
    if known is None:
        return []
    if maker.side:
        way = side(maker.side)
    else:
        taker_way = side(trade.side)
        same_token = maker.asset_id == trade.asset_id
        way = (SELL if taker_way == BUY else BUY) if same_token else taker_way
    at = _nearest(maker.price, way)
    name = _name(trade.id, order, maker.order_id)
    # "takers only; makers 0" (fees, 2026-10-05).
    return [TradeReported(at_ns, name, order, *known, way, at, amount, Cash(0), True, status)]


def _token(asset: str, order: OrderId, ours: Ours) -> tuple[MarketId, Outcome] | None:
    """The market and outcome of a token; a WireError where an order of ours traded elsewhere."""
    known = ours.tokens.get(asset)
    if known is None and order:
        raise WireError("our order traded in a token that is not watched", asset[:80])
    return known


def _name(trade: str, order: OrderId, venue_order: str) -> str:
    """The trade's id, made unique per order where the order has no number of ours."""
    return trade if order else f"{trade}#{venue_order}"


def _taker_price(trade: Trade, way: Side, amount: Shares) -> Price:
    """What we paid or got per share.

    "Fills execute at the maker's price" (section 1.4): where the makers' amounts add up to the
    trade's, the price is their average, rounded against us; otherwise the top-level price.
    """
    total = notional = 0
    for maker in trade.maker_orders or ():
        at = _nearest(maker.price, way)
        part = size(maker.matched_amount)
        total += part
        notional += part * (at if maker.asset_id == trade.asset_id else complement(at))
    if total != amount or not total:
        return _nearest(trade.price, way)
    return Price(-(-notional // total) if way == BUY else notional // total)


def _nearest(text: str, way: Side) -> Price:
    """A traded price, off the grid rounded against us: a fill must never be lost to its price."""
    try:
        return price(text)
    except WireError:
        parts = scaled(text, 18, "trade price")
    value = -(-parts // 10**14) if way == BUY else parts // 10**14
    if value > ONE_DOLLAR:
        raise WireError("trade price is above the dollar", text[:40])
    return Price(value)
