"""The services' loops on both databases: outages come and go, and nobody restarts anything."""

import io
import json

import attrs
import pytest
import trio

from pmapp.services.ingest import Ingest
from pmapp.services.loops import Shop, cycle_once, loop
from pmapp.services.score import Scorer
from pmapp.services.service_log import service_log
from pmapp.services.service_settings import SweepSettings
from pmapp.services.sweep_run import Services, run_once
from pmapp.services.venues import OpenVenue
from pmio.ingest.rules import RulesCount
from pmio.ingest.venue_client import VenueDown, VenueRefused
from pmio.store.database import StoreUnavailable
from pmio.store.upkeep import DAY_NS
from pmio.store.walk import OpportunityQuery
from tests.store.fake_venue import FakeVenue, HandClock, market_id
from tests.store.rows import SECOND, add_markets


class Stand:
    """A venue, a store, and everything that stands between them."""

    def __init__(self, store) -> None:
        self.clock = HandClock()
        self.venue = FakeVenue(self.clock)
        self.lines = io.StringIO()
        self.told: list[dict[str, object]] = []
        log = service_log("debug", self.lines)
        settings = SweepSettings()
        self.shop = Shop(store, self.clock, self.clock.now_ns, settings, log, self.told.append)
        scorer = Scorer(store, self.clock, self.clock.now_ns, settings, log)
        ingest = Ingest(self.shop, self.venue)
        open_venue = OpenVenue(self.venue, self.clock, False)
        self.services = Services(self.shop, open_venue, ingest, scorer)

    def logged(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.lines.getvalue().splitlines()]

    async def once(self) -> bool:
        return await run_once(self.services, ingest=True, score=True)


@pytest.fixture
def stand(store) -> Stand:
    return Stand(store)


async def rows(store):
    return (await store.opportunities(OpportunityQuery())).rows


async def test_one_cycle_each(stand, store):
    assert await stand.once()
    assert [one["cycle"] for one in stand.told] == ["discovery", "rules", "quotes", "score"]
    assert all(one["ok"] for one in stand.told)
    assert len(await rows(store)) == 5
    health = await store.health()
    assert set(health.cycles) == {"discovery", "rules", "quotes", "score"}
    assert json.loads(health.cycles["quotes"].told)["stored"] == 5


async def test_logs_are_json_with_durations_and_quiet_batches(stand):
    await stand.once()
    lines = stand.logged()
    done = {line["event"]: line["level"] for line in lines if line.get("outcome") == "done"}
    assert done == {
        "discovery.cycle": "info",
        "rules.cycle": "info",
        "quotes.cycle": "info",
        "score.cycle": "info",
        "score.read": "debug",
        "score.compute": "debug",
        "score.batch": "debug",
        "score.store": "debug",
    }
    assert all(line["duration_s"] >= 0.0 for line in lines if "outcome" in line)


async def test_skips_are_logged_with_their_field(stand):
    stand.venue.objects.append({"question": "Q", "conditionId": "0x1", "outcomes": "[]"})
    await stand.once()
    skips = [line for line in stand.logged() if line["event"] == "discovery.skip"]
    assert [(line["market"], line["field"]) for line in skips] == [("0x1", "outcomes")]
    assert stand.told[0]["skipped"] == 1


async def test_outage_of_the_venue_and_recovery(stand, store):
    await stand.once()
    stand.venue.down = True
    stand.clock.now += 200 * SECOND
    assert not await stand.once()
    outcome = {one["cycle"]: one["ok"] for one in stand.told[4:]}
    assert outcome == {"discovery": False, "rules": True, "quotes": False, "score": True}
    assert [row.stale for row in await rows(store)] == [1] * 5
    assert (await store.health()).cycles["quotes"].failures == 1
    stand.venue.down = False
    assert await stand.once()
    assert [row.stale for row in await rows(store)] == [0] * 5
    assert (await store.health()).cycles["quotes"].failures == 0


async def test_outage_of_the_database_and_recovery(stand, store, monkeypatch):
    await stand.once()
    real = store.database.write

    async def down(_work):
        raise StoreUnavailable("the database is away")

    monkeypatch.setattr(store.database, "write", down)
    assert not await stand.once()
    # What was there stays readable.
    assert len(await rows(store)) == 5
    assert any(line["event"] == "quotes.note" for line in stand.logged())
    monkeypatch.setattr(store.database, "write", real)
    stand.clock.now += SECOND
    assert await stand.once()


@pytest.mark.parametrize("fault", [StoreUnavailable("away"), ZeroDivisionError("oops")])
async def test_word_that_cannot_be_left_ends_no_service(stand, store, monkeypatch, fault):
    async def fail(*_words) -> None:
        raise fault

    async def well() -> RulesCount:
        return RulesCount()

    monkeypatch.setattr(store, "note_cycle", fail)
    assert await cycle_once(stand.shop, "rules", well)
    assert [line["outcome"] for line in stand.logged() if line["event"] == "rules.note"] == [
        "failed"
    ]


async def test_fault_of_ours_is_told_with_its_traceback_and_does_not_end_the_loop(stand):
    async def broken() -> RulesCount:
        raise ZeroDivisionError("oops")

    assert not await cycle_once(stand.shop, "rules", broken)
    assert stand.told[-1]["fault"] == "ZeroDivisionError: oops"
    assert "Traceback" in next(
        line["exception"] for line in stand.logged() if line["event"] == "rules.fault"
    )


async def test_loop_keeps_its_cadence_and_hurries_after_a_failure(stand):
    cadence = stand.shop.settings.cadence
    outcomes = iter([None, VenueDown("x"), None, None])

    async def cycle() -> RulesCount:
        stand.clock.now += 10 * SECOND
        outcome = next(outcomes, None)
        if outcome is not None:
            raise outcome
        return RulesCount()

    with trio.CancelScope() as scope:

        def tell(_summary: object) -> None:
            stand.told.append({})
            if len(stand.told) == 4:
                scope.cancel()

        shop = Shop(
            stand.shop.store,
            stand.clock,
            stand.clock.now_ns,
            stand.shop.settings,
            stand.shop.log,
            tell,
        )
        await loop(shop, "rules", 60.0, cycle, 5.0)
    assert stand.clock.slept == [5.0, 50.0, cadence.retry_s - 10.0, 50.0]


async def test_pause_doubles_while_a_cycle_goes_on_failing(stand):
    cadence = stand.shop.settings.cadence
    outcomes = iter([*[VenueRefused("x")] * 6, None, VenueDown("x")])

    async def cycle() -> RulesCount:
        if (outcome := next(outcomes)) is not None:
            raise outcome
        return RulesCount()

    with trio.CancelScope() as scope:

        def tell(summary: dict[str, object]) -> None:
            stand.told.append(summary)
            if len(stand.told) == 8:
                scope.cancel()

        await loop(attrs.evolve(stand.shop, tell=tell), "rules", 100.0, cycle)
    first = cadence.retry_s
    doubled = [first, first * 2, first * 4, 100.0, 100.0, 100.0]
    assert stand.clock.slept == [0.0, *doubled, 100.0]


async def test_retention_goes_on_until_nothing_is_left(stand, store):
    old = stand.clock.now - 31 * DAY_NS
    await add_markets(store, *(f"m{n}" for n in range(1_200)), status="closed", seen_ns=old)
    count = await stand.services.ingest.retain()
    assert count.markets == 1_200


async def test_loops_end_when_they_are_cancelled(stand, store):
    quoted = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stand.services.ingest.run, quoted.set)
        await quoted.wait()
        nursery.cancel_scope.cancel()
    assert (await store.market_detail(market_id(1))).quote is not None
