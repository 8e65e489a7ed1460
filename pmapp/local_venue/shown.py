"""One market's two books as the venue shows them, and what has changed since it last spoke.

The exchange's pit holds outside levels, what accounts took of them, and inside orders; what is
shown is their sum. After anything happens in a pit `compare` notes the levels that differ, and
`speak` turns what was noted into messages: first the level changes, all under the checksum of the
book after the whole group, then (after a trade) both books with the new last price, then the
trade itself. So every checksum can be recomputed from what was heard before it.
"""

from collections.abc import Callable
from random import Random

import msgspec
from msgspec.structs import replace

from pmcore.book.book import Book
from pmcore.book.hash import ChecksumTerms, book_checksum, checksum_terms
from pmcore.ids import BUY, DOWN, OUTCOMES, SELL, UP, Outcome, Side
from pmcore.market import Market
from pmcore.sim.pit import Pit
from pmcore.units import Ns, Price, Shares
from pmcore.wire.encode_market import (
    Entry,
    book_frame,
    last_trade_frame,
    last_trade_text,
    price_change_frame,
    rest_book,
    tick_frame,
    touch_frame,
)

Change = tuple[Side, Price, Shares]
"""One level in Up's terms and its new size."""
Levels = dict[int, int]
Sides = tuple[Levels, Levels]


class Print(msgspec.Struct, frozen=True, gc=False):
    """A trade to be told: the taker's token and side."""

    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    transaction_hash: str = ""


class Speech(msgspec.Struct, frozen=True):
    """Messages of one moment: for everyone, and for those with the custom features."""

    frames: tuple[bytes, ...]
    custom: tuple[bytes, ...] = ()


def levels(pit: Pit) -> tuple[Levels, Levels]:
    """What the venue shows of a pit: bids and asks in Up's terms, price to size."""
    sides = []
    for outside, taken, queue in (
        (pit.book.bids, pit.taken_bids, pit.bids),
        (pit.book.asks, pit.taken_asks, pit.asks),
    ):
        shown = dict(outside)
        for price, size in taken.items():
            if price in shown:
                shown[price] -= size
        for _, _, order in queue:
            price = order.up_price
            shown[price] = shown.get(price, 0) + order.size - order.filled
        sides.append(shown)
    return sides[0], sides[1]


def reversed_book(frame: str) -> str:
    """A `book` message with both sides in the other order; its checksum stays."""
    message = msgspec.json.decode(frame)
    message["bids"].reverse()
    message["asks"].reverse()
    return msgspec.json.encode(message).decode()


