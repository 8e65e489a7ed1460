"""The scoring cycle on both databases: what is listed, what is stale, who writes."""

import io
import math

import attrs
import pytest
import trio

from pmapp.services.score import Scorer
from pmapp.services.score_columns import Inputs, columns_of, scored
from pmapp.services.service_log import service_log
from pmapp.services.service_settings import SweepSettings
from pmcore.sweep.settings import SweepConfig
from pmio.ingest.discovery import Discovery
from pmio.ingest.quotes import Quotes
from pmio.ingest.rules import RuleReader
from pmio.store.database import StoreUnavailable
from pmio.store.schema import RECS_LATEST, SCORES_LATEST, names
from pmio.store.scoring_reads import ScoreInput
from pmio.store.store import START
from pmio.store.walk import OpportunityQuery
from tests.store.fake_venue import FakeVenue, HandClock, market_id
from tests.store.rows import HOUR, NOW, SECOND, quote

LOG = service_log("error", io.StringIO())
LATE = NOW + 400 * HOUR


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def venue(clock) -> FakeVenue:
    return FakeVenue(clock)


@pytest.fixture
async def ready(store, venue, clock):
    """A store with five markets and their quotes."""
    await Discovery(venue, store, RuleReader(store), clock, print).cycle()
    await Quotes(venue, store, clock).cycle(NOW, LATE)
    return store


def scorer(store, clock, **changes: object) -> Scorer:
    return Scorer(store, clock, clock.now_ns, SweepSettings(), LOG, **changes)


async def listed(store, **query: object):
    return (await store.opportunities(OpportunityQuery(**query))).rows


async def test_cycle_lists_what_is_eligible(ready, clock, venue):
    venue.asks = {market_id(1): (9_900, 9_950), market_id(2): (None, None)}
    venue.asks |= {market_id(3): (5_000, 5_100), market_id(5): (6_000, 9_600)}
    clock.now += SECOND
    await Quotes(venue, ready, clock).cycle(NOW, LATE)
    count = await scorer(ready, clock).cycle()
    assert (count.looked_at, count.eligible, count.stored, count.stale) == (5, 2, 2, 0)
    assert count.not_eligible == {"no_ask": 1, "not_converged": 1, "wide_spread": 1}
    rows = await listed(ready)
    assert {row.market_id for row in rows} == {market_id(n) for n in (1, 4)}
    best = next(row for row in rows if row.market_id == market_id(4))
    assert (best.side, best.side_name, best.entry_price, best.bid) == (0, "Yes", 0.96, 0.95)
    assert best.gross_yield == pytest.approx(0.04)
    assert best.close_time_ns == NOW + 24 * HOUR
    assert best.stale == 0
    assert best.event_markets == 2
    for row in rows:
        for name in row.__struct_fields__:
            value = getattr(row, name)
            assert not isinstance(value, float) or math.isfinite(value), name
        assert 0.01 <= row.max_position_pct <= 0.10


async def test_outage_keeps_the_last_data_marked_stale(ready, clock, venue):
    own = scorer(ready, clock)
    await own.cycle()
    fresh = {row.market_id: row for row in await listed(ready)}
    clock.now += 181 * SECOND
    count = await own.cycle()
    assert (count.eligible, count.stale, count.stored) == (0, 5, 5)
    for row in await listed(ready):
        assert row.stale == 1
        assert row.quote_as_of_ns == fresh[row.market_id].quote_as_of_ns
        assert row.entry_price == fresh[row.market_id].entry_price
        assert row.staleness_sec == pytest.approx(181.0)
        assert row.liquidity_score == 0.0
        assert row.overall_score < fresh[row.market_id].overall_score
    assert await listed(ready, stale=False) == ()
    await Quotes(venue, ready, clock).cycle(NOW, LATE)
    assert (await own.cycle()).stale == 0
    assert len(await listed(ready, stale=False)) == 5


