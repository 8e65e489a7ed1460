"""The user channel: our part of a trade, turned round where it matched the other token."""

import json

import pytest

from pmcore.events import OrderAccepted, OrderCancelled, OrderDelayed, TradeReported
from pmcore.market import CRYPTO_FEES, NO_FEES
from pmcore.model.fees import taker_fee
from pmcore.wire.clob_user import decode
from pmcore.wire.frames import WireError
from pmcore.wire.trade import Account, Ours
from tests.recordings import shared_data
from tests.wire.frames_seen import DOWN_TOKEN, ORDER, TOKENS, TRADE, UP_TOKEN

M = 1791241200
OURS = Ours(TOKENS, {"0xa1": 11, "0xa2": 12}, Account("me", "0xf3"))


def changed(text: str, **fields: object) -> str:
    return json.dumps(json.loads(text) | fields)


@pytest.mark.parametrize(
    ("kind", "status", "events"),
    [
        ("PLACEMENT", "LIVE", [OrderAccepted(5, 11)]),
        ("PLACEMENT", "MATCHED", [OrderAccepted(5, 11)]),
        ("PLACEMENT", "UNMATCHED", [OrderAccepted(5, 11)]),
        ("PLACEMENT", "DELAYED", [OrderDelayed(5, 11)]),
        ("PLACEMENT", None, [OrderAccepted(5, 11)]),
        ("UPDATE", "LIVE", [OrderAccepted(5, 11)]),
        ("UPDATE", "ORDER_STATUS_LIVE", [OrderAccepted(5, 11)]),
        ("UPDATE", "MATCHED", []),
        ("UPDATE", "CANCELED_EXPIRED_ORDER", [OrderCancelled(5, 11, "CANCELED_EXPIRED_ORDER")]),
        ("CANCELLATION", "CANCELED", [OrderCancelled(5, 11, "CANCELED")]),
        ("CANCELLATION", "INVALID", [OrderCancelled(5, 11, "INVALID")]),
        ("CANCELLATION", "LIVE", [OrderCancelled(5, 11, "LIVE")]),
        (
            "CANCELLATION",
            "CANCELED_order couldn't",
            [OrderCancelled(5, 11, "CANCELED_order couldn't")],
        ),
    ],
)
def test_order_events(kind, status, events):
    frame = changed(ORDER, type=kind, status=status)
    assert decode(frame, 5, OURS) == events
    assert decode(f"[{frame}]", 5, OURS) == events
    assert decode(frame, 5, Ours(TOKENS, {})) == []


def test_several_maker_orders_of_ours_in_one_trade():
    assert decode(TRADE, 5, OURS) == [
        TradeReported(5, "t1", 11, M, 0, 1, 4_300, 10_000_000, 0, True, 0),
        # A mint: the taker bought Up at 0.43 and our order bought Down at 0.57.
        TradeReported(5, "t1", 12, M, 1, 0, 5_700, 12_500_000, 0, True, 0),
    ]


@pytest.mark.parametrize(
    ("taker", "asset", "ours"),
    [("BUY", UP_TOKEN, 1), ("SELL", UP_TOKEN, 0), ("SELL", DOWN_TOKEN, 1)],
)
def test_a_maker_side_that_is_missing_is_inferred(taker, asset, ours):
    maker = {"order_id": "0xa1", "asset_id": asset, "matched_amount": "7", "price": "0.4"}
    (report,) = decode(changed(TRADE, side=taker, maker_orders=[maker]), 5, OURS)
    assert (report.side, report.outcome) == (ours, TOKENS[asset][1])


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("MATCHED", 0),
        ("MATCHED_NOT_BROADCASTED", 0),
        ("TRADE_STATUS_MATCHED", 0),
        ("MINED", 1),
        ("TRADE_STATUS_CONFIRMED", 2),
        ("RETRYING", 3),
        ("FAILED", 4),
    ],
)
def test_statuses(status, code):
    assert {r.status for r in decode(changed(TRADE, status=status), 5, OURS)} == {code}


def test_an_unknown_status_is_refused():
    with pytest.raises(WireError, match="status"):
        decode(changed(TRADE, status="UNDONE"), 5, OURS)


def taker_frame(**fields: object) -> str:
    other = {"owner": "you", "maker_address": "0xe4"}
    makers = [
        other | {"order_id": "0xc1", "asset_id": UP_TOKEN, "matched_amount": "10", "price": "0.52"},
        other
        | {"order_id": "0xc2", "asset_id": DOWN_TOKEN, "matched_amount": "5", "price": "0.47"},
    ]
    plain = {"trader_side": "TAKER", "taker_order_id": "0xa1", "size": "15", "price": "0.53"}
    return changed(TRADE, **(plain | {"maker_orders": makers} | fields))


