"""What the exchange says, told on as the venue tells it: answers, order events, trades.

`drain` empties the exchange's outbox after whatever was done to it. Replies stay with their order
for the answer that is being made; everything else goes out on the user channel, and trades that no
tape has printed go out on the market channel too.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from pmapp.local_venue.fill import Fill, trade_of
from pmapp.local_venue.notes import CANCELLED, FILL_FAILED, FILLED
from pmapp.local_venue.order_log import CANCELED, DELAYED, INVALID, LIVE, MATCHED, Posted
from pmapp.local_venue.shown import Print
from pmapp.local_venue.trade_log import WireTrade, digest, trade_id
from pmcore.events import (
    CONFIRMED,
    FAILED,
    MINED,
    CancelRefused,
    MergeConfirmed,
    MergeFailed,
    MergeUnknown,
    OrderAccepted,
    OrderCancelled,
    OrderDelayed,
    OrderRejected,
    RedeemConfirmed,
    RedeemFailed,
    RedeemUnknown,
    TradeReported,
)
from pmcore.events import MATCHED as MATCHED_TRADE
from pmcore.ids import BUY, UP, Outcome, Side
from pmcore.order import FILLED as FILLED_ORDER
from pmcore.order import FOK
from pmcore.sim.latency import REPLY
from pmcore.sim.trades import Leg, Trade
from pmcore.sim.validity import FOK_TEXT
from pmcore.units import Cash, Ns, Shares, cost_up
from pmcore.wire.encode_user import CANCELLATION, PLACEMENT, UPDATE, order_event, trade_event

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue

ENDINGS: Final = {
    "asked": CANCELED,
    "heartbeat": CANCELED,
    "fak_remainder": CANCELED,
    "expired": "CANCELED_EXPIRED_ORDER",
    "market_resolved": "CANCELED_MARKET_RESOLVED",
    "balance": INVALID,
}
"""The exchange's reason -> the status of the CANCELLATION (venue reference, section 5.2)."""
NOTED: Final = {MATCHED_TRADE: FILLED, FAILED: FILL_FAILED}
CHAIN_EVENTS: Final = (
    MergeConfirmed,
    MergeFailed,
    MergeUnknown,
    RedeemConfirmed,
    RedeemFailed,
    RedeemUnknown,
)


