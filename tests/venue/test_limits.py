"""Rate tiers, heartbeats, and the venue's modes."""

import pytest

from tests.venue.stage import FAK, body, frames


def header(answer, name):
    return dict(answer.headers).get(name)


def test_tokens_are_told_and_spent(stage, alice):
    first = alice.place(price=0.45)
    assert header(first, "poly-ratelimit-tier") == "Standard"
    assert float(header(first, "poly-ratelimit-remaining")) == 59.0
    assert int(header(first, "poly-ratelimit-reset")) >= stage.now_ns // 10**9
    alice.place_many(*[{"price": 0.44}] * 10)
    assert float(header(alice.place(price=0.45), "poly-ratelimit-remaining")) == 48.0
    stage.wait(0.1)
    assert float(header(alice.place(price=0.45), "poly-ratelimit-remaining")) == 51.0


def test_limit_refuses_a_batch_as_a_whole(stage, alice):
    answers = [alice.place_many(*[{"price": 0.10, "size": 5}] * 15) for _ in range(4)]
    assert [answer.status for answer in answers] == [200] * 4
    refused = alice.place_many({"price": 0.10, "size": 5}, {"price": 0.10, "size": 5})
    assert (refused.status, body(refused)["error"]) == (429, "Too Many Requests")
    assert int(header(refused, "retry-after")) == 1
    assert header(refused, "poly-ratelimit-remaining") == "0.000"
    assert len(alice.open_orders()) == 60
    stage.wait(0.05)
    assert alice.place(price=0.10, size=5).status == 200


def test_cancels_may_go_into_debt(stage, alice):
    stage.admin("POST", "tier", address=alice.address, tier="Standard")
    for _ in range(4):
        alice.place_many(*[{"price": 0.10, "size": 5}] * 15)
    stage.wait(2.0)
    alice.ask("DELETE", "/orders", [f"0x{n}" for n in range(100)])
    gone = alice.ask("DELETE", "/cancel-all")
    assert len(body(gone)["canceled"]) == 60
    assert float(header(gone, "poly-ratelimit-remaining")) == 120 - 100 - 61
    assert header(gone, "poly-ratelimit-warning")
    refused = alice.ask("DELETE", "/cancel-all")
    assert refused.status == 429
    assert float(header(refused, "poly-ratelimit-remaining")) < 0
    stage.wait(1.0)
    assert alice.ask("DELETE", "/cancel-all").status == 200


def test_signers_do_not_share_tokens(stage, alice):
    bob = stage.trader()
    for _ in range(4):
        alice.place_many(*[{"price": 0.10, "size": 5}] * 15)
    assert alice.place(price=0.10).status == 429
    assert bob.place(price=0.10).status == 200


def beat(trader, given):
    answer = trader.ask("POST", "/v1/heartbeats", {"heartbeat_id": given})
    return answer.status, body(answer)


def test_heartbeats_are_a_chain(stage, alice):
    status, first = beat(alice, "")
    assert status == 200
    status, second = beat(alice, first["heartbeat_id"])
    assert status == 200
    assert second["heartbeat_id"] != first["heartbeat_id"]
    wrong = beat(alice, first["heartbeat_id"])
    expected = {"error_msg": "Invalid Heartbeat ID", "heartbeat_id": second["heartbeat_id"]}
    assert wrong == (400, expected)
    assert beat(alice, second["heartbeat_id"])[0] == 200
    assert beat(stage.trader(), "")[0] == 200


def test_silence_cancels_everything_and_disarms(stage, alice):
    alice.place(price=0.45)
    stage.wait(500.0)
    assert len(alice.open_orders()) == 1
    _, told = beat(alice, "")
    for _ in range(5):
        stage.wait(5.0)
        _, told = beat(alice, told["heartbeat_id"])
    user = alice.socket()
    stage.wait(9.9)
    assert len(alice.open_orders()) == 1
    stage.wait(5.2)
    assert alice.open_orders() == []
    assert [event["type"] for event in frames(user)] == ["CANCELLATION"]
    assert beat(alice, told["heartbeat_id"])[0] == 400
    assert beat(alice, "")[0] == 200


def test_refused_heartbeat_does_not_refresh(stage, alice):
    alice.place(price=0.45)
    beat(alice, "")
    for _ in range(3):
        stage.wait(5.0)
        beat(alice, "wrong")
    assert alice.open_orders() == []


def test_switch_is_the_keys_own(stage, alice):
    bob = stage.trader()
    alice.place(price=0.45)
    bob.place(price=0.45)
    beat(alice, "")
    stage.wait(16.0)
    assert (alice.open_orders(), len(bob.open_orders())) == ([], 1)


def test_legacy_heartbeat(stage, alice):
    answer = alice.ask("POST", "/heartbeats")
    assert body(answer) == {"status": "ok"}
    assert beat(alice, "")[0] == 200


@pytest.mark.parametrize(
    ("mode", "status", "text"),
    [
        ("disabled", 503, "Trading is currently disabled. Check polymarket.com for updates"),
        ("cancel_only", 503, "Trading is currently cancel-only. New orders are not accepted, but "
         "cancels are allowed."),
        ("post_only", 503, "post-only mode: only post-only orders and cancels are allowed"),
        ("restarting", 425, "the matching engine is restarting"),
    ],
)  # fmt: skip
def test_modes(stage, alice, mode, status, text):
    order = body(alice.place(price=0.40))["orderID"]
    stage.fault("mode", mode=mode)
    refused = alice.place(price=0.45)
    assert (refused.status, body(refused)["error"]) == (status, text)
    batch = alice.place_many({"price": 0.45}, {"price": 0.44})
    assert batch.status == status
    if mode == "post_only":
        assert body(refused)["code"] == "post_only_mode"
        assert header(refused, "retry-after") == "120"
        assert alice.place(price=0.45, post_only=True).status == 200
    cancelled = alice.cancel(order)
    assert cancelled.status == (425 if mode == "restarting" else 200)
    stage.venue.switchboard.heal()
    assert alice.place(price=0.45).status == 200


def test_restart_is_down_then_post_only_then_open(stage, alice):
    stage.fault("restart", down_s=5, post_only_s=120)
    assert alice.place(price=0.45).status == 425
    stage.wait(6.0)
    assert alice.place(price=0.45).status == 503
    assert alice.place(price=0.45, post_only=True).status == 200
    stage.wait(120.0)
    assert alice.place(price=0.45).status == 200


@pytest.mark.parametrize("fault", ["restart", "mode"])
def test_post_only_tells_the_seconds_that_are_left(stage, alice, fault):
    if fault == "restart":
        stage.fault("restart", down_s=5, post_only_s=15)
    else:
        stage.fault("mode", mode="post_only", for_s=20)
    for waited_s, left in ((6.0, 14), (13.5, 1)):
        stage.wait(waited_s)
        refused = alice.place(price=0.45)
        assert (refused.status, body(refused)["retry_after_seconds"]) == (503, left)
        assert header(refused, "retry-after") == str(left)
    stage.wait(0.6)
    assert alice.place(price=0.45).status == 200


def test_held_order_does_not_survive_a_halt(stage, alice):
    stage.book()
    heard = alice.place_held(price=0.52, kind=FAK)
    stage.fault("mode", mode="disabled")
    stage.wait(0.2)
    assert heard[0].status == 400
