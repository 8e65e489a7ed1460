"""The venue's book checksum: SHA-1 of the REST form of the book with a blank `hash`.

The market channel has no sequence numbers; this is how a lost message is noticed. A `book` frame
carries the checksum of itself. Of `price_change`, all entries that share (token, timestamp) carry
one checksum: that of the book after the whole group, so it is compared when the timestamp moves
on. The preimage is always the REST form, also for websocket frames that lack some of its fields
(venue reference, sections 3.5 and 5.1).
"""

from dataclasses import dataclass
from hashlib import sha1
from typing import Final

from pmcore.book.book import Book
from pmcore.ids import Outcome
from pmcore.market import Market
from pmcore.units import Price, show_micro, show_price

PROTOCOL_V2: Final = "v2"


@dataclass(frozen=True)
class ChecksumTerms:
    """The parts of the preimage that are constant for one token until its tick changes."""

    condition_id: str
    token: str
    min_size: str = "5"
    """As the venue writes it: shares without trailing zeros."""
    tick: str = "0.01"
    neg_risk: bool = False
    version: str = ""
    """`v2` on Protocol-V2 markets, else empty: v1 books have no such key."""


def checksum_terms(market: Market, outcome: Outcome, tick: Price | None = None) -> ChecksumTerms:
    """The terms of one token of `market`; `tick` where the token's has changed since listing."""
    return ChecksumTerms(
        market.condition_id,
        market.tokens[outcome],
        show_micro(market.min_size),
        show_price(market.tick if tick is None else tick),
        market.neg_risk,
        PROTOCOL_V2 if market.order_version == 3 else "",
    )


class _LevelTexts(dict[tuple[int, int], str]):
    """A level's JSON by (price, size): a memo, emptied when full, so it cannot grow.

    Of a hundred levels one or two are new since the last checksum of the same book.
    """

    def __missing__(self, level: tuple[int, int]) -> str:
        if len(self) >= 32_768:
            self.clear()
        price, size = level
        text = f'{{"price":"{show_price(Price(price))}","size":"{show_micro(size)}"}}'
        self[level] = text
        return text


_LEVEL: Final = _LevelTexts().__getitem__


def book_checksum(terms: ChecksumTerms, book: Book) -> str:
    """SHA-1 (40 hex digits) of `book` as of `book.venue_ns`, last traded at `book.last_trade`."""
    return sha1(preimage(terms, book).encode(), usedforsecurity=False).hexdigest()


def preimage(terms: ChecksumTerms, book: Book) -> str:
    """The hashed text: "bids ascending, asks descending", best last in both (2026-10-05)."""
    bids, asks = _side(book.bids, False), _side(book.asks, True)
    version = f',"version":"{terms.version}"' if terms.version else ""
    return (
        f'{{"market":"{terms.condition_id}","asset_id":"{terms.token}",'
        f'"timestamp":"{book.venue_ns // 1_000_000}","hash":"","bids":[{bids}],"asks":[{asks}],'
        f'"min_order_size":"{terms.min_size}","tick_size":"{terms.tick}",'
        f'"neg_risk":{"true" if terms.neg_risk else "false"},'
        f'"last_trade_price":"{book.last_trade}"{version}}}'
    )


def _side(levels: dict[int, int], falling: bool) -> str:
    """One side's levels by price. Prices are sorted without their sizes: half the time."""
    prices = sorted(levels, reverse=falling)
    return ",".join(map(_LEVEL, zip(prices, map(levels.__getitem__, prices), strict=True)))
