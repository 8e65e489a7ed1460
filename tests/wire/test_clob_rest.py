"""REST reads of the CLOB: books, open orders, trades, balances and scoring as exact integers."""

import json

import pytest

from pmcore.events import BookReset, OpenOrder, TradeReported
from pmcore.ids import Outcome
from pmcore.market import CRYPTO_FEES, FeeTerms, RewardTerms
from pmcore.wire import clob_rest
from pmcore.wire.clob_market import clob_market
from pmcore.wire.frames import WireError
from pmcore.wire.trade import Account, Ours
from tests.recordings import shared_data
from tests.wire.frames_seen import DOWN_TOKEN, TOKENS, TRADE, UP_TOKEN

M = 1791241200
FIXTURES = ("data", "C_fixtures", "nautilus", "rust_test_data")
YES = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
NO = "52114319501245915516055106046884209969926127482827954674443846427813813222426"


def test_book():
    path = shared_data("venue", "vectors", "captures", "book_v1_btc15m_2026-10-05.json")
    event = clob_rest.book(200, path.read_bytes(), 5, TOKENS)
    assert isinstance(event, BookReset)
    assert (event.market, event.outcome, event.last_trade) == (M, 0, "0.040")
    assert (len(event.bids), len(event.asks)) == (81, 4)
    assert max(event.bids) == (9_500, 142_400_000)
    with pytest.raises(WireError, match="not asked"):
        clob_rest.book(200, path.read_bytes(), 5, {})


def test_an_empty_side_may_be_null():
    body = {"market": "0x", "asset_id": UP_TOKEN, "timestamp": "1", "bids": None, "asks": []}
    event = clob_rest.book(200, json.dumps(body).encode(), 5, TOKENS)
    assert (event.bids, event.asks, event.checksum) == ((), (), "")


@pytest.mark.parametrize("status", [0, 204, 404, 500, 503])
def test_only_200_is_an_answer(status):
    body = b'{"error":"No orderbook exists for the requested token id"}'
    for read in (
        lambda: clob_rest.book(status, body, 5, TOKENS),
        lambda: clob_market(status, body),
        lambda: clob_rest.open_orders(status, body, Ours(TOKENS, {})),
        lambda: clob_rest.trades(status, body, 5, Ours(TOKENS, {})),
        lambda: clob_rest.balance(status, body),
        lambda: clob_rest.scoring(status, body, {}),
        lambda: clob_rest.server_time(status, body),
    ):
        with pytest.raises(WireError, match=f"HTTP {status}"):
            read()


def test_clob_market():
    path = shared_data("venue", "vectors", "captures", "clob_markets_v1_btc15m_2026-10-05.json")
    terms = clob_market(200, path.read_bytes())
    assert terms.tokens == ((UP_TOKEN, "Up"), (DOWN_TOKEN, "Down"))
    assert (terms.tick, terms.min_size, terms.order_version) == (100, 5_000_000, 2)
    assert terms.fees == FeeTerms(70_000, 1, False, 10, 0)
    assert terms.rewards == RewardTerms(50_000_000, 450, 30_000_000_000, 0)
    assert terms.taker_delayed
    assert terms.accepting
    assert not terms.neg_risk


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"v": "v3"}, "version"),
        ({"mts": 0.00001}, "mts"),
        ({"mos": -1}, "mos"),
        ({"fd": {"r": 0.07, "e": 1, "to": False}}, "makers pay"),
        ({"fd": {"r": 0.07, "e": 0.5, "to": True}}, "fd.e"),
        ({"t": None}, "t"),
    ],
)
def test_terms_that_we_cannot_follow(fields, text):
    body = {"c": "0x", "t": [], "mts": 0.01, "mos": 5} | fields
    with pytest.raises(WireError, match=text):
        clob_market(200, json.dumps(body).encode())


def test_open_orders_of_another_client():
    body = shared_data(*FIXTURES, "http_open_orders_page.json").read_bytes()
    known = "0x" + "a" * 4 + "0" * 59 + "1"
    ours = Ours({YES: (M, 0), NO: (M, 1)}, {known: 9})
    orders, cursor = clob_rest.open_orders(200, body, ours)
    assert cursor == ""
    assert orders == [
        OpenOrder(9, known, M, 0, 0, 6_000, 200_000_000, 0, 0),
        OpenOrder(0, "0xbbbb" + "0" * 59 + "2", M, 1, 1, 4_000, 150_000_000, 50_000_000, 1),
    ]
    assert clob_rest.open_orders(200, body, Ours({}, {})) == ([], "")
    more = body.replace(b"LTE=", b"MTAw").replace(b'"LIVE"', b'"CANCELED"', 1)
    orders, cursor = clob_rest.open_orders(200, more, ours)
    assert (len(orders), cursor) == (1, "MTAw")


def test_trades():
    page = json.dumps({"data": [json.loads(TRADE)], "next_cursor": "LTE="}).encode()
    ours = Ours(TOKENS, {"0xa1": 11, "0xa2": 12})
    found, cursor = clob_rest.trades(200, page, 5, ours)
    assert [report.order for report in found] == [11, 12]
    assert cursor == ""
    body = shared_data(*FIXTURES, "http_trades_page.json").read_bytes()
    taker = "0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef12"
    found, _ = clob_rest.trades(200, body, 5, Ours({YES: (M, Outcome(0))}, {taker: 1}))
    fee = 175_000  # 10 shares * 0.07 * 0.25
    assert found == [TradeReported(5, "trade-0x001", 1, M, 0, 0, 5_000, 10_000_000, fee, False, 1)]
    assert CRYPTO_FEES.rate_ppm == 70_000
    owner = Account("00000000-0000-0000-0000-000000000001")
    found, _ = clob_rest.trades(200, body, 5, Ours({YES: (M, Outcome(0))}, {}, owner))
    assert [report.order for report in found] == [0]


def test_a_recorded_page_of_the_official_client():
    rows = shared_data("data", "C_fixtures", "rs_clob_client", "json_bodies.jsonl").read_text()
    (body,) = [json.loads(r)["body"] for r in rows.splitlines() if '"/data/trades"' in r]
    ours = Ours({"asset_xyz": (M, 0)}, {"maker_002": 7, "taker_123": 8})
    found, cursor = clob_rest.trades(200, json.dumps(body).encode(), 5, ours)
    assert [(r.order, r.maker, r.size) for r in found] == [
        (8, False, 12_500_000),
        (7, True, 7_500_000),
    ]
    assert cursor == "next"


def test_balance():
    body = shared_data(*FIXTURES, "http_balance_allowance_collateral.json").read_bytes()
    assert clob_rest.balance(200, body) == 1_000_000_000
    for text in ("250.5", "-1", "", "9" * 40):
        with pytest.raises(WireError):
            clob_rest.balance(200, json.dumps({"balance": text}).encode())


def test_scoring_and_time():
    known = {"0xa": 1, "0xb": 2}
    body = b'{"0xb":false,"0xa":true,"0xc":true}'
    assert clob_rest.scoring(200, body, known) == ((1,), (2,))
    assert clob_rest.server_time(200, b"1791241810") == 1_791_241_810_000_000_000
