"""Orders through the venue's door: what is taken, what is refused, in its words and order."""

import json

import pytest

from pmcore.units import SECOND
from pmcore.wire.clob_answers import order_answer
from tests.venue.stage import FAK, FOK, GTD, Stage, body, frames


def test_order_rests(stage, alice):
    signed = alice.signed(price=0.45, size=10)
    answer = alice.ask("POST", "/order", signed.body)
    assert answer.status == 200
    assert body(answer) == {
        "errorMsg": "", "makingAmount": "", "orderID": signed.venue_id, "status": "live",
        "success": True, "takingAmount": "",
    }  # fmt: skip
    (order,) = alice.open_orders()
    assert order["id"] == signed.venue_id
    assert (order["price"], order["original_size"], order["size_matched"]) == ("0.45", "10", "0")
    assert body(alice.ask("GET", f"/data/order/{signed.venue_id}"))["status"] == "LIVE"


@pytest.mark.parametrize("signature_type", [0, 1, 2, 3])
@pytest.mark.parametrize("protocol", ["v1", "v2"])
def test_every_wallet_signs_both_versions(signature_type, protocol):
    stage = Stage(protocol=protocol)
    trader = stage.trader(signature_type)
    answer = trader.place(price=0.45)
    assert (answer.status, body(answer)["status"]) == (200, "live")
    assert trader.cash() == stage.venue.terms.faucet


def refusal(answer):
    return answer.status, body(answer)["error"]


def changed(signed, **fields):
    """A body with fields of its order changed after signing."""
    content = json.loads(signed.body)
    content["order"] |= fields
    return json.dumps(content).encode()


def test_refusals_before_the_exchange(stage, alice):
    signed = alice.signed(price=0.45)
    bob = stage.trader()

    def said(content, who=alice):
        return refusal(who.ask("POST", "/order", content))

    assert said(b"{") == (400, "Invalid order payload")
    assert said(b"[]") == (400, "Invalid order payload")
    assert said(signed.body, bob) == (400, "the order owner has to be the owner of the API KEY")
    stolen = json.loads(signed.body) | {"owner": bob.key.id}
    assert said(json.dumps(stolen).encode(), bob) == (
        400, "the order signer address has to be the address of the API KEY",
    )  # fmt: skip
    assert said(changed(signed, takerAmount="20000000")) == (400, "invalid signature")
    assert said(changed(signed, tokenId="12345")) == (400, "Invalid token id")
    old = json.loads(signed.body)
    old["order"] = {
        name: value for name, value in old["order"].items()
        if name not in ("timestamp", "metadata", "builder")
    } | {"taker": "0x" + "0" * 40, "nonce": "0", "feeRateBps": "1000"}  # fmt: skip
    assert said(json.dumps(old).encode()) == (400, "order_version_mismatch")
    assert alice.open_orders() == []


def test_wrong_domain_is_a_version_mismatch(stage, alice):
    signed = alice.signed(price=0.45)
    stage.fault("version_flip")
    assert refusal(alice.ask("POST", "/order", signed.body)) == (400, "order_version_mismatch")
    stage.venue.switchboard.heal()
    assert alice.ask("POST", "/order", signed.body).status == 200


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ({"price": 0.45, "size": 4.99}, "Size (4.99) lower than the minimum: 5"),
        ({"price": 0.52, "size": 1.0}, "invalid amount for a marketable BUY order"),
        ({"price": 0.52, "post_only": True}, "invalid post-only order: order crosses book"),
        ({"price": 0.52, "size": 30_000}, "not enough balance / allowance"),
        ({"price": 0.45, "size": 30_000}, "not enough balance / allowance"),
        ({"price": 0.52, "side": "SELL"}, "not enough balance / allowance"),
        ({"price": 0.45, "kind": FOK}, "FOK orders are fully filled or killed."),
        ({"price": 0.45, "kind": FAK}, "no orders found to match with FAK order."),
    ],
)
def test_refusals_of_the_exchange(stage, alice, terms, text):
    stage.book()
    status, said = refusal(alice.place(**terms))
    assert status == 400
    assert text in said
    assert alice.open_orders() == []


def test_price_off_the_grid_names_the_order(stage, alice):
    stage.fault("tick_change", tick="0.001")
    fine = alice.signed(price=0.455)
    stage.venue.switchboard.heal()
    status, said = refusal(alice.ask("POST", "/order", fine.body))
    assert (status, said) == (
        400,
        f"order {fine.venue_id} is invalid. Price (0.455) breaks minimum tick size rule: 0.01",
    )


