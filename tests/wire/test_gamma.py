"""Gamma's market object: identity, tokens by name, grid, fees, settlement rule; what is refused."""

import json

import pytest

from pmcore.ids import MarketId
from pmcore.market import AVERAGE, CRYPTO_FEES, FIRST_CURVE, INSTANT, NO_FEES, Market, Settlement
from pmcore.wire import gamma
from pmcore.wire.clob_market import clob_market
from pmcore.wire.frames import WireError
from tests.recordings import shared_data
from tests.wire.frames_seen import CONDITION, DOWN_TOKEN, GAMMA, UP_TOKEN, lines

PREFIX = "btc-updown-15m"
SPOT = {
    "resolutionSource": "https://data.chain.link/streams/btc-usd",
    "description": "“Up” if the Bitcoin price at the end is greater than or equal to the start.",
    "cryptoMarketConfig": None,
}


def decoded(**fields: object) -> Market:
    return gamma.decode_market(GAMMA | fields, PREFIX)


def test_the_sample_of_2026_10_05():
    market = gamma.market_of(json.dumps(GAMMA).encode(), PREFIX)
    assert market.id == 1791241200
    assert market.slug == gamma.slug_of(PREFIX, 1791241200)
    assert market.tokens == (UP_TOKEN, DOWN_TOKEN)
    assert (market.start_ns, market.end_ns) == (1_791_241_200 * 10**9, 1_791_242_100 * 10**9)
    assert (market.tick, market.min_size) == (100, 5_000_000)
    assert market.fees == CRYPTO_FEES
    assert (market.rewards.min_size, market.rewards.max_spread) == (50_000_000, 450)
    assert market.settlement == Settlement(AVERAGE, 60_000_000_000, True)
    assert (market.order_version, market.neg_risk) == (2, False)
    assert (market.accepting, market.active, market.closed) == (True, True, False)
    assert market.restricted is False


def test_the_whole_sample_of_the_reference():
    text = shared_data("venue", "polymarket.md").read_text(encoding="utf-8")
    start = text.index('{"$schema"')
    body = text[start : text.index("\n", start)].encode()
    assert gamma.market_of(body, PREFIX).slug == "btc-updown-15m-1791241200"


@pytest.mark.parametrize(
    ("fields", "tokens"),
    [
        ({"outcomes": '["Down", "Up"]'}, (DOWN_TOKEN, UP_TOKEN)),
        ({"outcomes": ["Yes", "No"]}, (UP_TOKEN, DOWN_TOKEN)),
        ({"outcomes": ["no", "yes"]}, (DOWN_TOKEN, UP_TOKEN)),
        ({"clobTokenIds": None, "positionIds": ["512", "513"], "version": "v2"}, ("512", "513")),
    ],
)
def test_tokens_by_name(fields, tokens):
    assert decoded(**fields).tokens == tokens


@pytest.mark.parametrize(
    ("fields", "part", "value"),
    [
        ({"version": None}, "order_version", 2),
        ({"version": "v2"}, "order_version", 3),
        ({"conditionId": "0x" + "Ab" * 31}, "condition_id", "0x" + "ab" * 31 + "00"),
        ({"eventStartTime": None}, "start_ns", 1_791_241_200 * 10**9),
        ({"feesEnabled": False}, "fees", NO_FEES),
        ({"feeSchedule": None, "feeType": "crypto_15_min"}, "fees", FIRST_CURVE),
        ({"feeSchedule": None, "feeType": "crypto_fees"}, "fees", FIRST_CURVE),
        ({"feeSchedule": None, "feesEnabled": None}, "fees", NO_FEES),
        ({"orderPriceMinTickSize": None}, "tick", 0),
        ({"orderPriceMinTickSize": 0.0025}, "tick", 25),
        ({"orderPriceMinTickSize": "0.001"}, "tick", 10),
        ({"negRisk": True}, "neg_risk", True),
        ({"acceptingOrders": False}, "accepting", False),
        ({"acceptingOrders": None}, "accepting", False),
        ({"enableOrderBook": False}, "accepting", False),
        ({"active": False}, "active", False),
        ({"archived": True}, "active", False),
        ({"closed": True}, "closed", True),
        ({"restricted": True}, "restricted", False),
        (SPOT, "settlement", Settlement(INSTANT, 0, True)),
        (
            SPOT | {"description": "Up if the end price is greater than the start price"},
            "settlement",
            Settlement(INSTANT, 0, False),
        ),
        (
            {
                "resolutionSource": "https://data.chain.link/streams/btc-usd-twap-30s-streams",
                "cryptoMarketConfig": {"twapEnabled": True, "twapLookbackSeconds": 30},
            },
            "settlement",
            Settlement(AVERAGE, 30_000_000_000, True),
        ),
        ({"cryptoMarketConfig": None}, "settlement", Settlement(AVERAGE, 60_000_000_000, True)),
    ],
)
def test_fields(fields, part, value):
    assert getattr(decoded(**fields), part) == value


