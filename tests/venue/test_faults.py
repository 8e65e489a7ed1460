"""Every fault: it does what its name says while it is on, and nothing once it is healed."""

import json

import pytest

from pmapp.local_venue.fault_kinds import KINDS
from pmapp.local_venue.flow import natural
from pmapp.local_venue.outbox import RawBytes
from pmapp.local_venue.storms import DRAWS, storm
from pmapp.local_venue.terms import VenueTerms
from pmcore.events import OracleTicked
from pmcore.ids import BINANCE, CHAINLINK
from pmcore.sim.floor import NORMAL
from pmcore.units import SECOND, Ns, OraclePrice
from tests.venue.listener import Listener
from tests.venue.stage import FAK, START_S, Stage, body, frames

ONCE = {"resolve", "garbage", "close", "cut", "debt"}
"""Faults that are an event, not a state: there is nothing to heal."""


def test_every_class_of_the_field_notes_has_faults():
    assert {kind.group for kind in KINDS.values()} == set(range(1, 11))


@pytest.mark.parametrize("kind", list(KINDS))
def test_fault_begins_ends_and_leaves_no_trace(kind):
    stage = Stage()
    alice = stage.trader()
    stage.book()
    stage.market_socket()
    stage.admin("POST", "grant", address=alice.address, up=5, down=5)
    bodies = [alice.signed(price=0.45).body, alice.signed(price=0.52, kind=FAK).body]
    fault = stage.fault(kind, for_s=30.0)
    assert fault.kind == kind
    for one in bodies:
        alice.send("POST", "/order", one)
    stage.outside("BUY", 0.47, 10)
    stage.print("SELL", 0.47, 3)
    stage.wait(60.0)
    stage.wait(130.0)
    assert stage.venue.switchboard.active == {}
    assert stage.venue.exchange.floor.mode == NORMAL
    assert stage.venue.exchange.unbalanced() == []
    fresh = stage.market_socket()
    if kind == "resolve":
        assert stage.first == [[]]
        return
    stage.outside("BUY", 0.46, 10)
    listener = Listener()
    for message in [*stage.first, *frames(fresh)]:
        listener.hear(json.dumps(message))
    assert listener.finish() == []
    assert alice.place(price=0.40).status == 200
    faults = stage.venue.faults
    assert all(channel.calm for channel in faults.channels.values())
    assert (faults.answers, faults.closed_only, faults.banned) == ([], {}, {})


# --- 1: sockets ----------------------------------------------------------------------------------


def test_silent_stall_still_answers_pings(stage):
    stage.book()
    session = stage.market_socket()
    stage.fault("stall", for_s=10)
    stage.outside("BUY", 0.47, 10)
    session.hear("PING")
    assert session.outbox.take() == [b"PONG"]
    stage.wait(11.0)
    stage.outside("BUY", 0.46, 10)
    assert len(frames(session)) == 1


def test_stall_of_one_token(stage):
    stage.book()
    up, down = (stage.market_socket(tokens=[token]) for token in stage.market.tokens)
    other = stage.venue.listings.by_start[START_S + 900].market
    stage.fault("stall", asset=stage.token(0))
    stage.outside("BUY", 0.47, 10)
    assert frames(up) == frames(down) == []
    session = stage.market_socket(tokens=other.tokens)
    assert len(stage.first[0]) == 2
    assert session.outbox.take() == []


def test_gap_then_burst(stage):
    stage.book()
    session = stage.market_socket()
    stage.fault("hold", for_s=5)
    for step in range(20):
        stage.outside("BUY", 0.40, 10 + step)
        stage.wait(0.1)
    assert frames(session) == []
    stage.wait(5.0)
    assert len(frames(session)) == 20


def heard_with(stage, kind, **params):
    """What a listener finds wrong with 200 changes under a fault."""
    stage.book()
    session = stage.market_socket()
    listener = Listener()
    listener.hear(json.dumps(stage.first[0]))
    stage.fault(kind, **params)
    for step in range(200):
        stage.outside("BUY", 0.20 + step % 20 / 100, 10 + step)
        stage.wait(0.01)
    told = session.outbox.take()
    for frame in told:
        listener.hear(frame)
    return listener.finish(), told


@pytest.mark.parametrize("kind", ["lose", "wrong_side", "wrong_hash"])
def test_checksums_bring_it_to_light(stage, kind):
    found, _ = heard_with(stage, kind, p=0.2)
    assert any("checksum" in fault for fault in found)


def test_duplicates_do_no_harm(stage):
    found, told = heard_with(stage, "duplicate", p=0.5)
    assert found == []
    assert 260 < len(told) < 340


