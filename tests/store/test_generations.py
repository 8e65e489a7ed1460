"""One generation after the other: claims, takeovers, batches, and what is kept."""

import pytest
import trio

from pmio.store.generations import BUSY, FRESH, LEASE_NS, Sample, Superseded, bucket_of
from pmio.store.opening import open_store
from pmio.store.sql_store import SqlStore
from pmio.store.walk import OpportunityQuery
from tests.store.rows import NOW, SECOND, add_generation, add_markets, quote, rec_row, score_row


async def listed(store) -> list[str]:
    return [row.market_id for row in (await store.opportunities(OpportunityQuery())).rows]


async def test_unfinished_generation_is_not_seen(store):
    await add_markets(store, "m1", "m2")
    await add_generation(store, {"m1": 0.5})
    own = await store.claim("s", NOW, NOW, 0)
    await store.put_scores(own, NOW, [score_row(own, "m2")], [rec_row(own, "m2")])
    assert await listed(store) == ["m1"]
    await store.finish(own, NOW, 1, ())
    assert await listed(store) == ["m2"]
    generation = await store.latest_generation()
    assert (generation.generation, generation.markets) == (2, 1)


async def test_nothing_scored_yet(store):
    page = await store.opportunities(OpportunityQuery())
    assert (page.generation, page.rows, page.next_cursor) == (None, (), "")
    assert await store.latest_generation() is None


async def test_generation_without_markets(store):
    await add_generation(store, {})
    assert await listed(store) == []
    assert (await store.latest_generation()).markets == 0


async def test_second_scorer_stands_back(store):
    own = await store.claim("one", NOW, NOW, 0)
    other = await store.claim("two", NOW, NOW + 1, 0)
    assert (other.generation, other.reason) == (0, BUSY)
    await store.finish(own, NOW, 0, ())
    for moment in (NOW, NOW + 59 * SECOND):
        fresh = await store.claim("two", moment, NOW, 60 * SECOND)
        assert (fresh.generation, fresh.reason) == (0, FRESH)
    assert (await store.claim("two", NOW + 60 * SECOND, NOW, 60 * SECOND)).generation == 2


async def test_going_back_in_a_recording_is_not_fresh(store):
    await add_generation(store, {})
    assert (await store.claim("s", NOW - SECOND, NOW, 60 * SECOND)).generation == 2


async def test_dead_scorer_is_superseded_and_writes_nothing(store):
    await add_markets(store, "m1", "m2")
    dead = await store.claim("dead", NOW, NOW, 0)
    await store.put_scores(dead, NOW, [score_row(dead, "m1")], [rec_row(dead, "m1")])
    alive = await store.claim("alive", NOW, NOW + LEASE_NS, 0)
    assert alive.generation == dead.generation + 1
    with pytest.raises(Superseded):
        await store.put_scores(dead, NOW, [score_row(dead, "m2")], [rec_row(dead, "m2")])
    with pytest.raises(Superseded):
        await store.finish(dead, NOW, 1, ())
    await store.put_scores(alive, NOW, [score_row(alive, "m2")], [rec_row(alive, "m2")])
    await store.finish(alive, NOW, 1, ())
    assert await listed(store) == ["m2"]


async def test_each_batch_renews_the_lease(store):
    own = await store.claim("one", NOW, NOW, 0)
    await store.put_scores(own, NOW + LEASE_NS, [], [])
    assert (await store.claim("two", NOW, NOW + LEASE_NS + 1, 0)).reason == BUSY


async def test_a_beat_from_after_our_look_at_the_clock_is_no_dead_scorers(store):
    own = await store.claim("one", NOW, NOW + SECOND, 0)
    assert (await store.claim("two", NOW, NOW, 0)).reason == BUSY
    await store.finish(own, NOW, 0, ())


async def test_a_clock_that_was_set_back_by_more_than_a_lease_blocks_nobody(store):
    await store.claim("one", NOW, NOW + LEASE_NS, 0)
    assert (await store.claim("two", NOW, NOW, 0)).generation == 2


