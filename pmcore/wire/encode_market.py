"""The market channel and `/book` as the venue writes them: the other half of `clob_ws`.

Texts are put together by hand, in the venue's key order: a checksum covers the exact text of a
book, and a busy market sends thousands of frames a second. Prices and sizes carry no trailing
zeros, `last_trade_price` has three decimals or is empty; bids rise, asks fall, so that the best is
last in both. Source: venue reference, sections 3.5 and 5.1 (captures of 2026-04-28 and 2026-10-05).
"""

from collections.abc import Sequence
from hashlib import sha1
from typing import Final

import msgspec

from pmcore.book.book import Book
from pmcore.book.hash import ChecksumTerms, preimage
from pmcore.ids import BUY, SIDE_NAMES, Side
from pmcore.units import Price, Shares, show_decimal, show_micro, show_price

NO_TOUCH: Final = ("0", "1")
"""Best bid and ask of an empty side, as a price change writes them (an assumption)."""
BLANK: Final = '"hash":""'
_ENCODE: Final = msgspec.json.Encoder().encode


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One level of one token after its change; `best_*` are the touch after it, 0 for none."""

    token: str
    side: Side
    price: Price
    size: Shares
    best_bid: Price
    best_ask: Price


def last_trade_text(price: Price) -> str:
    """A traded price as books carry it: three decimals, four where it needs them."""
    if price % 10:
        return f"{price // 10_000}.{price % 10_000:04d}"
    return f"{price // 10_000}.{price // 10 % 1_000:03d}"


def rest_book(terms: ChecksumTerms, book: Book) -> bytes:
    """`GET /book`: the checksum's own preimage with the checksum in its place."""
    text = preimage(terms, book)
    return text.replace(BLANK, f'"hash":"{_sha1(text)}"', 1).encode()


def book_frame(terms: ChecksumTerms, book: Book) -> str:
    """A `book` message: without minimum size and neg-risk flag, which its checksum still covers."""
    text = preimage(terms, book)
    head = text.partition(',"min_order_size"')[0]
    version = f',"version":"{terms.version}"' if terms.version else ""
    return (
        head.replace(BLANK, f'"hash":"{_sha1(text)}"', 1)
        + f',"tick_size":"{terms.tick}","event_type":"book",'
        + f'"last_trade_price":"{book.last_trade}"{version}}}'
    )


def _sha1(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def price_change_frame(
    condition: str, entries: Sequence[Entry], hashes: dict[str, str], stamp_ms: int
) -> bytes:
    """A `price_change` message; `hashes` is the checksum of each token after the whole group."""
    changes = ",".join(
        f'{{"asset_id":"{of.token}","price":"{show_price(of.price)}",'
        f'"size":"{show_micro(of.size)}","side":"{SIDE_NAMES[of.side]}",'
        f'"hash":"{hashes[of.token]}","best_bid":"{_touch(of.best_bid, BUY)}",'
        f'"best_ask":"{_touch(of.best_ask, Side(1))}"}}'
        for of in entries
    )
    return (
        f'{{"market":"{condition}","price_changes":[{changes}],'
        f'"timestamp":"{stamp_ms}","event_type":"price_change"}}'
    ).encode()


def _touch(price: Price, side: Side) -> str:
    return show_price(price) if price else NO_TOUCH[side]


def last_trade_frame(
    terms: ChecksumTerms,
    side: Side,
    price: Price,
    size: Shares,
    stamp_ms: int,
    transaction_hash: str = "",
) -> bytes:
    """A `last_trade_price` message of one token; `side` is the taker's."""
    message = {
        "market": terms.condition_id,
        "asset_id": terms.token,
        "price": last_trade_text(price),
        "side": SIDE_NAMES[side],
        "size": show_micro(size),
        "fee_rate_bps": "",
        "timestamp": str(stamp_ms),
        "event_type": "last_trade_price",
    }
    if transaction_hash:
        message["transaction_hash"] = transaction_hash
    return _ENCODE(message)


def touch_frame(terms: ChecksumTerms, bid: Price, ask: Price, stamp_ms: int) -> bytes:
    """A `best_bid_ask` message, for those who asked for the custom features."""
    spread = ask - bid if bid and ask else 10_000
    return _ENCODE(
        {
            "event_type": "best_bid_ask",
            "market": terms.condition_id,
            "asset_id": terms.token,
            "best_bid": _touch(bid, BUY),
            "best_ask": _touch(ask, Side(1)),
            "spread": show_price(Price(spread)),
            "timestamp": str(stamp_ms),
        }
    )


def tick_frame(terms: ChecksumTerms, old: Price, new: Price, stamp_ms: int) -> bytes:
    """A `tick_size_change` message of one token."""
    return _ENCODE(
        {
            "event_type": "tick_size_change",
            "market": terms.condition_id,
            "asset_id": terms.token,
            "old_tick_size": show_decimal(old, 4),
            "new_tick_size": show_decimal(new, 4),
            "timestamp": str(stamp_ms),
        }
    )
