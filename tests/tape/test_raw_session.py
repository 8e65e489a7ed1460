"""Raw frames are decoded as live ones; silences lose the feed; nonsense becomes Garbled."""

import json

import pytest

from pmcore.events import (
    BookReset,
    FeedLost,
    FeedOpened,
    Garbled,
    LevelChanged,
    MarketListed,
    OracleTicked,
)
from pmcore.ids import BINANCE, BINANCE_FEED, CHAINLINK, CHAINLINK_FEED, MARKET_FEED
from pmcore.market import FeeTerms
from pmio.tape import merge_tapes, read_tape, tape_meta
from tests.tape.facts import S
from tests.tape.sources import lines, pm_tape, put, refused

START = 1_777_431_600
MS = 1_000_000
T = START * 1000


def listed(asset="btc", start=START, **changes):
    obj = {
        "slug": f"{asset}-updown-15m-{start}",
        "condition_id": "0x1",
        "outcomes": [
            {"token_id": f"{asset}-down", "outcome": "Down"},
            {"token_id": f"{asset}-up", "outcome": "Up"},
        ],
        "start_ts": start * 1000,
        "end_ts": (start + 900) * 1000,
        "tick_size": 0.01,
        "min_order_size": 5.0,
        "fee_parameters": {
            "fees_enabled": True,
            "raw_fee_config": {"exponent": 1, "rate": 0.072, "rebateRate": 0.2},
        },
    }
    return {**obj, **changes}


def row(source, payload, after_ms=0, seq=1, **changes):
    text = payload if isinstance(payload, str) else json.dumps(payload)
    stamp = {"recv_wall_ts": T + after_ms, "recv_mono_ns": (T + after_ms) * MS + 7}
    return {"source": source, **stamp, "ingest_seq": seq, "payload": text, **changes}


def book(token, **changes):
    levels = {"bids": [{"price": "0.4", "size": "5"}], "asks": []}
    stamp = {"market": "0x1", "timestamp": str(T - 5), "hash": "h", "last_trade_price": ""}
    return {"asset_id": token, **levels, **stamp, **changes}


def change(token):
    level = {"asset_id": token, "price": "0.41", "size": "3", "side": "BUY", "hash": "g"}
    stamp = {"market": "0x1", "timestamp": str(T), "event_type": "price_change"}
    return {"price_changes": [level], **stamp}


def trade(symbol="btcusdt", price="76218.43000000"):
    return {"stream": f"{symbol}@trade", "data": {"e": "trade", "T": T - 40, "p": price}}


def update(symbol="btc/usd"):
    payload = {
        "full_accuracy_value": "76211800165600190000000",
        "symbol": symbol,
        "timestamp": T - 1000,
        "value": 76211.80016560019,
    }
    topic = "crypto_prices_chainlink"
    return {"topic": topic, "type": "update", "timestamp": T, "payload": payload}


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "session"
    place.mkdir()
    put(place / "markets.jsonl.gz", lines(listed(), listed("eth")))
    return place


def run(folder, *rows):
    put(folder / "raw_messages.jsonl", lines(*rows))
    out = folder.parent / "raw.tape"
    result = pm_tape("import", "raw-session", folder, "--out", out)
    assert result.exit_code == 0, result.output
    return list(read_tape(out)), tape_meta(out)


def fails(folder):
    return refused(folder.parent / "raw.tape", "raw-session", folder)


