"""RTDS: Chainlink, its average and Binance, and the history that answers a subscription."""

import json
from collections import Counter

import pytest

from pmcore.events import OracleTicked
from pmcore.ids import BINANCE, CHAINLINK, TWAP_60
from pmcore.wire.frames import WireError
from pmcore.wire.rtds import decode
from tests.recordings import shared_data
from tests.wire.frames_seen import RTDS, RTDS_BATCH, lines, sessions

T = 1_777_381_686_000_000_000


def changed(**payload: object) -> str:
    frame = json.loads(RTDS)
    topic = payload.pop("topic", frame["topic"])
    return json.dumps(frame | {"topic": topic, "payload": frame["payload"] | payload})


@pytest.mark.parametrize(
    ("frame", "ticks"),
    [
        (RTDS, [OracleTicked(5, T, CHAINLINK, 76_211_800_165_600_190)]),
        (RTDS.encode(), [OracleTicked(5, T, CHAINLINK, 76_211_800_165_600_190)]),
        (
            changed(full_accuracy_value="76211800165600190999999"),
            [OracleTicked(5, T, CHAINLINK, 76_211_800_165_600_190)],
        ),
        (
            changed(topic="crypto_prices_twap_sixty", window_s=60),
            [OracleTicked(5, T, TWAP_60, 76_211_800_165_600_190)],
        ),
        (
            changed(topic="crypto_prices", symbol="btcusdt", full_accuracy_value="61035.86000000"),
            [OracleTicked(5, T, BINANCE, 61_035_860_000_000_000)],
        ),
        (
            RTDS_BATCH,
            [
                OracleTicked(5, 1_777_381_626_000_000_000, CHAINLINK, 76_248_868_163_365_010),
                OracleTicked(5, 1_777_381_627_000_000_000, CHAINLINK, 76_249_500_000_000_000),
            ],
        ),
        (changed(symbol="eth/usd"), []),
        (changed(topic="comments"), []),
        (changed(topic="crypto_prices_twap_thirty"), []),
        (changed(topic="crypto_prices_twap_sixty", symbol="btcusdt"), []),
        (changed(topic="equity_prices", symbol="aapl"), []),
        ("PONG", []),
        ("", []),
    ],
)
def test_decode(frame, ticks):
    assert decode(frame, 5) == ticks


def test_other_symbols():
    frame = changed(symbol="eth/usd")
    assert len(decode(frame, 5, chainlink="eth/usd")) == 1


@pytest.mark.parametrize(
    "frame",
    [
        '{"body":{"message":"leger GetTopics error"},"statusCode":401}',
        changed(full_accuracy_value="7.6e22"),
        changed(full_accuracy_value="-1"),
        changed(full_accuracy_value="0"),
        changed(full_accuracy_value="9" * 60),
        changed(full_accuracy_value="", value="NaN"),
        changed(full_accuracy_value="", value=None),
        changed(full_accuracy_value="", value=-5),
        RTDS_BATCH.replace("76249.5", "1e999999999"),
        changed(timestamp="soon"),
        changed(timestamp=-1),
        changed(timestamp=10**40),
        "{}",
        "[]x",
        "[" * 50_000,
        b"\xff",
    ],
)
def test_garbage_is_a_wire_error(frame):
    with pytest.raises(WireError):
        decode(frame, 5)


def test_a_refusal_says_so():
    with pytest.raises(WireError, match="refused with 401"):
        decode('{"body":{"message":"x"},"statusCode":401}', 5)


def test_every_recorded_frame_of_2025_10_29():
    root = shared_data("data", "A_updown", "rtds_2025-10-29")
    seen: Counter = Counter()
    for path in sorted(root.glob("*.gz")):
        for line in lines(path):
            for tick in decode(line, 5):
                body = json.loads(line)["payload"]
                assert abs(tick.price / 1e12 - body["value"]) < 1e-6
                assert tick.venue_ns == body["timestamp"] * 10**6
                seen[tick.source] += 1
    assert seen == {CHAINLINK: 650, BINANCE: 650}


def test_every_recorded_session():
    count = sum(
        len(decode(payload, 5))
        for _, payloads in sessions("polymarket_rtds_chainlink")
        for payload in payloads
    )
    assert count == 2142


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("rtds_crypto_prices_subscribe.json", 3),
        ("rtds_crypto_prices_update.json", 1),
        ("rtds_equity_prices_subscribe.json", 0),
        ("rtds_equity_prices_update.json", 0),
    ],
)
def test_bodies_of_another_client(name, count):
    folder = shared_data("data", "C_fixtures", "nautilus", "rust_test_data")
    assert len(decode((folder / name).read_bytes(), 5)) == count