def test_duplicate_is_refused_and_refused_order_may_come_again(stage, alice):
    signed = alice.signed(price=0.45)
    assert alice.ask("POST", "/order", signed.body).status == 200
    again = refusal(alice.ask("POST", "/order", signed.body))
    assert again == (400, f"order {signed.venue_id} is invalid. Duplicated.")
    alice.cancel(signed.venue_id)
    again = refusal(alice.ask("POST", "/order", signed.body))
    assert again == (400, f"order {signed.venue_id} is invalid. Duplicated.")
    big = alice.signed(price=0.45, size=30_000)
    assert alice.ask("POST", "/order", big.body).status == 400
    stage.admin("POST", "fund", address=alice.address, usd=20_000)
    assert alice.ask("POST", "/order", big.body).status == 200


def test_open_orders_reserve(stage, alice):
    assert alice.place(price=0.5, size=15_000).status == 200
    status, said = refusal(alice.place(price=0.5, size=6_000))
    assert (status, "not enough balance" in said) == (400, True)


def test_good_till_date(stage, alice):
    now_s = stage.now_ns // SECOND
    early = alice.place(price=0.45, kind=GTD, expires_s=now_s + 59)
    assert refusal(early) == (400, "invalid expiration")
    assert alice.place(price=0.45, kind=GTD, expires_s=now_s + 90).status == 200
    user = alice.socket()
    stage.wait(29.0)
    assert len(alice.open_orders()) == 1
    stage.wait(1.5)
    assert alice.open_orders() == []
    (event,) = frames(user)
    assert (event["type"], event["status"]) == ("CANCELLATION", "CANCELED_EXPIRED_ORDER")


def test_expiration_only_with_good_till_date(stage, alice):
    content = json.loads(alice.signed(price=0.45).body)
    content["order"]["expiration"] = str(stage.now_ns // SECOND + 500)
    said = refusal(alice.ask("POST", "/order", json.dumps(content).encode()))
    assert said == (400, "invalid expiration")


def test_market_not_open(stage, alice):
    signed = alice.signed(price=0.45)
    stage.fault("resolve", payout_up=1)
    said = refusal(alice.ask("POST", "/order", signed.body))
    assert said == (400, "the market is not yet ready to process new orders")


def test_batch_answers_every_leg_in_order(stage, alice):
    stage.book()
    answer = alice.place_many(
        {"price": 0.45},
        {"price": 0.45, "size": 1},
        {"price": 0.52, "post_only": True},
        {"price": 0.44, "outcome": 1},
    )
    legs = body(answer)
    assert answer.status == 200
    assert [leg["status"] for leg in legs] == ["live", "", "", "live"]
    # "Rejected leg: HTTP 200 with success true, orderID empty" (capture of 2026-05)
    assert [leg["success"] for leg in legs] == [True] * 4
    assert legs[1]["orderID"] == ""
    assert "lower than the minimum" in legs[1]["errorMsg"]
    assert len(alice.open_orders()) == 2


def test_batch_is_held_for_its_slowest_leg(stage, alice):
    stage.book()
    bodies = [alice.signed(price=0.45).body, alice.signed(price=0.52, kind=FAK).body]
    heard = alice.send("POST", "/orders", b"[" + b",".join(bodies) + b"]")
    assert heard == []
    stage.wait(0.2)
    assert [leg["status"] for leg in body(heard[0])] == ["live", "matched"]


def test_batch_has_a_limit(stage, alice):
    one = alice.signed(price=0.45).body
    answer = alice.ask("POST", "/orders", b"[" + b",".join([one] * 16) + b"]")
    assert refusal(answer) == (400, "Too many orders in payload: 16, max allowed: 15")
    assert alice.ask("POST", "/orders", b"[]").status == 200


def test_market_buy_in_dollars_has_a_rounded_price(stage, alice):
    """10 pUSD at 0.52 is 19.2307 shares: its price is a hair above the tick, and is taken."""
    stage.book(size=1000)
    heard = alice.place_held(price=0.52, size=19.24, kind=FAK)
    stage.wait(0.2)
    got = body(heard[0])
    assert (got["status"], got["takingAmount"]) == ("matched", "19.2307")
    assert order_answer(200, heard[0].body).matched


def test_market_order_amounts_have_two_decimals(stage, alice):
    """Third parties: "maker amount supports a max accuracy of 2 decimals"."""
    stage.book(size=1000)
    signed = alice.signed(price=0.47, size=10.55)
    content = json.loads(signed.body) | {"orderType": "FAK"}
    status, said = refusal(alice.ask("POST", "/order", json.dumps(content).encode()))
    assert (status, "max accuracy of 2 decimals" in said) == (400, True)
