"""Bodies of the CLOB's REST reads: book, open orders, trades, balance, scoring.

Every function takes the HTTP status and the body, and raises WireError, and nothing else, when
the answer is not the documented one. Answers to posts and cancels, where a refusal is a result
and not a fault, are read by `pmcore.wire.clob_answers`. Source: venue reference, sections 3.4, 3.5.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from pmcore.events import BookReset, Levels, OpenOrder, TickChanged, TradeReported
from pmcore.ids import OrderId
from pmcore.order import FAK, FOK, GTC, GTD
from pmcore.units import Cash, Ns, Price
from pmcore.wire.frames import (
    FAULTS,
    Tokens,
    WireError,
    fault,
    level_price,
    moment,
    ok_body,
    price,
    side,
    size,
    tick_size,
    whole_shares,
)
from pmcore.wire.trade import Ours, Trade, reports

END_CURSOR: Final = "LTE="
"""The cursor after the last page (base64 of -1)."""
_KINDS: Final = {"GTC": GTC, "GTD": GTD, "FOK": FOK, "FAK": FAK}


class _Level(msgspec.Struct, gc=False):
    price: str
    size: str


class RestBook(msgspec.Struct, gc=False):
    """The body of `/book`, of which the texts are the checksum's preimage."""

    market: str
    asset_id: str
    timestamp: str | int
    bids: list[_Level] | None
    asks: list[_Level] | None
    hash: str = ""
    min_order_size: str = "5"
    tick_size: str = ""
    neg_risk: bool = False
    last_trade_price: str = ""
    version: str = ""


class _OpenOrder(msgspec.Struct, gc=False):
    id: str
    asset_id: str
    side: str
    original_size: str
    size_matched: str
    price: str
    status: str = "LIVE"
    order_type: str = "GTC"


class _OrderPage(msgspec.Struct, gc=False):
    data: list[_OpenOrder]
    next_cursor: str = END_CURSOR


class _TradePage(msgspec.Struct, gc=False):
    data: list[Trade]
    next_cursor: str = END_CURSOR


class _Balance(msgspec.Struct, gc=False):
    balance: str


_BOOK: Final = msgspec.json.Decoder(RestBook)
_ORDERS: Final = msgspec.json.Decoder(_OrderPage)
_TRADES: Final = msgspec.json.Decoder(_TradePage)
_BALANCE: Final = msgspec.json.Decoder(_Balance)
_SCORING: Final = msgspec.json.Decoder(dict[str, bool])
_SECONDS: Final = msgspec.json.Decoder(int | str)


def book(status: int, body: bytes, at_ns: Ns, tokens: Tokens) -> BookReset:
    """`GET /book`: a full book of one of our tokens."""
    return book_and_grid(status, body, at_ns, tokens, {})[0]


def book_and_grid(
    status: int, body: bytes, at_ns: Ns, tokens: Tokens, ticks: Mapping[str, Price]
) -> tuple[BookReset, TickChanged | None]:
    """A book, and the tick that it has where that is not the one in `ticks`.

    Its checksum is made with that tick, so without it the book could never be believed.
    """
    try:
        message = ok_body(status, body, _BOOK)
        known = tokens.get(message.asset_id)
        if known is None:
            raise WireError("book of a token that was not asked for", message.asset_id[:80])
        bids, asks = _levels(message.bids), _levels(message.asks)
        last = message.last_trade_price
        venue_ns = moment(message.timestamp)
        found = BookReset(at_ns, venue_ns, *known, bids, asks, message.hash, last)
        believed = ticks.get(message.asset_id)
        if believed is None or not message.tick_size:
            return found, None
        tick = tick_size(message.tick_size)
        return found, TickChanged(at_ns, venue_ns, *known, tick) if tick != believed else None
    except (WireError, *FAULTS) as error:
        raise fault(error, body) from None


def _levels(levels: list[_Level] | None) -> Levels:
    """Levels as (price, size) pairs; the venue's `null` is an empty side."""
    return tuple([(level_price(at.price), size(at.size)) for at in levels or ()])


def open_orders(status: int, body: bytes, ours: Ours) -> tuple[list[OpenOrder], str]:
    """A page of `GET /data/orders`: open orders of our tokens, and the next cursor or ""."""
    try:
        page = ok_body(status, body, _ORDERS)
        found = [_open_order(order, ours) for order in page.data if order.asset_id in ours.tokens]
        return [order for order in found if order is not None], _next(page.next_cursor)
    except (WireError, *FAULTS) as error:
        raise fault(error, body) from None


def _open_order(order: _OpenOrder, ours: Ours) -> OpenOrder | None:
    """One order of a page; None if it is no longer open."""
    if order.status.removeprefix("ORDER_STATUS_") != "LIVE":
        return None
    kind = _KINDS.get(order.order_type.upper())
    if kind is None:
        raise WireError("unknown order_type", order.order_type[:40])
    return OpenOrder(
        ours.orders.get(order.id, OrderId(0)),
        order.id,
        *ours.tokens[order.asset_id],
        side(order.side),
        price(order.price),
        size(order.original_size),
        whole_shares(order.size_matched),
        kind,
    )


def trades(status: int, body: bytes, at_ns: Ns, ours: Ours) -> tuple[list[TradeReported], str]:
    """A page of `GET /data/trades`: our parts of the trades, and the next cursor or ""."""
    try:
        page = ok_body(status, body, _TRADES)
        found = [report for trade in page.data for report in reports(trade, at_ns, ours)]
        return found, _next(page.next_cursor)
    except (WireError, *FAULTS) as error:
        raise fault(error, body) from None


def _next(cursor: str) -> str:
    """The cursor of the next page, "" when this was the last."""
    return "" if cursor == END_CURSOR else cursor


def balance(status: int, body: bytes) -> Cash:
    """`GET /balance-allowance`: the balance in base units (micros), shares or collateral alike."""
    try:
        text = ok_body(status, body, _BALANCE).balance
        if not (text.isascii() and text.isdigit()) or len(text) > 18:
            raise WireError("balance is not in base units", text[:40])
        return Cash(int(text))
    except (WireError, *FAULTS) as error:
        raise fault(error, body) from None


def scoring(
    status: int, body: bytes, orders: Mapping[str, OrderId]
) -> tuple[tuple[OrderId, ...], tuple[OrderId, ...]]:
    """`POST /orders-scoring`: our orders that score, and those that do not."""
    try:
        got = ok_body(status, body, _SCORING)
    except (WireError, *FAULTS) as error:
        raise fault(error, body) from None
    ours = [(orders[name], scores) for name, scores in got.items() if name in orders]
    return tuple(o for o, yes in ours if yes), tuple(o for o, yes in ours if not yes)


def server_time(status: int, body: bytes) -> Ns:
    """`GET /time`: the venue's clock, whole seconds."""
    try:
        return moment(ok_body(status, body, _SECONDS))
    except (WireError, *FAULTS) as error:
        raise fault(error, body) from None
