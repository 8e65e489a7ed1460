"""Walks: every order, every filter, and nothing skipped or repeated while scores change."""

import random

import pytest
from msgspec.structs import replace

from pmio.store.rows import codes_of
from pmio.store.schema import RECS_LATEST, SCORES_LATEST, names
from pmio.store.walk import SORTS, CursorError, OpportunityQuery, WalkExpired
from tests.store.rows import (
    NOW,
    add_generation,
    add_markets,
    add_random_generation,
    rec_row,
    score_row,
)


async def walk(store, query: OpportunityQuery, between=None) -> list[str]:
    """All market ids of a walk; `between` is awaited after each page."""
    seen: list[str] = []
    while True:
        page = await store.opportunities(query)
        assert len(page.rows) <= query.limit
        seen += [row.market_id for row in page.rows]
        if not page.next_cursor:
            return seen
        query = replace(query, cursor=page.next_cursor)
        if between is not None:
            await between()


async def fill(store, count: int, seed: int = 1) -> dict[str, dict[str, object]]:
    """Markets with random scores, many of them equal; what was stored by market."""
    draw = random.Random(seed)
    ids = [f"m{n:03}" for n in range(count)]
    await add_markets(store, *ids)
    return await add_random_generation(store, ids, draw, ("aa", "ab", "b"))


@pytest.mark.parametrize("sort", SORTS)
async def test_every_order_is_complete_and_sorted(store, sort):
    stored = await fill(store, 60)
    column, direction = SORTS[sort]
    wanted = sorted(stored, key=lambda key: (stored[key][column], key))
    if direction == "DESC":
        wanted.reverse()
    for limit in (1, 7, 60, 1_000):
        assert await walk(store, OpportunityQuery(sort=sort, limit=limit)) == wanted


FILTERS = {
    "score": (OpportunityQuery(min_score=0.4), lambda row: row["overall_score"] >= 0.4),
    "risk": (OpportunityQuery(max_risk_score=1 / 3), lambda row: row["risk_score"] <= 1 / 3),
    "time": (
        OpportunityQuery(max_t_remaining_sec=7_200.0),
        lambda row: row["t_remaining_sec"] <= 7_200,
    ),
    "flag": (OpportunityQuery(has_flags=("b",)), lambda row: "b" in codes_of(row["flag_codes"])),
    "whole code": (OpportunityQuery(has_flags=("a",)), lambda row: False),
    "either flag": (
        OpportunityQuery(has_flags=("aa", "ab")),
        lambda row: {"aa", "ab"} & set(codes_of(row["flag_codes"])),
    ),
    "wildcard": (OpportunityQuery(has_flags=("a_", "%")), lambda row: False),
    "without": (
        OpportunityQuery(lacks_flags=("aa", "b")),
        lambda row: not {"aa", "b"} & set(codes_of(row["flag_codes"])),
    ),
    "side": (OpportunityQuery(side=1), lambda row: row["side"] == 1),
    "fresh": (OpportunityQuery(stale=False), lambda row: not row["stale"]),
    "recommended": (OpportunityQuery(recommended=True), lambda row: row["recommended"]),
    "category": (OpportunityQuery(category="weather"), lambda row: True),
    "no category": (OpportunityQuery(category="sports"), lambda row: False),
    "search": (OpportunityQuery(search="RAIN will"), lambda row: True),
    "search odd": (OpportunityQuery(search="100%_ 'or 1=1"), lambda row: False),
    "two": (
        OpportunityQuery(min_score=0.2, side=0),
        lambda row: row["overall_score"] >= 0.2 and row["side"] == 0,
    ),
}


@pytest.mark.parametrize("name", FILTERS)
async def test_every_filter(store, name):
    stored = await fill(store, 60)
    query, keeps = FILTERS[name]
    wanted = {key for key, row in stored.items() if keeps(row)}
    seen = await walk(store, replace(query, limit=7))
    assert len(seen) == len(set(seen))
    assert set(seen) == wanted


@pytest.mark.parametrize("seed", range(5))
async def test_walk_survives_rescoring(store, seed):
    stored = await fill(store, 40, seed)
    draw = random.Random(seed)

    async def rescore() -> None:
        scores = {key: draw.random() for key in stored if draw.random() < 0.9}
        await add_generation(store, scores)

    seen = await walk(store, OpportunityQuery(limit=3), rescore)
    assert len(seen) == len(set(seen)) == 40
    # The next walk sees the new scores.
    latest = await store.latest_generation()
    assert len(await walk(store, OpportunityQuery(limit=3))) == latest.markets


async def test_walk_whose_generation_is_gone_is_told(store):
    await fill(store, 5)
    page = await store.opportunities(OpportunityQuery(limit=2))
    await add_generation(store, {"m001": 0.5})
    await store.drop_generation(page.generation.generation)
    with pytest.raises(WalkExpired):
        await store.opportunities(OpportunityQuery(limit=2, cursor=page.next_cursor))


async def test_cursor_belongs_to_its_filters(store):
    await fill(store, 5)
    query = OpportunityQuery(limit=2, min_score=-1.0)
    cursor = (await store.opportunities(query)).next_cursor
    assert (await store.opportunities(replace(query, limit=1, cursor=cursor))).rows
    for other in (replace(query, min_score=0.0), replace(query, sort="risk")):
        with pytest.raises(CursorError, match="other filters"):
            await store.opportunities(replace(other, cursor=cursor))


@pytest.mark.parametrize("cursor", ["x", "é", "AAAA", "W10", "WzEsMiwzXQ", "=" * 9, "e30"])
async def test_nonsense_is_no_cursor(store, cursor):
    await fill(store, 2)
    with pytest.raises(CursorError):
        await store.opportunities(OpportunityQuery(cursor=cursor))


async def test_order_is_one_of_ours(store):
    with pytest.raises(CursorError, match="no such order"):
        await store.opportunities(OpportunityQuery(sort="overall_score; DROP TABLE markets"))


async def test_row_holds_what_was_stored(store):
    await add_markets(store, "m1", venue_ref="9", neg_risk=1)
    own = await store.claim("s", NOW, NOW, 0)
    score = {name: float(n) for n, name in enumerate(names(SCORES_LATEST)[6:])}
    rec = {name: float(n) for n, name in enumerate(names(RECS_LATEST)[6:])}
    rows = [score_row(own, "m1", **score)], [rec_row(own, "m1", **rec | {"side": 1, "bid": None})]
    rec["bid"] = None
    await store.put_scores(own, NOW, *rows)
    await store.finish(own, NOW, 1, ())
    found = (await store.opportunities(OpportunityQuery())).rows[0]
    assert {name: getattr(found, name) for name in score} == score
    assert {name: getattr(found, name) for name in rec} == rec
    assert (found.side_name, found.venue_ref, found.neg_risk) == ("No", "9", 1)
    assert (await store.market_detail("m1")).scored == found
