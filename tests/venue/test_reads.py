"""Everything that can be read: Gamma's and the CLOB's public reads, pages, balances, positions."""

import json

import pytest

from pmapp.local_venue.flow import natural
from pmapp.local_venue.http import request_of
from pmapp.local_venue.routes import CLOB, GAMMA, POSITIONS, SERVICES
from pmapp.local_venue.terms import VenueTerms
from pmcore.units import SECOND
from pmcore.wire.clob_market import clob_market
from pmcore.wire.clob_rest import END_CURSOR
from pmcore.wire.gamma import market_of
from tests.venue.stage import START_S, Stage, body

SLUG = f"btc-updown-15m-{START_S}"


@pytest.mark.parametrize("protocol", ["v1", "v2"])
def test_gamma_market_is_what_the_core_reads(protocol):
    stage = Stage(protocol=protocol)
    market = market_of(stage.get(f"/markets/slug/{SLUG}", "gamma").body, "btc-updown-15m")
    compact = stage.get(f"/clob-markets/{market.condition_id}")
    terms = clob_market(compact.status, compact.body)
    assert (market.tokens, market.order_version) == (
        stage.market.tokens, stage.market.order_version,
    )  # fmt: skip
    assert (terms.tick, terms.min_size, terms.rewards) == (100, 5_000_000, stage.market.rewards)
    assert (market.fees, market.settlement) == (stage.market.fees, stage.market.settlement)
    assert terms.taker_delayed


def test_shapes_have_the_fields_of_the_captures(stage, shared_data):
    reference = shared_data("venue", "polymarket.md").read_text(encoding="utf-8")
    (line,) = [x for x in reference.splitlines() if x.startswith('{"$schema"')]
    captured = json.loads(line)
    ours = body(stage.get(f"/markets/slug/{SLUG}", "gamma"))
    differing = {
        name
        for name in ours.keys() & captured.keys()
        if type(ours[name]) is not type(captured[name])
    }
    assert differing <= {"rewardsMinSize", "lastTradePrice", "orderMinSize", "spread"}
    statistics = {
        "$schema", "liquidityNum", "groupItemThreshold", "comboStatus", "liquidityClob",
        "competitive", "oneDayPriceChange", "oneHourPriceChange", "automaticallyActive",
        "manualActivation",
    }  # fmt: skip
    assert captured.keys() - ours.keys() <= statistics
    path = shared_data("venue", "vectors", "captures", "clob_markets_v1_btc15m_2026-10-05.json")
    compact = json.loads(path.read_text(encoding="utf-8"))
    ours = body(stage.get(f"/clob-markets/{stage.market.condition_id}"))
    assert list(ours) == list(compact)


def test_condition_ids_of_the_wrong_length(stage):
    assert stage.get("/clob-markets/0x01").status == 404
    assert body(stage.get("/markets/0x01")) == {"error": "market not found"}


def test_gamma_lists(stage):
    assert stage.get("/markets/slug/btc-updown-15m-1", "gamma").status == 404
    event = body(stage.get(f"/events/slug/{SLUG}", "gamma"))
    assert event["markets"][0]["slug"] == SLUG
    assert body(stage.get(f"/events?slug={SLUG}", "gamma"))[0]["slug"] == SLUG
    assert len(body(stage.get("/markets?limit=2", "gamma"))) == 2
    assert stage.get("/markets?offset=2001", "gamma").status == 422
    first = body(stage.get("/markets/keyset?limit=3", "gamma"))
    rest = body(stage.get(f"/markets/keyset?after_cursor={first['next_cursor']}", "gamma"))
    slugs = [market["slug"] for market in first["markets"] + rest["markets"]]
    assert len(set(slugs)) == len(slugs) == 4
    assert "next_cursor" not in rest
    assert body(stage.get(f"/markets/{event['markets'][0]['id']}", "gamma"))["slug"] == SLUG
    assert stage.get("/markets/keyset?after_cursor=!", "gamma").status == 400


def test_window_of_the_time_is_listed_and_a_day_ahead():
    stage = Stage(ahead=96)
    slugs = list(stage.venue.listings.by_slug)
    assert slugs[0] == SLUG
    assert len(slugs) == 97
    stage.wait(900 * 40)
    slugs = list(stage.venue.listings.by_slug)
    assert slugs[-1] == f"btc-updown-15m-{START_S + 900 * 136}"
    assert SLUG not in slugs


