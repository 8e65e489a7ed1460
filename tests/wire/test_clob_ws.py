"""The market channel: every documented frame, and the recorded ones, as facts."""

import json

import pytest

from pmcore.book.book import Book
from pmcore.events import BookReset, LevelChanged, MarketResolved, TickChanged, TradePrinted
from pmcore.wire.clob_ws import decode
from pmcore.wire.frames import WireError
from tests.recordings import shared_data
from tests.wire.frames_seen import (
    BEST,
    BOOK,
    DOWN_TOKEN,
    LAST_TRADE,
    PRICE_CHANGE,
    RESOLVED,
    TICK_CHANGE,
    TOKENS,
    UP_TOKEN,
    sample,
)

M = 1791241200
BIDS = ((100, 1_123_000_000), (9_500, 142_400_000))
ASKS = ((9_900, 13_330_750_000), (9_600, 441_400_000))
RESET = BookReset(5, 1_791_241_810_525_000_000, M, 0, BIDS, ASKS, "d7", "0.040")
T = 1_777_366_994_943_000_000


@pytest.mark.parametrize(
    ("frame", "events"),
    [
        (BOOK, [RESET]),
        (BOOK.encode(), [RESET]),
        (f"[{BOOK},{BOOK}]", [RESET, RESET]),
        (
            PRICE_CHANGE,
            [
                LevelChanged(5, T, M, 0, 0, 2_700, 0, "f3"),
                LevelChanged(5, T, M, 1, 1, 7_300, 5_250_000, "5b"),
            ],
        ),
        (TICK_CHANGE, [TickChanged(5, T, M, 0, 10)]),
        (LAST_TRADE, [TradePrinted(5, T, M, 1, 1, 5_000, 219_217_767, "0.500")]),
        (BEST, []),
        (RESOLVED, [MarketResolved(5, 1_766_790_415_550_000_000, M, 0)]),
        (f"[{BEST},{RESOLVED}]", [MarketResolved(5, 1_766_790_415_550_000_000, M, 0)]),
        ('{"event_type":"new_market","question":"?"}', []),
        ('{"event_type":"of_tomorrow","x":[1]}', []),
        (f'[{{"event_type":"of_tomorrow"}},{BOOK}]', [RESET]),
        (" [ ] ", []),
        ("PONG", []),
        (b"NO NEW ASSETS", []),
        ("", []),
    ],
)
def test_decode(frame, events):
    assert decode(frame, 5, TOKENS) == events


def test_a_resolution_of_either_token_first():
    swapped = json.loads(RESOLVED)
    swapped["assets_ids"].reverse()
    for winner, payout in ((UP_TOKEN, 10_000), (DOWN_TOKEN, 0)):
        swapped["winning_asset_id"] = winner
        events = decode(json.dumps(swapped), 5, TOKENS)
        assert [event.payout_up for event in events] == [payout]
        only_down = {DOWN_TOKEN: (M, 1)}
        assert decode(json.dumps(swapped), 5, only_down) == events
    swapped["winning_asset_id"] = ""
    with pytest.raises(WireError, match="winner"):
        decode(json.dumps(swapped), 5, TOKENS)


def test_tokens_of_others_are_skipped():
    for frame in (BOOK, PRICE_CHANGE, TICK_CHANGE, LAST_TRADE, RESOLVED):
        assert decode(frame, 5, {}) == []
    assert len(decode(PRICE_CHANGE, 5, {DOWN_TOKEN: (M, 1)})) == 1


