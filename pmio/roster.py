"""Who is who at the venue: tokens, listings and order ids, in both directions.

The core counts its own orders; the venue names them by digests. The digest is known before an
order is sent (reference, section 1.4), so the name is here before anything about it can be heard,
and after a restart it is computed again from the state. The decoders look everything up in
`ours`, whose mappings are these very dictionaries.
"""

from collections.abc import Iterable
from typing import Final

import trio
from msgspec.structs import replace

from pmcore.events import MarketResolved, TickChanged
from pmcore.ids import OUTCOMES, MarketId, OrderId, Outcome
from pmcore.market import FeeTerms, Market
from pmcore.state import State
from pmcore.units import Price
from pmcore.wire.trade import Account, Ours
from pmio.sealing import Sealer

GENERATIONS: Final = 2
"""Dropped markets whose names are kept a while: their last trades may still be on the way."""


class Roster:
    """Changed by discovery, the feeds and the submits; read by everybody. Not thread-safe."""

    def __init__(self, account: Account | None = None) -> None:
        self.markets: dict[MarketId, Market] = {}
        self.watched: dict[MarketId, None] = {}
        """Markets to be subscribed to, in the order of asking."""
        self.tokens: dict[str, tuple[MarketId, Outcome]] = {}
        self.ticks: dict[str, Price] = {}
        self.orders: dict[str, OrderId] = {}
        self.payouts: dict[MarketId, Price] = {}
        """What Up pays in each market that is resolved."""
        self._venue_ids: dict[OrderId, str] = {}
        self._named: dict[MarketId, list[str]] = {}
        self._fees: dict[MarketId, FeeTerms] = {}
        self._dropped: list[MarketId] = []
        self._changes = trio.lowlevel.ParkingLot()
        self.ours = Ours(self.tokens, self.orders, account or Account(), self._fees)

    def list(self, terms: Market) -> None:
        """A market is listed, or its terms have changed."""
        known = self.markets.get(terms.id)
        self.markets[terms.id] = terms
        self._fees[terms.id] = terms.fees
        for outcome in OUTCOMES:
            token = terms.token(outcome)
            self.tokens[token] = (terms.id, outcome)
            if known is None or known.tick != terms.tick:
                self.ticks[token] = terms.tick
        self._changes.unpark_all()

    def watch(self, market: MarketId) -> None:
        """Subscribe to a market from now on."""
        self.watched[market] = None
        self._changes.unpark_all()

    def drop(self, market: MarketId) -> None:
        """Unsubscribe, and forget the market that was dropped before the last ones."""
        self.watched.pop(market, None)
        self._dropped.append(market)
        while len(self._dropped) > GENERATIONS:
            self._forget(self._dropped.pop(0))
        self._changes.unpark_all()

    async def changed(self) -> None:
        """Wait until a market is listed, watched or dropped."""
        await self._changes.park()

    def note(self, events: Iterable[object]) -> None:
        """Keep what a market feed says of grids and results."""
        for event in events:
            kind = type(event)
            if kind is TickChanged:
                terms = self.markets.get(event.market)  # type: ignore[attr-defined]
                if terms is not None:
                    self.ticks[terms.token(event.outcome)] = event.tick  # type: ignore[attr-defined]
            elif kind is MarketResolved:
                self.payouts.setdefault(event.market, event.payout_up)  # type: ignore[attr-defined]

    def terms_for(self, market: MarketId, outcome: Outcome) -> Market | None:
        """A market's terms with the present grid of one of its tokens."""
        terms = self.markets.get(market)
        if terms is None:
            return None
        tick = self.ticks.get(terms.token(outcome), terms.tick)
        return terms if tick == terms.tick else replace(terms, tick=tick)

    def name(self, order: OrderId, market: MarketId, venue_id: str) -> None:
        """An order of ours has a name at the venue."""
        self.orders[venue_id] = order
        self._venue_ids[order] = venue_id
        self._named.setdefault(market, []).append(venue_id)

    def venue_id(self, order: OrderId) -> str:
        """The venue's id of an order of ours; "" for one we have no name of."""
        return self._venue_ids.get(order, "")

    def token_of(self, market: MarketId, outcome: Outcome) -> str:
        """The token id of an outcome; "" where the market is not known."""
        terms = self.markets.get(market)
        return "" if terms is None else terms.token(outcome)

    def recall(self, state: State, sealer: Sealer | None) -> None:
        """Everything a recovered state knows: listings, subscriptions, names of its orders."""
        for market_id, market in state.markets.items():
            self.list(market.terms)
            for outcome in OUTCOMES:
                self.ticks[market.terms.token(outcome)] = Price(market.ticks[outcome])
            if market.watched or market.watch_asked:
                self.watched[market_id] = None
            if market.payout_up >= 0:
                self.payouts[market_id] = Price(market.payout_up)
            if sealer is None:
                continue
            for order in (*market.finished.values(), *market.orders.values()):
                terms = self.terms_for(market_id, order.outcome) or market.terms
                for venue_id in sealer.names(order, terms):
                    self.name(order.id, market_id, venue_id)

    def _forget(self, market: MarketId) -> None:
        terms = self.markets.pop(market, None)
        self._fees.pop(market, None)
        self.payouts.pop(market, None)
        if terms is not None:
            for outcome in OUTCOMES:
                self.tokens.pop(terms.token(outcome), None)
                self.ticks.pop(terms.token(outcome), None)
        for venue_id in self._named.pop(market, ()):
            order = self.orders.pop(venue_id, None)
            if order is not None:
                self._venue_ids.pop(order, None)