async def test_stale_markets_stay_in_the_exposure_of_their_event(ready, clock, venue):
    """All are of one event: what is recommended stakes something, fresh or not."""
    venue.asks = {market_id(n): (9_400, 9_500) for n in range(1, 6)}
    clock.now += SECOND
    await Quotes(venue, ready, clock).cycle(NOW, LATE)
    own = scorer(ready, clock)
    await own.cycle()
    before = await listed(ready)
    assert [row.event_markets for row in before] == [5] * 5
    clock.now += 181 * SECOND
    # Of one market a new quote comes; the others are as the venue has left them.
    await ready.put_quotes([quote(market_id(1), clock.now, 9_400, 9_500)])
    assert (await own.cycle()).stale == 4
    after = await listed(ready)
    assert [row.recommended for row in after] == [1] * 5
    assert {row.event_markets for row in after} == {5}
    staked = sum(row.max_position_pct for row in after)
    assert [row.event_stake_pct for row in after] == pytest.approx([staked] * 5)
    assert min(row.event_worst_loss_pct for row in after) > 0.0
    # The venue is away for all of them: still no false zero.
    clock.now += 181 * SECOND
    assert (await own.cycle()).stale == 5
    assert all(row.event_worst_loss_pct > 0.0 for row in await listed(ready))


async def test_stale_markets_leave_when_they_close_or_after_a_day(ready, clock, venue):
    own = scorer(ready, clock)
    clock.now += 22 * HOUR
    assert (await own.cycle()).stale == 5
    clock.now += HOUR + SECOND
    assert (await own.cycle()).stored == 0


async def test_markets_that_take_no_orders_are_neither_quoted_nor_listed(ready, clock, venue):
    for obj in venue.objects[:2]:
        obj["acceptingOrders"] = False
    await Discovery(venue, ready, RuleReader(ready), clock, print).cycle()
    clock.now += SECOND
    assert (await Quotes(venue, ready, clock).cycle(NOW, LATE)).asked == 3
    own = scorer(ready, clock)
    count = await own.cycle()
    assert (count.eligible, count.not_eligible) == (3, {"not_accepting": 2})
    assert {row.market_id for row in await listed(ready)} == {market_id(n) for n in (3, 4, 5)}
    # Nor do they stay as stale ones.
    clock.now += 181 * SECOND
    assert (await own.cycle()).stale == 3
    for obj in venue.objects[:2]:
        obj["acceptingOrders"] = True
    await Discovery(venue, ready, RuleReader(ready), clock, print).cycle()
    assert (await Quotes(venue, ready, clock).cycle(NOW, LATE)).asked == 5
    assert (await own.cycle()).eligible == 5


async def test_text_that_was_never_seen(store, clock, venue):
    for obj in venue.objects:
        obj["description"] = ""
    await Discovery(venue, store, RuleReader(store), clock, print).cycle()
    assert (await Quotes(venue, store, clock).cycle(NOW, LATE)).asked == 0
    await Quotes(venue, store, clock, text_min=0).cycle(NOW, LATE)
    count = await scorer(store, clock).cycle()
    assert count.not_eligible == {"no_rules": 5}
    await scorer(store, clock, empty_rules=True).cycle()
    rows = await listed(store, has_flags=("missing_rules",))
    assert len(rows) == 5
    assert {row.definition_risk for row in rows} == {1.0}


async def test_two_scorers_write_each_generation_once(ready, clock):
    one, two = scorer(ready, clock), scorer(ready, clock)
    counts = []

    async def run(which: Scorer) -> None:
        counts.append(await which.cycle(gap_s=60.0))

    for _ in range(4):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run, one)
            nursery.start_soon(run, two)
        assert sum(count.generation > 0 for count in counts[-2:]) == 1
        assert len(await listed(ready)) == 5
        clock.now += 61 * SECOND
    written = [count.generation for count in counts if count.generation]
    assert written == sorted(set(written))
    assert {count.reason for count in counts if not count.generation} <= {"busy", "fresh"}