def test_frames_swap_places(stage):
    found, told = heard_with(stage, "reorder", p=0.3)
    assert any("after" in fault for fault in found)
    assert len(told) in (199, 200)


def test_lost_subscription(stage):
    session = stage.socket("/ws/market")
    stage.fault("lost_ack")
    wish = json.dumps({"type": "market", "assets_ids": [stage.token()]})
    session.hear(wish)
    assert session.outbox.take() == []
    session.hear(wish)
    assert len(session.outbox.take()) == 1


@pytest.mark.parametrize(
    "sort",
    ["text", "empty", "truncated", "types", "unknown", "deep", "huge", "non_utf8", "no_frame"],
)
def test_garbage(stage, sort):
    session = stage.market_socket()
    stage.fault("garbage", sort=sort)
    (frame,) = session.outbox.take()
    assert isinstance(frame, RawBytes) == (sort in ("non_utf8", "no_frame"))
    assert len(frame) > 500_000 or sort != "huge"


def test_connections_end(stage):
    first, second = stage.market_socket(), stage.market_socket()
    stage.fault("close", code=1012, reason="restart")
    assert first.outbox.closing == (1012, "restart")
    stage.fault("cut")
    assert second.outbox.cut
    stage.fault("refuse", for_s=5)
    assert stage.venue.open("/ws/market", lambda: None) is None
    assert stage.venue.open("/ws/user", lambda: None) is not None
    stage.wait(5.0)
    assert stage.venue.open("/ws/market", lambda: None) is not None


def test_unanswered_pings(stage):
    session = stage.market_socket()
    stage.fault("no_pong", channel="all")
    session.hear("PING")
    assert session.outbox.take() == []


# --- 2: books ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "params", "bids", "asks"),
    [
        ("one_sided", {"side": "asks"}, ["0.48"], []),
        ("one_sided", {"side": "bids"}, [], ["0.52"]),
        ("crossed", {}, ["0.48", "0.53"], ["0.52"]),
        ("empty", {}, [], []),
        ("placeholder", {}, ["0.01"], ["0.99"]),
    ],
)
def test_distorted_books(stage, alice, kind, params, bids, asks):
    stage.book()
    session = stage.market_socket()
    stage.fault(kind, for_s=5, **params)
    got = body(stage.get(f"/book?token_id={stage.token()}"))
    assert [level["price"] for level in got["bids"]] == bids
    assert [level["price"] for level in got["asks"]] == asks
    heard = alice.place_held(price=0.52, size=10, kind=FAK)
    stage.wait(5.0)
    assert body(heard[0])["status"] == "matched"
    listener = Listener()
    listener.hear(json.dumps(stage.first[0]))
    for message in frames(session):
        listener.hear(json.dumps(message))
    assert [fault for fault in listener.finish() if "crossed" not in fault] == []
    got = body(stage.get(f"/book?token_id={stage.token()}"))
    assert [level["price"] for level in got["bids"]] == ["0.48"]


def test_reversed_books(stage):
    stage.book()
    stage.outside("BUY", 0.40, 10)
    stage.fault("reversed")
    stage.market_socket()
    assert [level["price"] for level in stage.first[0][0]["bids"]] == ["0.48", "0.4"]


def test_tick_change_in_mid_stream(stage, alice):
    stage.book()
    session = stage.market_socket()
    stage.fault("tick_change", tick="0.001", for_s=5)
    told = frames(session)
    assert [m["event_type"] for m in told] == ["tick_size_change"] * 2
    assert (told[0]["old_tick_size"], told[0]["new_tick_size"]) == ("0.01", "0.001")
    fine = alice.signed(price=0.455)
    assert alice.ask("POST", "/order", fine.body).status == 200
    compact = body(stage.get(f"/clob-markets/{stage.market.condition_id}"))
    assert compact["mts"] == 0.001
    with pytest.raises(ValueError, match="divide"):
        stage.fault("tick_change", tick="0.3")


# --- 3: submits ----------------------------------------------------------------------------------


def test_timeout_after_the_venue_accepted(stage, alice):
    stage.fault("answer", on="place", fate="silent", applied=True, count=1)
    lost = alice.place(price=0.45)
    assert lost.fate == "silent"
    assert len(alice.open_orders()) == 1
    assert alice.place(price=0.44).fate == ""


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("status", [400, 403, 425, 429, 500, 502, 503])
def test_answers_of_all_kinds(stage, alice, status, applied):
    stage.fault("answer", on="place", status=status, applied=applied, retry_after=3)
    got = alice.place(price=0.45)
    assert got.status == status
    assert ("retry-after", "3") in got.headers
    assert len(alice.open_orders()) == int(applied)


