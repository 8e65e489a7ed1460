"""The profile of a tape: what is on it, and how good the recording was.

Gaps are measured in heard time between facts of one feed. A delay is heard minus venue time: of
facts heard together only the newest counts (the others are history), a snapshot of a book does not
(its stamp is that of its last change), and where the recording had one stamp only the delay is 0
and says nothing. Books are looked at once per heard moment, all its changes applied.
"""

from array import array
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from pmcore.book.book import Book
from pmcore.events import (
    SCHEMA,
    BookReset,
    FeedLost,
    FeedOpened,
    Garbled,
    LevelChanged,
    MarketListed,
    MarketResolved,
    OracleTicked,
    TickChanged,
    TouchQuoted,
    TradePrinted,
)
from pmcore.ids import FEED_NAMES, MARKET_FEED, SOURCE_NAMES, MarketId, Outcome
from pmcore.units import MILLISECOND, ONE_DOLLAR, SECOND, Ns
from pmio.tape import FORMAT, Fact, read_blocks, tape_meta, tape_summary

GAP_NS: Final = Ns(10 * SECOND)
BOOK_FACTS: Final = (BookReset, LevelChanged, TouchQuoted)
CHANNEL_FACTS: Final = (*BOOK_FACTS, TradePrinted, TickChanged)


class _Feed(msgspec.Struct):
    """One feed's facts, gaps and delays."""

    facts: int = 0
    last_ns: int = 0
    gaps: int = 0
    gap_max_ns: int = 0
    lost: int = 0
    garbled: int = 0
    delayed_ns: int = 0
    delays: "array[int]" = msgspec.field(default_factory=lambda: array("q"))

    def hear(self, at_ns: int, gap_ns: int) -> None:
        if self.facts:
            gap = at_ns - self.last_ns
            self.gap_max_ns = max(self.gap_max_ns, gap)
            self.gaps += gap > gap_ns
        self.facts += 1
        self.last_ns = at_ns

    def delay(self, at_ns: int, venue_ns: int) -> None:
        if self.delays and self.delayed_ns == at_ns:
            self.delays[-1] = min(self.delays[-1], at_ns - venue_ns)
        else:
            self.delays.append(at_ns - venue_ns)
        self.delayed_ns = at_ns

    def shown(self) -> dict[str, Any]:
        ordered = sorted(self.delays)
        return {
            "facts": self.facts,
            "gaps": self.gaps,
            "longest_gap_s": self.gap_max_ns / SECOND,
            "lost": self.lost,
            "garbled": self.garbled,
            "delay_ms_p50": _quantile_ms(ordered, 0.50),
            "delay_ms_p99": _quantile_ms(ordered, 0.99),
        }


class _Books(msgspec.Struct):
    """The books of a tape, and how often they were crossed, one-sided or empty."""

    books: dict[tuple[MarketId, Outcome], Book] = msgspec.field(default_factory=dict)
    changed: dict[tuple[MarketId, Outcome], None] = msgspec.field(default_factory=dict)
    now_ns: int = 0
    seen: Counter[str] = msgspec.field(default_factory=Counter)

    def observe(self, fact: BookReset | LevelChanged | TouchQuoted) -> None:
        if fact.at_ns != self.now_ns:
            self.look()
            self.now_ns = fact.at_ns
        key = (fact.market, fact.outcome)
        book = self.books.setdefault(key, Book())
        if isinstance(fact, BookReset):
            book.reset(fact.bids, fact.asks)
        elif isinstance(fact, LevelChanged):
            book.set_level(fact.side, fact.price, fact.size)
        else:
            book.set_touch(fact.bid, fact.bid_size, fact.ask, fact.ask_size)
        self.changed[key] = None

    def look(self) -> None:
        for key in self.changed:
            book = self.books[key]
            sides = bool(book.best_bid) + bool(book.best_ask)
            self.seen["looked_at"] += 1
            self.seen["crossed"] += sides == 2 and book.best_bid >= book.best_ask
            self.seen["one_sided"] += sides == 1
            self.seen["empty"] += sides == 0
        self.changed.clear()


