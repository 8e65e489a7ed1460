"""The venue's own view: orders, trades, positions, cash.

Open orders are read first and trades after them, so that an order which has left the book has its
trades in what is read next; then every trade that the core has not heard of is reported, and only
then the view. Fills are never guessed from a view (`pmcore.observe.reconciling`).
"""

from collections.abc import Sequence
from typing import Final

import trio

from pmcore.effects import Reconcile
from pmcore.events import Holding, OpenOrder, Reconciled, ReconcileFailed
from pmcore.ids import OUTCOMES, MarketId
from pmcore.units import Cash, Shares
from pmcore.wire.clob_rest import balance, open_orders, trades
from pmcore.wire.contracts import V3
from pmcore.wire.frames import WireError
from pmio.inbox import Inbox
from pmio.lanes import Act, answer
from pmio.pacing import BALANCE, LEDGER
from pmio.rest import Reply, Rest, Sign, Unreachable
from pmio.roster import Roster
from pmio.trade_log import TradeLog

LISTED_S: Final = 10.0
PAGES_MAX: Final = 100
FIRST: Final = "MA=="
"""The cursor of the first page."""


class Reconciler:
    """Performs `Reconcile`, and catches up with trades after a reconnect."""

    def __init__(
        self,
        rest: Rest,
        clob: str,
        sign: Sign,
        roster: Roster,
        inbox: Inbox,
        log: TradeLog,
        signature_type: int,
    ) -> None:
        self._rest = rest
        self._clob = clob
        self._sign = sign
        self._roster = roster
        self._inbox = inbox
        self._log = log
        self._signature_type = signature_type

    async def perform(self, acts: Sequence[Act]) -> None:
        """Take one view and report it."""
        for act in acts:
            effect: Reconcile = act.effect
            await self._listed()
            try:
                orders = await self._orders()
                await self._report_trades()
                holdings = await self._holdings()
                cash = await self._balance("COLLATERAL", "")
            except Unreachable as error:
                event = ReconcileFailed(self._inbox.stamp(), effect.op, error.text)
                answer(self._inbox, act, event)
            except WireError as error:
                text = f"{error.reason}: {error.excerpt}"[:200]
                answer(self._inbox, act, ReconcileFailed(self._inbox.stamp(), effect.op, text))
            else:
                at_ns = self._inbox.stamp()
                view = Reconciled(at_ns, effect.op, tuple(orders), tuple(holdings), Cash(cash))
                answer(self._inbox, act, view)

    async def _listed(self) -> None:
        """Wait a while for the first market: orders of unknown tokens are nobody's to us."""
        with trio.move_on_after(LISTED_S):
            while not self._roster.markets:
                await self._roster.changed()

    async def catch_up(self) -> str:
        """Report every trade that was missed; why it could not be done, or ""."""
        try:
            await self._report_trades()
        except Unreachable as error:
            return error.text
        except WireError as error:
            return error.reason
        return ""

    async def _report_trades(self) -> None:
        begun_ns = self._inbox.stamp()
        query = {"after": str(self._log.after_s())}
        cursor = FIRST
        for _ in range(PAGES_MAX):
            reply = await self._page("/data/trades", query, cursor)
            at_ns = self._inbox.stamp()
            found, cursor = trades(reply.status, reply.body, at_ns, self._roster.ours)
            self._inbox.put(self._log.news(found))
            if not cursor:
                self._log.complete(begun_ns)
                return
        raise WireError(f"more than {PAGES_MAX} pages of trades")

    async def _orders(self) -> list[OpenOrder]:
        orders: dict[str, OpenOrder] = {}
        cursor = FIRST
        for _ in range(PAGES_MAX):
            reply = await self._page("/data/orders", {}, cursor)
            found, cursor = open_orders(reply.status, reply.body, self._roster.ours)
            # Pages shift while orders come and go: the same one may be on two of them.
            orders.update((order.venue_id, order) for order in found)
            if not cursor:
                return list(orders.values())
        raise WireError(f"more than {PAGES_MAX} pages of orders")

    async def _page(self, path: str, query: dict[str, str], cursor: str) -> Reply:
        return await self._rest.read(
            LEDGER, self._clob + path, query=query | {"next_cursor": cursor}, sign=self._sign
        )

    async def _holdings(self) -> list[Holding]:
        """Shares of every watched market that is not resolved: others are not compared."""
        found: list[Holding] = []
        for market in list(self._roster.watched):
            terms = self._roster.markets.get(market)
            if terms is None or market in self._roster.payouts:
                continue
            kind = "CONDITIONAL-V2" if terms.order_version == V3 else "CONDITIONAL"
            for outcome in OUTCOMES:
                shares = await self._balance(kind, terms.token(outcome))
                if shares:
                    found.append(Holding(market, outcome, Shares(shares)))
        return found

    async def _balance(self, kind: str, token: str) -> int:
        query = {"asset_type": kind, "signature_type": str(self._signature_type)}
        if token:
            query["token_id"] = token
        reply = await self._rest.read(
            BALANCE, f"{self._clob}/balance-allowance", query=query, sign=self._sign
        )
        return balance(reply.status, reply.body)

    async def held(self, market: MarketId) -> tuple[Shares, Shares]:
        """Shares of both outcomes as the venue knows them. Raises Unreachable or WireError."""
        terms = self._roster.markets[market]
        kind = "CONDITIONAL-V2" if terms.order_version == V3 else "CONDITIONAL"
        up, down = [await self._balance(kind, token) for token in terms.tokens]
        return Shares(up), Shares(down)
