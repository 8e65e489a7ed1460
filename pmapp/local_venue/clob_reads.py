"""The CLOB's private reads: orders, trades, scoring (venue reference, section 3.4)."""

from typing import TYPE_CHECKING, Any, Final

import msgspec

from pmapp.local_venue.http import Answer, Request, error, ok
from pmapp.local_venue.keys import Key
from pmapp.local_venue.order_log import DELAYED, LIVE, Posted
from pmapp.local_venue.pages import page
from pmapp.local_venue.trade_log import WireTrade
from pmcore.units import SECOND
from pmcore.wire.encode_user import open_order, trade
from pmcore.wire.frames import FAULTS

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue

_IDS: Final = msgspec.json.Decoder(list[str])


def orders(venue: "Venue", request: Request, key: Key) -> Answer:
    """`/data/orders?id&market&asset_id&next_cursor`: what is open."""
    rows = [
        _row(order)
        for order in venue.orders.open_of(key.id)
        if order.status == LIVE and _fits(request, order.id, order)
    ]
    return page(request, rows)


def _row(order: Posted) -> dict[str, Any]:
    return open_order(order.row(LIVE if order.status == DELAYED else ""))


def _fits(request: Request, name: str, of: Posted) -> bool:
    query = request.query
    market = of.listed.market
    return (
        query.get("id", name) == name
        and query.get("market", market.condition_id) == market.condition_id
        and query.get("asset_id", market.tokens[of.outcome]) == market.tokens[of.outcome]
    )


def order(venue: "Venue", request: Request, key: Key, name: str) -> Answer:
    """`/data/order/{id}`: since October 2026 also of finished orders."""
    found = venue.orders.by_id.get(name)
    if found is None or found.key != key.id or not found.status:
        return error(404, "Order not found")
    return ok(_row(found))


def trades(venue: "Venue", request: Request, key: Key) -> Answer:
    """`/data/trades?id&maker_address&market&asset_id&before&after&next_cursor`, newest first."""
    found = [of for of in venue.trades.of_key(key.id) if _asked(request, of, key)]
    hidden = venue.faults.trades_hidden
    return page(request, [] if hidden else [trade(of.row(key.id)) for of in found])


def _asked(request: Request, of: WireTrade, key: Key) -> bool:
    query = request.query
    market = of.listed.market
    at_s = of.matched_ns // SECOND
    own = [part.token for part in of.makers if part.owner == key.id]
    return (
        query.get("id", of.id) == of.id
        and query.get("maker_address", of.addresses[key.id]).lower() == of.addresses[key.id].lower()
        and query.get("market", market.condition_id) == market.condition_id
        and query.get("asset_id", "") in ("", market.tokens[of.outcome], *own)
        and at_s >= _second(query.get("after", ""), 0)
        and at_s <= _second(query.get("before", ""), 1 << 62)
    )


def _second(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else default


def order_scoring(venue: "Venue", request: Request, key: Key) -> Answer:
    """`/order-scoring?order_id=`."""
    return ok({"scoring": _scores(venue, key, request.query.get("order_id", ""))})


def orders_scoring(venue: "Venue", request: Request, key: Key) -> Answer:
    """`POST /orders-scoring`: an object by order id."""
    try:
        wanted = _IDS.decode(request.body or b"[]")
    except FAULTS:
        return error(400, "Invalid orderID")
    return ok({name: _scores(venue, key, name) for name in wanted})


def _scores(venue: "Venue", key: Key, name: str) -> bool:
    found = venue.orders.by_id.get(name)
    if found is None or found.key != key.id or not found.open:
        return False
    return venue.exchange.scoring(found.wallet.account, found.number, venue.now_ns)
