"""Orders to the venue: signed, named, sent in one batch, and answered one by one.

An order has its name on the roster before it is sent, so that the user channel may outrun the
answer. A submit is sent once: whatever leaves its fate open is `OrderUnknown`, and reconciliation
finds the order by its precomputed id. Orders that would have to wait longer than `PATIENCE_S` for
the venue's limits are refused by ourselves rather than sent late.
"""

from collections.abc import Sequence
from typing import Final

from pmcore.effects import PlaceOrder
from pmcore.events import OrderRejected, OrderUnknown
from pmcore.wire.clob_answers import Answer, batch_answers, order_answer, order_event
from pmcore.wire.order_body import BATCH_MAX, batch_body
from pmcore.wire.typed_data import SigningError
from pmio.inbox import Inbox
from pmio.lanes import Act, answer
from pmio.pacing import PLACE
from pmio.rest import Reply, Rest, Sign, Unreachable, not_yet
from pmio.roster import Roster
from pmio.sealing import Sealer
from pmio.signer import SignedOrder

__all__ = ["BATCH_MAX", "Submits"]

PATIENCE_S: Final = 0.5
Sealed = tuple[Act, SignedOrder]


class Submits:
    """Performs `PlaceOrder`, up to `BATCH_MAX` at a time."""

    def __init__(
        self, rest: Rest, clob: str, sign: Sign, sealer: Sealer, roster: Roster, inbox: Inbox
    ) -> None:
        self._rest = rest
        self._clob = clob
        self._sign = sign
        self._sealer = sealer
        self._roster = roster
        self._inbox = inbox

    async def perform(self, acts: Sequence[Act]) -> None:
        """Send the orders of one batch and answer each."""
        sealed = [one for act in acts if (one := self._seal(act)) is not None]
        if not sealed:
            return
        wait = await self._rest.pacing.turn(PLACE, len(sealed), PATIENCE_S)
        if wait > 0.0:
            for act, _ in sealed:
                self._refuse(act, "rate_limited", f"not sent: {not_yet(wait)}")
            return
        try:
            if len(sealed) == 1:
                reply = await self._send("/order", sealed[0][1].body)
                answers = [order_answer(reply.status, reply.body)]
            else:
                reply = await self._send("/orders", batch_body([one.body for _, one in sealed]))
                answers = batch_answers(reply.status, reply.body, len(sealed))
        except Unreachable as error:
            for act, _ in sealed:
                effect: PlaceOrder = act.effect
                text = error.text if error.sent else f"not sent: {error.text}"
                answer(self._inbox, act, OrderUnknown(self._inbox.stamp(), effect.order, text))
            return
        for (act, signed), got in zip(sealed, answers, strict=True):
            self._answer(act, signed, got)

    async def _send(self, path: str, body: bytes) -> Reply:
        return await self._rest.ask(
            PLACE, "POST", self._clob + path, body, sign=self._sign, paced=False
        )

    def _seal(self, act: Act) -> Sealed | None:
        """Sign an order and put its name on the roster; what cannot be sent is refused."""
        effect: PlaceOrder = act.effect
        terms = self._roster.terms_for(effect.market, effect.outcome)
        if terms is None:
            self._refuse(act, "market_not_ready", "not sent: the market is not listed")
            return None
        try:
            one = self._sealer.seal(effect, act.asked_ns, terms)
        except SigningError as error:
            code = "tick" if str(error).startswith(("price:", "tick:")) else "other"
            self._refuse(act, code, f"not sent: {error}"[:200])
            return None
        self._roster.name(effect.order, effect.market, one.venue_id)
        return act, one

    def _answer(self, act: Act, one: SignedOrder, got: Answer) -> None:
        effect: PlaceOrder = act.effect
        if got.venue_id and got.venue_id.lower() != one.venue_id:
            # It should be the digest; if it is not, it is still this order's name.
            self._roster.name(effect.order, effect.market, got.venue_id)
        answer(self._inbox, act, order_event(self._inbox.stamp(), effect.order, got))

    def _refuse(self, act: Act, code: str, text: str) -> None:
        effect: PlaceOrder = act.effect
        event = OrderRejected(self._inbox.stamp(), effect.order, code, text)
        answer(self._inbox, act, event)
