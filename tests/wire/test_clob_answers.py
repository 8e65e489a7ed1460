"""Answers to orders, cancels and heartbeats: what each tells of the act's fate."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.events import (
    REJECT_CODES,
    CancelRefused,
    CancelUnknown,
    OrderAccepted,
    OrderCancelled,
    OrderDelayed,
    OrderRejected,
    OrderUnknown,
)
from pmcore.wire.clob_answers import (
    ACCEPTED,
    DELAYED,
    MODES,
    REJECTED,
    UNKNOWN,
    Answer,
    batch_answers,
    order_answer,
    order_event,
)
from pmcore.wire.clob_cancels import cancel_answer, cancel_event, heartbeat_answer
from tests.recordings import shared_data


def error(text: str, **more: object) -> bytes:
    return json.dumps({"error": text} | more).encode()


LIVE = {"success": True, "errorMsg": "", "orderID": "0xa", "status": "live"}


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({}, Answer(ACCEPTED, venue_id="0xa")),
        ({"errorMsg": None, "status": None}, Answer(ACCEPTED, venue_id="0xa")),
        (
            {"status": "matched", "tradeIDs": ["t1", "t2"], "makingAmount": "10"},
            Answer(ACCEPTED, venue_id="0xa", matched=True, trades=("t1", "t2")),
        ),
        ({"status": "delayed"}, Answer(DELAYED, venue_id="0xa")),
        ({"status": "unmatched"}, Answer(UNKNOWN, text="status 'unmatched'", venue_id="0xa")),
        ({"orderID": ""}, Answer(UNKNOWN, text="status 'live'")),
        ({"success": False}, Answer(UNKNOWN, text="status 'live'", venue_id="0xa")),
        (
            {
                "orderID": "",
                "errorMsg": "not enough balance / allowance: the balance is not enough",
            },
            Answer(
                REJECTED,
                "not_enough_balance",
                "not enough balance / allowance: the balance is not enough",
            ),
        ),
        (
            {"success": False, "errorMsg": "order match delayed due to market conditions"},
            Answer(UNKNOWN, text="order match delayed due to market conditions", venue_id="0xa"),
        ),
    ],
)
def test_an_answer_of_200(fields, answer):
    body = LIVE | fields
    assert order_answer(200, json.dumps(body).encode()) == answer
    assert batch_answers(200, json.dumps([body, LIVE]).encode(), 2) == [
        answer,
        Answer(ACCEPTED, venue_id="0xa"),
    ]


@pytest.mark.parametrize(
    ("status", "text", "code"),
    [
        (400, "invalid post-only order: order crosses book", "post_only_would_cross"),
        (400, "order 0xa crosses the book", "post_only_would_cross"),
        (400, "order 0xa is invalid. Price (0.5) breaks minimum tick size rule: 0.1", "tick"),
        (400, "order 0xa is invalid. Size (1) lower than the minimum: 5", "min_size"),
        (400, "order 0xa is invalid. Duplicated.", "duplicate"),
        (400, "invalid amount for a marketable BUY order ($0.5), min size: $1", "min_size"),
        (400, "not enough balance / allowance", "not_enough_balance"),
        (400, "the balance is not enough -> balance: 9080", "not_enough_balance"),
        (400, "order_version_mismatch", "version_mismatch"),
        (400, "invalid order version, please use the latest clob-client", "version_mismatch"),
        (400, "the market is not yet ready to process new orders", "market_not_ready"),
        (400, "the order owner has to be the owner of the API KEY", "auth"),
        (400, "the order signer address has to be the address of the API KEY", "auth"),
        (400, "'0xF3' address banned", "banned"),
        (400, "'0xF3' address in closed only mode", "closed_only"),
        (
            400,
            "order couldn't be fully filled. FOK orders are fully filled or killed.",
            "fok_not_filled",
        ),
        (400, "no orders found to match with FAK order. FAK orders are part", "fak_not_filled"),
        (400, "invalid nonce", "other"),
        (400, "Invalid order payload", "other"),
        (401, "Unauthorized/Invalid api key", "auth"),
        (401, "", "auth"),
        (403, "", "banned"),
        (404, "market not found", "other"),
        (425, "", "venue_restarting"),
        (425, "anything", "venue_restarting"),
        (429, "Too Many Requests", "rate_limited"),
        (503, "Trading is currently disabled. Check polymarket.com", "trading_disabled"),
        (503, "Trading is currently cancel-only. New orders are not accepted", "cancel_only_mode"),
        (503, "post-only mode: only post-only orders and cancels are allowed", "post_only_mode"),
        (503, "upstream connect error", UNKNOWN),
        (500, "order timed out", UNKNOWN),
        (500, "could not insert order", UNKNOWN),
        (500, "FOK orders are filled or killed", UNKNOWN),
        (500, "Internal server error", UNKNOWN),
        (502, "", UNKNOWN),
        (504, "", UNKNOWN),
        (408, "", UNKNOWN),
        (302, "", UNKNOWN),
        (400, "context canceled", UNKNOWN),
        (400, "order match delayed due to market conditions", UNKNOWN),
    ],
)
def test_refusals(status, text, code):
    for body in (error(text), text.encode()):
        answer = order_answer(status, body)
        if code == UNKNOWN:
            assert answer.outcome == UNKNOWN
        else:
            assert (answer.outcome, answer.code) == (REJECTED, code)
            assert code in REJECT_CODES
        assert batch_answers(status, body, 3) == [answer] * 3


def test_a_mode_tells_how_long():
    body = error("wait", code="post_only_mode", retry_after_seconds=79)
    answer = order_answer(503, body)
    assert (answer.code, answer.retry_after_ms) == ("post_only_mode", 79_000)
    assert MODES[answer.code] == "post_only"
    assert order_answer(429, error("", retry_after_seconds=1e300)).retry_after_ms == 0


def test_a_batch_of_the_wrong_length_is_in_doubt():
    for body in (b"[]", b"{}", b"x", json.dumps([LIVE]).encode()):
        answers = batch_answers(200, body, 2)
        assert [answer.outcome for answer in answers] == [UNKNOWN, UNKNOWN]


def test_recorded_refusals():
    path = shared_data("data", "C_fixtures", "real_order_errors", "observed_errors.json")
    found = {}
    for row in json.loads(path.read_text()):
        if row["where"].startswith("POST /order") and row.get("status"):
            text = row["body"]["error"] if "body" in row else row["body_fragment"]
            found[text[:30]] = order_answer(row["status"], error(text)).code
    assert found == {
        "invalid order version, please ": "version_mismatch",
        "invalid amounts, the market bu": "other",
        "not enough balance / allowance": "not_enough_balance",
        "the balance is not enough -> b": "not_enough_balance",
    }


@pytest.mark.parametrize(
    ("name", "status", "outcome"),
    [
        ("http_order_response_ok.json", 200, ACCEPTED),
        ("http_order_response_failed.json", 200, REJECTED),
        ("http_order_response_error_500.json", 500, UNKNOWN),
    ],
)
def test_bodies_of_another_client(name, status, outcome):
    body = shared_data("data", "C_fixtures", "nautilus", "rust_test_data", name).read_bytes()
    assert order_answer(status, body).outcome == outcome


def test_the_event_of_each_outcome():
    assert order_event(5, 1, Answer(ACCEPTED)) == OrderAccepted(5, 1)
    assert order_event(5, 1, Answer(DELAYED)) == OrderDelayed(5, 1)
    assert order_event(5, 1, Answer(REJECTED, "tick", "t")) == OrderRejected(5, 1, "tick", "t")
    assert order_event(5, 1, Answer(UNKNOWN, text="t")) == OrderUnknown(5, 1, "t")


CANCELLED = b'{"canceled":["0xa"],"not_canceled":{"0xb":"already canceled or matched"}}'


@pytest.mark.parametrize(
    ("status", "body", "event"),
    [
        (200, CANCELLED.replace(b"0xa", b"0xo"), OrderCancelled(5, 1, "cancelled")),
        (
            200,
            CANCELLED.replace(b"0xb", b"0xo"),
            CancelRefused(5, 1, False, "already canceled or matched"),
        ),
        (
            200,
            b'{"canceled":[],"notCanceled":{"0xo":"the order is already canceled"}}',
            CancelRefused(5, 1, False, "the order is already canceled"),
        ),
        (
            200,
            b'{"canceled":[],"not_canceled":{"0xo":"order is delayed"}}',
            CancelRefused(5, 1, True, "order is delayed"),
        ),
        (200, CANCELLED, CancelUnknown(5, 1, "not named in the answer")),
        (200, b"{}", CancelUnknown(5, 1, "neither canceled nor not: {}")),
        (200, b"<html>", CancelUnknown(5, 1, "unreadable answer: <html>")),
        (425, b"", CancelRefused(5, 1, True, "HTTP 425 ")),
        (429, error("Too Many Requests"), CancelRefused(5, 1, True, "HTTP 429 Too Many Requests")),
        (500, error("oops"), CancelUnknown(5, 1, "HTTP 500 oops")),
        (401, error("no"), CancelUnknown(5, 1, "HTTP 401 no")),
    ],
)
def test_cancels(status, body, event):
    assert cancel_event(5, 1, "0xo", cancel_answer(status, body)) == event


@pytest.mark.parametrize(
    ("status", "body", "left"),
    [
        (200, CANCELLED, ""),
        (200, b'{"canceled":[]}', ""),
        (
            200,
            b'{"canceled":["0xa"],"not_canceled":{"0xb":"inside its Delay","0xc":"matched"}}',
            "1 orders are held: inside its Delay",
        ),
        (200, b"{}", "neither canceled nor not: {}"),
        (425, b"", "HTTP 425 "),
        (500, error("oops"), "HTTP 500 oops"),
    ],
)
def test_what_a_cancel_all_may_have_left(status, body, left):
    """The emergency and the lane of cancel-all both go by it."""
    assert cancel_answer(status, body).left == left


@pytest.mark.parametrize(
    ("status", "body", "accepted", "name"),
    [
        (200, b'{"heartbeat_id":"6c31"}', True, "6c31"),
        (400, b'{"error_msg":"Invalid Heartbeat ID","heartbeat_id":"6c31"}', False, "6c31"),
        (400, b'{"error":"Invalid Heartbeat ID","heartbeat_id":""}', False, ""),
        (200, b"{}", False, None),
        (500, b"\xff", False, None),
    ],
)
def test_heartbeats(status, body, accepted, name):
    answer = heartbeat_answer(status, body)
    assert (answer.accepted, answer.heartbeat_id) == (accepted, name)


@given(st.integers(0, 600), st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_body_raises(status, body):
    assert order_answer(status, body).outcome in (REJECTED, UNKNOWN)
    assert len(batch_answers(status, body, 4)) == 4
    cancel_event(5, 1, "0xo", cancel_answer(status, body))
    heartbeat_answer(status, body)
