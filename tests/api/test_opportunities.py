"""`GET /v1/opportunities`: the items, the filters, the orders, CSV, and pages that fit together."""

import csv
import io
import random

import pytest

from pmapp.api.items import CSV_COLUMNS
from pmio.ingest.rules import RuleReader
from pmio.store.walk import SORTS, OpportunityQuery
from tests.api.scene import CONTESTED, flags_of
from tests.store.rows import add_generation, add_markets

ITEM = [
    *("market_id", "venue", "title", "url", "as_of", "close_time", "t_remaining_sec"),
    *("recommended_side", "entry_price", "gross_yield", "net_yield", "yield_velocity"),
    *("liquidity_score", "definition_risk_score", "risk_score", "overall_score"),
    *("max_position_pct", "risk_flags", "quote"),
]
"""The reference's fields, in its order."""


async def test_nothing_scored_yet(scene):
    page = await scene.json("/v1/opportunities")
    wanted = {"as_of": None, "generation": 0, "stale": False, "items": [], "next_cursor": None}
    assert page == wanted


async def test_items_have_the_fields_of_the_reference(scene):
    await scene.fill(3)
    await scene.rescore()
    page = await scene.json("/v1/opportunities")
    assert page["as_of"] == "2026-09-21T14:15:20Z"
    for item in page["items"]:
        assert list(item)[: len(ITEM)] == ITEM
        assert list(item["quote"]) == ["bid", "ask", "spread", "as_of", "staleness_sec"]
        assert item["gross_yield"] == pytest.approx(1.0 - item["entry_price"])
        assert 0.01 <= item["max_position_pct"] <= 0.10
        assert item["quote"]["bid"] < item["quote"]["ask"] <= item["entry_price"] + 1e-9


async def test_flags_carry_the_places_of_their_evidence(scene):
    contested = (await scene.fill(3))[0]
    await scene.rescore()
    items = {item["market_id"]: item for item in await scene.walk()}
    flags = {flag["code"]: flag for flag in items[contested]["risk_flags"]}
    assert {"discretionary_settlement", "vague_source", "missing_time_zone"} <= set(flags)
    assert list(flags["vague_source"]) == ["code", "severity", "evidence_spans"]
    assert flags["discretionary_settlement"]["severity"] == "high"
    (span,) = flags["vague_source"]["evidence_spans"]
    assert CONTESTED[span["start"] : span["end"]].startswith("credible reporting")


async def test_flags_of_a_text_that_changed_since_keep_their_codes(scene):
    contested = (await scene.fill(2))[0]
    await scene.rescore()
    await RuleReader(scene.store).take({contested: "It rains."}, scene.clock.now_ns())
    items = {item["market_id"]: item for item in await scene.walk()}
    lost = [flag for flag in items[contested]["risk_flags"] if not flag["evidence_spans"]]
    assert "vague_source" in {flag["code"] for flag in lost}


def keeps(name: str, value: str, item: dict[str, object]) -> bool:
    """What a filter keeps, said once more in plain words."""
    codes = {flag["code"] for flag in item["risk_flags"]}
    match name:
        case "min_score":
            return item["overall_score"] >= float(value)
        case "max_risk_score":
            return item["risk_score"] <= float(value)
        case "max_t_remaining_sec":
            return item["t_remaining_sec"] <= float(value)
        case "has_flags" if value in ("true", "false"):
            return bool(codes) == (value == "true")
        case "has_flags":
            return bool(codes & set(value.split(",")))
        case "lacks_flags":
            return not codes & set(value.split(","))
        case "q":
            return all(word in item["title"].casefold() for word in value.casefold().split())
        case "category":
            return item["category"] == value
        case "side":
            return item["recommended_side"] == value
        case "recommended":
            return item["recommended"] == (value == "true")
        case "stale":
            return item["stale"] == (value == "true")
    raise AssertionError(name)