def test_daily_rewards_are_summed():
    rows = [{"rewardsDailyRate": 100.5}, {"rewardsDailyRate": None}, {"rewardsDailyRate": 2}]
    assert decoded(clobRewards=rows).rewards.daily_rate_micros == 102_500_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("slug", None),
        ("slug", "eth-updown-15m-1791241200"),
        ("slug", "btc-updown-15m-soon"),
        ("conditionId", "0x12"),
        ("conditionId", "0x" + "zz" * 32),
        ("endDate", "2026-10-05"),
        ("endDate", "2026-10-05T23:00:00Z"),
        ("endDate", None),
        ("eventStartTime", "2026-10-05T22:45:00Z"),
        ("eventStartTime", 7),
        ("outcomes", '["Up"]'),
        ("outcomes", '["Up", "Sideways"]'),
        ("outcomes", "[not json"),
        ("outcomes", [1, 2]),
        ("clobTokenIds", '["7", "7"]'),
        ("clobTokenIds", '["7", "eight"]'),
        ("clobTokenIds", '["7"]'),
        ("clobTokenIds", '["", ""]'),
        ("clobTokenIds", None),
        ("orderPriceMinTickSize", 0.03),
        ("orderPriceMinTickSize", 0),
        ("orderPriceMinTickSize", True),
        ("orderMinSize", None),
        ("orderMinSize", "five"),
        ("feeSchedule", None),
        ("feeSchedule", 7),
        ("feeSchedule", {}),
        ("feeSchedule", {"rate": 7}),
        ("feeSchedule", {"rate": 0.07, "exponent": 1.5}),
        ("feeSchedule", {"rate": 0.07, "exponent": 90}),
        ("feeSchedule", {"rate": 0.07, "exponent": 1, "takerOnly": False}),
        ("resolutionSource", ""),
        ("resolutionSource", "https://www.binance.com/en/trade/BTC_USDT"),
        ("resolutionSource", "https://data.chain.link/streams/btc-usd-twap-s"),
        ("cryptoMarketConfig", {"twapEnabled": False}),
        ("cryptoMarketConfig", {"twapEnabled": True, "twapLookbackSeconds": 30}),
        ("description", "Up if the price is greater than or equal to the start."),
        ("description", "TWAP."),
        ("version", "v3"),
        ("rewardsMinSize", -1),
    ],
)
def test_a_fault_names_its_field(name, value):
    with pytest.raises(WireError, match=name):
        decoded(**{name: value})


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"7", b"\xff", b"[" * 50_000, b"{}"])
def test_garbage_is_a_wire_error(body):
    with pytest.raises(WireError):
        gamma.market_of(body, PREFIX)


@pytest.mark.parametrize(
    ("slug", "start"),
    [
        ("btc-updown-15m-1791241200", 1791241200),
        ("btc-updown-15m-", None),
        ("btc-updown-15m-99999999999", None),
        ("btc-updown-15m-²", None),
        ("btc-updown-5m-1791241200", None),
        ("", None),
    ],
)
def test_start_of(slug, start):
    assert gamma.start_of(PREFIX, slug) == (None if start is None else MarketId(start))


def test_every_recorded_market_of_a_day():
    root = shared_data("data", "A_updown", "chainlink_5m_day")
    count = 0
    for path in sorted(root.glob("*markets*.gz")):
        for line in lines(path):
            row = json.loads(line)
            market = gamma.decode_market(row["raw"], "btc-updown-5m")
            assert list(market.tokens) == row["token_ids"]
            assert market.condition_id == row["condition_id"]
            assert market.start_ns == row["start_sec"] * 10**9
            assert market.end_ns == row["end_sec"] * 10**9
            assert market.settlement == Settlement(INSTANT, 0, True)
            count += 1
    assert count == 292


def test_a_market_of_march_2026():
    folder = shared_data("data", "C_fixtures", "nautilus", "rust_test_data")
    market = gamma.market_of((folder / "gamma_market.json").read_bytes(), "btc-updown-5m")
    assert market.fees == FIRST_CURVE


def test_the_clobs_own_terms_win():
    terms = clob_market(
        200,
        json.dumps(
            {"r": {"mi": 20, "ma": 3.5, "moas": 30}, "c": CONDITION, "mos": 15, "mts": 0.001}
            | {"t": [{"t": UP_TOKEN, "o": "Up"}, {"t": DOWN_TOKEN, "o": "Down"}], "itode": True}
            | {"fd": {"r": 0.072, "e": 1, "to": True}, "ao": False, "v": "v2", "nr": True}
        ).encode(),
    )
    before = decoded(clobRewards=[{"rewardsDailyRate": 5}])
    market = gamma.with_clob_terms(before, terms)
    assert (market.tick, market.min_size, market.order_version) == (10, 15_000_000, 3)
    assert (market.fees.rate_ppm, market.fees.rebate_ppm) == (72_000, 200_000)
    assert market.rewards.min_age_ns == 30_000_000_000
    assert market.rewards.daily_rate_micros == 5_000_000
    assert (market.accepting, market.neg_risk) == (False, True)
    assert market.taker_delay_ns == 150_000_000
    assert (market.id, market.tokens, market.settlement) == (
        before.id,
        before.tokens,
        before.settlement,
    )
    with pytest.raises(WireError, match="same market"):
        gamma.with_clob_terms(decoded(conditionId="0x" + "11" * 32), terms)
