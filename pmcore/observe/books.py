"""Market data into books: what moved the touch makes the market's plan due again.

A book is quoted from only while `valid`. It becomes so by a snapshot (or a touch, where a recording
has no more), and stops being so when the feed is lost, when it crosses, or when the venue's
checksum of a whole group of changes differs from ours; then `ResyncBook` is asked for.
"""

from pmcore.book.book import Book
from pmcore.book.hash import book_checksum, checksum_terms
from pmcore.events import (
    BookReset,
    LevelChanged,
    ResyncFailed,
    TickChanged,
    TouchQuoted,
    TradePrinted,
)
from pmcore.ids import Outcome
from pmcore.market_state import MarketState
from pmcore.state import State
from pmcore.units import Ns, Price


def book_reset(state: State, event: BookReset) -> None:
    """A snapshot makes the book valid, unless its own checksum or shape says otherwise."""
    market = state.markets.get(event.market)
    if market is None:
        return
    book = market.books[event.outcome]
    if event.venue_ns < book.venue_ns:
        # It was taken before changes that are in the book already: newer than what we have only
        # if what we have is worth nothing, and then it would miss those changes.
        book.heard_ns = event.at_ns
        market.resync_ns[event.outcome] = Ns(
            0 if book.valid else state.now_ns + state.rules.retry_ns
        )
        return
    book.reset(event.bids, event.asks)
    book.venue_ns = event.venue_ns
    book.heard_ns = event.at_ns
    book.pending_checksum = ""
    book.last_trade = event.last_trade
    book.valid = not book.crossed
    if event.checksum and state.rules.verify_checksums:
        book.pending_checksum = event.checksum
        verify_group(market, event.outcome, book)
    market.resync_ns[event.outcome] = Ns(0)
    market.dirty = True


def level_changed(state: State, event: LevelChanged) -> None:
    """One level; the checksum of the group before is due when the venue's stamp advances."""
    market = state.markets.get(event.market)
    if market is None:
        return
    book = market.books[event.outcome]
    if book.pending_checksum and event.venue_ns != book.venue_ns:
        verify_group(market, event.outcome, book)
    book.venue_ns = event.venue_ns
    book.heard_ns = event.at_ns
    if event.checksum and state.rules.verify_checksums:
        book.pending_checksum = event.checksum
    if book.set_level(event.side, event.price, event.size):
        market.dirty = True


def touch_quoted(state: State, event: TouchQuoted) -> None:
    """Only the touch is known: a book of one level a side."""
    market = state.markets.get(event.market)
    if market is None:
        return
    book = market.books[event.outcome]
    book.venue_ns = event.venue_ns
    book.heard_ns = event.at_ns
    if book.set_touch(event.bid, event.bid_size, event.ask, event.ask_size) or not book.valid:
        book.valid = not book.crossed
        market.resync_ns[event.outcome] = Ns(0)
        market.dirty = True


def trade_printed(state: State, event: TradePrinted) -> None:
    """A print shows that the feed lives; its text belongs to the checksums from its stamp on."""
    market = state.markets.get(event.market)
    if market is None:
        return
    book = market.books[event.outcome]
    book.heard_ns = event.at_ns
    if event.text:
        end_group(market, event.outcome, event.venue_ns)
        book.last_trade = event.text


def tick_changed(state: State, event: TickChanged) -> None:
    """Another grid for one token: its orders may stand off it now."""
    market = state.markets.get(event.market)
    if market is not None and event.tick > 0:
        end_group(market, event.outcome, event.venue_ns)
        market.ticks[event.outcome] = event.tick
        market.dirty = True


def resync_failed(state: State, event: ResyncFailed) -> None:
    """The book stays invalid; asking again is due after a pause (see `upkeep`)."""
    market = state.markets.get(event.market)
    if market is not None:
        market.resync_ns[event.outcome] = Ns(state.now_ns + state.rules.retry_ns)


def end_group(market: MarketState, outcome: Outcome, venue_ns: Ns) -> None:
    """What is stamped later and enters the checksum ends the group before it, told without it."""
    book = market.books[outcome]
    if book.pending_checksum and venue_ns > book.venue_ns:
        verify_group(market, outcome, book)


def verify_group(market: MarketState, outcome: Outcome, book: Book) -> None:
    """Compare the book with the venue's checksum of the group that ended; invalid if it differs."""
    expected = book.pending_checksum
    book.pending_checksum = ""
    ours = book_checksum(checksum_terms(market.terms, outcome, Price(market.ticks[outcome])), book)
    if ours != expected:
        book.valid = False
        market.dirty = True