@pytest.mark.parametrize("on", ["cancel", "beat", "book", "orders", "trades", "balance", "gamma"])
def test_answers_by_group(stage, alice, on):
    stage.fault("answer", on=on, status=500, text="no", p=1.0)
    reads = {
        "cancel": alice.ask("DELETE", "/cancel-all"),
        "beat": alice.ask("POST", "/v1/heartbeats", {"heartbeat_id": ""}),
        "book": stage.get(f"/book?token_id={stage.token()}"),
        "orders": alice.ask("GET", "/data/orders"),
        "trades": alice.ask("GET", "/data/trades"),
        "balance": alice.ask("GET", "/balance-allowance?asset_type=COLLATERAL"),
        "gamma": stage.get("/markets", "gamma"),
    }
    assert {name for name, answer in reads.items() if answer.status == 500} == {on}


def test_late_torn_and_garbled_answers(stage, alice):
    stage.fault("answer", on="place", delay_ms=400, count=1)
    heard = alice.send("POST", "/order", alice.signed(price=0.45).body)
    assert heard == []
    stage.wait(0.5)
    assert body(heard[0])["status"] == "live"
    stage.fault("answer", on="any", fate="torn", count=1)
    assert stage.get("/ok").fate == "torn"
    stage.fault("answer", on="any", garbage=True, count=1)
    assert stage.get("/ok").body.startswith(b"<html>")
    stage.fault("answer", on="any", p=0.5, status=500)
    assert {stage.get("/ok").status for _ in range(40)} == {200, 500}


def test_partial_batch(stage, alice):
    stage.fault("partial_batch", p=0.5)
    legs = body(alice.place_many(*[{"price": 0.40 + n / 100} for n in range(10)]))
    lost = [leg for leg in legs if not leg["orderID"]]
    assert 0 < len(lost) < 10
    assert {leg["errorMsg"] for leg in lost} == {"could not insert order"}
    assert len(alice.open_orders()) == 10 - len(lost)


def test_delayed_then_matched_or_not(stage, alice):
    stage.book()
    stage.fault("delayed")
    user = alice.socket()
    first = alice.place(price=0.52, size=10, kind=FAK)
    assert body(first)["status"] == "delayed"
    stage.outside("SELL", 0.52, 5)
    stage.wait(0.2)
    told = frames(user)
    assert [event["event_type"] for event in told] == ["trade", "order"]
    assert told[-1]["type"] == "CANCELLATION"


def test_version_flip_is_seen_by_readers(stage):
    before = body(stage.get(f"/clob-markets/{stage.market.condition_id}"))["v"]
    stage.fault("version_flip", for_s=5)
    assert (before, body(stage.get(f"/clob-markets/{stage.market.condition_id}"))["v"]) == (
        "v1", "v2",
    )  # fmt: skip
    stage.wait(6.0)
    assert body(stage.get(f"/clob-markets/{stage.market.condition_id}"))["v"] == "v1"


# --- 4 and 5: cancels and fills ------------------------------------------------------------------


def test_cancel_races_a_fill(stage, alice):
    stage.book(0.40, 0.60)
    user = alice.socket()
    stage.fault("user_late", ms=300)
    stage.fault("cancel_race", p=1.0)
    order = body(alice.place(price=0.50, size=10))["orderID"]
    assert frames(user) == []
    stage.wait(1.0)
    frames(user)
    answer = body(alice.cancel(order))
    assert frames(user) == []
    stage.wait(0.4)
    told = frames(user)
    assert told[0]["event_type"] == "trade"
    if answer["canceled"]:
        assert told[-1]["type"] == "CANCELLATION"
        assert float(told[-1]["size_matched"]) > 0
    else:
        assert answer["not_canceled"] == {order: "Order already matched"}


def test_bucket_in_debt(stage, alice):
    order = body(alice.place(price=0.45))["orderID"]
    stage.fault("debt", tokens=40)
    assert alice.cancel(order).status == 429
    stage.wait(1.0)
    assert alice.cancel(order).status == 200


def test_trade_before_the_submits_answer(stage, alice):
    stage.book()
    user = alice.socket()
    stage.fault("answer", on="place", delay_ms=1000)
    heard = alice.place_held(price=0.52, size=10, kind=FAK)
    stage.wait(0.5)
    assert (heard, frames(user)[0]["event_type"]) == ([], "trade")
    stage.wait(1.0)
    assert body(heard[0])["status"] == "matched"


def test_doubled_and_hidden_trades(stage, alice):
    stage.book(0.40, 0.60)
    alice.place(price=0.50, size=10)
    user = alice.socket()
    stage.fault("trade_doubled", p=1.0)
    stage.print("SELL", 0.50, 5)
    trades = [e for e in frames(user) if e["event_type"] == "trade"]
    assert len(trades) == 2
    assert trades[0] == trades[1]
    stage.fault("trades_hidden", for_s=5)
    assert alice.trades() == []
    stage.wait(5.0)
    assert len(alice.trades()) == 1


