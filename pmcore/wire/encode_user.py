"""Orders and trades as the venue writes them, on the user channel and in `/data/...` answers.

One record serves both: the channel adds `event_type`, `type` and millisecond stamps. Whole numbers
of the venue are texts here, as there. Source: venue reference, sections 3.4 and 5.2.
"""

from typing import Any, Final

import msgspec

from pmcore.ids import OUTCOME_NAMES, SIDE_NAMES, Outcome, Side
from pmcore.order import KIND_NAMES, Kind
from pmcore.units import SECOND, Ns, Price, Shares, show_micro, show_price

PLACEMENT: Final = "PLACEMENT"
UPDATE: Final = "UPDATE"
CANCELLATION: Final = "CANCELLATION"
_ENCODE: Final = msgspec.json.Encoder().encode


class OrderRow(msgspec.Struct, frozen=True, gc=False):
    """An order as the venue shows it. Times in nanoseconds; `expiration_s` is 0 for none."""

    id: str
    owner: str
    maker_address: str
    condition: str
    token: str
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    matched: Shares
    kind: Kind
    status: str
    created_ns: Ns
    expiration_s: int = 0
    trades: tuple[str, ...] = ()


class MakerPart(msgspec.Struct, frozen=True, gc=False):
    """One resting order's part of a trade."""

    order_id: str
    owner: str
    maker_address: str
    token: str
    outcome: Outcome
    side: Side
    price: Price
    matched: Shares


class TradeRow(msgspec.Struct, frozen=True, gc=False):
    """A trade as one account sees it; `side`, `price` and `size` are the taker's."""

    id: str
    taker_order_id: str
    condition: str
    token: str
    outcome: Outcome
    side: Side
    size: Shares
    price: Price
    status: str
    matched_ns: Ns
    updated_ns: Ns
    owner: str
    """API key of the account that reads this."""
    trade_owner: str
    """API key of the taker."""
    maker_address: str
    transaction_hash: str
    trader_side: str
    makers: tuple[MakerPart, ...]
    bucket: int = 0
    error: str = ""


def open_order(row: OrderRow) -> dict[str, Any]:
    """An element of `/data/orders`: sizes are decimal shares, `created_at` whole seconds."""
    return {
        "id": row.id,
        "status": row.status,
        "owner": row.owner,
        "maker_address": row.maker_address,
        "market": row.condition,
        "asset_id": row.token,
        "side": SIDE_NAMES[row.side],
        "original_size": show_micro(row.size),
        "size_matched": show_micro(row.matched),
        "price": show_price(row.price),
        "outcome": OUTCOME_NAMES[row.outcome],
        "expiration": str(row.expiration_s),
        "order_type": KIND_NAMES[row.kind],
        "associate_trades": list(row.trades),
        "created_at": row.created_ns // SECOND,
    }


def order_event(row: OrderRow, kind: str, now_ns: Ns) -> bytes:
    """An `order` message of the user channel; `kind` is PLACEMENT, UPDATE or CANCELLATION."""
    stamp = now_ns // 1_000_000
    event = open_order(row) | {
        "event_type": "order",
        "type": kind,
        "order_owner": row.owner,
        "associate_trades": list(row.trades) or None,
        "created_at": str(row.created_ns // SECOND),
        "timestamp": str(stamp),
    }
    return _ENCODE(event)


def _maker(part: MakerPart) -> dict[str, Any]:
    return {
        "order_id": part.order_id,
        "owner": part.owner,
        "maker_address": part.maker_address,
        "matched_amount": show_micro(part.matched),
        "price": show_price(part.price),
        "fee_rate_bps": "0",
        "asset_id": part.token,
        "outcome": OUTCOME_NAMES[part.outcome],
        "outcome_index": int(part.outcome),
        "side": SIDE_NAMES[part.side],
    }


def trade(row: TradeRow) -> dict[str, Any]:
    """An element of `/data/trades`."""
    shown: dict[str, Any] = {
        "id": row.id,
        "taker_order_id": row.taker_order_id,
        "market": row.condition,
        "asset_id": row.token,
        "side": SIDE_NAMES[row.side],
        "size": show_micro(row.size),
        "fee_rate_bps": "1000",
        "price": show_price(row.price),
        "status": row.status,
        "match_time": str(row.matched_ns // SECOND),
        "match_time_nano": str(row.matched_ns),
        "last_update": str(row.updated_ns // SECOND),
        "outcome": OUTCOME_NAMES[row.outcome],
        "bucket_index": row.bucket,
        "owner": row.owner,
        "maker_address": row.maker_address,
        "transaction_hash": row.transaction_hash,
        "trader_side": row.trader_side,
        "maker_orders": [_maker(part) for part in row.makers],
    }
    if row.error:
        shown["err_msg"] = row.error
    return shown


def trade_event(row: TradeRow, now_ns: Ns) -> bytes:
    """A `trade` message of the user channel."""
    event = trade(row) | {
        "event_type": "trade",
        "type": "TRADE",
        "trade_owner": row.trade_owner,
        "timestamp": str(now_ns // 1_000_000),
    }
    return _ENCODE(event)