class Shown:
    """The books of one market, and the changes not told yet."""

    __slots__ = ("books", "chance", "changes", "distort", "latest", "market", "prints", "spoilt",
                 "stamp_ms", "terms", "ticks")  # fmt: skip

    def __init__(self, market: Market) -> None:
        self.market = market
        self.books = (Book(), Book())
        self.latest: tuple[Levels, Levels] = ({}, {})
        """Levels in Up's terms, told or not."""
        self.changes: list[Change] = []
        self.prints: list[Print] = []
        self.ticks = [market.tick, market.tick]
        self.terms: list[ChecksumTerms] = []
        self.stamp_ms = 0
        self.distort: Callable[[Sides], Sides] | None = None
        """A fault: what is shown in place of the truth."""
        self.spoilt: dict[str, float] = {}
        """A fault's name -> how often it strikes: wrong_side, wrong_hash, reversed, trade_first."""
        self.chance = Random(0)
        self.retick(market)

    def retick(self, market: Market) -> None:
        """The market's terms have changed: what checksums are made of follows."""
        self.market = market
        self.terms = [checksum_terms(market, outcome, self.ticks[outcome]) for outcome in OUTCOMES]

    @property
    def silent(self) -> bool:
        """Whether there is nothing to tell."""
        return not self.changes and not self.prints

    def level(self, side: Side, up_price: int, size: int) -> None:
        """One of Up's levels is now `size`; noted if that is new."""
        latest = self.latest[side]
        size = max(size, 0)
        if latest.get(up_price, 0) != size:
            if size:
                latest[up_price] = size
            else:
                del latest[up_price]
            self.changes.append((side, Price(up_price), Shares(size)))

    def compare(self, pit: Pit) -> None:
        """Note every level in which the pit differs from what was noted before."""
        true = levels(pit)
        shown = true if self.distort is None else self.distort(true)
        for side, now in zip((BUY, SELL), shown, strict=True):
            latest = self.latest[side]
            for price in [p for p in latest if p not in now]:
                self.level(side, price, 0)
            for price, size in now.items():
                if latest.get(price, 0) != size:
                    self.level(side, price, size)

    def stamp(self, now_ns: Ns) -> int:
        """The stamp of the next messages: no two groups may share one, or share a checksum."""
        self.stamp_ms = max(self.stamp_ms + 1, now_ns // 1_000_000)
        return self.stamp_ms

    def apply(self, change: Change) -> tuple[Entry, Entry]:
        """Bring both books up to one change; its two entries."""
        side, price, size = change
        mirror = Price(10_000 - price)
        other = SELL if side == BUY else BUY
        up, down = self.books
        up.set_level(side, price, size)
        down.set_level(other, mirror, size)
        tokens = self.market.tokens
        return (
            Entry(tokens[UP], side, price, size, up.best_bid, up.best_ask),
            Entry(tokens[DOWN], other, mirror, size, down.best_bid, down.best_ask),
        )

    def settle(self) -> None:
        """Bring the books up to date without telling anybody."""
        for side, price, size in self.changes:
            self.books[UP].set_level(side, price, size)
            self.books[DOWN].set_level(SELL if side == BUY else BUY, Price(10_000 - price), size)
        self.changes.clear()
        self._traded()

    def speak(self, now_ns: Ns) -> Speech:
        """The messages of everything noted; the books are up to date afterwards."""
        stamp_ms = self.stamp(now_ns)
        up, down = self.books
        touch = (up.best_bid, up.best_ask)
        pairs = [self.apply(change) for change in self.changes]
        self.changes.clear()
        up.venue_ns = down.venue_ns = Ns(stamp_ms * 1_000_000)
        trades = [self._trade(told, stamp_ms) for told in self.prints]
        first = bool(trades) and self._strikes("trade_first")
        if first:
            self._traded()
        changes = self._changes(pairs, stamp_ms)
        self._traded()
        books = [self.book(outcome).encode() for outcome in OUTCOMES] if trades else []
        custom: list[bytes] = []
        if touch != (up.best_bid, up.best_ask):
            custom = [
                touch_frame(terms, book.best_bid, book.best_ask, stamp_ms)
                for terms, book in zip(self.terms, self.books, strict=True)
            ]
        frames = [*trades, *changes, *books] if first else [*changes, *books, *trades]
        return Speech(tuple(frames), tuple(custom))

    def _traded(self) -> None:
        """From here on the books carry the last trades' prices."""
        for told in self.prints:
            self.books[told.outcome].last_trade = last_trade_text(told.price)
        self.prints.clear()

    def _changes(self, pairs: list[tuple[Entry, Entry]], stamp_ms: int) -> list[bytes]:
        """The messages of a group of changes, under the checksums of the books as they stand."""
        if not pairs:
            return []
        digests = {
            token: self.checksum(outcome) for outcome, token in enumerate(self.market.tokens)
        }
        if self.spoilt:
            pairs, digests = self._spoil(pairs, digests)
        condition = self.market.condition_id
        return [price_change_frame(condition, pair, digests, stamp_ms) for pair in pairs]

    def _strikes(self, name: str) -> bool:
        probability = self.spoilt.get(name, 0.0)
        return probability > 0.0 and self.chance.random() < probability

    def _spoil(
        self, pairs: list[tuple[Entry, Entry]], digests: dict[str, str]
    ) -> tuple[list[tuple[Entry, Entry]], dict[str, str]]:
        """Messages as a faulty venue sends them."""
        if self._strikes("wrong_hash"):
            digests = {token: digest[::-1] for token, digest in digests.items()}
        wrong = [
            (replace(a, side=b.side), replace(b, side=a.side))
            if self._strikes("wrong_side")
            else (a, b)
            for a, b in pairs
        ]
        return wrong, digests

    def _trade(self, told: Print, stamp_ms: int) -> bytes:
        terms = self.terms[told.outcome]
        return last_trade_frame(
            terms, told.side, told.price, told.size, stamp_ms, told.transaction_hash
        )

    def checksum(self, outcome: int) -> str:
        """The checksum of one token's book as it stands."""
        return book_checksum(self.terms[outcome], self.books[outcome])

    def book(self, outcome: int) -> str:
        """A `book` message of one token."""
        frame = book_frame(self.terms[outcome], self.books[outcome])
        return reversed_book(frame) if self._strikes("reversed") else frame

    def rest(self, outcome: int) -> bytes:
        """The `/book` answer of one token."""
        return rest_book(self.terms[outcome], self.books[outcome])

    def tick_changed(self, outcome: Outcome, tick: Price, now_ns: Ns) -> bytes | None:
        """Another grid for one token: its message, or None if it is the grid already."""
        old = self.ticks[outcome]
        if tick == old:
            return None
        self.ticks[outcome] = tick
        self.retick(self.market)
        return tick_frame(self.terms[outcome], old, tick, self.stamp(now_ns))

    def clear(self) -> None:
        """Nothing rests any more: the market is over."""
        for latest in self.latest:
            latest.clear()
        self.changes.clear()
        self.prints.clear()
        for book in self.books:
            book.reset((), ())
