"""Faults of submits, cancels and fills: classes 3 to 5 of the field notes."""

import pytest

from tests.venue.stage import FAK, body, frames

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


def test_geoblock(stage):
    assert body(stage.get("/api/geoblock", "gamma"))["blocked"] is False
    stage.fault("geoblock", country="US", for_s=5)
    told = body(stage.get("/api/geoblock", "gamma"))
    assert (told["blocked"], told["country"]) == (True, "US")


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
