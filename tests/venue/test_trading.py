"""Matches, their life on chain, the user channel, cancels and balances."""

import json

import pytest

from pmcore.model.fees import taker_fee
from pmcore.sim.assumptions import Assumptions
from pmcore.units import Shares
from pmcore.wire.clob_user import decode
from pmcore.wire.trade import Account, Ours
from tests.venue.stage import FAK, FOK, Stage, body, frames, price_of, shares_of


def statuses(told, kind="trade"):
    return [event["status"] for event in told if event["event_type"] == kind]


def test_taker_is_answered_after_the_delay(stage, alice):
    stage.book()
    user = alice.socket()
    heard = alice.place_held(price=0.52, size=10, kind=FAK)
    stage.wait(0.149)
    assert heard == []
    stage.wait(0.002)
    answer = body(heard[0])
    assert (answer["status"], answer["makingAmount"], answer["takingAmount"]) == (
        "matched", "5.2", "10",
    )  # fmt: skip
    assert answer["transactionsHashes"] == []
    told = frames(user)
    assert [event["event_type"] for event in told] == ["trade", "order"]
    (trade,) = answer["tradeIDs"]
    assert told[0]["id"] == trade
    assert told[0]["trader_side"] == "TAKER"
    assert told[1]["status"] == "MATCHED"


def test_trade_lives_through_its_statuses(stage, alice):
    stage.book()
    user = alice.socket()
    heard = alice.place_held(price=0.52, size=10, kind=FOK)
    stage.wait(0.2)
    assert statuses(frames(user)) == ["MATCHED"]
    stage.wait(2.0)
    assert statuses(frames(user)) == ["MINED"]
    (trade,) = alice.trades()
    assert trade["transaction_hash"].startswith("0x")
    stage.wait(8.0)
    assert statuses(frames(user)) == ["CONFIRMED"]
    assert alice.trades(f"?id={body(heard[0])['tradeIDs'][0]}")[0]["status"] == "CONFIRMED"


def test_taker_pays_fee_on_top(stage, alice):
    stage.book()
    before = alice.cash()
    alice.place_held(price=0.52, size=100, kind=FAK)
    stage.wait(0.2)
    fee = taker_fee(stage.market.fees, price_of(0.52), shares_of(100))
    assert fee == 1_747_200
    assert before - alice.cash() == 52_000_000 + fee
    assert alice.shares(0) == 100_000_000


def test_maker_is_filled_by_a_print_and_told_his_part(stage, alice):
    stage.book(0.45, 0.55)
    user = alice.socket()
    order = body(alice.place(price=0.50, size=10, post_only=True))["orderID"]
    market = stage.market_socket()
    stage.print("SELL", 0.50, 4)
    told = frames(user)
    assert [event["type"] for event in told] == ["PLACEMENT", "TRADE", "UPDATE"]
    placed, trade, update = told
    assert (placed["id"], placed["status"]) == (order, "LIVE")
    assert trade["trader_side"] == "MAKER"
    (mine,) = [part for part in trade["maker_orders"] if part["order_id"] == order]
    assert (mine["matched_amount"], mine["price"], mine["side"]) == ("4", "0.5", "BUY")
    assert trade["side"] == "SELL"
    assert (update["size_matched"], update["status"]) == ("4", "LIVE")
    assert update["associate_trades"] == [trade["id"]]
    kinds = [m["event_type"] for m in frames(market)]
    assert kinds == ["price_change", "book", "book", "last_trade_price"]
    stage.print("SELL", 0.50, 6)
    assert frames(user)[-1]["status"] == "MATCHED"
    assert alice.open_orders() == []


def test_cross_match_turns_the_makers_side(stage, alice):
    """A taker buys Up, a resting buyer of Down is the maker: the trade mints a pair."""
    stage.book(0.45, 0.55)
    user = alice.socket()
    order = body(alice.place(price=0.50, size=10, outcome=1))["orderID"]
    frames(user)
    stage.print("BUY", 0.50, 10)
    trade = frames(user)[0]
    assert (trade["asset_id"], trade["side"], trade["price"]) == (stage.token(0), "BUY", "0.5")
    (mine,) = trade["maker_orders"]
    assert (mine["order_id"], mine["asset_id"], mine["side"]) == (order, stage.token(1), "BUY")