async def test_abandoned_claim_frees_the_next_scorer(store):
    await add_markets(store, "m1")
    own = await store.claim("one", NOW, NOW, 0)
    await store.put_scores(own, NOW, [score_row(own, "m1")], [rec_row(own, "m1")])
    await store.abandon(own)
    assert (await store.claim("two", NOW, NOW, 0)).generation > 0
    # Too late to give back what is somebody else's.
    await store.abandon(own)
    assert (await store.claim("three", NOW, NOW, 0)).reason == BUSY


async def test_finished_generation_cannot_be_written_or_abandoned(store):
    await add_markets(store, "m1")
    own = await add_generation(store, {"m1": 0.5})
    with pytest.raises(Superseded):
        await store.put_scores(own, NOW, [], [])
    await store.abandon(own)
    assert await listed(store) == ["m1"]


async def test_failed_batch_is_rolled_back_whole(store):
    await add_markets(store, "m1")
    own = await store.claim("one", NOW, NOW, 0)
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        await store.put_scores(own, NOW, [score_row(own, "m1")], [rec_row(own, "m1")] * 2)
    await store.put_scores(own, NOW, [score_row(own, "m1")], [rec_row(own, "m1")])
    await store.finish(own, NOW, 1, ())
    assert await listed(store) == ["m1"]


async def test_many_scorers_at_once_write_one_generation(store):
    await add_markets(store, *(f"m{n}" for n in range(20)))
    won: list[str] = []

    async def scorer(name: str) -> None:
        own = await store.claim(name, NOW, NOW, 3_600 * SECOND)
        if not own.generation:
            return
        for n in range(20):
            rows = [score_row(own, f"m{n}")], [rec_row(own, f"m{n}")]
            await store.put_scores(own, NOW, *rows)
        await store.finish(own, NOW, 20, ())
        won.append(name)

    async with trio.open_nursery() as nursery:
        for n in range(6):
            nursery.start_soon(scorer, f"s{n}")
    assert len(won) == 1
    assert len(await listed(store)) == 20
    assert (await store.latest_generation()).generation == 1


async def test_two_stores_on_one_database_take_turns(store: SqlStore, address: str):
    await add_markets(store, "m1")
    other = await open_store(address)
    claims = []

    async def claim(which) -> None:
        claims.append(await which.claim(f"{id(which)}", NOW, NOW, 0))

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(claim, store)
            nursery.start_soon(claim, other)
    # A scorer that claims again begins anew; nobody else's claim gets through.
    assert len({one.scorer for one in claims if one.generation}) == 1
    await other.aclose()


async def test_old_generations_are_kept_for_a_while(store):
    for n in range(5):
        await add_generation(store, {}, wall=NOW + n * SECOND)
    assert await store.outdated(NOW + 4 * SECOND, 10 * SECOND, 10) == []
    assert await store.outdated(NOW + 4 * SECOND, 10 * SECOND, 3) == [2, 1]
    assert await store.outdated(NOW + 12 * SECOND, 10 * SECOND, 10) == [2, 1]
    assert await store.outdated(NOW + 999 * SECOND, SECOND, 1) == [4, 3, 2, 1]
    await store.drop_generation(2)
    assert await store.outdated(NOW + 4 * SECOND, 10 * SECOND, 3) == [1]


async def test_samples_once_in_five_minutes(store):
    await add_markets(store, "m1", "m2")
    await store.put_quotes([quote("m1")])
    for n, score in enumerate((0.25, 0.75)):
        own = await store.claim("s", NOW, NOW + n, 0)
        row = ("m1", bucket_of(NOW), NOW, 1, 0.96, score, 0.1, 0.03)
        samples = [Sample(row, ("m1", bucket_of(NOW), NOW, 9_500, 9_600, 400, 500))]
        samples.append(Sample(("gone", *row[1:]), ("gone", *samples[0].quote[1:])))
        await store.finish(own, NOW + n, 0, samples)
    assert await store.samples("m1", 0) == [(bucket_of(NOW), 0.25, 0.04, 0.05)]
    assert await store.samples("m1", NOW + 1) == []
    assert await store.samples("m2", 0) == []
