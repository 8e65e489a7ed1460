"""Whole conversations as they would be told: `>> fact` is heard, `<< Effect` must have been asked.

    book = Playbook()
    book >> wait(0.2) << place(UP, 48) << place(DOWN, 48) << check_quiet

A fact is a function of the playbook; a wanted effect is a predicate with a name. `<<` takes the
first effect not yet claimed that fits, in the order in which they were asked, and remembers it
under its name (`as_`), so that later facts can speak of it. `check_quiet` says that all orders,
cancels and operations asked for have been claimed.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import UP
from pmcore.order import Order
from pmcore.units import SECOND, Cash, Ns, Price, Shares
from tests.core.stage import T0, WINDOW, Stage, cash, market, shares

SAID_ASIDE = (ef.Note, ef.Reconcile, ef.FindMarket, ef.ResyncBook, ef.WatchMarket, ef.AskScoring)
"""What no conversation need mention."""

Fact = Callable[["Playbook"], None]


class Wanted:
    """An effect that must have been asked for."""

    def __init__(self, kind: type, name: str = "", **fields: Any) -> None:
        self.kind = kind
        self.name = name
        self.fields = fields

    def as_(self, name: str) -> "Wanted":
        """The same, remembered under a name."""
        return Wanted(self.kind, name, **self.fields)

    def fits(self, effect: ef.Effect) -> bool:
        """Whether this is the one."""
        return isinstance(effect, self.kind) and all(
            getattr(effect, field) == value for field, value in self.fields.items()
        )

    def __repr__(self) -> str:
        return f"{self.kind.__name__}({self.fields})"


class Playbook:
    """A stage on which a conversation is held."""

    def __init__(self, settings: Mapping[str, Any] | None = None, **terms: Any) -> None:
        self.stage = Stage(settings)
        self.stage.open(market(**terms))
        self.unclaimed: list[ef.Effect] = []
        self.named: dict[str, Any] = {}

    def __rshift__(self, fact: Fact) -> "Playbook":
        before = len(self.stage.said)
        fact(self)
        for _, effects in self.stage.said[before:]:
            self.unclaimed += [e for e in effects if not isinstance(e, SAID_ASIDE)]
        return self

    def __lshift__(self, wanted: Wanted | Callable[["Playbook"], None]) -> "Playbook":
        if not isinstance(wanted, Wanted):
            wanted(self)
            return self
        if issubclass(wanted.kind, SAID_ASIDE):
            assert any(wanted.fits(effect) for effect in self.stage.effects), f"never {wanted}"
            return self
        for effect in self.unclaimed:
            if wanted.fits(effect):
                self.unclaimed.remove(effect)
                if wanted.name:
                    self.named[wanted.name] = effect
                return self
        raise AssertionError(f"{wanted} was not asked for, but {self.unclaimed}")

    def order(self, name: str) -> Order:
        """The order of a named placement, open or finished."""
        number = self.named[name].order
        window = self.stage.state.markets[self.named[name].market]
        return window.orders.get(number) or window.finished[number]


# What is heard.


def wait(seconds: float, usd: float = 100_000.0, bid: int = 4_900, ask: int = 5_100) -> Fact:
    """Time passes on a calm market, then the core decides."""

    def heard(book: Playbook) -> None:
        book.stage.now = Ns(book.stage.now + round(seconds * SECOND))
        book.stage.fresh(bid, ask, usd)
        book.stage.beat()

    return heard


def until(second: float, **calm: Any) -> Fact:
    """The same, to a second of the window."""

    def heard(book: Playbook) -> None:
        wait((T0 + second * SECOND - book.stage.now) / SECOND, **calm)(book)

    return heard


def beat(seconds: float = 0.001) -> Fact:
    """The core decides; nothing else was heard."""

    def heard(book: Playbook) -> None:
        book.stage.beat(seconds)

    return heard


def hear(kind: Any, *fields: Any) -> Fact:
    """Any fact, and a beat after it."""

    def heard(book: Playbook) -> None:
        book.stage.hear(kind, *fields)
        book.stage.beat()

    return heard


def told(kind: Any, name: str, *fields: Any) -> Fact:
    """A fact about a named order or operation, and a beat after it."""

    def heard(book: Playbook) -> None:
        effect = book.named[name]
        number = effect.order if hasattr(effect, "order") else effect.op
        book.stage.hear(kind, number, *fields)
        book.stage.beat()

    return heard


def accepted(*names: str) -> Fact:
    """The venue has these orders."""

    def heard(book: Playbook) -> None:
        for name in names:
            book.stage.hear(ev.OrderAccepted, book.named[name].order)
        book.stage.beat()

    return heard


def cancelled(*names: str) -> Fact:
    """These orders are off the book."""

    def heard(book: Playbook) -> None:
        for name in names:
            book.stage.hear(ev.OrderCancelled, book.named[name].order, "asked")
        book.stage.beat()

    return heard


def filled(
    name: str, count: float, status: int = ev.CONFIRMED, trade: str = "", fee: int = 0
) -> Fact:
    """A named order was filled."""

    def heard(book: Playbook) -> None:
        place = book.named[name]
        fields = (place.market, place.outcome, place.side, place.price, shares(count), Cash(fee))
        key = trade or f"trade of {name}"
        book.stage.hear(ev.TradeReported, key, place.order, *fields, place.post_only, status)
        book.stage.beat()

    return heard


def merged(name: str) -> Fact:
    """A named merge is confirmed."""

    def heard(book: Playbook) -> None:
        act = book.named[name]
        book.stage.hear(ev.MergeConfirmed, act.op, act.market, act.size, Cash(0))
        book.stage.beat()

    return heard


def view(*names: str, strays: tuple[str, ...] = ()) -> Fact:
    """The view that was asked for last shows these orders open, and perhaps strange ones."""

    def heard(book: Playbook) -> None:
        rows = []
        for name in names:
            o = book.order(name)
            fields = (o.market, o.outcome, o.side, o.price, o.size, o.filled)
            rows.append(ev.OpenOrder(o.id, name, *fields))
        for name in strays:
            fields = (WINDOW, UP, 0, Price(100), Shares(5_000_000), Shares(0))
            rows.append(ev.OpenOrder(0, name, *fields))
        state = book.stage.state
        holdings = tuple(
            ev.Holding(number, outcome, Shares(window.inventory.shares[outcome]))
            for number, window in state.markets.items()
            for outcome in (0, 1)
        )
        book.stage.hear(ev.Reconciled, state.reconcile.op, tuple(rows), holdings, state.cash)
        book.stage.beat()

    return heard


# What is asked.


def place(outcome: int, cents: float, **more: Any) -> Wanted:
    """An order at this price."""
    fields = {"outcome": outcome, "price": round(cents * 100)} | more
    return Wanted(ef.PlaceOrder, **fields)


def cancel(book: Playbook, name: str) -> Wanted:
    """The cancel of a named order."""
    return Wanted(ef.CancelOrder, order=book.named[name].order)


def asked(kind: type, **fields: Any) -> Wanted:
    """Any effect."""
    return Wanted(kind, **fields)


def check_quiet(book: Playbook) -> None:
    """Nothing else was asked for."""
    assert book.unclaimed == [], f"asked for as well: {book.unclaimed}"


__all__ = ["SECOND", "T0", "WINDOW", "Playbook", "cash", "shares"]