def test_dust_is_really_there(stage, alice):
    stage.book(0.40, 0.60)
    stage.fault("dust", p=1.0)
    order = body(alice.place(price=0.50, size=10))["orderID"]
    stage.print("SELL", 0.50, 10)
    (trade,) = alice.trades()
    (mine,) = [part for part in trade["maker_orders"] if part["order_id"] == order]
    assert mine["matched_amount"] != "10"
    assert abs(float(mine["matched_amount"]) - 10) < 0.01
    assert alice.shares(0) == round(float(mine["matched_amount"]) * 1e6)
    assert stage.venue.exchange.unbalanced() == []


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
    assert (body(stage.get(url, "data")), alice.cash()) == ([], 10_000_000_000)
    stage.admin("POST", "grant", address=alice.address, up=5)
    stage.admin("POST", "fund", address=alice.address, usd=5)
    assert (body(stage.get(url, "data")), alice.cash()) == ([], 10_000_000_000)
    alice.ask("GET", "/balance-allowance/update")
    assert alice.cash() == 10_005_000_000
    stage.wait(6.0)
    assert len(body(stage.get(url, "data"))) == 1


def test_allowance_to_the_wrong_spender(stage, alice):
    exchange = "0xE111180000d2663C0091e4f400237545B87B996B"
    stage.fault("allowance", spender=exchange, for_s=5)
    text = body(alice.place(price=0.45))["error"]
    assert "the allowance is not enough" in text
    assert exchange in text
    stage.wait(6.0)
    assert alice.place(price=0.45).status == 200


def tick(stage, source, venue_ns, usd):
    fact = OracleTicked(
        Ns(stage.now_ns), Ns(venue_ns), source, OraclePrice(round(usd * 10**12))
    )
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


# --- seeds and refusals --------------------------------------------------------------------------


def test_storms_repeat_and_heal():
    assert storm(7, 120) == storm(7, 120) != storm(8, 120)
    kinds = {spell.kind for seed in range(300) for spell in storm(seed, 120)}
    assert kinds == set(DRAWS)
    for seed in range(300):
        for spell in storm(seed, 120):
            lasting = spell.for_s
            if spell.kind == "restart":
                lasting = spell.params["down_s"] + spell.params["post_only_s"]
            assert spell.start_s + lasting <= 75


@pytest.mark.parametrize("seed", range(25))
def test_venue_survives_storms(seed):
    stage = Stage(natural(VenueTerms(seed=seed, ahead=2), 2.0), START_S + 100, seed=seed, ahead=2)
    alice = stage.trader()
    user, market = alice.socket(), stage.market_socket()
    for spell in storm(seed, 60):
        spell.plan(stage.venue)
    for step in range(70):
        stage.wait(1.0)
        book = stage.venue.board.book(stage.market.id, 0)
        price = min(max(book.best_bid, 100), 9_800) / 1e4
        alice.send("POST", "/order", alice.signed(price=price, size=20).body)
        alice.send("POST", "/order", alice.signed(price=price + 0.01, size=6, kind=FAK).body)
        if step % 5 == 4:
            alice.send("DELETE", "/cancel-all")
        user.outbox.take()
        market.outbox.take()
    assert stage.venue.switchboard.active == {}
    assert stage.venue.exchange.floor.mode == NORMAL
    assert stage.venue.exchange.unbalanced() == []
    listener = Listener()
    fresh = stage.market_socket()
    for _ in range(20):
        stage.wait(1.0)
        for message in [*stage.first, *frames(fresh)]:
            listener.hear(json.dumps(message))
        stage.first = []
    assert listener.finish() == []
    assert set(ONCE) < set(KINDS)


@pytest.mark.parametrize(
    ("kind", "params", "text"),
    [
        ("nonsense", {}, "no fault"),
        ("stall", {"what": 1}, "no parameter"),
        ("stall", {"channel": "tv"}, "channel"),
        ("answer", {"on": "tv"}, "on:"),
        ("answer", {"fate": "doom"}, "fate"),
        ("garbage", {"sort": "fine"}, "garbage"),
        ("mode", {"mode": "party"}, "mode"),
        ("one_sided", {"side": "both"}, "side"),
    ],
)
def test_wrong_faults_are_refused(stage, kind, params, text):
    stage.market_socket()
    with pytest.raises(ValueError, match=text):
        stage.fault(kind, **params)
    assert stage.venue.switchboard.active == {}