def test_each_source_is_decoded(folder):
    facts, meta = run(
        folder,
        row("polymarket_clob", book("btc-up"), 0, 1),
        row("polymarket_clob", [book("btc-down", event_type="book")], 10, 2),
        row("polymarket_clob", change("btc-up"), 20, 3),
        row("polymarket_rtds_chainlink", update(), 30, 4),
        row("binance", trade(), 40, 5),
        row("coinbase", "{}", 50, 6),
    )
    assert [(type(f), f.at_ns // MS - T) for f in facts] == [
        (MarketListed, 0),
        (FeedOpened, 0),
        (BookReset, 0),
        (BookReset, 10),
        (LevelChanged, 20),
        (FeedLost, 20),
        (FeedOpened, 30),
        (OracleTicked, 30),
        (FeedLost, 30),
        (FeedOpened, 40),
        (OracleTicked, 40),
        (FeedLost, 40),
    ]
    ticks = [f for f in facts if isinstance(f, OracleTicked)]
    assert [(t.source, t.price, t.venue_ns // MS - T) for t in ticks] == [
        (CHAINLINK, 76211_800165600190, -1000),
        (BINANCE, 76218_430000000000, -40),
    ]
    assert facts[2].at_ns == T * MS + 7
    assert meta.counts["rows_of_coinbase"] == 1


def test_the_market_is_the_sessions_own(folder):
    facts, meta = run(folder, row("binance", trade()))
    terms = facts[0].terms
    assert (terms.id, terms.tokens) == (START, ("btc-up", "btc-down"))
    assert (terms.tick, terms.min_size) == (100, 5_000_000)
    assert terms.fees == FeeTerms(72_000, 1, False, 10, 200_000)
    assert meta.prefix == "btc-updown-15m"


def test_other_markets_and_coins_give_nothing(folder):
    facts, meta = run(
        folder,
        row("polymarket_clob", book("eth-up")),
        row("polymarket_clob", [book("eth-up", event_type="book"), change("eth-up")]),
        row("polymarket_rtds_chainlink", update("eth/usd")),
        row("binance", trade("ethusdt")),
    )
    assert {type(fact) for fact in facts} == {MarketListed, FeedOpened, FeedLost}
    assert meta.counts["garbled"] == 0


def test_a_silence_loses_the_feed_from_its_last_frame(folder):
    facts, _ = run(
        folder,
        row("binance", trade(), 0),
        row("polymarket_rtds_chainlink", update(), 3000),
        row("binance", trade(), 5000),
        row("polymarket_rtds_chainlink", update(), 9000),
    )
    fed = [f for f in facts if isinstance(f, FeedOpened | FeedLost)]
    assert [(type(f), f.feed, f.at_ns // MS - T) for f in fed] == [
        (FeedOpened, BINANCE_FEED, 0),
        (FeedOpened, CHAINLINK_FEED, 3000),
        (FeedLost, CHAINLINK_FEED, 3000),
        (FeedLost, BINANCE_FEED, 5000),
        (FeedOpened, CHAINLINK_FEED, 9000),
        (FeedLost, CHAINLINK_FEED, 9000),
    ]
    assert fed[2].reason == "silent for 6.0 s"


@pytest.mark.parametrize(
    ("source", "payload", "feed"),
    [
        ("polymarket_clob", "{", MARKET_FEED),
        ("polymarket_clob", '{"asset_id": 5}', MARKET_FEED),
        ("polymarket_clob", json.dumps(book("btc-up", timestamp="noon")), MARKET_FEED),
        ("polymarket_rtds_chainlink", '{"topic": 1}', CHAINLINK_FEED),
        ("binance", "nonsense", BINANCE_FEED),
        ("binance", json.dumps(trade(price="-1")), BINANCE_FEED),
        ("binance", json.dumps(trade(price="1e9")), BINANCE_FEED),
    ],
)
def test_a_frame_that_cannot_be_read_is_garbled(folder, source, payload, feed):
    facts, meta = run(folder, row(source, payload), row("binance", trade()))
    found = [fact for fact in facts if isinstance(fact, Garbled)]
    assert [fact.feed for fact in found] == [feed]
    assert found[0].reason
    assert meta.counts["garbled"] == 1


def test_disorder_is_counted(folder):
    _, meta = run(
        folder,
        row("binance", trade(), 100, 5),
        row("binance", trade(), 90, 5),
        row("binance", trade(), 110, 6, recv_mono_ns=None),
    )
    assert (meta.counts["order_violations"], meta.counts["seq_violations"]) == (1, 1)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "no frame of a known source"),
        (lines(row("coinbase", "{}")), "no frame of a known source"),
        (lines(row("binance", trade())) + "x\n", "raw_messages.jsonl: line 2: not a JSON object"),
        (lines(row(7, "")), "line 1: source should be str"),
        (lines(row("binance", "", recv_wall_ts="now")), "line 1: recv_wall_ts should be int"),
        (lines(row("binance", "", recv_wall_ts=5)), "line 1: recv_wall_ts is not a time"),
        (lines(row("binance", "", seq=True)), "line 1: ingest_seq should be int"),
        (
            lines({**row("binance", ""), "payload": None}),
            "line 1: payload should be str, not 'None'",
        ),
    ],
)
def test_damaged_rows_are_refused_with_their_line(folder, rows, said):
    put(folder / "raw_messages.jsonl", rows)
    assert said in fails(folder)


@pytest.mark.parametrize(
    ("market", "said"),
    [
        (listed("eth"), "0 Bitcoin series where one is expected; the series here: eth-updown-15m"),
        (listed(slug=1), "line 1: slug should be str"),
        (listed(start_ts=0), "line 1: the times of btc-updown-15m-1777431600 do not fit"),
        (listed(outcomes=[{"outcome": "Up"}]), "line 1: outcomes should be Up and Down"),
        (listed(tick_size=None), "line 1: tick_size is not a decimal number: 'None'"),
        (listed(min_order_size=-5), "line 1: min_order_size is out of bounds"),
        (listed(fee_parameters=1), "line 1: fee_parameters should be dict"),
        (
            listed(
                fee_parameters={
                    "fees_enabled": True,
                    "raw_fee_config": {"exponent": 99, "rate": 0.072, "rebateRate": 0.2},
                }
            ),
            "line 1: exponent is out of bounds: 99",
        ),
    ],
)
def test_damaged_markets_are_refused_with_their_line(folder, market, said):
    put(folder / "raw_messages.jsonl", lines(row("binance", trade())))
    put(folder / "markets.jsonl.gz", lines(market))
    assert said in fails(folder)


def test_a_folder_without_frames_is_named(folder):
    assert "session: folder: it has no raw_messages.jsonl or raw_messages.jsonl.gz" in fails(folder)


def test_the_recorded_sessions(shared_data, tmp_path):
    sessions = sorted(shared_data("data", "A_updown", "raw_sessions_2026-04").iterdir())
    tapes, rows = [], 0
    for session in sessions:
        tapes.append(tmp_path / f"{session.name}.tape")
        assert pm_tape("import", "raw-session", session, "--out", tapes[-1]).exit_code == 0
        counts = tape_meta(tapes[-1]).counts
        assert (counts["garbled"], counts["order_violations"]) == (0, 0)
        rows += counts["rows"]
    assert (len(sessions), rows) == (5, 2036)
    facts = list(merge_tapes(tapes))
    assert sum(isinstance(fact, MarketListed) for fact in facts) == 5
    stamps = [fact.at_ns // S for fact in facts]
    assert stamps == sorted(stamps)
