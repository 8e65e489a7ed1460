"""All books as shown, and the telling of what changed in them.

`note` and `level` gather changes, `flush` turns them into messages for whoever listens. Groups of
changes are told with the stamp of their millisecond, and no stamp is used twice for a market.
"""

from collections import deque
from typing import Final

from pmapp.local_venue.listing import Listed, Listings
from pmapp.local_venue.market_channel import MarketHub
from pmapp.local_venue.shown import Print, Shown
from pmcore.book.book import Book
from pmcore.ids import SIDE_NAMES, UP, MarketId, Outcome, Side
from pmcore.sim.pit import Pit
from pmcore.units import SECOND, Ns, Price

HISTORY_MINUTES: Final = 1_440


class Board:
    """The books of every listed market."""

    __slots__ = ("_noted", "_past", "_sides", "hub", "listings", "now_ns", "shown")

    def __init__(self, listings: Listings, now_ns: Ns) -> None:
        self.listings = listings
        self.hub = MarketHub(self.message)
        self.now_ns = now_ns
        """The venue's time, kept by the venue."""
        self.shown: dict[int, Shown] = {}
        self._noted: dict[int, None] = {}
        self._sides: dict[tuple[int, int], Side] = {}
        self._past: dict[int, deque[tuple[int, int]]] = {}

    def show(self, listed: Listed) -> None:
        """A market is listed, or its terms have changed."""
        shown = self.shown.get(listed.market.id)
        if shown is None:
            self.shown[listed.market.id] = Shown(listed.market)
        else:
            shown.retick(listed.market)

    def forget(self) -> None:
        """Drop what is no longer listed."""
        for start in [s for s in self.shown if s not in self.listings.by_start]:
            del self.shown[start]
            self._past.pop(start, None)
            for outcome in (0, 1):
                self._sides.pop((start, outcome), None)

    # --- what changed ----------------------------------------------------------------------------

    def level(self, market: int, side: Side, up_price: int, size: int) -> None:
        """One level of a market changed; only for a market that is shown as it is."""
        self.shown[market].level(side, up_price, size)
        self._noted[market] = None

    def note(self, pit: Pit) -> None:
        """Something happened in a pit: look at every level."""
        shown = self.shown.get(pit.id)
        if shown is not None:
            shown.compare(pit)
            self._noted[pit.id] = None

    def printed(self, market: int, told: Print) -> None:
        """A trade of a market, to be told with the next messages."""
        self.shown[market].prints.append(told)
        self._sides[market, told.outcome] = told.side
        self._noted[market] = None

    def flush(self) -> None:
        """Tell what was noted."""
        for market in self._noted:
            shown = self.shown.get(market)
            if shown is None or shown.silent:
                continue
            listeners = self.hub.listeners(shown.market.tokens)
            if not listeners:
                shown.settle()
                continue
            speech = shown.speak(self.now_ns)
            self.hub.tell(listeners, speech.frames)
            if speech.custom:
                self.hub.tell([s for s in listeners if s.custom], speech.custom)
        self._noted.clear()

    def tick_changed(self, listed: Listed, outcome: Outcome, tick: Price) -> None:
        """Another grid for one token of a market, whose terms have it already."""
        self.flush()
        shown = self.shown[listed.market.id]
        shown.market = listed.market
        frame = shown.tick_changed(outcome, tick, self.now_ns)
        if frame is not None:
            self.hub.tell(self.hub.listeners(listed.market.tokens), (frame,))

    def closed(self, listed: Listed, frame: bytes) -> None:
        """A market is resolved: its books are gone, and those who want to know are told."""
        self.flush()
        self.shown[listed.market.id].clear()
        told = [s for s in self.hub.listeners(listed.market.tokens) if s.custom]
        self.hub.tell(told, (frame,))

    # --- views -----------------------------------------------------------------------------------

    def book(self, market: MarketId, outcome: Outcome) -> Book:
        """A token's book as shown."""
        return self.shown[market].books[outcome]

    def rest(self, market: MarketId, outcome: Outcome) -> bytes:
        """A token's book as `/book` answers it, stamped now."""
        return self._stamped(market, outcome).rest(outcome)

    def message(self, token: str) -> str | None:
        """A token's `book` message, stamped now; None if it has none."""
        found = self.listings.by_token.get(token)
        if found is None or found[0].closed_ns:
            return None
        self.flush()
        return self._stamped(found[0].market.id, found[1]).book(found[1])

    def _stamped(self, market: MarketId, outcome: Outcome) -> Shown:
        shown = self.shown[market]
        shown.books[outcome].venue_ns = Ns(shown.stamp(self.now_ns) * 1_000_000)
        return shown

    def tick(self, market: MarketId, outcome: Outcome) -> Price:
        """A token's present grid."""
        return self.shown[market].ticks[outcome]

    def last_side(self, market: MarketId, outcome: Outcome) -> str:
        """The taker's side of a token's last trade."""
        return SIDE_NAMES[self._sides.get((market, outcome), 0)]

    def history(self, market: MarketId, outcome: Outcome) -> list[tuple[int, int]]:
        """(second, price in basis points) of a token, one a minute."""
        past = self._past.get(market, ())
        return [(t, price if outcome == UP else 10_000 - price) for t, price in past]

    def remember(self, now_ns: Ns) -> None:
        """Add a point to the history of every quoted market."""
        for market, shown in self.shown.items():
            up = shown.books[UP]
            if up.best_bid or up.best_ask:
                past = self._past.setdefault(market, deque(maxlen=HISTORY_MINUTES))
                past.append((now_ns // SECOND, round(up.mid * 10_000)))