class Ear:
    """Listens to the exchange on behalf of one venue."""

    __slots__ = ("_told", "printing", "venue")

    def __init__(self, venue: "Venue") -> None:
        self.venue = venue
        self.printing: tuple[Outcome, Side] | None = None
        """The taker's token and side while a printed trade is being told to the exchange."""
        self._told: dict[str, None] = {}

    def drain(self) -> dict[int, None]:
        """Tell on everything that the exchange has said since the last call.

        Returns the markets in which something happened.
        """
        venue = self.venue
        said = venue.exchange.take()
        touched: dict[int, None] = {}
        if not said:
            return touched
        now_ns = venue.now_ns
        matches = [
            venue.exchange.floor.trades[event.trade]
            for _, _, event in said
            if isinstance(event, TradeReported)
            and event.trade not in venue.trades.by_match
            and event.trade in venue.exchange.floor.trades
        ]
        self._gather(list({match.id: match for match in matches}.values()), now_ns)
        self._told.clear()
        for _, delay_class, event in said:
            if isinstance(event, TradeReported):
                touched[event.market] = None
                self._traded(event, now_ns)
            elif isinstance(event, CHAIN_EVENTS):
                venue.relayer.heard(event)
            else:
                heard = ORDER_EVENTS.get(type(event))
                order = venue.orders.by_number.get(event.order) if heard else None  # type: ignore[union-attr]
                if heard is not None and order is not None:
                    touched[order.listed.market.id] = None
                    if delay_class == REPLY:
                        order.replies.append(event)
                    heard(self, order, event, now_ns)
        return touched

    # --- orders ----------------------------------------------------------------------------------

    def _accepted(self, order: Posted, event: OrderAccepted, now_ns: Ns) -> None:  # noqa: ARG002
        venue = self.venue
        if self._full(order):
            venue.orders.ended(order, MATCHED)
        else:
            venue.orders.opened(order, LIVE)
        self._tell(order, PLACEMENT, now_ns)

    def _delayed(self, order: Posted, event: OrderDelayed, now_ns: Ns) -> None:  # noqa: ARG002
        self.venue.orders.opened(order, DELAYED)

    def _rejected(self, order: Posted, event: OrderRejected, now_ns: Ns) -> None:
        if order.kind == FOK and event.code == "fok_not_filled":
            self._tell(order, CANCELLATION, now_ns, f"CANCELED_{FOK_TEXT}")
        self.venue.orders.forget(order)

    def _cancelled(self, order: Posted, event: OrderCancelled, now_ns: Ns) -> None:
        reason = event.reason
        self.venue.orders.ended(order, ENDINGS.get(reason, f"{CANCELED}_{reason}"))
        self.venue.notes.add(CANCELLED, order, now_ns)
        self._tell(order, CANCELLATION, now_ns)

    def _refused(self, order: Posted, event: CancelRefused, now_ns: Ns) -> None:
        """The refusal stands in the cancel's own answer."""

    def _tell(self, order: Posted, kind: str, now_ns: Ns, status: str = "") -> None:
        frame = order_event(order.row(status), kind, now_ns)
        self.venue.tell_user(order.key, order.listed.market.condition_id, frame)

    # --- trades ----------------------------------------------------------------------------------

    def _gather(self, matches: list[Trade], now_ns: Ns) -> None:
        """Make trades of the wire of new matches: those that share taker and price are one."""
        groups: dict[tuple[Any, ...], list[Trade]] = {}
        for match in matches:
            taker = next((leg for leg in match.legs if not leg.maker), None)
            leg = match.legs[0]
            up_price = leg.price if leg.outcome == 0 else 10_000 - leg.price
            name = (taker.account, taker.order) if taker is not None else ("outside",)
            groups.setdefault((match.market, *name, up_price), []).append(match)
        for group in groups.values():
            doomed = any(match.doomed for match in group)
            for match in group:
                match.doomed = doomed
            self._add(group, now_ns)

    def _add(self, group: list[Trade], now_ns: Ns) -> None:
        """Make one trade of a group, and tell orders and tape what it did."""
        log = self.venue.trades
        log.count += 1
        fills = self._fills(group)
        name = trade_id(self.venue.terms.seed, log.count)
        trade = trade_of(name, fills, self.printing, now_ns)
        log.add(trade, [match.id for match in group])
        self._book(trade, fills)
        self._print(trade)

    def _fills(self, group: list[Trade]) -> list[Fill]:
        """The legs of a trade's matches, each with its order and the size that is told."""
        doomed = group[0].doomed
        return [
            Fill(leg, self._order(leg), leg.size + self._dust(leg, doomed))
            for match in group
            for leg in match.legs
        ]

    def _book(self, trade: WireTrade, fills: list[Fill]) -> None:
        """Note in each order what it has traded."""
        for fill in fills:
            order = fill.order
            order.matched += fill.size
            order.raw += fill.leg.price * fill.size
            if trade.id not in order.trades:
                order.trades.append(trade.id)

    def _print(self, trade: WireTrade) -> None:
        """Show a trade to everybody, unless the tape has printed it."""
        if self.printing is None:
            listed = trade.listed
            shown = Print(trade.outcome, trade.side, trade.price, trade.size)
            self.venue.board.printed(listed.market.id, shown)
            listed.volume += trade.size

    def _dust(self, leg: Leg, doomed: bool) -> int:
        """A fault: micro-shares by which a fill differs from what was matched; paid as told."""
        faults = self.venue.faults
        if leg.side != BUY or doomed or not faults.strikes(faults.dust):
            return 0
        extra = faults.chance.randrange(-9_000, 9_001)
        market = self._order(leg).listed.market.id
        up, down = (extra, 0) if leg.outcome == UP else (0, extra)
        exchange = self.venue.exchange
        exchange.grant(leg.account, market, Shares(up), Shares(down))
        more = cost_up(leg.price, Shares(leg.size + extra)) - cost_up(leg.price, leg.size)
        exchange.fund(leg.account, Cash(-more), self.venue.now_ns)
        return extra

    def _full(self, order: Posted) -> bool:
        """Whether the exchange has filled an order; with dust, what was told is another size."""
        done = self.venue.exchange.account(order.wallet.account).done
        return done.get(order.number) == FILLED_ORDER

    def _order(self, leg: Leg) -> Posted:
        return self.venue.orders.by_number[leg.order]

    def _traded(self, event: TradeReported, now_ns: Ns) -> None:
        """One account's report: a trade's first in a drain moves it on and tells everybody."""
        venue = self.venue
        trade = venue.trades.by_match.get(event.trade)
        if trade is None:
            return
        if event.status in (CONFIRMED, FAILED):
            del venue.trades.by_match[event.trade]
        if trade.id in self._told:
            return
        self._told[trade.id] = None
        trade.status = event.status
        trade.updated_ns = now_ns
        if event.status in (MINED, CONFIRMED):
            trade.transaction_hash = "0x" + digest(f"{trade.id}/transaction")
        for key in trade.keys:
            frame = trade_event(trade.row(key), now_ns)
            for _ in range(2 if venue.faults.strikes(venue.faults.trades_doubled) else 1):
                venue.tell_user(key, trade.listed.market.condition_id, frame)
        found = [venue.orders.by_id.get(part.order_id) for part in trade.makers]
        makers = [order for order in found if order is not None]
        taker = trade.taker
        noted = NOTED.get(event.status)
        if noted is not None:
            for order in [*makers, taker] if taker is not None else makers:
                venue.notes.add(noted, order, now_ns, trade.id, trade.transaction_hash)
        if event.status == MATCHED_TRADE:
            self._filled(makers, taker, now_ns)

    def _filled(self, makers: list[Posted], taker: Posted | None, now_ns: Ns) -> None:
        """Orders of a new trade: tell of the resting ones, end those that are full."""
        orders = self.venue.orders
        for order in makers:
            if self._full(order):
                orders.ended(order, MATCHED)
            self._tell(order, UPDATE, now_ns)
        if taker is not None and self._full(taker):
            held = taker.status == DELAYED
            orders.ended(taker, MATCHED)
            if held:
                self._tell(taker, PLACEMENT, now_ns)


ORDER_EVENTS: Final[dict[type, Callable[[Ear, Posted, Any, Ns], None]]] = {
    OrderAccepted: Ear._accepted,
    OrderDelayed: Ear._delayed,
    OrderRejected: Ear._rejected,
    OrderCancelled: Ear._cancelled,
    CancelRefused: Ear._refused,
}
