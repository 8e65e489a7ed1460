"""A core on a stage: named defaults for a window, and a driver that keeps what was said."""

from collections.abc import Mapping
from typing import Any

from pmcore import events as ev
from pmcore.config import config_from, config_text
from pmcore.effects import AnyEffect, Effects, PlaceOrder
from pmcore.freeze import freeze
from pmcore.ids import BINANCE, CHAINLINK, DOWN, OUTCOMES, UP, MarketId, Outcome
from pmcore.market import CRYPTO_FEES, INSTANT, Market, RewardTerms, Settlement
from pmcore.market_state import MarketState
from pmcore.order import Order
from pmcore.state import State, new_state
from pmcore.step import step
from pmcore.units import SECOND, Cash, Ns, OraclePrice, Price, Shares

WINDOW = MarketId(1_800_000_000)
"""Start second of the current window: on the grid of 15 and of 5 minutes, at 08:00 UTC."""
T0 = Ns(WINDOW * SECOND)
SHARE = 1_000_000
STRIKE = 100_000
USD = 10**12

Said = tuple[ev.Event, Effects]


def shares(count: float) -> Shares:
    """`count` shares in micro-shares."""
    return Shares(round(count * SHARE))


def cash(usdc: float) -> Cash:
    """Dollars in micro-dollars."""
    return Cash(round(usdc * 1_000_000))


def market(start: int = WINDOW, length: int = 900, **changes: Any) -> Market:
    """A window as listed; an INSTANT settlement makes its strike the first tick."""
    terms: dict[str, Any] = {
        "id": MarketId(start),
        "slug": f"btc-updown-15m-{start}",
        "condition_id": f"0x{start:064x}",
        "tokens": (f"{start}0", f"{start}1"),
        "start_ns": Ns(start * SECOND),
        "end_ns": Ns((start + length) * SECOND),
        "tick": Price(100),
        "min_size": shares(5),
        "fees": CRYPTO_FEES,
        "rewards": RewardTerms(),
        "settlement": Settlement(INSTANT),
    }
    return Market(**(terms | changes))


def tree(settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """`{"risk.max_rejects": 3}` as the nested mapping that `config_from` reads."""
    nested: dict[str, dict[str, Any]] = {}
    for name, value in settings.items():
        section, key = name.split(".")
        nested.setdefault(section, {})[key] = value
    return nested


def mirrored(bids: ev.Levels) -> ev.Levels:
    """The asks of one token that the bids of the other are."""
    return tuple((Price(10_000 - price), size) for price, size in bids)


class Stage:
    """One state, the clock that its events are stamped with, and all that was said."""

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        self.now = T0
        self.state: State = new_state()
        self.said: list[Said] = []
        config = config_from(tree(settings or {}))
        self.hear(ev.RunOpened, "run", "sim")
        self.hear(ev.Configured, config_text(config))

    @property
    def market(self) -> MarketState:
        """The window at the front."""
        return self.state.markets[WINDOW]

    @property
    def effects(self) -> list[AnyEffect]:
        """Everything asked for so far."""
        return [effect for _, effects in self.said for effect in effects]

    @property
    def events(self) -> list[ev.Event]:
        """Everything heard so far."""
        return [event for event, _ in self.said]

    def hear(self, kind: Any, *fields: Any) -> Effects:
        """Let the core hear a fact now."""
        return self.take(kind(self.now, *fields))

    def take(self, event: ev.Event) -> Effects:
        """Let the core take an event as it is."""
        effects = step(self.state, event)
        self.said.append((event, effects))
        return effects

    def beat(self, after_s: float = 0.0) -> Effects:
        """Let time pass, then decide."""
        self.now = Ns(self.now + round(after_s * SECOND))
        return self.hear(ev.Beat)

    def book(self, outcome: Outcome, bid: int, ask: int, size: float = 200.0) -> Effects:
        """A snapshot of one level a side; 0 for none."""
        bids = ((Price(bid), shares(size)),) if bid else ()
        asks = ((Price(ask), shares(size)),) if ask else ()
        return self.hear(ev.BookReset, self.now, WINDOW, outcome, bids, asks)

    def books(self, bid: int, ask: int) -> None:
        """Up's touch, and Down's as its mirror."""
        self.book(UP, bid, ask)
        self.book(DOWN, 10_000 - ask if ask else 0, 10_000 - bid if bid else 0)

    def tick(self, usd: float, source: int = CHAINLINK) -> Effects:
        """A reference price, stamped now."""
        return self.hear(ev.OracleTicked, self.now, source, OraclePrice(round(usd * 100) * 10**10))

    def ticks(self, usd: float) -> None:
        """The same price from both sources."""
        self.tick(usd, BINANCE)
        self.tick(usd)

    def fresh(self, bid: int = 4_900, ask: int = 5_100, usd: float = STRIKE) -> None:
        """Books and reference prices as of now."""
        self.books(bid, ask)
        self.ticks(usd)

    def open(self, terms: Market | None = None, collateral: float = 1_000.0) -> None:
        """Everything that a first quote needs, without the beat that makes it."""
        for feed in range(4):
            self.hear(ev.FeedOpened, feed)
        self.hear(ev.Reconciled, self.state.reconcile.op, (), (), cash(collateral))
        self.hear(ev.MarketListed, terms or market())
        self.hear(ev.MarketWatched, WINDOW)
        self.fresh()

    def accept(self, effects: Effects) -> list[PlaceOrder]:
        """The venue takes every order of these effects."""
        placed = [effect for effect in effects if isinstance(effect, PlaceOrder)]
        for place in placed:
            self.hear(ev.OrderAccepted, place.order)
        return placed

    def fill(
        self, order: Order | PlaceOrder, size: int, status: int = ev.MATCHED, trade: str = "t"
    ) -> Effects:
        """A trade of one order of ours, as maker."""
        number = order.order if isinstance(order, PlaceOrder) else order.id
        return self.hear(
            ev.TradeReported,
            trade,
            number,
            order.market,
            order.outcome,
            order.side,
            order.price,
            Shares(size),
            Cash(0),
            True,
            status,
        )

    def hold(self, outcome: Outcome, count: float, price: int, fee: int = 0) -> None:
        """Own shares that were bought and confirmed, by an order long forgotten."""
        name = f"held{len(self.said)}"
        side = 0
        fields = (WINDOW, outcome, side, Price(price), shares(count), Cash(fee), True, ev.CONFIRMED)
        self.hear(ev.TradeReported, name, 0, *fields)

    def digest(self) -> bytes:
        """The whole state as bytes."""
        return freeze(self.state)

    def resting(self) -> dict[int, Order]:
        """Open orders by the slot that they hold."""
        orders = self.market.orders
        return {slot: orders[n] for slot, n in enumerate(self.market.slots) if n}


def quoting(settings: Mapping[str, Any] | None = None, terms: Market | None = None) -> Stage:
    """A stage on which the first ladder rests, accepted."""
    stage = Stage(settings)
    stage.open(terms)
    stage.accept(stage.beat())
    assert stage.market.gate == ""
    return stage


def of(effects: Effects, kind: type) -> list[Any]:
    """The effects of one kind."""
    return [effect for effect in effects if isinstance(effect, kind)]


__all__ = [
    "DOWN",
    "OUTCOMES",
    "SHARE",
    "STRIKE",
    "T0",
    "UP",
    "WINDOW",
    "Stage",
    "cash",
    "market",
    "mirrored",
    "of",
    "quoting",
    "shares",
]