def test_two_accounts_meet_and_money_is_conserved(stage, alice):
    bob = stage.trader()
    stage.book(0.40, 0.60)
    first, second = alice.socket(), bob.socket()
    alice.place(price=0.50, size=10)
    stage.venue.exchange.grant(bob.wallet.account, stage.market.id, Shares(10_000_000), Shares(0))
    bob.place_held(price=0.45, size=10, side="SELL", kind=FAK)
    stage.wait(0.2)
    maker, taker = frames(first), frames(second)
    assert statuses(maker) == statuses(taker) == ["MATCHED"]
    assert maker[1]["trader_side"] == "MAKER"
    trade = next(event for event in taker if event["event_type"] == "trade")
    assert (trade["id"], trade["price"]) == (maker[1]["id"], "0.5")
    assert [part["owner"] for part in trade["maker_orders"]] == [alice.key.id]
    stage.wait(11.0)
    assert alice.shares(0) == 10_000_000
    assert bob.shares(0) == 0
    assert stage.venue.exchange.unbalanced() == []


def test_several_makers_in_one_trade(stage, alice):
    bob = stage.trader()
    stage.book(0.40, 0.60)
    alice.place(price=0.50, size=10)
    bob.place(price=0.50, size=10)
    user = alice.socket()
    stage.print("SELL", 0.50, 15)
    (trade, *_) = frames(user)
    parts = {part["owner"]: part["matched_amount"] for part in trade["maker_orders"]}
    assert parts == {alice.key.id: "10", bob.key.id: "5"}
    assert trade["size"] == "15"


def test_taker_sweeps_levels_at_maker_prices(stage, alice):
    stage.book(0.40, 0.50, 10)
    stage.outside("SELL", 0.51, 10)
    heard = alice.place_held(price=0.52, size=15, kind=FAK)
    stage.wait(0.2)
    answer = body(heard[0])
    assert (answer["makingAmount"], answer["takingAmount"]) == ("7.55", "15")
    assert len(answer["tradeIDs"]) == 2
    assert sorted(t["price"] for t in alice.trades()) == ["0.5", "0.51"]


def test_remainder_of_a_resting_taker_stays(stage, alice):
    stage.book(0.40, 0.50, 10)
    user = alice.socket()
    heard = alice.place_held(price=0.50, size=25)
    stage.wait(0.2)
    answer = body(heard[0])
    assert (answer["status"], answer["takingAmount"]) == ("matched", "10")
    (order,) = alice.open_orders()
    assert (order["size_matched"], order["original_size"]) == ("10", "25")
    placed = frames(user)[-1]
    assert (placed["type"], placed["status"], placed["size_matched"]) == ("PLACEMENT", "LIVE", "10")


def test_fill_or_kill_that_cannot_be_filled_any_more(stage, alice):
    stage.book(0.40, 0.50, 10)
    user = alice.socket()
    heard = alice.place_held(price=0.50, size=10, kind=FOK)
    stage.outside("SELL", 0.50, 5)
    stage.wait(0.2)
    assert heard[0].status == 400
    assert body(heard[0])["error"].startswith("order couldn't be fully filled")
    (event,) = frames(user)
    assert event["status"].startswith("CANCELED_order couldn't be fully filled")


def test_order_in_its_delay_cannot_be_cancelled(stage, alice):
    stage.book()
    signed = alice.signed(price=0.52, size=10, kind=FAK)
    heard = alice.send("POST", "/order", signed.body)
    answer = body(alice.cancel(signed.venue_id))
    assert answer["canceled"] == []
    assert "delay" in answer["not_canceled"][signed.venue_id]
    assert body(alice.ask("DELETE", "/cancel-all"))["canceled"] == []
    stage.wait(0.2)
    assert body(heard[0])["status"] == "matched"


def test_cancels(stage, alice):
    user = alice.socket()
    ids = [body(alice.place(price=0.40 + n / 100, size=10))["orderID"] for n in range(4)]
    frames(user)
    assert body(alice.cancel(ids[0])) == {"canceled": [ids[0]], "not_canceled": {}}
    (event,) = frames(user)
    assert (event["type"], event["status"]) == ("CANCELLATION", "CANCELED")
    again = body(alice.cancel(ids[0]))["not_canceled"]
    assert again == {ids[0]: "Order not found or already canceled"}
    answer = body(alice.ask("DELETE", "/orders", [ids[1], ids[1], "0xnone"]))
    assert answer["canceled"] == [ids[1]]
    assert list(answer["not_canceled"]) == ["0xnone"]
    assert alice.ask("DELETE", "/cancel-market-orders", {}).status == 400
    of = {"asset_id": stage.token(1)}
    assert body(alice.ask("DELETE", "/cancel-market-orders", of))["canceled"] == []
    of = {"market": stage.market.condition_id, "asset_id": stage.token(0)}
    assert body(alice.ask("DELETE", "/cancel-market-orders", of))["canceled"] == ids[2:]
    many = [str(n) for n in range(1001)]
    refused = alice.ask("DELETE", "/orders", many)
    assert (refused.status, "max allowed: 1000" in body(refused)["error"]) == (400, True)


