"""Safety: what must hold at every step of the bot and at every look at the venue, faults or not."""

from typing import Final

from pmapp.local_venue.order_log import Posted
from pmapp.local_venue.venue import Venue
from pmcore.account.exposure import exposure_of
from pmcore.effects import ANSWERS, Effects, PlaceOrder
from pmcore.events import AnyEvent, OrderRejected
from pmcore.ids import BUY, DOWN, UP, MarketId, OrderId
from pmcore.laws import violations
from pmcore.observe.orders import DUST
from pmcore.order import FAK, FOK
from pmcore.state import State
from pmcore.units import show_micro

SHOWN_MAX: Final = 20
PLACED: Final = frozenset(ANSWERS[PlaceOrder])


class Judge:
    """Collects what was broken, as one line each."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self.events = 0
        self.effects = 0
        self._unanswered: dict[OrderId, None] = {}
        self._names: dict[OrderId, str] = {}
        """Order of ours -> its id at the venue, over every life of the bot."""
        self._numbers: dict[str, OrderId] = {}

    def say(self, fault: str) -> None:
        """Something is not as it must be."""
        if len(self.broken) < SHOWN_MAX and fault not in self.broken:
            self.broken.append(fault)

    # --- the core, after each step ---------------------------------------------------------------

    def stepped(self, state: State, event: AnyEvent, effects: Effects) -> None:
        """The laws, and one answer for each order."""
        self.events += 1
        self.effects += len(effects)
        for fault in violations(state, effects):
            self.say(f"record {state.seq}, {type(event).__name__}: {fault}")
        for effect in effects:
            if isinstance(effect, PlaceOrder):
                if effect.order in self._unanswered:
                    self.say(f"order {effect.order}: asked for twice")
                self._unanswered[effect.order] = None
        if type(event) in PLACED:
            number: OrderId = event.order  # type: ignore[union-attr]
            self._unanswered.pop(number, None)
            if isinstance(event, OrderRejected) and event.code == "duplicate":
                self.say(f"order {number}: sent twice, says the venue")

    def ended(self, code: int) -> None:
        """A life is over. After an orderly end every order has had its answer."""
        if code == 0 and self._unanswered:
            numbers = ", ".join(str(number) for number in self._unanswered)
            self.say(f"orders {numbers}: never answered, and the exit code is 0")

    def born(self) -> None:
        """A new life begins: what the one before had asked is answered by recovery."""
        self._unanswered.clear()

    # --- the venue, at each look -----------------------------------------------------------------

    def look(self, venue: Venue, account: int, state: State, names: dict[str, OrderId]) -> None:
        """Compare what rests at the venue with what the bot knows, and measure the exposure."""
        # Of an order that is filled but for dust the venue may keep the rest; it is nothing.
        open_orders = [o for o in resting(venue, account) if o.size - o.matched >= DUST]
        for order in open_orders:
            self._known(order, state, names)
        self._exposure(venue, account, open_orders, state)

    def _known(self, order: Posted, state: State, names: dict[str, OrderId]) -> None:
        """Every open order is one of ours, under one number and one name, and still counted."""
        number = names.get(order.id)
        told = f"order {order.id[:12]} of {order.listed.market.slug}"
        if number is None:
            self.say(f"{told}: rests at the venue and is a stranger to the bot")
            return
        if self._names.setdefault(number, order.id) != order.id:
            self.say(f"order {number}: two orders at the venue have its number")
        if self._numbers.setdefault(order.id, number) != number:
            self.say(f"{told}: has had two numbers")
        market = state.markets.get(order.listed.market.id)
        if market is None or number not in market.orders:
            self.say(f"order {number}: rests at the venue, and the bot counts it as finished")

    def _exposure(
        self, venue: Venue, account: int, open_orders: list[Posted], state: State
    ) -> None:
        """The bot never thinks its exposure smaller than the venue's own figures make it.

        (That its own figure keeps the limits is a law, see `stepped`.) What was filled and not
        heard of yet is allowed on top: a cancel is confirmed while the fill before it is still
        under way, or trades are hidden.
        """
        for number, position in venue.exchange.account(account).positions.items():
            coming = [0, 0]
            for order in open_orders:
                if order.listed.market.id == number and order.side == BUY:
                    coming[order.outcome] += order.size - order.matched
            up, down = position.up, position.down
            worst = max(
                up + coming[UP] - (down - position.unconfirmed_down),
                down + coming[DOWN] - (up - position.unconfirmed_up),
            )
            believed, counted = [0, 0], 0
            known = state.markets.get(MarketId(number))
            if known is not None:
                believed = known.inventory.shares
                counted = exposure_of(known.at_stake()).worst_unpaired(known.inventory)
            unheard = abs(up - believed[UP]) + abs(down - believed[DOWN])
            fills = known.inventory.fills if known is not None else 0
            if worst - unheard > counted + DUST * max(1, fills):
                self.say(
                    f"window {number}: {show_micro(worst)} shares unpaired at worst, of which "
                    f"{show_micro(unheard)} are unheard of; the bot counts {show_micro(counted)}"
                )

    def traded(self, venue: Venue) -> None:
        """No post-only order was ever the taker of a trade."""
        for trade in venue.trades.by_id.values():
            taker = trade.taker
            if taker is not None and (taker.post_only or taker.kind not in (FAK, FOK)):
                self.say(f"order {taker.id[:12]}: post-only, and the taker of a trade")


def resting(venue: Venue, account: int) -> list[Posted]:
    """The open orders of an account, oldest first."""
    return [
        order
        for orders in venue.orders.open.values()
        for order in orders.values()
        if order.wallet.account == account
    ]
