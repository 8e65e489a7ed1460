"""The ranking in memory and the database's own search give the same pages, cursors and all."""

import random

import pytest
from msgspec.structs import replace

from pmapp.api import ranking
from pmapp.api.endpoints import query_of
from pmapp.api.parameters import OPPORTUNITY_PARAMETERS, values_of
from pmio.store.walk import SORTS, position_of
from tests.api.scene import scene_over
from tests.store.rows import add_markets, add_random_generation

FILTERS = {
    "min_score": ("0", "0.2857142857142857", "0.9"),
    "max_risk_score": ("0.3333333333333333", "0.1"),
    "max_t_remaining_sec": ("7200", "20000"),
    "has_flags": ("true", "false", "vague_source", "missing_source,live_reading", "missing_rules"),
    "lacks_flags": ("vague_source", "missing_source,live_reading", "missing_rules"),
    "q": ("rain", "RAIN%20m1", "m11", "_", "%25", "Z%C3%9CRICH", "stra%C3%9Fe"),
    "category": ("weather", "sports"),
    "side": ("yes", "no"),
    "stale": ("true", "false"),
    "recommended": ("true", "false"),
}


CODES = ("vague_source", "missing_source", "live_reading")


async def fill(store, count: int, seed: int) -> None:
    """Markets with random titles and scores."""
    draw = random.Random(seed)
    ids = [f"m{n:03}" for n in range(count)]
    for key in ids:
        title = draw.choice(("Will it rain?", "Rain in Zürich", "Schneit es in der Straße?"))
        text = f"{title} {key}".casefold()
        category = draw.choice(("weather", "crypto"))
        await add_markets(store, key, title=title, search_text=text, category=category)
    await add_random_generation(store, ids, draw, CODES)


@pytest.mark.parametrize("rare", [0, 20, 1_000])
async def test_the_same_pages_either_way(store, rare, monkeypatch):
    """`rare` is how many hits a word may have to be looked for in all texts at once."""
    monkeypatch.setattr(ranking, "RARE", rare)
    await fill(store, 90, 3)
    draw = random.Random(4)
    async with scene_over(store) as fast, scene_over(store, ranked_max=0) as slow:
        assert len(fast.api.endpoints.rankings.get(1)) == 90
        assert slow.api.endpoints.rankings.get(1) is None
        for _ in range(40):
            chosen = draw.sample(list(FILTERS), draw.randrange(4))
            query = "&".join(f"{name}={draw.choice(FILTERS[name])}" for name in chosen)
            sort, limit = draw.choice(list(SORTS)), draw.choice((1, 8, 30, 90, 91))
            cursor = ""
            while True:
                target = f"/v1/opportunities?{query}&sort={sort}&limit={limit}{cursor}"
                page = await fast.json(target)
                assert page == await slow.json(target), target
                if page["next_cursor"] is None or draw.random() < 0.3:
                    break
                cursor = f"&cursor={page['next_cursor']}"


async def test_the_two_newest_are_kept(scene):
    await scene.fill(5)
    for number in range(4):
        await scene.rescore(number + 2)
    kept = [number for number in range(1, 6) if scene.api.endpoints.rankings.get(number)]
    assert kept == [3, 4]


async def test_a_market_that_is_deleted_meanwhile_is_left_out(scene):
    await scene.fill(6)
    await scene.rescore()
    gone = (await scene.json("/v1/opportunities?limit=6"))["items"][2]["market_id"]

    def delete(tx) -> None:
        tx.run("DELETE FROM markets WHERE market_id = :id", id=gone)

    await scene.store.database.write(delete)
    left = [item["market_id"] for item in await scene.walk("limit=2&sort=score&side=yes")]
    left += [item["market_id"] for item in await scene.walk("limit=2&sort=score&side=no")]
    assert len(left) == 5
    assert gone not in left


async def test_a_cursor_that_was_tampered_with_is_the_databases_business(scene):
    await scene.fill(6)
    await scene.rescore()
    ranked = scene.api.endpoints.rankings.get(1)
    values = values_of(OPPORTUNITY_PARAMETERS, [("limit", "2")])
    first = await scene.store.opportunities(query_of(values))
    query = query_of(dict(values) | {"cursor": first.next_cursor})
    position = position_of(query)
    assert ranked.choose(query, position) is not None
    for changed in ({"value": 0.123}, {"market_id": "0x"}, {"market_id": "zzz"}):
        assert ranked.choose(query, replace(position, **changed)) is None


@pytest.mark.parametrize("count", [0, 1])
async def test_small_generations(store, count):
    await fill(store, count, 1)
    async with scene_over(store) as scene:
        assert len(await scene.walk("q=m000&sort=risk")) == count


@pytest.mark.parametrize("ranked", [True, False])
async def test_every_word_of_a_search_counts(store, ranked):
    """Who pastes a whole title gets that market, not all that share its first words."""
    await fill(store, 90, 5)
    async with scene_over(store, **({} if ranked else {"ranked_max": 0})) as scene:
        found = await scene.walk("q=i+n+m+0+1+2+m0+01+12+m012")
        assert [item["market_id"] for item in found] == ["m012"]
        assert await scene.walk("q=i+n+m+0+1+2+m0+01+12+m012+nowhere") == []