def test_prices(stage):
    stage.book(0.48, 0.52)
    token = stage.token()
    assert body(stage.get(f"/price?token_id={token}&side=BUY")) == {"price": "0.48"}
    assert body(stage.get(f"/price?token_id={token}&side=SELL")) == {"price": "0.52"}
    assert body(stage.get(f"/price?token_id={token}&side=X")) == {"error": "Invalid side"}
    assert body(stage.get(f"/midpoint?token_id={token}")) == {"mid": "0.5"}
    assert body(stage.get(f"/spread?token_id={token}")) == {"spread": "0.04"}
    assert body(stage.get(f"/last-trade-price?token_id={token}")) == {"price": "0.5", "side": ""}
    stage.print("SELL", 0.48, 5)
    told = body(stage.get(f"/last-trade-price?token_id={token}"))
    assert told == {"price": "0.480", "side": "SELL"}
    assert body(stage.get(f"/tick-size?token_id={token}")) == {"minimum_tick_size": 0.01}
    assert body(stage.get(f"/neg-risk?token_id={token}")) == {"neg_risk": False}
    assert body(stage.get(f"/fee-rate?token_id={token}")) == {"base_fee": 1000}
    absent = stage.get("/book?token_id=1")
    assert (absent.status, body(absent)["error"]) == (
        404, "No orderbook exists for the requested token id",
    )  # fmt: skip
    asked = json.dumps([{"token_id": token, "side": "BUY"}, {"token_id": "1"}]).encode()
    (many,) = stage.ask("POST", "/prices", {}, asked)
    assert body(many) == {token: {"BUY": "0.48"}}
    (books,) = stage.ask("POST", "/books", {}, asked)
    assert [book["asset_id"] for book in body(books)] == [token]
    (lasts,) = stage.ask("POST", "/last-trades-prices", {}, asked)
    assert body(lasts)[0]["token_id"] == token
    assert stage.ask("POST", "/books", {}, b"x")[0].status == 400


def test_history_has_a_point_a_minute(stage):
    stage.book(0.48, 0.52)
    stage.wait(180)
    got = body(stage.get(f"/prices-history?market={stage.token()}&interval=1d"))["history"]
    assert [point["p"] for point in got] == [0.5] * 3
    start = got[-1]["t"]
    later = body(stage.get(f"/prices-history?market={stage.token()}&startTs={start}"))
    assert later["history"] == got[-1:]


def test_plain_answers(stage):
    assert body(stage.get("/ok")) == "OK"
    assert body(stage.get("/version")) == {"version": 2}
    assert body(stage.get("/time")) == stage.now_ns // SECOND
    token = body(stage.get(f"/markets-by-token/{stage.token(1)}"))
    assert token["primary_token_id"] == stage.token(0)
    assert body(stage.get("/sampling-markets"))["next_cursor"] == END_CURSOR
    assert stage.get("/nowhere").status == 404
    assert stage.get("/rebates/current?maker_address=0x1").body == b"[]"


def test_cursors_walk_through_all_orders(stage, alice):
    stage.admin("POST", "tier", address=alice.address, tier="Elite")
    ids = {body(alice.place(price=0.01 + n % 40 / 100, size=5))["orderID"] for n in range(230)}
    seen, cursor, pages = [], "MA==", 0
    while cursor != END_CURSOR:
        got = body(alice.ask("GET", f"/data/orders?next_cursor={cursor}"))
        seen += [order["id"] for order in got["data"]]
        cursor, pages = got["next_cursor"], pages + 1
        assert got["count"] == len(got["data"]) <= got["limit"]
    assert (set(seen), len(seen), pages) == (ids, 230, 3)
    assert alice.ask("GET", "/data/orders?next_cursor=!!").status == 400
    assert body(alice.ask("GET", "/data/orders?market=0x1"))["data"] == []
    one = body(alice.ask("GET", f"/data/orders?id={seen[7]}"))["data"]
    assert [order["id"] for order in one] == [seen[7]]


def test_trades_are_filtered(stage, alice):
    stage.book(0.40, 0.60)
    alice.place(price=0.50, size=20)
    for _ in range(3):
        stage.print("SELL", 0.50, 5)
        stage.wait(10.0)
    at_s = int(alice.trades()[1]["match_time"])
    assert len(alice.trades()) == 3
    assert len(alice.trades(f"?after={at_s}")) == 2
    assert len(alice.trades(f"?before={at_s}")) == 2
    assert alice.trades(f"?maker_address={alice.address}") != []
    assert alice.trades("?maker_address=0x1") == []
    assert alice.trades("?market=0x1") == []
    assert len(alice.trades(f"?asset_id={stage.token(0)}")) == 3