def test_a_taker_pays_the_makers_prices_and_the_fee():
    (report,) = decode(taker_frame(), 5, OURS)
    fee = taker_fee(CRYPTO_FEES, 5_234, 15_000_000)
    assert fee > 0
    # 10 at 0.52 and 5 at 1 - 0.47: 0.52333... per share, rounded against the buyer.
    assert report == TradeReported(5, "t1", 11, M, 0, 0, 5_234, 15_000_000, fee, False, 0)
    (free,) = decode(taker_frame(), 5, Ours(TOKENS, {"0xa1": 11}, Account(), {M: NO_FEES}))
    assert free.fee == 0


def test_a_taker_whose_makers_do_not_add_up_has_the_trades_price():
    for fields in ({"size": "14"}, {"maker_orders": []}, {"maker_orders": None}):
        (report,) = decode(taker_frame(**fields), 5, OURS)
        assert report.price == 5_300
    (off_grid,) = decode(taker_frame(price="0.523333", maker_orders=[]), 5, OURS)
    assert off_grid.price == 5_234
    (sold,) = decode(taker_frame(price="0.523333", maker_orders=[], side="SELL"), 5, OURS)
    assert sold.price == 5_233


def test_fills_of_orders_that_we_do_not_know():
    strangers = Ours(TOKENS, {}, Account("me"))
    assert [(r.trade, r.order, r.size) for r in decode(TRADE, 5, strangers)] == [
        ("t1#0xa1", 0, 10_000_000),
        ("t1#0xa2", 0, 12_500_000),
    ]
    by_address = Ours(TOKENS, {}, Account("", "0xF3"))
    assert len(decode(TRADE, 5, by_address)) == 2
    (taken,) = decode(taker_frame(), 5, strangers)
    assert (taken.trade, taken.order, taken.maker) == ("t1#0xa1", 0, False)
    assert decode(TRADE, 5, Ours(TOKENS, {}, Account("them", "0x00"))) == []
    assert decode(taker_frame(), 5, Ours(TOKENS, {}, Account("them"))) == []
    assert decode(TRADE, 5, Ours({}, {}, Account("me"))) == []


def test_our_order_in_an_unknown_token_is_not_passed_over():
    with pytest.raises(WireError, match="not watched"):
        decode(TRADE, 5, Ours({}, {"0xa1": 11}))


def test_one_order_named_twice_is_one_part():
    maker = {"order_id": "0xa1", "asset_id": UP_TOKEN, "matched_amount": "7", "price": "0.4"}
    (report,) = decode(changed(TRADE, maker_orders=[maker, maker]), 5, OURS)
    assert report.size == 14_000_000


def test_the_role_is_found_without_trader_side():
    """The official example has none: only ids and owners tell."""
    assert len(decode(changed(TRADE, trader_side=None), 5, OURS)) == 2
    assert len(decode(changed(TRADE, trader_side=None), 5, Ours(TOKENS, {}, Account("me")))) == 2
    (taken,) = decode(taker_frame(trader_side=None), 5, Ours(TOKENS, {}, Account("me")))
    assert taken.maker is False


@pytest.mark.parametrize(
    "frame",
    [
        "{}",
        '{"event_type":"order"}',
        '{"event_type":"trade"}',
        changed(ORDER, type="MOVED"),
        changed(TRADE, side="UP"),
        changed(TRADE, trader_side="TAKER", taker_order_id="0xa1", size="-1"),
        "[" * 50_000,
        b"\xff",
    ],
)
def test_garbage_is_a_wire_error(frame):
    with pytest.raises(WireError):
        decode(frame, 5, OURS)


def test_other_kinds_are_skipped():
    assert decode('{"event_type":"of_tomorrow"}', 5, OURS) == []
    assert decode("PONG", 5, OURS) == []


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("ws_user_order_cancellation.json", [OrderCancelled]),
        ("ws_user_order_fok_killed.json", [OrderCancelled]),
        ("ws_user_order_matched.json", []),
        ("ws_user_order_msg.json", [OrderAccepted]),
        ("ws_user_order_placement.json", [OrderAccepted]),
        ("ws_user_order_update.json", [OrderAccepted]),
        ("ws_user_order_venue_cancel.json", [OrderCancelled]),
        ("ws_user_trade.json", [TradeReported]),
        ("ws_user_trade_msg.json", [TradeReported]),
    ],
)
def test_bodies_of_another_client(name, kinds):
    folder = shared_data("data", "C_fixtures", "nautilus", "rust_test_data")
    token = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
    order = "0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef12"
    ours = Ours({token: (M, 0)}, {order: 3, "0x78xx": 4, "0x0e": 5})
    events = decode((folder / name).read_bytes(), 5, ours)
    assert [type(event) for event in events] == kinds
