"""What all decoders share: exact numbers out of texts, and control frames that are no facts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.units import show_micro, show_price
from pmcore.wire import frames
from pmcore.wire.frames import WireError


def test_every_price_of_the_grid_in_each_spelling():
    for bp in range(10_001):
        for text in (show_price(bp), f"{bp / 10_000:.4f}", f"{bp / 10_000:.6f}"):
            assert frames.price(text) == bp


@pytest.mark.parametrize(
    "text",
    ["", ".", "-0.1", "1.0001", "0.00001", "0.470000000001", "1e-2", "nan", "0,5", " 0.5"],
)
def test_no_other_text_is_a_price(text):
    with pytest.raises(WireError):
        frames.price(text)


@pytest.mark.parametrize("text", ["9" * 50, "9" * 5_000, "0.5x", "+0.5", "--0.5", "٠.٥"])
def test_no_odder_text_is_a_price(text):
    with pytest.raises(WireError):
        frames.price(text)


@pytest.mark.parametrize("text", ["0", "0.0", "1", "1.00"])
def test_no_order_rests_at_the_ends(text):
    assert frames.price(text) in (0, 10_000)
    with pytest.raises(WireError):
        frames.level_price(text)


@given(st.integers(0, 2**63 - 1))
def test_sizes_come_back(micros):
    assert frames.size(show_micro(micros)) == micros


@pytest.mark.parametrize(
    ("text", "micros"),
    [("5", 5_000_000), ("500.0", 500_000_000), (".5", 500_000), ("0.1234567", 123_456), ("0", 0)],
)
def test_size(text, micros):
    assert frames.size(text) == micros


@pytest.mark.parametrize(
    "text", ["", "-1", "1.", "1e3", "inf", "9223372036854.775808", "9" * 30, "9" * 5_000, "1 ", "²"]
)
def test_not_a_size(text):
    with pytest.raises(WireError):
        frames.size(text)


@pytest.mark.parametrize(
    ("stamp", "ns"),
    [
        ("1777366994943", 1_777_366_994_943_000_000),
        (1777366994943, 1_777_366_994_943_000_000),
        ("1672290701", 1_672_290_701_000_000_000),
        (99_999_999_999, None),
        ("9223372036854", 9_223_372_036_854_000_000),
        ("9223372036855", None),
        ("-1", None),
        (-1, None),
        ("", None),
        ("1.5", None),
        (10**30, None),
        ("9" * 5_000, None),
        ("2024-01-01T00:00:00Z", None),
    ],
)
def test_moment(stamp, ns):
    if ns is None:
        with pytest.raises(WireError):
            frames.moment(stamp)
    else:
        assert frames.moment(stamp) == ns


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2026-10-05T23:15:00Z", 1_791_242_100_000_000_000),
        ("2026-10-05T23:15:00.486981Z", 1_791_242_100_486_981_000),
        ("2026-10-06T01:15:00+02:00", 1_791_242_100_000_000_000),
        ("2026-10-05T23:15:00", None),
        ("2026-10-05", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("1960-01-01T00:00:00Z", None),
        ("9999-01-01T00:00:00Z", None),
        ("soon", None),
    ],
)
def test_iso_moment(text, ns):
    if ns is None:
        with pytest.raises(WireError, match="endDate"):
            frames.iso_moment(text, "endDate")
    else:
        assert frames.iso_moment(text, "endDate") == ns


@pytest.mark.parametrize(
    ("value", "places", "count"),
    [
        (0.07, 6, 70_000),
        ("0.072", 6, 72_000),
        (5, 6, 5_000_000),
        (4.5, 2, 450),
        (Decimal("1E-4"), 4, 1),
        (1e-05, 6, 10),
        (0, 6, 0),
        (0.00001, 4, None),
        (True, 6, None),
        (None, 6, None),
        ([], 6, None),
        (float("nan"), 6, None),
        (float("inf"), 6, None),
        ("1e999999999", 6, None),
        ("1e-999999999", 6, None),
        (-1, 6, None),
        (10**300, 6, None),
    ],
)
def test_scaled(value, places, count):
    if count is None:
        with pytest.raises(WireError, match="rate"):
            frames.scaled(value, places, "rate")
    else:
        assert frames.scaled(value, places, "rate") == count


def test_side_in_any_case():
    assert [frames.side(text) for text in ("BUY", "sell", "Buy", "SELL")] == [0, 1, 0, 1]
    with pytest.raises(WireError):
        frames.side("HOLD")


@pytest.mark.parametrize(
    "frame", ["", "[]", "PONG", "pong", b"PONG", b" PONG\n", "NO NEW ASSETS", b"[]", b"", "PING"]
)
def test_control_frames(frame):
    assert frames.is_control(frame)


@given(st.binary() | st.text())
def test_an_excerpt_is_short_printable_and_encodable(frame):
    text = frames.excerpt_of(frame)
    assert len(text) <= 200
    assert text.isprintable()
    text.encode()