def test_scoring_follows_size_age_and_distance(stage, alice):
    stage.book(0.48, 0.52)
    near = body(alice.place(price=0.47, size=50))["orderID"]
    small = body(alice.place(price=0.47, size=49))["orderID"]
    assert body(alice.ask("GET", f"/order-scoring?order_id={near}")) == {"scoring": False}
    stage.wait(31.0)
    assert body(alice.ask("GET", f"/order-scoring?order_id={near}")) == {"scoring": True}
    assert body(alice.ask("POST", "/orders-scoring", [near, small, "0x1"])) == {
        near: True, small: False, "0x1": False,
    }  # fmt: skip


def test_balances(stage, alice):
    stage.book()
    got = body(alice.ask("GET", "/balance-allowance?asset_type=COLLATERAL&signature_type=0"))
    assert got["balance"] == "10000000000"
    assert "0xE111180000d2663C0091e4f400237545B87B996B" in got["allowances"]
    for kind in (1, 2, 3):
        path = f"/balance-allowance?asset_type=COLLATERAL&signature_type={kind}"
        assert body(alice.ask("GET", path))["balance"] == "10000000000"
    assert alice.ask("GET", "/balance-allowance?asset_type=GOLD").status == 400
    assert (
        alice.ask("GET", "/balance-allowance?asset_type=COLLATERAL&signature_type=9").status == 400
    )
    assert alice.ask("GET", "/balance-allowance?asset_type=CONDITIONAL&token_id=1").status == 400
    assert alice.ask("GET", "/balance-allowance/update").status == 200
    assert alice.shares(0) == 0


def test_positions_and_approvals(stage, alice):
    url = f"/v2/positions?user={alice.address.lower()}"

    def rows(more=""):
        got = body(stage.get(url + more, "data"))
        assert got["pagination"] == {"has_more": False, "next_cursor": None}
        return got["data"]

    stage.admin("POST", "grant", address=alice.address, up=7, down=3)
    assert [(row["outcome"], row["current_size"]) for row in rows()] == [("Up", 7.0), ("Down", 3.0)]
    assert (rows()[0]["token_id"], rows()[0]["status"]) == (stage.token(0), "OPEN")
    assert len(rows("&status=MERGEABLE")) == 2
    assert rows("&condition_id=0x1") == rows("&status=REDEEMABLE") == []
    stage.book(0.40, 0.60)
    alice.place(price=0.50, size=10)
    stage.print("SELL", 0.50, 10)
    assert (rows()[0]["avg_price"], rows()[0]["total_size"]) == (0.5, 10.0)
    stage.fault("resolve", payout_up=1)
    told = [(row["redeemable"], row["current_price"], row["mergeable"]) for row in rows()]
    assert told == [(True, 1.0, False), (True, 0.0, False)]
    assert len(rows("&status=REDEEMABLE_LOST")) == 1
    assert stage.get("/v2/positions", "data").status == 400
    worth = body(stage.get(f"/v2/value?user={alice.address}", "data"))["data"]
    assert worth == {"proxy_wallet": alice.address, "value": 17.0}
    approvals = body(stage.get(f"/v2/approvals?user={alice.address}", "data"))["data"]
    assert all(approvals["erc1155"].values())


def test_market_of_a_finished_window():
    stage = Stage(natural(VenueTerms(protocol="v1", ahead=3)), START_S + 860)
    stage.wait(38.0)
    assert stage.get(f"/book?token_id={stage.token()}").status == 200
    stage.wait(70.0)
    got = body(stage.get(f"/markets/slug/{SLUG}", "gamma"))
    assert (got["closed"], got["acceptingOrders"]) == (True, False)
    assert json.loads(got["outcomePrices"]) in (["1", "0"], ["0", "1"])
    full = body(stage.get(f"/markets/{stage.market.condition_id}"))
    assert [token["winner"] for token in full["tokens"]].count(True) == 1
    assert stage.get(f"/book?token_id={stage.token()}").status == 404
    assert SLUG not in [m["slug"] for m in body(stage.get("/markets?limit=100", "gamma"))]
    closed = body(stage.get("/markets?closed=true", "gamma"))
    assert [market["slug"] for market in closed] == [SLUG]


@pytest.mark.parametrize("service", list(SERVICES))
def test_every_route_answers_anything(stage, alice, service):
    """No query, no body and no path makes an endpoint fail in any other way than by an answer."""
    for method, path in SERVICES[service]:
        for last in ("x", "%00", "0x" + "f" * 64):
            target = path.replace("*", last)
            headers = alice.headers(method, request_of(service, method, target, {}).path, b"[1]")
            for query in (
                "",
                "?token_id=1&id=a&market=b&user=c&next_cursor=MA==&limit=-1&offset=x",
            ):
                (answer,) = stage.ask(method, target + query, headers, b"[1]", service)
                assert answer.status < 500


def test_tables_are_whole():
    assert len(CLOB) > 55
    assert len(GAMMA) == 9
    assert len(POSITIONS) == 3
