"""Which market facts the core hears: those of the markets it watches, newer than its snapshot.

A snapshot shows the venue at one moment, while older facts are still on their way; a real client
drops those by their stamp, and so does this.
"""

from typing import Final

from pmcore.events import (
    AnyEvent,
    BookReset,
    Event,
    LevelChanged,
    MarketListed,
    MarketResolved,
    TickChanged,
    TouchQuoted,
    TradePrinted,
)

BOOK_FACT: Final = 0
MARKET_FACT: Final = 1
LISTING: Final = 2
KINDS: Final[dict[type[Event], int]] = {
    TouchQuoted: BOOK_FACT,
    LevelChanged: BOOK_FACT,
    BookReset: BOOK_FACT,
    TradePrinted: MARKET_FACT,
    TickChanged: MARKET_FACT,
    MarketResolved: MARKET_FACT,
    MarketListed: LISTING,
}
"""How a fact is filtered; facts that are not here are heard by everybody."""


class Watch:
    """The watched markets, each with the venue times of its two snapshots."""

    __slots__ = ("since",)

    def __init__(self) -> None:
        self.since: dict[int, list[int]] = {}

    def open(self, market: int) -> None:
        """Begin to hear a market."""
        self.since.setdefault(market, [-1, -1])

    def close(self, market: int) -> None:
        """Hear no more of a market."""
        self.since.pop(market, None)

    def snapshot(self, event: BookReset) -> None:
        """The core got a whole book: older facts of it are worthless."""
        since = self.since.get(event.market)
        if since is not None and event.venue_ns > since[event.outcome]:
            since[event.outcome] = event.venue_ns

    def heard(self, fact: AnyEvent) -> bool:
        """Whether the core hears this fact of the tape."""
        kind = KINDS.get(fact.__class__)
        if kind is None:
            return True
        if kind == LISTING:
            return fact.terms.id in self.since  # type: ignore[union-attr]
        since = self.since.get(fact.market)  # type: ignore[union-attr]
        if since is None:
            return False
        if kind == BOOK_FACT:
            return fact.venue_ns > since[fact.outcome]  # type: ignore[union-attr]
        return True
