"""Nothing is skipped and nothing comes twice, whatever the scorer does between the pages."""

import random

import pytest

from pmapp.api.serving import opened_api
from tests.api.scene import scene_over

ORDERS = ("score", "risk", "close_time", "net_yield", "yield_velocity", "liquidity")


@pytest.mark.parametrize("seed", range(8))
async def test_a_walk_is_complete_while_everything_is_rescored(scene, seed):
    """Quotes, and with them every score, change between pages; markets come and go as well."""
    draw = random.Random(seed)
    await scene.fill(40, seed + 1)
    await scene.rescore()
    sort, limit = draw.choice(ORDERS), draw.choice((6, 9, 13))
    query = f"sort={sort}&limit={limit}"
    generation = (await scene.json("/v1/opportunities?limit=1"))["generation"]
    wanted = [item["market_id"] for item in await scene.walk(f"sort={sort}&limit=1000")]
    spare = scene.settings.keep.generations_max - 1

    async def rescore() -> None:
        nonlocal spare
        if spare == 0:
            return
        spare -= 1
        if draw.random() < 0.5:
            # Closed markets are not scored any more; the walk still shows what it began with.
            await scene.store.mark_unlisted("synthetic", scene.clock.now_ns())
        await scene.rescore(draw.randrange(2, 1_000), seconds=draw.choice((60, 120)))

    found = [item["market_id"] for item in await scene.walk(query, rescore)]
    assert found == wanted
    assert len(set(found)) == len(found) == 40
    newest = (await scene.json("/v1/opportunities?limit=1"))["generation"]
    assert newest > generation


async def test_a_walk_outlives_the_server(scene):
    """Cursors hold everything; another server goes on with them."""
    await scene.fill(10)
    await scene.rescore()
    wanted = [item["market_id"] for item in await scene.walk("limit=4")]
    first = await scene.json("/v1/opportunities?limit=4")
    await scene.rescore(7)
    async with opened_api(scene.store, scene.settings, scene.clock.now_ns, scene.log) as second:
        client = second.app.test_client()
        answer = await client.get(f"/v1/opportunities?limit=100&cursor={first['next_cursor']}")
        rest = (await answer.get_json())["items"]
    assert [item["market_id"] for item in [*first["items"], *rest]] == wanted


async def test_pages_of_a_walk_stay_the_same_in_memory_and_out_of_it(store):
    """With room for no page at all every page is read again, and is the same."""
    async with scene_over(store) as roomy:
        await roomy.fill(20)
        await roomy.rescore()
        warm = [await roomy.walk("limit=6") for _ in range(2)]
        async with scene_over(store, memory_mib=1) as tight:
            tight.api.endpoints.pages._bytes_max = 0
            cold = await tight.walk("limit=6")
            assert len(tight.api.endpoints.pages) == 0
    assert warm == [cold, cold]


async def test_a_walk_that_paused_too_long_is_told(scene):
    await scene.fill(10)
    await scene.rescore()
    cursor = (await scene.json("/v1/opportunities?limit=4"))["next_cursor"]
    for number in range(scene.settings.keep.generations_max + 1):
        await scene.rescore(number + 2)
    problem = await scene.json(f"/v1/opportunities?limit=4&cursor={cursor}", status=410)
    assert problem["type"] == "urn:pm-sweep:walk-expired"
    assert "begin again" in problem["detail"]


@pytest.mark.parametrize("change", ["&sort=risk", "&min_score=0.1", "&has_flags=true", "&q=event"])
async def test_a_cursor_belongs_to_its_filters_and_order(scene, change):
    await scene.fill(6)
    await scene.rescore()
    cursor = (await scene.json("/v1/opportunities?limit=4"))["next_cursor"]
    problem = await scene.json(f"/v1/opportunities?limit=4&cursor={cursor}{change}", status=400)
    assert problem["parameter"] == "cursor"


@pytest.mark.parametrize("cursor", ["x", "AAAA", "%F0%9F%8E%B2", "e30", "WzEsMiwzXQ", "W10"])
async def test_what_is_no_cursor_is_refused(scene, cursor):
    problem = await scene.json(f"/v1/opportunities?cursor={cursor}", status=400)
    assert problem["parameter"] == "cursor"
