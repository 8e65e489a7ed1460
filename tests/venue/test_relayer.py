"""The relayer: signed calls of the three wallets, their states, and what they move."""

import pytest

from pmcore.units import SECOND
from pmcore.wire.relayer import (
    Call,
    ProxyRequest,
    SafeRequest,
    WalletRequest,
    merge_call,
    redeem_calls,
    selector,
    split_call,
)
from pmcore.wire.typed_data import address_word, word
from pmio.signer import sign_relay
from tests.venue.stage import KEYS, Stage, body

KINDS = {1: "PROXY", 2: "SAFE", 3: "WALLET"}


def request(trader, calls, nonce=0):
    owner, wallet = trader.address, trader.terms.maker
    if trader.signature_type == 1:
        relay = "0x" + "0" * 39 + "1"
        return ProxyRequest(owner, wallet, calls, nonce, relay, 200_000)
    if trader.signature_type == 2:
        return SafeRequest(owner, wallet, calls, nonce)
    deadline = trader.stage.now_ns // SECOND + 600
    return WalletRequest(owner, wallet, calls, nonce, deadline)


def post(trader, content):
    headers = {"relayer_api_key": "k", "relayer_api_key_address": trader.address}
    (answer,) = trader.stage.ask("POST", "/submit", headers, content, "relayer")
    return answer


def submit(trader, *calls, nonce=0):
    return post(trader, sign_relay(trader.signer, request(trader, calls, nonce)))


def state(stage, answer):
    name = body(answer)["transactionID"]
    return body(stage.get(f"/v1/account/transactions/{name}", "relayer"))


@pytest.mark.parametrize("protocol", ["v1", "v2"])
@pytest.mark.parametrize("signature_type", [1, 2, 3])
def test_split_merge_and_redeem(protocol, signature_type):
    stage = Stage(protocol=protocol)
    trader = stage.trader(signature_type)
    before = trader.cash()
    asked = f"/v1/account/transactions/params?address={trader.address}&type={KINDS[signature_type]}"
    assert body(stage.get(asked, "relayer"))["nonce"] == "0"
    answer = submit(trader, split_call(stage.market, 50_000_000))
    assert body(answer)["state"] == "STATE_NEW"
    stage.wait(3.0)
    told = state(stage, answer)
    assert (told["state"], told["transaction_hash"][:2]) == ("STATE_CONFIRMED", "0x")
    assert (trader.cash(), trader.shares(0), trader.shares(1)) == (
        before - 50_000_000, 50_000_000, 50_000_000,
    )  # fmt: skip
    assert body(stage.get(asked, "relayer"))["nonce"] == "1"
    answer = submit(trader, merge_call(stage.market, 20_000_000), nonce=1)
    stage.wait(1.0)
    assert state(stage, answer)["state"] == "STATE_EXECUTED"
    stage.wait(5.0)
    assert state(stage, answer)["state"] == "STATE_MINED"
    stage.wait(5.0)
    assert state(stage, answer)["state"] == "STATE_CONFIRMED"
    assert trader.cash() == before - 30_000_000
    stage.fault("resolve", payout_up=1)
    held = (30_000_000, 30_000_000)
    answer = submit(trader, *redeem_calls(stage.market, held), nonce=2)
    stage.wait(10.0)
    assert state(stage, answer)["state"] == "STATE_CONFIRMED"
    assert (trader.cash(), trader.shares(0), trader.shares(1)) == (before, 0, 0)
    assert stage.venue.exchange.unbalanced() == []


@pytest.mark.parametrize("signature_type", [1, 2, 3])
def test_approvals(signature_type):
    stage = Stage()
    trader = stage.trader(signature_type)
    spender = "0xE111180000d2663C0091e4f400237545B87B996B"
    approve = selector("approve(address,uint256)") + address_word(spender)
    every = selector("setApprovalForAll(address,bool)") + address_word(spender)
    target = "0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB"
    trader.cash()
    answer = submit(trader, Call(target, approve + word(5)), Call(target, every + word(0)))
    stage.wait(2.0)
    assert state(stage, answer)["state"] == "STATE_CONFIRMED"
    refused = trader.place(price=0.45)
    assert "the allowance is not enough" in body(refused)["error"]
    assert trader.wallet.share_approvals[spender] is False


def test_refusals(stage):
    trader = stage.trader(2)
    call = merge_call(stage.market, 5_000_000)
    good = sign_relay(trader.signer, request(trader, (call,)))
    (bare,) = stage.ask("POST", "/submit", {}, good, "relayer")
    assert bare.status == 401
    assert post(trader, b"{}").status == 400
    assert post(trader, good.replace(b'"nonce":"0"', b'"nonce":"1"')).status == 400
    late = submit(trader, call, nonce=7)
    assert body(late)["error"] == "batch nonce 7 does not match on-chain nonce 0"
    strange = submit(trader, Call(call.target, b"\x01\x02\x03\x04"))
    assert "unknown function" in body(strange)["error"]
    short = submit(trader, Call(call.target, call.data[:40]))
    assert "too short" in body(short)["error"]
    assert stage.get("/v1/account/transactions/none", "relayer").status == 404
    assert stage.get("/nonce?address=0x1&type=NONE", "relayer").status == 400


def test_merge_of_nothing_fails(stage):
    trader = stage.trader(2)
    answer = submit(trader, merge_call(stage.market, 5_000_000))
    stage.wait(1.0)
    told = state(stage, answer)
    assert told["state"] == "STATE_FAILED"
    assert "not enough" in told["error_msg"]
    (old,) = body(stage.get(f"/transaction?id={body(answer)['transactionID']}", "relayer"))
    assert old["state"] == "STATE_FAILED"


def test_limit_of_a_minute(stage):
    trader = stage.trader(2)
    answers = [submit(trader, split_call(stage.market, 1_000_000), nonce=n) for n in range(26)]
    assert [answer.status for answer in answers] == [200] * 25 + [429]


def test_faults(stage):
    trader = stage.trader(3)
    stage.fault("relayer_stuck", for_s=30)
    answer = submit(trader, split_call(stage.market, 1_000_000))
    stage.wait(29.0)
    assert state(stage, answer)["state"] == "STATE_NEW"
    stage.wait(5.0)
    assert state(stage, answer)["state"] == "STATE_CONFIRMED"
    stage.fault("relayer_failing", for_s=10)
    answer = submit(trader, split_call(stage.market, 1_000_000), nonce=1)
    stage.wait(1.0)
    assert state(stage, answer)["state"] == "STATE_FAILED"
    stage.wait(10.0)
    stage.fault("merge_unknown", p=1.0)
    stage.admin("POST", "grant", address=trader.terms.maker, up=5, down=5)
    answer = submit(trader, merge_call(stage.market, 5_000_000), nonce=2)
    stage.wait(20.0)
    assert state(stage, answer)["state"] == "STATE_EXECUTED"
    stage.wait(30.0)
    assert state(stage, answer)["state"] in ("STATE_CONFIRMED", "STATE_FAILED")


def test_sets_of_keys_are_there():
    assert len(set(KEYS)) == 3
