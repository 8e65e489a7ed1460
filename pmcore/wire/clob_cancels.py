"""Answers to cancels and heartbeats.

A cancel that is refused because the order is gone may have fills under way; one that is refused
because the order is held, or that never reached the engine, changes nothing and is asked again.
Source: venue reference, sections 3.3 and 3.7.
"""

from typing import Final

import msgspec

from pmcore.events import CancelRefused, CancelUnknown, OrderCancelled
from pmcore.ids import OrderId
from pmcore.units import Ns
from pmcore.wire.errors import error_of
from pmcore.wire.frames import FAULTS, excerpt_of


class CancelAnswer(msgspec.Struct, frozen=True, gc=False):
    """The outcome of a cancel request of any kind."""

    known: bool
    """False when the request's own fate is unknown."""
    cancelled: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    """(venue order id, the venue's reason)"""
    held: bool = False
    """The whole request was turned away before the engine: ask again."""
    text: str = ""

    @property
    def left(self) -> str:
        """Why something may still rest after a cancel-all; "" when nothing does."""
        if not self.known:
            return self.text or "no answer that we understand"
        reasons = [reason for _, reason in self.refused if inside_delay(reason)]
        return f"{len(reasons)} orders are held: {reasons[0]}"[:200] if reasons else ""


class HeartbeatAnswer(msgspec.Struct, frozen=True, gc=False):
    """The outcome of a heartbeat: the id to send next, at once if it was not accepted."""

    accepted: bool
    heartbeat_id: str | None = None
    """None when the answer names none: keep the last one."""
    text: str = ""


class _CancelBody(msgspec.Struct, gc=False):
    canceled: list[str] | None = None
    not_canceled: dict[str, str] | None = None
    notCanceled: dict[str, str] | None = None  # noqa: N815 -- older spelling, same field


_CANCEL: Final = msgspec.json.Decoder(_CancelBody)


def cancel_answer(status: int, body: bytes) -> CancelAnswer:
    """The outcome of `DELETE /order`, `/orders`, `/cancel-all` and `/cancel-market-orders`."""
    if status == 200:
        try:
            got = _CANCEL.decode(body)
        except FAULTS:
            return CancelAnswer(False, text=f"unreadable answer: {excerpt_of(body)}")
        if got.canceled is None and got.not_canceled is None and got.notCanceled is None:
            return CancelAnswer(False, text=f"neither canceled nor not: {excerpt_of(body)}")
        refused = {**(got.not_canceled or {}), **(got.notCanceled or {})}
        return CancelAnswer(True, tuple(got.canceled or ()), tuple(refused.items()))
    text = f"HTTP {status} {error_of(body).text}"
    # 425 and 429 come before the engine, which then still has the order as it was.
    return CancelAnswer(False, held=status in (425, 429), text=text)


def cancel_event(
    at_ns: Ns, order: OrderId, venue_id: str, answer: CancelAnswer
) -> OrderCancelled | CancelRefused | CancelUnknown:
    """The event that answers `CancelOrder` for the order that the venue calls `venue_id`."""
    if venue_id in answer.cancelled:
        return OrderCancelled(at_ns, order, "cancelled")
    for name, reason in answer.refused:
        if name == venue_id:
            return CancelRefused(at_ns, order, inside_delay(reason), reason[:200])
    if answer.held:
        return CancelRefused(at_ns, order, True, answer.text)
    return CancelUnknown(at_ns, order, answer.text or "not named in the answer")


def inside_delay(reason: str) -> bool:
    """Whether a cancel was refused because the venue holds the order, which may rest afterwards.

    "A taker order inside its delay cannot be cancelled" (section 3.3); all else known means gone.
    """
    return "delay" in reason.lower()


def heartbeat_answer(status: int, body: bytes) -> HeartbeatAnswer:
    """The outcome of `POST /v1/heartbeats`; a 400 names the id to send again with at once."""
    found = error_of(body)
    if status == 200 and found.heartbeat_id is not None:
        return HeartbeatAnswer(True, found.heartbeat_id)
    return HeartbeatAnswer(False, found.heartbeat_id, f"HTTP {status} {found.text}")
