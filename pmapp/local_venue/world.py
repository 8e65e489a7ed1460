"""What happens to the venue from outside: books, trades, prices, and the life of markets."""

from typing import TYPE_CHECKING, Final

from pmapp.local_venue.listing import Listed
from pmapp.local_venue.market_shapes import new_market_frame, resolved_frame
from pmapp.local_venue.shown import Print, Shown
from pmcore.events import (
    AnyEvent,
    BookReset,
    LevelChanged,
    MarketListed,
    MarketResolved,
    OracleTicked,
    TickChanged,
    TouchQuoted,
    TradePrinted,
)
from pmcore.ids import BINANCE, BUY, SELL, UP, Outcome
from pmcore.model.settlement import Fixing, fixing
from pmcore.units import SECOND, Ns, OraclePrice, Price

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue

STRIKE_FROM_S: Final = 70
"""Prices of so long before a window's start may belong to its strike."""


UNRESOLVED_NS: Final = Ns(600 * SECOND)
"""A market whose outcome the flow does not tell within this time after its end is split."""


class World:
    """Lets facts happen at one venue."""

    __slots__ = ("_strikes", "venue")

    def __init__(self, venue: "Venue") -> None:
        self.venue = venue
        self._strikes: dict[int, Fixing] = {}

    def happen(self, fact: AnyEvent) -> None:
        """One fact of the flow, at the venue's present time."""
        if isinstance(fact, OracleTicked):
            self._publish(fact)
            return
        if isinstance(fact, MarketListed):
            self._relist(fact)
            return
        market: int = getattr(fact, "market", 0)
        listed = self.venue.listings.by_start.get(market)
        if listed is None or listed.closed_ns:
            return
        if isinstance(fact, LevelChanged | BookReset | TouchQuoted):
            self._book(fact, listed)
        elif isinstance(fact, TradePrinted):
            self._trade(fact, listed)
        elif isinstance(fact, TickChanged):
            self.retick(listed, fact.outcome, fact.tick)
        elif isinstance(fact, MarketResolved):
            tied = market in self.venue.faults.ties
            up = Price(10_000 if listed.market.settlement.tie_up else 0)
            self.resolve(listed, up if tied else fact.payout_up)

    # --- books and trades ------------------------------------------------------------------------

    def _book(self, fact: BookReset | LevelChanged | TouchQuoted, listed: Listed) -> None:
        """A change of the outside book. One level that nothing else stands on is told at once."""
        venue = self.venue
        market = listed.market.id
        pit = venue.exchange.floor.pit(market)
        plain = not (pit.taken_asks or pit.taken_bids)
        venue.exchange.observe(fact, venue.now_ns)
        plain = plain and not (pit.taken_asks or pit.taken_bids or venue.exchange.out)
        if not (plain and isinstance(fact, LevelChanged)) or venue.board.shown[market].distort:
            venue.settle(market)
            return
        side, price = fact.side, fact.price
        if fact.outcome != UP:
            side, price = (SELL if side == BUY else BUY), Price(10_000 - price)
        outside, queue = (pit.book.bids, pit.bids) if side == BUY else (pit.book.asks, pit.asks)
        size = outside.get(price, 0)
        for _, _, order in queue:
            if order.up_price == price:
                size += order.size - order.filled
        venue.board.level(market, side, price, size)

    def _trade(self, fact: TradePrinted, listed: Listed) -> None:
        venue = self.venue
        market = listed.market.id
        venue.board.printed(market, Print(fact.outcome, fact.side, fact.price, fact.size))
        listed.volume += fact.size
        venue.ear.printing = (fact.outcome, fact.side)
        venue.exchange.observe(fact, venue.now_ns)
        venue.settle(market)
        venue.ear.printing = None

    def retick(self, listed: Listed, outcome: Outcome, tick: Price) -> None:
        """Another grid for one token."""
        venue = self.venue
        now_ns = venue.now_ns
        fact = TickChanged(now_ns, now_ns, listed.market.id, outcome, tick)
        venue.exchange.observe(fact, now_ns)
        venue.listings.revise(listed, tick=tick)
        venue.board.tick_changed(listed, outcome, tick)

    # --- prices ----------------------------------------------------------------------------------

    def _publish(self, fact: OracleTicked) -> None:
        """A reference price: windows' boundaries are made of it, and the feeds may say it."""
        venue = self.venue
        if fact.source != BINANCE:
            self._strike(fact)
        said = venue.faults.price(self, fact)
        if said is not None:
            venue.prices.publish(*said, venue.now_ns)

    def _strike(self, fact: OracleTicked) -> None:
        width = self.venue.terms.window_s
        start = (fact.venue_ns // SECOND + STRIKE_FROM_S) // width * width
        listed = self.venue.listings.by_start.get(start)
        if listed is None or fact.venue_ns > (start + 1) * SECOND:
            return
        strike = self._strikes.get(start)
        if strike is None:
            self._strikes = {start: strike for start, strike in self._strikes.items() if start in
                             self.venue.listings.by_start}  # fmt: skip
            terms = listed.market.settlement
            strike = self._strikes[start] = fixing(terms, listed.market.start_ns)
        strike.observe(fact.venue_ns, fact.source, fact.price)

    def tied(self, venue_ns: Ns) -> OraclePrice | None:
        """The strike of a window that is to end in a tie and is in its last minute, if any."""
        for start in self.venue.faults.ties:
            listed = self.venue.listings.by_start.get(start)
            strike = self._strikes.get(start)
            if listed is not None and strike is not None:
                last_ns = listed.market.end_ns - listed.market.settlement.window_ns
                if last_ns <= venue_ns <= listed.market.end_ns:
                    return strike.value
        return None

    # --- the life of markets ---------------------------------------------------------------------

    def roll(self, now_ns: Ns) -> None:
        """List what is due, forget what is long over, and come again at the next window."""
        venue = self.venue
        for listed in list(venue.listings.by_start.values()):
            if listed.market.end_ns + UNRESOLVED_NS < now_ns:
                self.resolve(listed, Price(5_000))
        for listed in venue.listings.roll(now_ns):
            venue.exchange.observe(MarketListed(now_ns, listed.market), now_ns)
            venue.board.show(listed)
            hub = venue.board.hub
            told = [s for s in hub.sessions.values() if s.custom]
            hub.tell(told, (new_market_frame(listed, now_ns),))
        venue.board.forget()
        venue.timers.at(venue.listings.next_roll_ns(now_ns), self.roll)

    def _relist(self, fact: MarketListed) -> None:
        """The flow's listing: its grid, fees and rule become those of the venue's market."""
        venue = self.venue
        terms = fact.terms
        listed = venue.listings.by_start.get(terms.id)
        if listed is None:
            listed = venue.listings.add(int(terms.id), venue.now_ns, terms)
        market = venue.listings.revise(
            listed,
            tick=terms.tick or listed.market.tick,
            min_size=terms.min_size,
            fees=terms.fees,
            settlement=terms.settlement,
        )
        venue.exchange.observe(MarketListed(venue.now_ns, market), venue.now_ns)
        venue.board.show(listed)

    def resolve(self, listed: Listed, payout_up: Price) -> None:
        """A market ends: orders are cancelled, its books are gone, its tokens redeemable."""
        if listed.closed_ns:
            return
        venue = self.venue
        market = listed.market.id
        fact = MarketResolved(venue.now_ns, venue.now_ns, market, payout_up)
        venue.exchange.observe(fact, venue.now_ns)
        venue.settle(market)
        listed.payout_up = payout_up
        listed.closed_ns = venue.now_ns
        venue.listings.revise(listed, closed=True, accepting=False)
        venue.board.closed(listed, resolved_frame(listed, venue.now_ns))
        pit = venue.exchange.floor.pit(market)
        pit.book.reset((), ())
        pit.taken_asks.clear()
        pit.taken_bids.clear()

    # --- looking up ------------------------------------------------------------------------------

    def listed(self, slug: str) -> Listed:
        """A market by slug, "" for the current window's. ValueError if there is none."""
        venue = self.venue
        if not slug:
            width = venue.terms.window_s
            slug = f"{venue.terms.prefix}-{venue.now_ns // SECOND // width * width}"
        listed = venue.listings.by_slug.get(slug)
        if listed is None:
            raise ValueError(f"slug: no market {slug!r}")
        return listed

    def shown(self, slug: str) -> Shown:
        """A market's books by slug. ValueError if there is none."""
        return self.venue.board.shown[self.listed(slug).market.id]
