"""A strict listener of the market channel: keeps books by the documented rules, checks all.

Every `book` must carry its own checksum; all changes of one token and stamp must carry the checksum
of the book after the whole group; `best_bid` and `best_ask` must be the touch after each change.
"""

import json

from pmcore.book.book import Book
from pmcore.book.hash import ChecksumTerms, book_checksum
from pmcore.units import Ns, show_price
from pmcore.wire.frames import price, side, size


class Listener:
    """The books of some tokens, as heard; `faults` tells what was wrong."""

    def __init__(self):
        self.books: dict[str, Book] = {}
        self.terms: dict[str, ChecksumTerms] = {}
        self.pending: dict[str, tuple[str, str]] = {}
        self.faults: list[str] = []
        self.counts: dict[str, int] = {}
        self.stamps: dict[str, int] = {}

    def hear(self, frame):
        """One frame of the channel."""
        text = frame.decode() if isinstance(frame, bytes) else frame
        if text in ("PONG", "NO NEW ASSETS"):
            return
        message = json.loads(text)
        for one in message if isinstance(message, list) else [message]:
            kind = one["event_type"]
            self.counts[kind] = self.counts.get(kind, 0) + 1
            getattr(self, f"_{kind}")(one)

    def _book(self, of):
        token = of["asset_id"]
        self.settle(token)
        version = of.get("version", "")
        self.terms[token] = ChecksumTerms(of["market"], token, "5", of["tick_size"], False, version)
        book = self.books[token] = Book()
        rising = [price(level["price"]) for level in of["bids"]]
        falling = [price(level["price"]) for level in of["asks"]]
        if rising != sorted(rising) or falling != sorted(falling, reverse=True):
            self.faults.append("book: levels out of order")
        book.reset(
            tuple((price(at["price"]), size(at["size"])) for at in of["bids"]),
            tuple((price(at["price"]), size(at["size"])) for at in of["asks"]),
        )
        book.last_trade = of["last_trade_price"]
        self._stamp(book, of)
        if book_checksum(self.terms[token], book) != of["hash"]:
            self.faults.append(f"book of {token[:6]}: wrong checksum")

    def _stamp(self, book, of):
        stamp = int(of["timestamp"])
        last = self.stamps.get(of["market"], 0)
        if stamp < last:
            self.faults.append(f"stamp {stamp} after {last}")
        self.stamps[of["market"]] = stamp
        book.venue_ns = Ns(stamp * 1_000_000)

    def _price_change(self, of):
        for change in of["price_changes"]:
            token = change["asset_id"]
            book = self.books.get(token)
            if book is None:
                continue
            pending = self.pending.get(token)
            if pending is not None and pending[0] != of["timestamp"]:
                self.settle(token)
            elif pending is not None and pending[1] != change["hash"]:
                self.faults.append("two checksums in one group")
            self._stamp(book, of)
            book.set_level(side(change["side"]), price(change["price"]), size(change["size"]))
            self.pending[token] = (of["timestamp"], change["hash"])
            touch = (show_price(book.best_bid), show_price(book.best_ask))
            told = (change["best_bid"], change["best_ask"])
            if book.best_bid and book.best_ask and touch != told:
                self.faults.append(f"touch {told} is {touch}")
            if book.crossed:
                self.faults.append(f"crossed at {touch}")

    def _last_trade_price(self, of):
        self.settle(of["asset_id"])
        if of["asset_id"] in self.books:
            self.books[of["asset_id"]].last_trade = of["price"]

    def _tick_size_change(self, of):
        token = of["asset_id"]
        self.settle(token)
        old = self.terms[token]
        self.terms[token] = ChecksumTerms(
            old.condition_id, token, "5", of["new_tick_size"], False, old.version
        )

    def _best_bid_ask(self, of):
        book = self.books.get(of["asset_id"])
        told = (of["best_bid"], of["best_ask"])
        if book is not None and book.best_bid and book.best_ask:
            if told != (show_price(book.best_bid), show_price(book.best_ask)):
                self.faults.append(f"best_bid_ask {told}")

    def _new_market(self, of):
        pass

    def _market_resolved(self, of):
        self.resolved = of

    def settle(self, token):
        """The group of changes has ended: its checksum must fit."""
        pending = self.pending.pop(token, None)
        if pending is not None:
            book = self.books[token]
            if book_checksum(self.terms[token], book) != pending[1]:
                self.faults.append(f"group {pending[0]} of {token[:6]}: wrong checksum")

    def finish(self):
        """Everything that was wrong, once nothing more comes."""
        for token in list(self.pending):
            self.settle(token)
        return self.faults
