"""The user channel of the CLOB websocket: what became of our orders, and our part of trades.

The channel may be ahead of the REST answer to the same order, repeats each trade once per status,
and has no replay; the core's order table makes all of that harmless. Amounts matched in an order
event are not used: the trade carries them, with an id that can be counted once.
Source: venue reference, section 5.2.
"""

from typing import Final

import msgspec

from pmcore.events import AnyEvent, OrderAccepted, OrderCancelled, OrderDelayed
from pmcore.units import Ns
from pmcore.wire.frames import FAULTS, WireError, fault, is_control
from pmcore.wire.trade import Ours, Trade, reports


class _Kind(msgspec.Struct, gc=False):
    event_type: str = ""
    type: str = ""


class _Order(msgspec.Struct, gc=False):
    id: str
    type: str
    status: str | None = None


_ORDER_TYPES: Final = ("PLACEMENT", "UPDATE", "CANCELLATION")
_RAWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_KIND: Final = msgspec.json.Decoder(_Kind)
_ORDER: Final = msgspec.json.Decoder(_Order)
_TRADE: Final = msgspec.json.Decoder(Trade)


def decode(frame: bytes | str, at_ns: Ns, ours: Ours) -> list[AnyEvent]:
    """The events of one frame: OrderAccepted, OrderDelayed, OrderCancelled, TradeReported.

    Orders that are not in `ours.orders` give nothing, except fills of our own account, which are
    reported as order 0. Raises WireError, and nothing else, on malformed input.
    """
    if is_control(frame):
        return []
    events: list[AnyEvent] = []
    try:
        raw = frame.encode() if isinstance(frame, str) else frame
        for part in _RAWS.decode(raw) if raw.lstrip()[:1] == b"[" else [raw]:
            kind = _KIND.decode(part)
            name = kind.event_type or kind.type
            if name in ("trade", "TRADE"):
                events += reports(_TRADE.decode(part), at_ns, ours)
            elif name == "order" or name in _ORDER_TYPES:
                events += _order_events(_ORDER.decode(part), at_ns, ours)
            elif not name:
                raise WireError("neither event_type nor type")
    except (WireError, *FAULTS) as error:
        raise fault(error, frame) from None
    return events


def _order_events(order: _Order, at_ns: Ns, ours: Ours) -> list[AnyEvent]:
    """What an order event says of the order's life; matched amounts come with the trade."""
    if order.type not in _ORDER_TYPES:
        raise WireError("unknown order event", order.type[:60])
    known = ours.orders.get(order.id)
    if known is None:
        return []
    status = (order.status or "").removeprefix("ORDER_STATUS_")
    # "treat any CANCELED* as cancel"; INVALID is the venue's own, balance vanished (2026-05).
    if order.type == "CANCELLATION" or status.startswith("CANCELED") or status == "INVALID":
        return [OrderCancelled(at_ns, known, status[:120])]
    if status == "DELAYED":
        return [OrderDelayed(at_ns, known)]
    if order.type == "PLACEMENT" or status == "LIVE":
        return [OrderAccepted(at_ns, known)]
    return []
