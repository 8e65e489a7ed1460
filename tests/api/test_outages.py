"""The database goes away and comes back; last scores stay served, marked; nobody restarts."""

import json

import pytest
import trio

from pmapp.api.readings import Readings
from pmio.store.database import StoreUnavailable
from pmio.store.migrating import downgrade, upgrade
from pmio.store.opening import database_at
from pmio.store.place import place_of
from pmio.store.sql_store import SqlStore
from tests.api.scene import scene_over
from tests.store.rows import SECOND


class Switch:
    """Stands before a store's reads: lets them through, fails them, or hangs them."""

    def __init__(self, scene, monkeypatch) -> None:
        self.hang = False
        self.away = False
        self.reads = 0
        database = scene.store.database
        real = database.read

        async def read(work):
            self.reads += 1
            if self.hang:
                await trio.sleep_forever()
            if self.away:
                raise StoreUnavailable("the database is away")
            return await real(work)

        monkeypatch.setattr(database, "read", read)


async def test_last_scores_stay_served_and_are_marked(scene, monkeypatch):
    await scene.fill(6)
    await scene.rescore()
    switch = Switch(scene, monkeypatch)
    before = await scene.json("/v1/opportunities?limit=4")
    assert not before["stale"]
    switch.away = True
    await scene.look()
    during = await scene.json("/v1/opportunities?limit=4")
    assert during["stale"]
    assert [item["stale"] for item in during["items"]] == [True] * 4
    unmarked = [item | {"stale": False} for item in during["items"]]
    assert (unmarked, during["next_cursor"]) == (before["items"], before["next_cursor"])
    # What was never asked for cannot be had.
    problem = await scene.json("/v1/opportunities?limit=3", status=503)
    assert problem["type"] == "urn:pm-sweep:database-unavailable"
    assert (await scene.get("/v1/market/0")).status_code == 503
    assert (await scene.get("/healthz")).status_code == 200
    assert (await scene.get("/readyz")).status_code == 503
    assert "pm_database_up 0.0" in (await (await scene.get("/metrics")).get_data()).decode()
    switch.away = False
    await scene.look()
    assert await scene.json("/v1/opportunities?limit=4") == before
    assert (await scene.get("/readyz")).status_code == 200
    told = [json.loads(line) for line in scene.lines.getvalue().splitlines()]
    changes = [line["reachable"] for line in told if line["event"] == "api.database"]
    assert changes == [False, True]


async def test_an_outage_before_anybody_looked(scene, monkeypatch):
    """The request itself finds out, and still gets the last page there was."""
    await scene.fill(6)
    await scene.rescore()
    before = await scene.json("/v1/opportunities")
    switch = Switch(scene, monkeypatch)
    await scene.rescore(2)
    switch.away = True
    during = await scene.json("/v1/opportunities")
    assert during["stale"]
    assert during["generation"] == before["generation"]
    asked = switch.reads
    await scene.json("/v1/opportunities")
    assert switch.reads == asked, "nobody asks a database that is known to be away"


async def test_a_503_says_when_to_come_again(scene, monkeypatch):
    Switch(scene, monkeypatch).away = True
    answer = await scene.get("/v1/opportunities?sort=risk")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_database_that_hangs_is_given_up(store, monkeypatch):
    async with scene_over(store, answer_s=0.05, reads_at_once=2) as scene:
        switch = Switch(scene, monkeypatch)
        switch.hang = True
        problem = await scene.json("/v1/opportunities", status=503)
        assert "did not answer within 0.05 s" in problem["detail"]
        await scene.json("/v1/opportunities?sort=risk", status=503)
        # Two reads hang for ever; more than that are not begun.
        problem = await scene.json("/v1/opportunities?sort=net_yield", status=503)
        assert problem["type"] == "urn:pm-sweep:overloaded"
        assert switch.reads == 2


async def test_scores_that_grow_old_are_marked(scene):
    await scene.fill(3)
    await scene.rescore()
    overdue_s = 2.5 * scene.settings.cadence.score_s
    scene.clock.now += round((overdue_s - 1) * SECOND)
    assert not (await scene.json("/v1/opportunities"))["stale"]
    scene.clock.now += 2 * SECOND
    page = await scene.json("/v1/opportunities")
    assert page["stale"]
    assert all(item["stale"] for item in page["items"])
    await scene.rescore(2)
    assert not (await scene.json("/v1/opportunities"))["stale"]


async def test_venue_that_is_away_marks_the_rows(scene):
    """No new quotes, but new scores: the scorer marks them, and the page itself is not stale."""
    await scene.fill(3)
    await scene.rescore()
    await scene.rescore(seconds=600)
    page = await scene.json("/v1/opportunities")
    assert not page["stale"]
    assert [item["stale"] for item in page["items"]] == [True] * 3
    assert [item["liquidity_score"] for item in page["items"]] == [0.0] * 3


async def test_server_lives_through_missing_tables(empty):
    """Somebody takes the schema away under it, and brings it back."""
    place = place_of(empty)
    upgrade(place)
    store = SqlStore(database_at(place))
    async with scene_over(store) as scene:
        await scene.fill(3)
        await scene.rescore()
        before = await scene.json("/v1/opportunities")
        downgrade(place, "base")
        await scene.look()
        assert (await scene.get("/readyz")).status_code == 503
        during = await scene.json("/v1/opportunities")
        assert during["stale"]
        assert during["generation"] == before["generation"]
        await scene.json("/v1/market/0", status=503)
        upgrade(place)
        await scene.look()
        assert (await scene.get("/readyz")).status_code == 200
        assert (await scene.json("/v1/opportunities"))["items"] == []
    await store.aclose()


async def test_fault_of_ours_in_a_look_ends_no_server(scene, monkeypatch):
    async def broken() -> None:
        raise ZeroDivisionError("oops")

    with monkeypatch.context() as patched:
        patched.setattr(scene.store, "latest_generation", broken)
        await scene.look()
        await scene.look()
        assert (await scene.get("/readyz")).status_code == 503
    told = [json.loads(line) for line in scene.lines.getvalue().splitlines()]
    assert ["ZeroDivisionError" in line["exception"] for line in told if "exception" in line] == [
        True
    ]
    await scene.look()
    assert (await scene.get("/readyz")).status_code == 200


async def test_too_many_at_a_time_are_turned_away(store, monkeypatch):
    async with scene_over(store, in_flight=2, answer_s=0.2) as scene:
        switch = Switch(scene, monkeypatch)
        switch.hang = True
        statuses = []

        async def ask() -> None:
            answer = await scene.get("/v1/opportunities")
            statuses.append((answer.status_code, json.loads(await answer.get_data())["type"]))

        async with trio.open_nursery() as nursery:
            for _ in range(4):
                nursery.start_soon(ask)
            await trio.testing.wait_all_tasks_blocked()
            # Whoever watches over the server must not take a busy one for dead.
            assert (await scene.get("/healthz")).status_code == 200
        switch.hang = False
        kinds = sorted(kind.rpartition(":")[2] for _, kind in statuses)
        assert kinds == ["database-unavailable"] * 2 + ["overloaded"] * 2
        assert (await scene.get("/v1/opportunities")).status_code == 200


async def test_readings_hand_on_results_and_exceptions():
    async def seven() -> int:
        return 7

    async def fails() -> int:
        raise ValueError("ours")

    async with trio.open_nursery() as nursery:
        readings = Readings(nursery, 1.0, 1)
        assert await readings.read(seven) == 7
        with pytest.raises(ValueError, match="ours"):
            await readings.read(fails)
        assert await readings.read(seven) == 7
