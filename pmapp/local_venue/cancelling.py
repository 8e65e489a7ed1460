"""The four cancels. "Response 200 for all"; what was not cancelled says why (section 3.3)."""

from typing import TYPE_CHECKING, Final

import msgspec

from pmapp.local_venue.http import Answer, Promise, Request, error, ok
from pmapp.local_venue.keys import Key
from pmapp.local_venue.order_check import RESTARTING
from pmapp.local_venue.order_log import MATCHED, Posted
from pmcore.events import CancelRefused
from pmcore.sim.floor import RESTARTING as RESTARTING_MODE
from pmcore.wire.frames import FAULTS

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue

CANCELS_MAX: Final = 1000
"""Changelog 2026-06-15; another page still says 3000."""
GONE: Final = "Order not found or already canceled"
WAS_MATCHED: Final = "Order already matched"
HELD: Final = "order is in its matching delay and cannot be canceled"


class _One(msgspec.Struct):
    orderID: str  # noqa: N815 - the venue's spelling


class _Market(msgspec.Struct):
    market: str = ""
    asset_id: str = ""


_ONE: Final = msgspec.json.Decoder(_One)
_MANY: Final = msgspec.json.Decoder(list[str])
_MARKET: Final = msgspec.json.Decoder(_Market)
BAD_ID: Final = error(400, "Invalid orderID")


def cancel_order(venue: "Venue", request: Request, key: Key) -> Answer | Promise:
    """`DELETE /order`."""
    try:
        wanted = [_ONE.decode(request.body).orderID]
    except FAULTS:
        return BAD_ID
    return _cancel(venue, key, wanted, len(wanted))


def cancel_orders(venue: "Venue", request: Request, key: Key) -> Answer | Promise:
    """`DELETE /orders`: "duplicates ignored"."""
    try:
        wanted = _MANY.decode(request.body)
    except FAULTS:
        return error(400, "Invalid order payload")
    if len(wanted) > CANCELS_MAX:
        return error(400, f"Too many orders in payload, max allowed: {CANCELS_MAX}")
    wanted = list(dict.fromkeys(wanted))
    return _cancel(venue, key, wanted, len(wanted))


def cancel_all(venue: "Venue", request: Request, key: Key) -> Answer | Promise:
    """`DELETE /cancel-all`."""
    wanted = [order.id for order in venue.orders.open_of(key.id)]
    return _cancel(venue, key, wanted, 1 + len(wanted))


def cancel_market(venue: "Venue", request: Request, key: Key) -> Answer | Promise:
    """`DELETE /cancel-market-orders`: by condition, by token, or both."""
    try:
        of = _MARKET.decode(request.body)
    except FAULTS:
        of = _Market()
    if not of.market and not of.asset_id:
        return error(400, "Invalid payload")
    wanted = [
        order.id
        for order in venue.orders.open_of(key.id)
        if of.market in ("", order.listed.market.condition_id)
        and of.asset_id in ("", order.listed.market.tokens[order.outcome])
    ]
    return _cancel(venue, key, wanted, 1 + len(wanted))


def _cancel(venue: "Venue", key: Key, wanted: list[str], cost: int) -> Answer | Promise:
    if venue.exchange.floor.mode == RESTARTING_MODE:
        return error(425, RESTARTING)
    refusal = venue.rates.take_cancel(key.address, venue.now_ns)
    if refusal is not None:
        return refusal
    venue.rates.charge_cancel(key.address, cost, venue.now_ns)
    done: list[str] = []
    failed: dict[str, str] = {}
    for name in wanted:
        order = venue.orders.by_id.get(name)
        if order is not None:
            venue.faults.race(venue, order)
        reason = cancel_one(venue, key.id, order)
        if reason:
            failed[name] = reason
        else:
            done.append(name)
    return venue.marked(ok({"canceled": done, "not_canceled": failed}), key, cancel=True)


def cancel_one(venue: "Venue", key: str, order: Posted | None) -> str:
    """Cancel an order of a key; "" or why not."""
    if order is None or order.key != key:
        return GONE
    if not order.open:
        return WAS_MATCHED if order.status == MATCHED else GONE
    venue.exchange.cancel(order.wallet.account, order.number, venue.now_ns)
    venue.settle(order.listed.market.id)
    reply = order.replies.pop() if order.replies else None
    if isinstance(reply, CancelRefused):
        return HELD if reply.held else GONE
    return ""
