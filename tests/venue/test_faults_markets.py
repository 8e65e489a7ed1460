"""Faults of balances, reference prices, markets and heartbeats: classes 6 to 9."""

import json

import pytest

from pmapp.local_venue.flow import natural
from pmapp.local_venue.terms import VenueTerms
from pmcore.events import OracleTicked
from pmcore.ids import BINANCE, CHAINLINK
from pmcore.units import SECOND, Ns, OraclePrice
from tests.venue.stage import START_S, Stage, body, frames

# --- 6 to 8: balances, prices, markets -----------------------------------------------------------


def test_phantom_lock(stage, alice):
    stage.fault("phantom_lock", for_s=5)
    refused = alice.place(price=0.45)
    assert "not enough balance" in body(refused)["error"]
    assert alice.cash() == stage.venue.terms.faucet
    stage.wait(6.0)
    assert alice.place(price=0.45).status == 200
    with pytest.raises(ValueError, match="no wallet"):
        stage.fault("phantom_lock", address="0x1")


def test_stale_positions_and_balances(stage, alice):
    stage.fault("stale_positions", for_s=5)
    stage.fault("stale_balance", for_s=5)
    url = f"/v2/positions?user={alice.address}"
    assert (body(stage.get(url, "data"))["data"], alice.cash()) == ([], 10_000_000_000)
    stage.admin("POST", "grant", address=alice.address, up=5)
    stage.admin("POST", "fund", address=alice.address, usd=5)
    assert (body(stage.get(url, "data"))["data"], alice.cash()) == ([], 10_000_000_000)
    alice.ask("GET", "/balance-allowance/update")
    assert alice.cash() == 10_005_000_000
    stage.wait(6.0)
    assert len(body(stage.get(url, "data"))["data"]) == 1


def test_allowance_to_the_wrong_spender(stage, alice):
    exchange = "0xE111180000d2663C0091e4f400237545B87B996B"
    stage.fault("allowance", spender=exchange, for_s=5)
    text = body(alice.place(price=0.45))["error"]
    assert "the allowance is not enough" in text
    assert exchange in text
    stage.wait(6.0)
    assert alice.place(price=0.45).status == 200


def tick(stage, source, venue_ns, usd):
    fact = OracleTicked(Ns(stage.now_ns), Ns(venue_ns), source, OraclePrice(round(usd * 10**12)))
    stage.venue.world.happen(fact)


def test_binance_alive_while_chainlink_is_dead(stage):
    session = stage.socket("/rtds", {"action": "subscribe", "subscriptions": [
        {"topic": "crypto_prices_chainlink"}, {"topic": "crypto_prices"},
    ]})  # fmt: skip
    frames(session)
    stage.fault("oracle_hole", source="chainlink", for_s=5)
    tick(stage, CHAINLINK, stage.now_ns, 65_000)
    tick(stage, BINANCE, stage.now_ns, 65_000)
    assert [m["topic"] for m in frames(session)] == ["crypto_prices"]
    stage.fault("oracle_back", source="binance", ms=3000, for_s=5)
    tick(stage, BINANCE, stage.now_ns, 65_000)
    assert frames(session)[0]["payload"]["timestamp"] == stage.now_ns // 1_000_000 - 3000
    with pytest.raises(ValueError, match="none of"):
        stage.fault("oracle_hole", source="coinbase")


def test_tie_goes_to_up():
    stage = Stage(natural(VenueTerms(protocol="v1", ahead=3)), START_S + 830)
    session = stage.socket("/rtds", {"action": "subscribe", "subscriptions": [
        {"topic": "crypto_prices_chainlink"},
    ]})  # fmt: skip
    stage.fault("tie")
    frames(session)
    told = []
    for _ in range(140):
        stage.wait(1.0)
        told += frames(session)
    end_ms = (START_S + 900) * 1000
    last = [m["payload"]["full_accuracy_value"] for m in told
            if end_ms - 60_000 <= m["payload"]["timestamp"] <= end_ms]  # fmt: skip
    assert len(last) > 55
    assert len(set(last)) == 1
    assert stage.listed.payout_up == 10_000


def test_clock_skew(stage):
    stage.fault("clock_skew", seconds=-90, for_s=5)
    assert body(stage.get("/time")) == stage.now_ns // SECOND - 90


def test_market_life(stage, alice):
    slug = stage.market.slug
    stage.fault("hidden_tokens", for_s=120)
    got = body(stage.get(f"/markets/slug/{slug}", "gamma"))
    assert got["clobTokenIds"] is None
    assert stage.get(f"/clob-markets/{stage.market.condition_id}").status == 404
    stage.wait(121.0)
    assert stage.get(f"/clob-markets/{stage.market.condition_id}").status == 200
    following = f"btc-updown-15m-{START_S + 900}"
    stage.fault("unlisted", slug=following, for_s=10)
    assert stage.get(f"/markets/slug/{following}", "gamma").status == 404
    stage.fault("rule_text", text="Now it is Down.", for_s=10)
    assert body(stage.get(f"/markets/slug/{slug}", "gamma"))["description"] == "Now it is Down."
    stage.wait(11.0)
    assert stage.get(f"/markets/slug/{following}", "gamma").status == 200
    with pytest.raises(ValueError, match="no market"):
        stage.fault("unlisted", slug="nonsense")


def test_early_split_resolution(stage, alice):
    user = alice.socket()
    alice.place(price=0.45)
    stage.admin("POST", "grant", address=alice.address, up=10, down=10)
    stage.fault("resolve", payout_up=0.5)
    assert frames(user)[-1]["status"] == "CANCELED_MARKET_RESOLVED"
    full = body(stage.get(f"/markets/{stage.market.condition_id}"))
    assert full["is_50_50_outcome"]
    assert [token["winner"] for token in full["tokens"]] == [False, False]
    got = body(stage.get(f"/markets/slug/{stage.market.slug}", "gamma"))
    assert json.loads(got["outcomePrices"]) == ["0.5", "0.5"]
    with pytest.raises(ValueError, match="payout_up"):
        stage.fault("resolve", payout_up=0.7)


def test_heartbeat_chain_answers_400(stage, alice):
    def beat(given):
        answer = alice.ask("POST", "/v1/heartbeats", {"heartbeat_id": given})
        return answer.status, body(answer)["heartbeat_id"]

    _, given = beat("")
    stage.fault("broken_beat", count=2)
    for expected in (400, 400, 200):
        status, given = beat(given)
        assert status == expected
