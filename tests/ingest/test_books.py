"""Books become quotes: best prices, depth, mirrors; a bad book costs only itself."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.wire.clob_books import Ladder, ladders_of
from pmcore.wire.frames import WireError
from pmio.ingest.quote_rows import quote_row, touch_row
from pmio.store.rows import QuoteRow


def book(token: str, bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> dict[str, object]:
    def levels(side):
        return [{"price": price, "size": size} for price, size in side]

    return {"market": "0x1", "asset_id": token, "bids": levels(bids), "asks": levels(asks)}


def read(*books: object):
    return ladders_of(json.dumps(books).encode())


def test_best_is_found_in_any_order():
    ladders, bad = read(
        book("1", [("0.01", "9"), ("0.95", "142.4")], [("0.99", "5"), ("0.96", "7")])
    )
    assert bad == ()
    assert ladders == (Ladder("1", 9_500, 142_400_000, ((9_600, 7_000_000), (9_900, 5_000_000))),)


def test_empty_sides():
    ladders, _ = read(book("1", [], []), {"asset_id": "2", "bids": None})
    assert [(one.bid, one.asks) for one in ladders] == [(None, ()), (None, ())]


@pytest.mark.parametrize(
    "bad",
    [
        None,
        5,
        {},
        {"asset_id": 5},
        book("1", [("2", "1")], []),
        book("1", [("0", "1")], []),
        book("1", [("0.5", "-1")], []),
        book("1", [], [("0.5", "x")]),
        book("1", [], [("0.00001", "1")]),
        {"asset_id": "1", "bids": [{"price": 0.5, "size": "1"}]},
    ],
)
def test_bad_book_costs_only_itself(bad):
    ladders, refused = read(book("7", [], []), bad, book("8", [], []))
    assert [one.token for one in ladders] == ["7", "8"]
    assert [one.index for one in refused] == [1]
    assert refused[0].reason


@pytest.mark.parametrize("body", [b"", b"{}", b'{"error":"x"}', b"[1,", b"\xff"])
def test_what_is_no_list(body):
    with pytest.raises(WireError):
        ladders_of(body)


@given(st.binary(max_size=60))
def test_any_bytes(raw):
    try:
        ladders, bad = ladders_of(raw)
    except WireError:
        return
    assert isinstance(ladders + bad, tuple)


def test_quote_of_two_books():
    (yes, no), _ = read(
        book("1", [("0.95", "10")], [("0.96", "50"), ("0.98", "50")]),
        book("2", [("0.04", "50")], [("0.05", "10")]),
    )
    assert quote_row("m", 5, yes, no, 100.0) == QuoteRow(
        "m", 5, 9_500, 9_600, 400, 500, 10_000_000, 50_000_000, 50_000_000, 10_000_000,
        9_700.0, 500.0, 1.0, 0.1,
    )  # fmt: skip


def test_a_large_reference_size_is_looked_for_in_the_whole_book():
    """Four hundred levels of the finest tick, ten shares each."""
    asks = [(f"0.{price}", "10") for price in range(9_600, 10_000)]
    (yes,), _ = read(book("1", [("0.95", "10")], asks))
    found = quote_row("m", 5, yes, None, 4_000.0)
    assert found.yes_fill_ratio == 1.0
    assert found.yes_vwap_bp == pytest.approx(9_799.5)
    assert quote_row("m", 5, yes, None, 8_000.0).yes_fill_ratio == 0.5


def test_missing_book_is_the_mirror_of_the_other():
    (only,), _ = read(book("1", [("0.95", "10")], [("0.96", "50")]))
    found = quote_row("m", 5, None, only, 10.0)
    assert (found.yes_bid_bp, found.yes_ask_bp) == (400, 500)
    assert (found.no_bid_bp, found.no_ask_bp) == (9_500, 9_600)
    assert (found.yes_vwap_bp, found.no_vwap_bp, found.yes_ask_size) == (None, 9_600.0, None)
    assert quote_row("m", 5, None, None, 10.0) == QuoteRow("m", 5)


def test_touch_is_mirrored():
    assert touch_row("m", 5, 9_500, 9_600) == QuoteRow("m", 5, 9_500, 9_600, 400, 500)
    assert touch_row("m", 5, None, 9_600) == QuoteRow("m", 5, None, 9_600, 400, None)
