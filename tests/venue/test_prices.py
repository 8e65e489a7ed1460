"""RTDS and PolyBolt: subscriptions, first batches, stamps, sequence numbers, refusals."""

import json

from pmapp.local_venue.flow import natural
from pmapp.local_venue.terms import VenueTerms
from pmcore.events import OracleTicked
from pmcore.ids import BINANCE, CHAINLINK, TWAP_60
from pmcore.units import SECOND, Ns, OraclePrice
from pmcore.wire import polybolt, rtds
from tests.venue.stage import START_S, Stage, frames

CHAINLINK_TOPIC = "crypto_prices_chainlink"


def tick(stage, source=CHAINLINK, usd=65_000.5, ago_s=1):
    now = Ns(stage.now_ns)
    fact = OracleTicked(now, Ns(now - ago_s * SECOND), source, OraclePrice(round(usd * 1e12)))
    stage.venue.world.happen(fact)


def wish(*topics, action="subscribe"):
    of = [{"topic": t, "type": "update", "filters": f} for t, f in topics]
    return {"action": action, "subscriptions": of}


def test_backfill_then_updates(stage):
    for _ in range(3):
        stage.wait(10.0)
        tick(stage, ago_s=1)
    session = stage.socket("/rtds", wish((CHAINLINK_TOPIC, '{"symbol":"btc/usd"}')))
    (batch,) = frames(session)
    assert (batch["topic"], batch["type"]) == ("crypto_prices", "subscribe")
    assert len(batch["payload"]["data"]) == 3
    tick(stage, usd=65_001.25)
    tick(stage, BINANCE, 65_002.0)
    (update,) = frames(session)
    assert update["topic"] == CHAINLINK_TOPIC
    assert update["payload"]["full_accuracy_value"] == "65001250000000000000000"
    assert update["payload"]["timestamp"] == stage.now_ns // 1_000_000 - 1000
    session.hear("PING")
    assert session.outbox.take() == []
    session.hear(json.dumps(wish((CHAINLINK_TOPIC, ""), action="unsubscribe")))
    tick(stage)
    assert frames(session) == []


def test_traps_of_the_old_feed(stage):
    tick(stage)
    spaced = stage.socket("/rtds", wish((CHAINLINK_TOPIC, '{"symbol": "btc/usd"}')))
    poisoned = stage.socket("/rtds", wish((CHAINLINK_TOPIC, ""), ("nonsense", "")))
    other = stage.socket("/rtds", wish((CHAINLINK_TOPIC, '{"symbol":"eth/usd"}')))
    quiet = stage.socket("/rtds", wish(("comments", "")))
    assert frames(spaced)[0]["type"] == "subscribe"
    assert frames(poisoned)[0]["statusCode"] == 401
    tick(stage)
    assert [frames(s) for s in (spaced, poisoned, other, quiet)] == [[], [], [], []]


def test_everything_is_read_by_the_cores_decoders():
    stage = Stage(natural(VenueTerms(protocol="v1", ahead=3)), START_S + 20)
    alice = stage.trader()
    old = stage.socket("/rtds", wish((CHAINLINK_TOPIC, ""), ("crypto_prices", ""),
                                     ("crypto_prices_twap_sixty", "")))  # fmt: skip
    channel = {"channel": "price.crypto.twap", "filter": {"symbol": "btcusd", "window_seconds": 60}}
    new = stage.socket(
        "/ws", {"op": "auth", "rid": "a", "auth": alice.credentials},
        {"op": "subscribe", "rid": "s", "subscriptions": [channel]},
    )  # fmt: skip
    for _ in range(50):
        stage.wait(0.1)
    heard = [t for frame in old.outbox.take() for t in rtds.decode(frame, Ns(stage.now_ns))]
    by_source = {source: [t for t in heard if t.source == source] for source in (0, 1, 2)}
    counts = [len(by_source[source]) for source in (CHAINLINK, BINANCE, TWAP_60)]
    assert [count > least for count, least in zip(counts, (60, 150, 30), strict=True)] == [True] * 3
    delays = [t.at_ns - t.venue_ns for t in by_source[CHAINLINK][-3:]]
    assert all(SECOND < delay < 8 * SECOND for delay in delays)
    told = [polybolt.decode(frame, Ns(stage.now_ns)) for frame in new.outbox.take()]
    assert [frame.op for frame in told[:2]] == ["authed", "subscribed"]
    assert [frame.seq for frame in told[2:]] == list(range(1, len(told) - 1))
    assert told[2].snapshot
    assert len(told[2].ticks) > 25
    assert told[-1].ticks[0].price == by_source[TWAP_60][-1].price


def test_new_feed_wants_credentials_first(stage, alice):
    channel = {"channel": "price.crypto.twap", "filter": {"symbol": "btcusd", "window_seconds": 60}}
    ask = {"op": "subscribe", "rid": "s", "subscriptions": [channel]}
    session = stage.socket("/ws", ask, {"op": "auth", "auth": {"apiKey": "x"}}, {"op": "ping"})
    assert [frame.get("code", frame["op"]) for frame in frames(session)] == [
        "auth_required", "auth_invalid", "pong",
    ]  # fmt: skip
    session.hear(json.dumps({"op": "auth", "rid": "r", "auth": alice.credentials}))
    assert frames(session) == [{"op": "authed", "rid": "r"}]
    for bad in (
        {"channel": "price.crypto", "filter": {"symbol": "btc"}},
        {"channel": "nonsense"},
        {"channel": "price.crypto.twap", "filter": {"symbol": "btcusd", "window_seconds": 30}},
    ):
        session.hear(json.dumps({"op": "subscribe", "subscriptions": [bad]}))
        assert frames(session)[0]["code"] == "bad_filter"
    session.hear("no json")
    assert frames(session)[0]["op"] == "error"
    session.hear(json.dumps(ask | {"op": "unsubscribe"}))
    session.hear("x" * 70_000)
    assert session.outbox.closing == (4008, "frame too large")


def test_new_feed_closes_after_too_many_attempts(stage):
    session = stage.socket("/ws", *[{"op": "auth", "auth": {"apiKey": "x"}}] * 8)
    assert session.outbox.closing == (4008, "auth_attempts")
