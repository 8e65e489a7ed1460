"""Answers to posted orders: what is known, what is refused, what is in doubt.

Doubt is a result here, never an exception: a timeout, a 5xx or a body we cannot read leaves the
order's fate open, and the core then counts it at its worst. Only an answer that the venue gives
before the matching engine (4xx texts, mode texts, the limiter) is a refusal.
Source: venue reference, sections 3.1, 3.2 and 3.6.
"""

from typing import Final

import msgspec

from pmcore.events import (
    OrderAccepted,
    OrderDelayed,
    OrderRejected,
    OrderUnknown,
)
from pmcore.ids import OrderId
from pmcore.units import Ns
from pmcore.wire.errors import error_of
from pmcore.wire.frames import FAULTS, excerpt_of

ACCEPTED: Final = "accepted"
DELAYED: Final = "delayed"
REJECTED: Final = "rejected"
UNKNOWN: Final = "unknown"

MODES: Final = {
    "post_only_mode": "post_only",
    "cancel_only_mode": "cancel_only",
    "venue_restarting": "restarting",
    "trading_disabled": "disabled",
}
"""Reject code -> the mode of `VenueModeChanged` that it tells."""

# First match wins, in lower case. Texts as listed in section 3.6 (docs and captures, 2026-10).
_TEXTS: Final = (
    ("post-only mode", "post_only_mode"),
    ("post_only_mode", "post_only_mode"),
    ("cancel-only", "cancel_only_mode"),
    ("trading is currently disabled", "trading_disabled"),
    ("crosses book", "post_only_would_cross"),
    ("crosses the book", "post_only_would_cross"),
    ("closed only mode", "closed_only"),
    ("address banned", "banned"),
    ("not enough balance", "not_enough_balance"),
    ("insufficient balance", "not_enough_balance"),
    ("balance is not enough", "not_enough_balance"),
    ("allowance is not enough", "not_enough_balance"),
    ("minimum tick size", "tick"),
    ("lower than the minimum", "min_size"),
    ("min size", "min_size"),
    ("duplicated", "duplicate"),
    ("not yet ready", "market_not_ready"),
    ("order_version_mismatch", "version_mismatch"),
    ("invalid order version", "version_mismatch"),
    ("fok orders are", "fok_not_filled"),
    ("fak orders are", "fak_not_filled"),
    ("api key", "auth"),
    ("unauthorized", "auth"),
    ("request headers", "auth"),
    ("too many requests", "rate_limited"),
)
_DOUBTFUL: Final = ("context canceled", "timed out", "order match delayed", "could not insert")
"""Texts after which the engine may still have the order, whatever the status code."""
_STATUSES: Final = {401: "auth", 403: "banned", 425: "venue_restarting", 429: "rate_limited"}


class Answer(msgspec.Struct, frozen=True, gc=False):
    """The outcome of one submitted order."""

    outcome: str
    """ACCEPTED, DELAYED, REJECTED or UNKNOWN."""
    code: str = ""
    """One of `REJECT_CODES` when rejected."""
    text: str = ""
    venue_id: str = ""
    matched: bool = False
    """Accepted and matched at once, at least in part."""
    trades: tuple[str, ...] = ()
    retry_after_ms: int = 0


class _OrderBody(msgspec.Struct, gc=False):
    success: bool | None = None
    errorMsg: str | None = None  # noqa: N815 -- the venue's spelling
    orderID: str | None = None  # noqa: N815
    status: str | None = None
    tradeIDs: list[str] | None = None  # noqa: N815


_ORDER: Final = msgspec.json.Decoder(_OrderBody)
_ORDERS: Final = msgspec.json.Decoder(list[_OrderBody])


def order_answer(status: int, body: bytes) -> Answer:
    """The outcome of `POST /order`."""
    if status != 200:
        return _refusal(status, body)
    try:
        return _leg(_ORDER.decode(body))
    except FAULTS:
        return Answer(UNKNOWN, text=f"unreadable answer: {excerpt_of(body)}")


def batch_answers(status: int, body: bytes, count: int) -> list[Answer]:
    """The outcomes of `POST /orders` with `count` orders, in their order; always `count`."""
    if status != 200:
        return [_refusal(status, body)] * count
    try:
        legs = [_leg(leg) for leg in _ORDERS.decode(body)]
    except FAULTS:
        legs = []
    if len(legs) != count:
        return [Answer(UNKNOWN, text=f"not {count} legs: {excerpt_of(body)}")] * count
    return legs


def _leg(leg: _OrderBody) -> Answer:
    """One 200 answer by the venue client's own rule.

    Accepted is: success, no errorMsg, an orderID and a status of live, matched or delayed. A leg
    with an errorMsg is rejected even where `success` is true (captured 2026-05).
    """
    venue_id, text, status = leg.orderID or "", leg.errorMsg or "", leg.status or ""
    if text:
        return _by_text(text, venue_id)
    trades = tuple(leg.tradeIDs or ())
    if leg.success and venue_id:
        if status == "delayed":
            return Answer(DELAYED, venue_id=venue_id)
        if status in ("live", "matched", ""):
            return Answer(ACCEPTED, "", "", venue_id, status == "matched", trades)
    # "unmatched" is placed by one page of the docs and refused by the client: doubt.
    return Answer(UNKNOWN, text=f"status {status[:40]!r}", venue_id=venue_id)


def _by_text(text: str, venue_id: str = "") -> Answer:
    """A refusal that only its text explains."""
    if any(doubt in text.lower() for doubt in _DOUBTFUL):
        return Answer(UNKNOWN, text=text[:200], venue_id=venue_id)
    return Answer(REJECTED, reject_code(text) or "other", text[:200], venue_id)


def reject_code(text: str) -> str:
    """The code of `REJECT_CODES` that a venue text means, "" if none is recognised."""
    low = text.lower()
    return next((code for part, code in _TEXTS if part in low), "")


def _refusal(status: int, body: bytes) -> Answer:
    """The outcome of a submit that was not answered with 200."""
    found = error_of(body)
    text = found.text
    code = reject_code(found.code or "") or reject_code(text)
    after = found.retry_after_seconds or 0.0
    wait_ms = int(after * 1000) if 0.0 < after < 86_400.0 else 0
    if any(doubt in text.lower() for doubt in _DOUBTFUL):
        return Answer(UNKNOWN, text=f"HTTP {status} {text}")
    if status == 503 and code in MODES:
        return Answer(REJECTED, code, text, retry_after_ms=wait_ms)
    if status in (425, 429) or (status in _STATUSES and not code):
        return Answer(REJECTED, _STATUSES[status], text, retry_after_ms=wait_ms)
    if 400 <= status < 500 and status != 408:
        return Answer(REJECTED, code or "other", text, retry_after_ms=wait_ms)
    # Every 500 text of the venue, also "FOK orders are filled or killed", leaves the outcome open.
    return Answer(UNKNOWN, text=f"HTTP {status} {text}")


def order_event(
    at_ns: Ns, order: OrderId, answer: Answer
) -> OrderAccepted | OrderDelayed | OrderRejected | OrderUnknown:
    """The event that answers `PlaceOrder`."""
    if answer.outcome == ACCEPTED:
        return OrderAccepted(at_ns, order)
    if answer.outcome == DELAYED:
        return OrderDelayed(at_ns, order)
    if answer.outcome == REJECTED:
        return OrderRejected(at_ns, order, answer.code, answer.text)
    return OrderUnknown(at_ns, order, answer.text)
