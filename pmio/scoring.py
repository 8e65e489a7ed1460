"""Which of our resting orders earn liquidity rewards: `POST /orders-scoring`."""

from collections.abc import Sequence

import msgspec

from pmcore.effects import AskScoring
from pmcore.events import ScoringReported
from pmcore.ids import OrderId
from pmcore.wire.clob_rest import scoring
from pmcore.wire.frames import WireError
from pmio.inbox import Inbox
from pmio.lanes import Act, answer
from pmio.pacing import LEDGER
from pmio.rest import Rest, Sign, Unreachable
from pmio.roster import Roster


class Scoring:
    """Performs `AskScoring`. Where the venue does not say, nothing is reported of any order."""

    def __init__(self, rest: Rest, clob: str, sign: Sign, roster: Roster, inbox: Inbox) -> None:
        self._rest = rest
        self._clob = clob
        self._sign = sign
        self._roster = roster
        self._inbox = inbox

    async def perform(self, acts: Sequence[Act]) -> None:
        """Ask for the orders of each act."""
        for act in acts:
            effect: AskScoring = act.effect
            yes, no = await self._ask(effect.orders)
            answer(self._inbox, act, ScoringReported(self._inbox.stamp(), effect.op, yes, no))

    async def _ask(
        self, orders: tuple[OrderId, ...]
    ) -> tuple[tuple[OrderId, ...], tuple[OrderId, ...]]:
        named = {self._roster.venue_id(order): order for order in orders}
        named.pop("", None)
        if not named:
            return (), ()
        body = msgspec.json.encode(list(named))
        try:
            reply = await self._rest.ask(
                LEDGER, "POST", f"{self._clob}/orders-scoring", body, sign=self._sign
            )
            return scoring(reply.status, reply.body, named)
        except (Unreachable, WireError):
            return (), ()
