"""Any market object becomes a listing or a skip that names the field; nothing gets lost."""

import gzip
import json
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.wire.frames import WireError
from pmcore.wire.gamma_sweep import (
    ARCHIVED,
    CLOSED,
    OPEN,
    Listing,
    Side,
    Touch,
    listings_of,
    page_of,
)
from pmcore.wire.gamma_terms import FIRST_CURVE, FREE, UNKNOWN, Fees
from tests.ingest.objects import CLOB, CONDITION, GAMMA, ROW, gamma
from tests.recordings import shared_data

SECOND = 1_000_000_000


def listing(obj: object) -> Listing:
    listings, skips = listings_of([obj])
    assert not skips, skips
    return listings[0]


def skip(obj: object) -> tuple[str, str]:
    listings, skips = listings_of([obj])
    assert not listings
    return skips[0].field, skips[0].reason


def test_whole_gamma_object():
    assert listing(GAMMA) == Listing(
        market_id=CONDITION,
        venue_ref="5308512",
        slug="will-it-rain",
        title="Will it rain?",
        category="weather",
        event_id="77",
        event_slug="rain",
        event_title="Rain",
        status=OPEN,
        accepting=True,
        neg_risk=True,
        neg_risk_group="0x99",
        close_ns=1791242100 * SECOND,
        listed_ns=1791155326486981000,
        updated_ns=1791241556999139000,
        tick=10,
        min_size=5_000_000,
        fees=Fees(70_000),
        resolution_source="https://example.org",
        liquidity_usd=18191.2606,
        volume_usd=12.5,
        sides=(Side("Yes", "11", 0.905), Side("No", "22", 0.095)),
        touch=Touch(8_300, 8_400),
        rules="It resolves to Yes if it rains.",
        odd=(),
    )


def test_clob_object():
    found = listing(CLOB)
    assert found.sides == (Side("Chiefs", "11", 1.0), Side("Raiders", "22", 0.0))
    assert (found.category, found.tick, found.min_size) == ("sports", 100, 15_000_000)
    assert (found.status, found.accepting, found.fees) == (OPEN, False, UNKNOWN)
    assert found.close_ns == 1791158400 * SECOND


def test_database_row_with_twice_encoded_outcomes():
    found = listing(ROW)
    assert found.market_id == "gamma-id:516712"
    assert [side.name for side in found.sides] == ["Yes", "No"]
    assert found.close_ns == 1767182400 * SECOND
    assert found.status == OPEN


@pytest.mark.parametrize(
    ("changes", "status", "accepting"),
    [
        ({}, OPEN, True),
        ({"closed": True}, CLOSED, False),
        ({"closed": "true"}, CLOSED, False),
        ({"closed": 1}, CLOSED, False),
        ({"closed": None}, OPEN, True),
        ({"closed": "False"}, OPEN, True),
        ({"active": False}, ARCHIVED, False),
        ({"active": None}, OPEN, True),
        ({"archived": True}, ARCHIVED, False),
        ({"archived": True, "closed": True}, CLOSED, False),
        ({"umaResolutionStatus": "resolved"}, CLOSED, False),
        ({"umaResolutionStatus": "proposed"}, OPEN, True),
        ({"resolutionStatus": "resolved"}, CLOSED, False),
        ({"acceptingOrders": False}, OPEN, False),
        ({"acceptingOrders": None}, OPEN, True),
        ({"enableOrderBook": False}, OPEN, False),
    ],
)
def test_every_way_to_be_closed(changes, status, accepting):
    found = listing(GAMMA | changes)
    assert (found.status, found.accepting) == (status, accepting)


@pytest.mark.parametrize(
    ("changes", "fees"),
    [
        ({"feesEnabled": False}, FREE),
        ({"feesEnabled": None, "feeSchedule": None}, UNKNOWN),
        ({"feeSchedule": None}, UNKNOWN),
        ({"feeSchedule": None, "feeType": "crypto_15_min"}, FIRST_CURVE),
        ({"feeSchedule": {"rate": 0.05, "exponent": 2}}, Fees(50_000, 2)),
        ({"feeSchedule": {"rate": 0}}, Fees(0)),
    ],
)
def test_fee_terms(changes, fees):
    assert listing(GAMMA | changes).fees == fees


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"conditionId": "0x12"}, "conditionId"),
        ({"conditionId": "0x" + "zz" * 32}, "conditionId"),
        ({"conditionId": None, "id": None}, "conditionId"),
        ({"conditionId": 5}, "conditionId"),
        ({"question": ""}, "question"),
        ({"question": None}, "question"),
        ({"question": ["a"]}, "question"),
        ({"outcomes": None}, "outcomes"),
        ({"outcomes": "[Yes"}, "outcomes"),
        ({"outcomes": '["Yes"]'}, "outcomes"),
        ({"outcomes": '["Yes", "Yes"]'}, "outcomes"),
        ({"outcomes": '["Yes", ""]'}, "outcomes"),
        ({"outcomes": '["Yes", {"a": 1}]'}, "outcomes"),
        ({"outcomes": '["A", "B", "C"]'}, "outcomes"),
        ({"clobTokenIds": '["11"]'}, "clobTokenIds"),
        ({"clobTokenIds": '["11", "11"]'}, "clobTokenIds"),
        ({"clobTokenIds": '["11", "x"]'}, "clobTokenIds"),
        ({"clobTokenIds": "{}"}, "clobTokenIds"),
        ({"endDate": "tomorrow"}, "endDate"),
        ({"endDate": "2026-13-01T00:00:00Z"}, "endDate"),
        ({"endDate": True}, "endDate"),
        ({"endDate": -5}, "endDate"),
    ],
)
def test_unusable_object_names_its_field(changes, field):
    assert skip(GAMMA | changes)[0] == field


