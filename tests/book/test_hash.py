"""The checksum reproduces every recorded one: alone, per book frame and per group of changes."""

import json
from collections import Counter

import pytest

from pmcore.book import hash as module
from pmcore.book.book import Book
from pmcore.book.hash import ChecksumTerms, book_checksum, checksum_terms, preimage
from pmcore.events import BookReset, LevelChanged
from pmcore.market import Market
from pmcore.units import Ns, Price, Shares
from pmcore.wire import clob_rest, clob_ws, gamma
from tests.recordings import shared_data
from tests.wire.frames_seen import GAMMA, sample, sessions


def terms_of(body: dict) -> ChecksumTerms:
    return ChecksumTerms(
        body["market"],
        body["asset_id"],
        body.get("min_order_size", "5"),
        body["tick_size"],
        body.get("neg_risk", False),
        body.get("version", ""),
    )


def reset(book: Book, event: BookReset) -> None:
    book.reset(event.bids, event.asks)
    book.venue_ns = event.venue_ns
    book.last_trade = event.last_trade
    book.pending_checksum = ""


def count_checks(payloads: list[str]) -> Counter:
    """Feed recorded payloads to one book per token; count what agreed and what did not."""
    counts: Counter = Counter()
    books: dict[str, Book] = {}
    terms: dict[str, ChecksumTerms] = {}

    def close_group(token: str) -> None:
        book = books[token]
        if book.pending_checksum:
            agrees = book_checksum(terms[token], book) == book.pending_checksum
            counts["group", agrees] += 1
            book.pending_checksum = ""

    for payload in payloads:
        parsed = json.loads(payload)
        bodies = parsed if isinstance(parsed, list) else [parsed]
        for body in bodies:
            if "bids" in body:
                terms[body["asset_id"]] = terms_of(body)
        named = [b.get("asset_id") for b in bodies]
        named += [c["asset_id"] for b in bodies for c in b.get("price_changes", [])]
        for token in sorted({t for t in named if t}):
            only = {token: (1, 0)}
            if "bids" in bodies[0] and "event_type" not in bodies[0]:
                events = [clob_rest.book(200, payload.encode(), Ns(1), only)]
            else:
                events = clob_ws.decode(payload, Ns(1), only)
            book = books.setdefault(token, Book())
            for event in events:
                if isinstance(event, BookReset):
                    close_group(token)
                    reset(book, event)
                    agrees = book_checksum(terms[token], book) == event.checksum
                    counts["book", agrees] += 1
                elif isinstance(event, LevelChanged):
                    if event.venue_ns != book.venue_ns:
                        close_group(token)
                    book.set_level(event.side, event.price, event.size)
                    book.venue_ns = event.venue_ns
                    book.pending_checksum = event.checksum
                    counts["change"] += 1
    for token in books:
        close_group(token)
    return counts


def test_every_vector():
    folder = shared_data("venue", "vectors")
    rows = json.loads((folder / "book_hash.json").read_text())
    assert len(rows) == 2
    for row in rows:
        body = (folder / row["file"]).read_bytes()
        parsed = json.loads(body)
        book = Book()
        reset(book, clob_rest.book(200, body, Ns(1), {parsed["asset_id"]: (1, 0)}))
        terms = terms_of(parsed)
        assert preimage(terms, book).startswith(row["preimage_head"])
        assert book_checksum(terms, book) == row["live_hash"] == parsed["hash"]


def test_the_sample_of_the_market_channel():
    counts = count_checks(sample())
    # The recorder closed its connection inside the group of 1777384672279 (a bulk cancel, of which
    # four messages were heard, then a new snapshot): on both tokens that group has no end.
    cut = {("group", False): 2}
    assert counts == {("book", True): 24, ("group", True): 12, "change": 20} | cut


def test_every_recorded_session():
    total: Counter = Counter()
    for _, payloads in sessions("polymarket_clob"):
        total += count_checks(payloads)
    assert ("book", False) not in total
    assert ("group", False) not in total
    assert total["book", True] == 594
    assert total["group", True] == 84


def test_terms_from_a_listing():
    market = gamma.decode_market(GAMMA, "btc-updown-15m")
    assert checksum_terms(market, 1) == ChecksumTerms(
        market.condition_id, market.tokens[1], "5", "0.01", False, ""
    )
    later = gamma.decode_market(GAMMA | {"version": "v2"}, "btc-updown-15m")
    assert isinstance(later, Market)
    assert checksum_terms(later, 0, Price(10)).tick == "0.001"
    assert checksum_terms(later, 0).version == "v2"


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b.set_level(0, Price(100), Shares(1_000_001)),
        lambda b: b.set_level(1, Price(9_900), Shares(0)),
        lambda b: setattr(b, "last_trade", "0.500"),
        lambda b: setattr(b, "venue_ns", Ns(2_000_000)),
    ],
)
def test_any_difference_shows(change):
    book = Book(venue_ns=Ns(1_000_000))
    book.reset(((Price(100), Shares(1_000_000)),), ((Price(9_900), Shares(1_000_000)),))
    terms = ChecksumTerms("0x", "1")
    before = book_checksum(terms, book)
    change(book)
    assert book_checksum(terms, book) != before


def test_the_memo_of_levels_stays_bounded_and_right():
    terms = ChecksumTerms("0x", "1")
    book = Book()
    for size in range(1, 40_000, 400):
        book.bids = {100 * p: size * 1_000 + p for p in range(1, 99)} | {9_900: size}
        text = preimage(terms, book)
        assert text.count('"price"') == 99
        assert f'{{"price":"0.99","size":"{size / 1e6:.6f}'.rstrip("0").rstrip(".") in text
    for size in range(40_000):
        module._LEVEL((100, size))
    assert len(module._LEVEL.__self__) <= 32_768