def profile(path: Path, gap_ns: Ns = GAP_NS) -> dict[str, Any]:
    """The profile of a tape as plain values with stable keys; raises TapeError."""
    meta, summary = tape_meta(path), tape_summary(path)
    feeds: dict[str, _Feed] = {}
    books = _Books()
    listed: dict[int, None] = {}
    outcomes: dict[int, str] = {}
    for block in read_blocks(path):
        for fact in block:
            _observe(fact, feeds, gap_ns)
            if isinstance(fact, BOOK_FACTS):
                books.observe(fact)
            elif isinstance(fact, MarketListed):
                listed[fact.terms.id] = None
            elif isinstance(fact, MarketResolved):
                named = {ONE_DOLLAR: "up", 0: "down"}
                outcomes[fact.market] = named.get(fact.payout_up, "split")
    books.look()
    results = Counter(outcomes.values())
    quoted = {market: None for market, _ in books.books}
    return {
        "tape": path.name,
        "bytes": path.stat().st_size,
        "format": FORMAT,
        "schema": SCHEMA,
        "source": meta.source,
        "prefix": meta.prefix,
        "created_from": list(meta.created_from),
        "notes": list(meta.notes),
        "source_counts": dict(meta.counts),
        "order_violations": meta.counts.get("order_violations", 0),
        "facts": summary.facts,
        "kinds": dict(summary.kinds),
        "first": iso(summary.first_ns) if summary.facts else "",
        "last": iso(summary.last_ns) if summary.facts else "",
        "first_ns": summary.first_ns,
        "last_ns": summary.last_ns,
        "span_s": (summary.last_ns - summary.first_ns) / SECOND,
        "gap_threshold_s": gap_ns / SECOND,
        "feeds": {name: feeds[name].shown() for name in sorted(feeds)},
        "books": {
            name: books.seen[name] for name in ("looked_at", "crossed", "one_sided", "empty")
        },
        "markets": {
            "listed": len(listed),
            "quoted": len(quoted),
            "outcomes_known": len(outcomes),
            "up": results["up"],
            "down": results["down"],
            "split": results["split"],
        },
    }


def _observe(fact: Fact, feeds: dict[str, _Feed], gap_ns: Ns) -> None:
    """Count a fact on its feed; listings and outcomes are of none."""
    if isinstance(fact, OracleTicked):
        feed = feeds.setdefault(SOURCE_NAMES[fact.source], _Feed())
        feed.hear(fact.at_ns, gap_ns)
        feed.delay(fact.at_ns, fact.venue_ns)
    elif isinstance(fact, CHANNEL_FACTS):
        feed = feeds.setdefault(FEED_NAMES[MARKET_FEED], _Feed())
        feed.hear(fact.at_ns, gap_ns)
        if not isinstance(fact, BookReset):
            feed.delay(fact.at_ns, fact.venue_ns)
    elif isinstance(fact, FeedLost):
        feeds.setdefault(FEED_NAMES[fact.feed], _Feed()).lost += 1
    elif isinstance(fact, Garbled):
        feeds.setdefault(FEED_NAMES[fact.feed], _Feed()).garbled += 1
    elif isinstance(fact, FeedOpened):
        feeds.setdefault(FEED_NAMES[fact.feed], _Feed())


def iso(at_ns: int) -> str:
    """Nanoseconds as UTC text with milliseconds: `2026-07-24T00:00:01.377Z`."""
    seconds, rest = divmod(at_ns, SECOND)
    stamp = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{stamp}.{rest // MILLISECOND:03d}Z"


def _quantile_ms(ordered: list[int], part: float) -> float | None:
    """The value below which `part` of the values lie, in ms; None where there are none."""
    if not ordered:
        return None
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] / MILLISECOND