@pytest.mark.parametrize("obj", [None, 5, "x", [], [GAMMA], True])
def test_what_is_no_object(obj):
    assert skip(obj)[0] == "object"


@pytest.mark.parametrize(
    ("changes", "odd"),
    [
        ({"volume": "many"}, "volume"),
        ({"liquidityNum": -1}, "liquidityNum"),
        ({"liquidityNum": True}, "liquidityNum"),
        ({"bestBid": "nan"}, "bestBid"),
        ({"bestAsk": 1e300}, "bestAsk"),
        ({"orderPriceMinTickSize": "x"}, "orderPriceMinTickSize"),
        ({"orderPriceMinTickSize": 1e-9}, "orderPriceMinTickSize"),
        ({"outcomePrices": '["0.5"]'}, "outcomePrices"),
        ({"outcomePrices": '["a", "b"]'}, "outcomePrices"),
        ({"startDate": "never"}, "startDate"),
        ({"negRisk": "perhaps"}, "negRisk"),
        ({"feeSchedule": "free"}, "feeSchedule"),
        ({"feeSchedule": {"rate": 2}}, "feeSchedule"),
        ({"feeSchedule": {"rate": 0.1, "exponent": 99}}, "feeSchedule"),
        ({"events": {"id": 1}}, "events"),
        ({"events": ["x"]}, "events"),
        ({"events": [{"id": [1]}]}, "events.id"),
        ({"description": 5.5}, "description"),
        ({"slug": ["a"]}, "slug"),
    ],
)
def test_odd_side_field_is_named_and_left_out(changes, odd):
    assert odd in listing(GAMMA | changes).odd


def test_missing_fields_are_not_odd():
    bare = {"conditionId": CONDITION, "question": "Q?", "outcomes": ["A", "B"]}
    found = listing(bare)
    assert found.odd == ()
    assert (found.close_ns, found.rules, found.touch) == (None, None, Touch(None, None))
    assert found.sides == (Side("A", "", None), Side("B", "", None))


def test_short_condition_of_the_second_protocol_is_padded():
    assert listing(GAMMA | {"conditionId": "0x" + "AB" * 31}).market_id == "0x" + "ab" * 31 + "00"


def test_position_ids_stand_in_for_tokens():
    found = listing(GAMMA | {"clobTokenIds": None, "positionIds": ["5", "6"]})
    assert [side.token_id for side in found.sides] == ["5", "6"]


def test_text_that_no_database_takes():
    found = listing(GAMMA | {"description": "a\x00b\ud800c", "question": "q\x00"})
    assert found.rules == "a\ufffdb?c"
    assert found.rules.encode()
    assert found.title == "q\ufffd"


def test_one_bad_object_costs_only_itself():
    page = page_of(
        json.dumps({"markets": [gamma(1), None, gamma(2), {}], "next_cursor": "c"}).encode()
    )
    assert [one.venue_ref for one in page.listings] == ["1", "2"]
    assert [one.index for one in page.skips] == [1, 3]
    assert page.next_cursor == "c"


@pytest.mark.parametrize(
    ("body", "cursor"),
    [
        (b"[]", ""),
        (b'{"markets":[]}', ""),
        (b'{"markets":[],"next_cursor":null}', ""),
        (b'{"data":[],"next_cursor":"LTE="}', ""),
        (b'{"data":[],"next_cursor":"MTAw"}', "MTAw"),
        (b'{"markets":[],"next_cursor":5}', "5"),
    ],
)
def test_forms_of_a_page(body, cursor):
    page = page_of(body)
    assert (page.listings, page.skips, page.next_cursor) == ((), (), cursor)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"5",
        b"null",
        b'{"markets":{}}',
        b'{"error":"x"}',
        b'{"markets":[],"next_cursor":[1]}',
        b'{"markets":[],"next_cursor":true}',
    ],
)
def test_what_is_no_page(body):
    with pytest.raises(WireError):
        page_of(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.sampled_from([GAMMA, CLOB, ROW]), st.data())
def test_any_value_in_any_field(obj, data):
    name = data.draw(st.sampled_from(sorted(obj)))
    listings, skips = listings_of([obj | {name: data.draw(JSON)}])
    assert len(listings) + len(skips) == 1
    for one in skips:
        assert one.field
        assert one.reason
    for one in listings:
        # What was read can be stored and sent.
        assert msgspec.json.decode(msgspec.json.encode(one), type=Listing) == one
        assert one.close_ns is None or 0 <= one.close_ns < 2**63


@pytest.mark.parametrize("seed", range(200))
def test_torn_bytes_never_raise_anything_else(seed):
    draw = random.Random(seed)
    body = bytearray(json.dumps([GAMMA, CLOB, ROW]).encode())
    for _ in range(draw.randrange(1, 6)):
        at = draw.randrange(len(body))
        body[at : at + draw.randrange(4)] = draw.randbytes(draw.randrange(3))
    try:
        page = page_of(bytes(body[: draw.randrange(1, len(body) + 1)]))
    except WireError:
        return
    assert all(one.field for one in page.skips)


def test_recorded_objects_are_all_accounted_for():
    total = 0
    for file in sorted(shared_data("data", "B_markets", "rules").glob("*.jsonl.gz")):
        objects = [json.loads(line)["raw"] for line in gzip.open(file)]
        listings, skips = listings_of(objects)
        assert len(listings) + len(skips) == len(objects)
        # Four old CLOB markets have outcomes without names.
        assert {one.field for one in skips} <= {"tokens"}
        assert all(one.odd == () for one in listings)
        total += len(objects)
    assert total > 2_000