def test_a_tick_that_changed_unheard_comes_before_the_book():
    assert decode(BOOK, 5, TOKENS, {UP_TOKEN: 100}) == [RESET]
    tick, reset = decode(BOOK, 5, TOKENS, {UP_TOKEN: 10})
    assert tick == TickChanged(5, RESET.venue_ns, M, 0, 100)
    assert reset == RESET


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"0.27"', '"0.27005"'),
        ('"0.27"', '"1"'),
        ('"0.27"', "0.27"),
        ('"0"', '"-1"'),
        ('"BUY"', '"LONG"'),
        ('"1777366994943"', '"yesterday"'),
        ('"1777366994943"', "99999999999999999999999"),
        ('"timestamp"', '"stamp"'),
        ('"price_changes"', '"changes"'),
        ('"price_change"', "7"),
        ('"event_type"', '"kind"'),
        (f'"{UP_TOKEN}"', "7"),
    ],
)
def test_a_malformed_change_is_refused_whole(old, new):
    assert old in PRICE_CHANGE
    with pytest.raises(WireError) as caught:
        decode(PRICE_CHANGE.replace(old, new), 5, TOKENS)
    assert caught.value.reason
    assert caught.value.excerpt


@pytest.mark.parametrize("tick", ["0", "0.03", "1.5", "x"])
def test_a_tick_must_divide_the_dollar(tick):
    with pytest.raises(WireError):
        decode(TICK_CHANGE.replace("0.001", tick), 5, TOKENS)


@pytest.mark.parametrize(
    "frame",
    [
        b"\xff\xfe\x00",
        b'{"event_type":"\xff"}',
        "\ud800",
        '{"event_type":"\ud800"}',
        "[" * 100_000,
        '{"event_type":' * 100_000,
        "{" * 3,
        "null",
        "7",
        "[7]",
        "{}",
        "[[]]",
        '"book"',
        "9" * 10_000,
    ],
)
def test_garbage_is_a_wire_error(frame):
    with pytest.raises(WireError) as caught:
        decode(frame, 5, TOKENS)
    caught.value.excerpt.encode()


def test_the_touch_of_every_recorded_change_agrees():
    """`best_bid` and `best_ask` of each entry equal our book right after it."""
    books: dict[str, Book] = {}
    compared = 0
    for line in sample():
        message = json.loads(line)
        if "bids" in message:
            token = message["asset_id"]
            (event,) = decode(line, 1, {token: (1, 0)})
            books.setdefault(token, Book()).reset(event.bids, event.asks)
            continue
        for entry in message["price_changes"]:
            token = entry["asset_id"]
            part = message | {"price_changes": [entry]}
            (event,) = decode(json.dumps(part), 1, {token: (1, 0)})
            book = books[token]
            book.set_level(event.side, event.price, event.size)
            touch = (book.best_bid / 10_000, book.best_ask / 10_000)
            assert touch == (float(entry["best_bid"]), float(entry["best_ask"]))
            compared += 1
    assert compared == 20


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("ws_market_book_msg.json", [BookReset]),
        ("ws_market_price_change_msg.json", [LevelChanged]),
        ("ws_market_last_trade_msg.json", [TradePrinted]),
        ("ws_market_tick_size_msg.json", [TickChanged]),
        ("ws_market_best_bid_ask_msg.json", []),
        ("ws_market_new_market_msg.json", []),
        ("ws_market_resolved_msg.json", [MarketResolved]),
    ],
)
def test_bodies_of_another_client(name, kinds):
    folder = shared_data("data", "C_fixtures", "nautilus", "rust_test_data")
    tokens = {
        "71321045679252212594626385532706912750332728571942532289631379312455583992563": (M, 0),
        "76043073756653678226373981964075571318267289248134717369284518995922789326425": (M, 0),
    }
    events = decode((folder / name).read_bytes(), 5, tokens)
    assert [type(event) for event in events] == kinds


@pytest.mark.parametrize("name", ["ws_book_snapshot.json", "ws_quotes.json", "ws_last_trade.json"])
def test_a_body_without_its_kind_is_refused(name):
    folder = shared_data("data", "C_fixtures", "nautilus", "rust_test_data")
    with pytest.raises(WireError, match="event_type"):
        decode((folder / name).read_bytes(), 5, TOKENS)
