"""The CLOB's `/books` answer as best prices and asks, for any token.

The maker's decoder (`clob_rest`) checks a book to the last digit, because orders rest on it. The
scanner reads thousands of foreign books, so a book that makes no sense costs only itself.
"""

from typing import Final

import msgspec

from pmcore.units import Price, Shares
from pmcore.wire.frames import FAULTS, WireError, excerpt_of, fault, level_price, size

LEVELS_MAX: Final = 512
"""Asks that are kept, from the best: at the finest tick all that lie above 0.95. A hundred shares
rarely reach beyond three levels, but who configures ten thousand must be told what they cost."""


class Ladder(msgspec.Struct, frozen=True, gc=False):
    """One token's book: best bid and its size, and the best asks, the best one first."""

    token: str
    bid: Price | None
    bid_size: Shares
    asks: tuple[tuple[Price, Shares], ...]


class BadBook(msgspec.Struct, frozen=True, gc=False):
    """A book that could not be read."""

    index: int
    token: str
    reason: str


class _Level(msgspec.Struct, gc=False):
    price: str
    size: str


class _Book(msgspec.Struct, gc=False):
    asset_id: str
    bids: list[_Level] | None = None
    asks: list[_Level] | None = None


class _Named(msgspec.Struct, gc=False):
    asset_id: str = ""


_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_BOOK: Final = msgspec.json.Decoder(_Book)
_NAMED: Final = msgspec.json.Decoder(_Named)


def ladders_of(body: bytes) -> tuple[tuple[Ladder, ...], tuple[BadBook, ...]]:
    """Every book of the answer, read or refused. Raises WireError if the whole is no list."""
    try:
        raws = _LIST.decode(body)
    except FAULTS as error:
        raise fault(error, body) from None
    ladders: list[Ladder] = []
    bad: list[BadBook] = []
    for index, raw in enumerate(raws):
        try:
            ladders.append(_ladder(_BOOK.decode(raw)))
        except (WireError, *FAULTS) as error:
            bad.append(BadBook(index, _token(raw), fault(error, "").reason[:200]))
    return tuple(ladders), tuple(bad)


def _ladder(book: _Book) -> Ladder:
    """The venue sorts both sides with the best last; whoever sorts otherwise is understood too."""
    bids = [(level_price(level.price), size(level.size)) for level in book.bids or ()]
    asks = [(level_price(level.price), size(level.size)) for level in book.asks or ()]
    best = max(bids, default=None)
    return Ladder(
        book.asset_id[:100],
        best[0] if best else None,
        best[1] if best else Shares(0),
        tuple(sorted(asks)[:LEVELS_MAX]),
    )


def _token(raw: msgspec.Raw) -> str:
    try:
        return excerpt_of(_NAMED.decode(raw).asset_id)[:100]
    except FAULTS:
        return ""
