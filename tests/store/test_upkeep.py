"""Retention in bounded steps, and what the tables tell about the services."""

from msgspec.structs import replace

from pmio.store.generations import Sample
from pmio.store.rows import QuoteRow
from pmio.store.scoring_reads import ScoreInput
from pmio.store.store import START
from pmio.store.upkeep import BUCKETS_AT_ONCE, DAY_NS, MARKETS_AT_ONCE, Cycle, Retention
from pmio.store.walk import OpportunityQuery
from tests.store.rows import HOUR, NOW, RULES, SECOND, add_generation, add_markets, quote

BUCKET = 300 * SECOND


async def test_samples_go_after_their_time(store):
    await add_markets(store, "m1")
    begin = NOW - NOW % BUCKET
    for n in range(BUCKETS_AT_ONCE + 3):
        own = await store.claim("s", NOW, NOW, 0)
        bucket = begin + n * BUCKET
        row = ("m1", bucket, NOW, 0, 0.96, 0.5, 0.1, 0.03)
        await store.finish(own, NOW, 0, [Sample(row, ("m1", bucket, NOW, 1, 2, 3, 4))])
    kept = Retention(samples_ns=HOUR)
    now = begin + HOUR + (BUCKETS_AT_ONCE + 1) * BUCKET
    assert (await store.purge(now, kept)).samples == 2 * BUCKETS_AT_ONCE
    assert (await store.purge(now, kept)).samples == 2
    assert (await store.purge(now, kept)).nothing
    left = [row[0] for row in await store.samples("m1", 0)]
    assert left == [begin + n * BUCKET for n in (BUCKETS_AT_ONCE + 1, BUCKETS_AT_ONCE + 2)]


async def test_closed_markets_go_in_steps(store):
    ids = [f"m{n:04}" for n in range(MARKETS_AT_ONCE + 1)]
    await add_markets(store, *ids, status="closed", seen_ns=NOW)
    await add_markets(store, "open", seen_ns=NOW)
    kept = Retention(closed_ns=DAY_NS)
    assert (await store.purge(NOW + DAY_NS, kept)).nothing
    assert (await store.purge(NOW + DAY_NS + 1, kept)).markets == MARKETS_AT_ONCE
    assert (await store.purge(NOW + DAY_NS + 1, kept)).markets == 1
    assert (await store.purge(NOW + DAY_NS + 1, kept)).nothing
    assert await store.market_detail("open") is not None


async def test_shown_markets_stay_until_their_generation_goes(store):
    """A walk finds every market of its generation, whatever is purged meanwhile."""
    await add_markets(store, "m1", "m2", "m3", seen_ns=NOW)
    await add_generation(store, {"m1": 0.5, "m3": 0.4})
    await add_markets(store, "m1", "m2", status="closed", seen_ns=NOW)
    kept = Retention(closed_ns=DAY_NS)
    assert (await store.purge(NOW + DAY_NS + 1, kept)).markets == 1
    assert await store.market_detail("m2") is None
    page = await store.opportunities(OpportunityQuery())
    assert [row.market_id for row in page.rows] == ["m1", "m3"]
    await store.drop_generation(page.generation.generation)
    assert (await store.purge(NOW + DAY_NS + 1, kept)).markets == 1
    assert await store.market_detail("m1") is None


async def test_health(store):
    empty = await store.health()
    assert (empty.generation, empty.quoted_ns, empty.open_markets, empty.cycles) == (
        None,
        None,
        0,
        {},
    )
    await add_markets(store, "m1", "m2")
    await add_markets(store, "m3", status="closed")
    await store.put_quotes([quote("m1", NOW), quote("m2", NOW + 5)])
    await add_generation(store, {"m1": 0.5})
    await store.note_cycle("quotes", 10, True, "fine")
    await store.note_cycle("quotes", 20, False, "x" * 900)
    await store.note_cycle("quotes", 30, False, "down")
    health = await store.health()
    assert health.generation.generation == 1
    assert (health.quoted_ns, health.open_markets) == (NOW + 5, 2)
    assert health.cycles == {"quotes": Cycle("quotes", 30, 10, 2, "down")}
    await store.note_cycle("quotes", 40, True, "back")
    assert (await store.health()).cycles["quotes"] == Cycle("quotes", 40, 40, 0, "back")


async def test_score_inputs_hold_no_none(store):
    await add_markets(store, "bare", "full", "unquoted")
    await add_markets(store, "shut", status="closed")
    await add_markets(store, "fees", fee_rate_ppm=0, fee_exponent=2, fee_price_weighted=1)
    await store.put_quotes([QuoteRow("bare", NOW), quote("full"), quote("shut"), quote("fees")])
    await store.put_rules([_rules("full"), _rules("fees", text="", characters=0)])
    rows = [ScoreInput(*row) for row in await store.score_inputs(2**62, START, 10)]
    assert [row.market_id for row in rows] == ["bare", "fees", "full"]
    bare, fees, full = rows
    assert None not in [getattr(bare, name) for name in ScoreInput.__struct_fields__]
    assert (bare.yes_ask_bp, bare.fee_rate_ppm, bare.characters) == (0, -1, -1)
    assert (bare.definition_risk, bare.yes_fill_ratio, bare.flag_codes) == (1.0, 1.0, "")
    assert (fees.fee_rate_ppm, fees.fee_exponent, fees.fee_price_weighted) == (0, 2, 1)
    assert (fees.characters, full.characters) == (0, 9)
    assert (full.yes_bid_bp, full.no_ask_bp, full.definition_risk) == (9_500, 500, 0.25)
    page = await store.score_inputs(2**62, (rows[0].close_time_ns, "bare"), 1)
    assert [row[0] for row in page] == ["fees"]


def _rules(market_id: str, **changes: object):
    return replace(RULES, market_id=market_id, **changes)