async def test_failure_while_writing_leaves_the_last_generation(ready, clock, monkeypatch):
    own = scorer(ready, clock)
    first = await own.cycle()
    put = ready.put_scores

    async def fail(*args: object) -> None:
        await put(*args)
        raise StoreUnavailable("gone")

    monkeypatch.setattr(ready, "put_scores", fail)
    with pytest.raises(StoreUnavailable):
        await own.cycle()
    assert (await ready.latest_generation()).generation == first.generation
    monkeypatch.setattr(ready, "put_scores", put)
    # The claim was given back: another scorer need not wait for its lease.
    assert (await scorer(ready, clock).cycle()).generation > first.generation
    assert len(await listed(ready)) == 5


async def test_cancelled_cycle_gives_its_claim_back(ready, clock, monkeypatch):
    own = scorer(ready, clock)
    written = trio.Event()
    put = ready.put_scores

    async def stall(*args: object) -> None:
        await put(*args)
        written.set()
        await trio.sleep_forever()

    monkeypatch.setattr(ready, "put_scores", stall)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(own.cycle)
        await written.wait()
        nursery.cancel_scope.cancel()
    monkeypatch.setattr(ready, "put_scores", put)
    assert await ready.latest_generation() is None
    assert (await scorer(ready, clock).cycle()).stored == 5


async def test_old_generations_go(ready, clock):
    own = scorer(ready, clock)
    for _ in range(9):
        await own.cycle()
        clock.now += SECOND

    def generations(tx):
        return tx.rows("SELECT count(DISTINCT generation) FROM scores_latest")[0][0]

    assert await ready.database.read(generations) == SweepSettings().keep.generations_max


async def test_samples_are_the_best(ready, clock, venue):
    venue.asks = {market_id(1): (9_300, 9_310)}
    clock.now += SECOND
    await Quotes(venue, ready, clock).cycle(NOW, LATE)
    settings = SweepSettings(keep=attrs.evolve(SweepSettings().keep, samples_max=1))
    await Scorer(ready, clock, clock.now_ns, settings, LOG).cycle()
    best = (await listed(ready))[0]
    assert best.market_id == market_id(1)
    (sample,) = await ready.samples(market_id(1), 0)
    assert sample[1:] == (best.overall_score, 0.93, 0.931)
    assert await ready.samples(market_id(2), 0) == []


async def test_columns_say_what_the_rows_say(ready):
    inputs = Inputs()
    inputs.add(await ready.score_inputs(2**62, START, 100))
    columns = columns_of(inputs, empty_rules=False)
    rows = [ScoreInput(*row) for row in await ready.score_inputs(2**62, START, 100)]
    assert list(columns.market_ids) == [row.market_id for row in rows]
    assert columns.ask_bp.tolist() == [[row.yes_ask_bp, row.no_ask_bp] for row in rows]
    assert columns.fee_rate.tolist() == [row.fee_rate_ppm / 1e6 for row in rows]
    assert columns.fee_known.all()
    assert columns.neg_risk.all()
    assert len(set(columns.event.tolist())) == 1


async def test_batches_are_the_whole_in_the_order_of_ids(ready):
    inputs = Inputs()
    inputs.add(await ready.score_inputs(2**62, START, 100))
    result = scored(inputs, NOW, SweepConfig(), 1)
    assert len(result) > 2
    scores, recs = result.rows(0, len(result))
    key = names(SCORES_LATEST).index("market_id"), names(RECS_LATEST).index("market_id")
    ids = [row[key[0]] for row in scores]
    assert ids == sorted(ids) == [row[key[1]] for row in recs]
    for size in (1, 2, len(result) - 1):
        batches = [result.rows(start, start + size) for start in range(0, len(result), size)]
        assert [row for batch, _ in batches for row in batch] == scores
        assert [row for _, batch in batches for row in batch] == recs


def test_nothing_to_score():
    result = scored(Inputs(), NOW, SweepConfig(), 1)
    assert (len(result), result.samples(9), result.reasons) == (0, [], {})
    assert result.rows(0, 9) == ([], [])
