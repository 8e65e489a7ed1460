"""Cancels: of our orders, of strays, of everything. They have their own connections.

Cancels that wait together go as one request. They wait their turn, though never longer than the
pacing's patience: a cancel that cannot be sent is unknown, so that the core asks again and kill
switch and log hear of it. So is one that the answer does not name.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from pmcore.effects import CancelAll, CancelOrder
from pmcore.events import (
    AllCancelled,
    AnyEvent,
    CancelAllUnknown,
    CancelUnknown,
    StrayCancelled,
)
from pmcore.wire.clob_cancels import CancelAnswer, cancel_answer, cancel_event, inside_delay
from pmio.inbox import Inbox
from pmio.lanes import Act, answer
from pmio.pacing import CANCEL, CANCEL_ALL
from pmio.rest import Rest, Sign, Unreachable, not_yet
from pmio.roster import Roster

BATCH_MAX: Final = 100
"""`DELETE /orders` takes up to 1000; fewer keep the answer quick."""
TIMEOUT_S: Final = 3.0


class Cancels:
    """Performs `CancelOrder` and `CancelStray` (`perform`), and `CancelAll` (`perform_all`)."""

    def __init__(self, rest: Rest, clob: str, sign: Sign, roster: Roster, inbox: Inbox) -> None:
        self._rest = rest
        self._clob = clob
        self._sign = sign
        self._roster = roster
        self._inbox = inbox

    async def perform(self, acts: Sequence[Act]) -> None:
        """Cancel the orders of one batch and answer each."""
        named: list[tuple[Act, str]] = []
        for act in acts:
            venue_id = self._venue_id(act)
            if venue_id:
                named.append((act, venue_id))
            else:
                text = "the order has no name at the venue"
                answer(self._inbox, act, self._event(act, "", CancelAnswer(False, text=text)))
        if not named:
            return
        ids = list(dict.fromkeys(venue_id for _, venue_id in named))
        got = await self._cancel(ids)
        for act, venue_id in named:
            answer(self._inbox, act, self._event(act, venue_id, got))

    async def perform_all(self, acts: Sequence[Act]) -> None:
        """Cancel everything of the account; several requests at once are one."""
        try:
            reply = await self._rest.ask(
                CANCEL_ALL,
                "DELETE",
                f"{self._clob}/cancel-all",
                sign=self._sign,
                timeout_s=TIMEOUT_S,
            )
            text = cancel_answer(reply.status, reply.body).left
        except Unreachable as error:
            text = error.text
        for act in acts:
            effect: CancelAll = act.effect
            at_ns = self._inbox.stamp()
            event: AnyEvent = AllCancelled(at_ns, effect.op)
            if text:
                event = CancelAllUnknown(at_ns, effect.op, text)
            answer(self._inbox, act, event)

    async def _cancel(self, ids: list[str]) -> CancelAnswer:
        """One request for one or more orders by the venue's ids."""
        wait = await self._rest.pacing.turn(CANCEL, len(ids))
        if wait > 0.0:
            return CancelAnswer(False, text=f"not sent: {not_yet(wait)}")
        path, content = ("/order", {"orderID": ids[0]}) if len(ids) == 1 else ("/orders", ids)
        body = msgspec.json.encode(content)
        try:
            reply = await self._rest.ask(
                CANCEL,
                "DELETE",
                self._clob + path,
                body,
                sign=self._sign,
                timeout_s=TIMEOUT_S,
                paced=False,
            )
        except Unreachable as error:
            return CancelAnswer(False, text=error.text)
        return cancel_answer(reply.status, reply.body)

    def _venue_id(self, act: Act) -> str:
        effect = act.effect
        if isinstance(effect, CancelOrder):
            return self._roster.venue_id(effect.order)
        venue_id: str = effect.venue_id
        return venue_id

    def _event(self, act: Act, venue_id: str, got: CancelAnswer) -> AnyEvent:
        effect = act.effect
        at_ns = self._inbox.stamp()
        if isinstance(effect, CancelOrder):
            if not venue_id:
                return CancelUnknown(at_ns, effect.order, got.text)
            return cancel_event(at_ns, effect.order, venue_id, got)
        gone = venue_id in got.cancelled or any(
            name == venue_id and not inside_delay(reason) for name, reason in got.refused
        )
        return StrayCancelled(at_ns, effect.op, gone)