FILTERS = {
    "min_score": ("0.3", "0.55", "-1"),
    "max_risk_score": ("0.2", "0.35", "0"),
    "max_t_remaining_sec": ("86400", "600000.5"),
    "has_flags": ("true", "false", "vague_source", "undefined_term,missing_time_zone"),
    "lacks_flags": ("vague_source", "undefined_term,missing_time_zone"),
    "q": ("event 1", "WILL 2", "zzz"),
    "category": ("crypto", "sports"),
    "side": ("yes", "no"),
    "recommended": ("true", "false"),
    "stale": ("false", "true"),
}


async def test_any_filters_in_any_order_give_what_they_say(scene):
    """Against the same filters in Python, over every item there is."""
    await scene.fill(80)
    await scene.rescore()
    everything = await scene.walk("limit=1000")
    assert len(everything) == 80
    draw = random.Random(5)
    for _ in range(60):
        chosen = {name: draw.choice(FILTERS[name]) for name in draw.sample(list(FILTERS), 2)}
        sort = draw.choice(list(SORTS))
        query = "&".join(f"{name}={value}" for name, value in chosen.items())
        found = await scene.walk(f"{query}&sort={sort}&limit={draw.choice((3, 7, 1000))}")
        wanted = [
            item
            for item in everything
            if all(keeps(name, value, item) for name, value in chosen.items())
        ]
        by_id = {item["market_id"]: item for item in wanted}
        assert {item["market_id"] for item in found} == set(by_id), query
        assert [by_id[item["market_id"]] for item in found] == found
        assert is_sorted(found, sort)


def is_sorted(items: list[dict[str, object]], sort: str) -> bool:
    column, direction = SORTS[sort]
    names = {"close_time_ns": "close_time"}
    keys = [(item[names.get(column, column)], item["market_id"]) for item in items]
    return keys == sorted(keys, reverse=direction == "DESC")


async def test_csv_says_the_same(scene):
    await scene.fill(9)
    await scene.rescore()
    items = {item["market_id"]: item for item in await scene.walk()}
    for answer in (
        await scene.get("/v1/opportunities?format=csv"),
        await scene.get("/v1/opportunities", Accept="text/csv"),
        await scene.get("/v1/opportunities", Accept="application/json;q=0.5, text/csv"),
    ):
        assert answer.content_type == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO((await answer.get_data()).decode())))
        assert len(rows) == 9
        assert tuple(rows[0]) == CSV_COLUMNS
        for row in rows:
            item = items[row["market_id"]]
            assert float(row["overall_score"]) == item["overall_score"]
            assert float(row["bid"]) == item["quote"]["bid"]
            assert row["risk_flags"] == " ".join(flag["code"] for flag in item["risk_flags"])
            assert row["stale"] == "false"


@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/json", "text/csv;q=0.1, */*"])
async def test_json_unless_csv_is_preferred(scene, accept):
    answer = await scene.get("/v1/opportunities", Accept=accept)
    assert answer.content_type == "application/json"


async def test_a_format_overrules_the_header(scene):
    answer = await scene.get("/v1/opportunities?format=json", Accept="text/csv")
    assert answer.content_type == "application/json"


async def test_spreadsheets_are_given_no_formulas(scene):
    await add_markets(scene.store, "m1", title='=HYPERLINK("http://x")')
    await add_generation(scene.store, {"m1": 0.5})
    await scene.look()
    text = (await (await scene.get("/v1/opportunities?format=csv")).get_data()).decode()
    assert "'=HYPERLINK" in text
    assert (await scene.walk())[0]["title"].startswith("=")


async def test_link_leads_to_the_next_page(scene):
    await scene.fill(5)
    await scene.rescore()
    answer = await scene.get("/v1/opportunities?limit=3&q=will+event")
    link = answer.headers["Link"]
    assert link.endswith('>; rel="next"')
    following = await scene.json(link[1 : link.index(">")])
    assert len(following["items"]) == 2
    assert following["next_cursor"] is None


async def test_stored_flags_match_shown_ones(scene):
    await scene.fill(12)
    await scene.rescore()
    rows = (await scene.store.opportunities(OpportunityQuery())).rows
    items = {item["market_id"]: item for item in await scene.walk()}
    assert {row.market_id: row.flag_codes for row in rows} == {
        key: flags_of(item) for key, item in items.items()
    }
