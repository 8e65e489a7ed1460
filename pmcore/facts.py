"""Facts of the world, the same for everyone: market life, books, prints, reference prices.

These (and no others) may stand on a tape.
"""

from pmcore.event import Event, Levels
from pmcore.ids import Feed, MarketId, Outcome, Side, Source
from pmcore.market import Market
from pmcore.units import Ns, OraclePrice, Price, Shares


class MarketListed(Event, frozen=True, gc=False):
    """Answer to `FindMarket`, and again whenever flags or terms change."""

    terms: Market


class MarketMissing(Event, frozen=True, gc=False):
    """Answer to `FindMarket`: nothing under that slug yet."""

    market: MarketId


class MarketWatched(Event, frozen=True, gc=False):
    """Answer to `WatchMarket`: subscribed on the market and user channels."""

    market: MarketId


class MarketDropped(Event, frozen=True, gc=False):
    """Answer to `DropMarket`: unsubscribed."""

    market: MarketId


class TickChanged(Event, frozen=True, gc=False):
    """`tick_size_change`: the grid of one token changed."""

    venue_ns: Ns
    market: MarketId
    outcome: Outcome
    tick: Price


class MarketResolved(Event, frozen=True, gc=False):
    """The official outcome; `payout_up` is 10000, 0, or 5000 for a split."""

    venue_ns: Ns
    market: MarketId
    payout_up: Price


class FeedOpened(Event, frozen=True, gc=False):
    """A feed is connected and subscribed; books still need a snapshot."""

    feed: Feed


class FeedLost(Event, frozen=True, gc=False):
    """A feed closed, failed or fell silent."""

    feed: Feed
    reason: str


class Garbled(Event, frozen=True, gc=False):
    """A frame that could not be understood, with an excerpt."""

    feed: Feed
    reason: str
    excerpt: str


class BookReset(Event, frozen=True, gc=False):
    """A full book of one token; also the answer to `ResyncBook`. Levels in any order."""

    venue_ns: Ns
    market: MarketId
    outcome: Outcome
    bids: Levels
    asks: Levels
    checksum: str = ""
    last_trade: str = ""
    """The venue's text of the last trade price: part of the checksum's preimage."""


class ResyncFailed(Event, frozen=True, gc=False):
    """Answer to `ResyncBook`: no snapshot could be had."""

    market: MarketId
    outcome: Outcome
    reason: str


class LevelChanged(Event, frozen=True, gc=False):
    """One level of one token's book is now `size` (0 removes it)."""

    venue_ns: Ns
    market: MarketId
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    checksum: str = ""


class TouchQuoted(Event, frozen=True, gc=False):
    """Only the best bid and ask of one token are known (recordings without depth)."""

    venue_ns: Ns
    market: MarketId
    outcome: Outcome
    bid: Price
    bid_size: Shares
    ask: Price
    ask_size: Shares


class TradePrinted(Event, frozen=True, gc=False):
    """A trade of the market, not necessarily ours. `side` is the taker's."""

    venue_ns: Ns
    market: MarketId
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    text: str = ""
    """The venue's text of the price, for the checksum's preimage."""


class OracleTicked(Event, frozen=True, gc=False):
    """A reference price. Chainlink and TWAP-60 settle; Binance only warns."""

    venue_ns: Ns
    source: Source
    price: OraclePrice