def test_matched_order_says_so_when_cancelled(stage, alice):
    stage.book(0.40, 0.60)
    order = body(alice.place(price=0.50, size=5))["orderID"]
    stage.print("SELL", 0.50, 5)
    assert body(alice.cancel(order))["not_canceled"] == {order: "Order already matched"}


def test_nobody_cancels_anothers_order(stage, alice):
    bob = stage.trader()
    order = body(alice.place(price=0.45))["orderID"]
    assert body(bob.cancel(order))["canceled"] == []
    assert bob.ask("GET", f"/data/order/{order}").status == 404
    assert len(alice.open_orders()) == 1


def test_fresh_shares_cannot_be_sold_before_they_are_confirmed(stage, alice):
    stage.book()
    alice.place_held(price=0.52, size=10, kind=FAK)
    stage.wait(0.2)
    early = alice.place(price=0.60, size=10, side="SELL")
    assert early.status == 400
    stage.wait(11.0)
    assert alice.place(price=0.60, size=10, side="SELL").status == 200


def test_failed_trade_is_undone(stage, alice):
    stage.fault("trade_failed", p=1.0)
    stage.book()
    before = alice.cash()
    user = alice.socket()
    alice.place_held(price=0.52, size=10, kind=FAK)
    stage.wait(0.2)
    stage.wait(2.0)
    stage.wait(9.0)
    assert statuses(frames(user)) == ["MATCHED", "RETRYING", "FAILED"]
    assert (alice.cash(), alice.shares(0)) == (before, 0)
    assert alice.trades()[0]["err_msg"]
    assert stage.venue.exchange.unbalanced() == []


@pytest.mark.parametrize("wait_s", [30.0, 3600.0])
def test_long_silence_keeps_the_order_of_things(wait_s):
    """A venue that was not asked for long tells everything in order when it is."""
    stage = Stage(assumptions=Assumptions())
    alice = stage.trader()
    stage.book()
    user = alice.socket()
    heard = alice.place_held(price=0.52, size=10, kind=FAK)
    stage.wait(wait_s)
    assert statuses(frames(user)) == ["MATCHED", "MINED", "CONFIRMED"]
    assert body(heard[0])["status"] == "matched"


def test_user_channel_is_understood_by_the_cores_decoder(stage, alice):
    stage.book(0.45, 0.55)
    user = alice.socket()
    order = body(alice.place(price=0.50, size=10))["orderID"]
    stage.print("SELL", 0.50, 10)
    tokens = {token: (stage.market.id, o) for o, token in enumerate(stage.market.tokens)}
    ours = Ours(tokens, {order: 7}, Account(alice.key.id, alice.address))
    told = [e for frame in user.outbox.take() for e in decode(frame, stage.now_ns, ours)]
    assert [type(event).__name__ for event in told] == [
        "OrderAccepted", "TradeReported",
    ]  # fmt: skip
    assert (told[1].order, told[1].size, told[1].maker) == (7, 10_000_000, True)


def test_user_channel_wants_credentials_and_filters_markets(stage, alice):
    bad = stage.socket("/ws/user", {"type": "user", "auth": {"apiKey": alice.key.id}})
    assert bad.outbox.closing == (1008, "invalid auth")
    early = stage.socket("/ws/user", {"type": "user"})
    assert early.outbox.closing is not None
    other = alice.socket(markets=["0xother"])
    mine = alice.socket(markets=[stage.market.condition_id])
    alice.place(price=0.45)
    assert (len(frames(mine)), frames(other)) == (1, [])
    markets = [stage.market.condition_id]
    other.hear(json.dumps({"operation": "subscribe", "markets": markets}))
    mine.hear(json.dumps({"operation": "unsubscribe", "markets": markets}))
    alice.place(price=0.44)
    assert (len(frames(other)), frames(mine)) == (1, [])


def test_a_subscription_to_all_markets_is_not_narrowed_by_one_to_some(stage, alice):
    user = alice.socket()
    user.hear(json.dumps({"operation": "subscribe", "markets": ["0xother"]}))
    alice.place(price=0.45)
    assert len(frames(user)) == 1


def test_notifications(stage, alice):
    stage.book(0.40, 0.60)
    order = body(alice.place(price=0.50, size=10))["orderID"]
    stage.print("SELL", 0.50, 4)
    alice.cancel(order)
    told = body(alice.ask("GET", "/notifications"))
    assert [(note["type"], note["payload"]["matched_size"]) for note in told] == [
        (2, "4"),
        (1, "4"),
    ]
    assert {note["payload"]["order_id"] for note in told} == {order}
    alice.ask("DELETE", f"/notifications?ids={told[0]['id']}")
    assert body(alice.ask("GET", "/notifications")) == told[1:]
    alice.ask("DELETE", "/notifications")
    assert body(alice.ask("GET", "/notifications")) == []
