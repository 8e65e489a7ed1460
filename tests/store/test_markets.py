"""Markets, outcomes and quotes: upserts, cascades, what is due to be quoted."""

import pytest
from msgspec.structs import replace

from pmio.store.opportunities import market_detail
from pmio.store.rows import PutCount
from pmio.store.store import START
from pmio.store.upkeep import Retention
from tests.store.rows import (
    HOUR,
    NOW,
    RULES,
    add_generation,
    add_markets,
    market,
    outcomes,
    quote,
)


async def test_market_is_stored_whole(store):
    row = market("m1", title="Ärger — “quoted” 'single' % _ ! \\ \t\nend", fee_rate_ppm=70_000)
    assert await store.put_markets([row], outcomes("m1")) == PutCount(added=1)
    detail = await store.market_detail("m1")
    assert detail.market == row
    assert detail.outcomes == tuple(outcomes("m1"))
    assert detail.quote is None
    assert detail.rules is None
    assert detail.scored is None


async def test_market_is_found_by_slug_and_number(store):
    await add_markets(store, "m1", venue_ref="77")
    assert (await store.market_detail("slug-m1")).market.market_id == "m1"
    assert (await store.market_detail("77")).market.market_id == "m1"
    assert await store.market_detail("m2") is None


@pytest.mark.parametrize("name", ["m7", "slug-m7", "77", "unknown"])
async def test_no_lookup_reads_all_markets(store, name):
    numbers = range(2_000)
    many = [market(f"m{n}", venue_ref=f"{n + 70}") for n in numbers]
    await store.put_markets(many, outcomes(*(f"m{n}" for n in numbers)))
    await add_generation(store, {"m7": 0.5})
    # A filter is a condition that is asked row by row, be it along an index.
    explain, whole = "EXPLAIN QUERY PLAN", ("SCAN",)
    if store.kind == "postgresql":
        explain, whole = "EXPLAIN", ("Seq Scan", "Filter:")
        await store.database.write(lambda tx: tx.run("ANALYZE markets"))
    plans: list[str] = []

    class Explained:
        def __init__(self, tx) -> None:
            self._tx = tx

        def rows(self, sql, **values):
            if " FROM markets WHERE " in sql:
                plans.extend(str(row) for row in self._tx.rows(f"{explain} {sql}", **values))
            return self._tx.rows(sql, **values)

    found = await store.database.read(lambda tx: market_detail(Explained(tx), name))
    assert (found is None) == (name == "unknown")
    assert found is None or found.market.market_id == "m7"
    assert plans
    assert [line for line in plans if any(word in line for word in whole)] == []


async def test_second_discovery_overwrites(store):
    await add_markets(store, "m1", "m2")
    count = await store.put_markets([market("m2", title="New"), market("m3")], outcomes("m2", "m3"))
    assert count == PutCount(added=1, changed=1)
    assert (await store.market_detail("m2")).market.title == "New"


async def test_last_of_two_rows_with_one_key_counts(store):
    rows = [market("m1", title="first"), market("m2"), market("m1", title="second")]
    assert await store.put_markets(rows, outcomes("m1", "m2", "m1")) == PutCount(added=2)
    assert (await store.market_detail("m1")).market.title == "second"


async def test_outcome_that_is_gone_is_deleted(store):
    await add_markets(store, "m1")
    await store.put_markets([market("m1")], outcomes("m1")[:1])
    assert [row.name for row in (await store.market_detail("m1")).outcomes] == ["Yes"]


async def test_status_is_checked(store):
    with pytest.raises(Exception, match=r"(?i)check"):
        await add_markets(store, "m1", status="dreaming")
    assert await store.market_detail("m1") is None


async def test_unseen_markets_are_set_aside(store):
    await add_markets(store, "old", seen_ns=NOW - 1)
    await add_markets(store, "other", seen_ns=NOW - 1, venue="elsewhere")
    await add_markets(store, "closed", seen_ns=NOW - 1, status="closed")
    await add_markets(store, "new", seen_ns=NOW)
    assert await store.mark_unlisted("polymarket", NOW) == 1
    found = {key: (await store.market_detail(key)).market.status for key in ("old", "other", "new")}
    assert found == {"old": "unlisted", "other": "open", "new": "open"}
    await add_markets(store, "old", seen_ns=NOW + 1)
    assert (await store.market_detail("old")).market.status == "open"


async def test_older_quote_does_not_overwrite(store):
    await add_markets(store, "m1", "m2")
    await store.put_quotes([quote("m1", NOW), quote("m2", NOW)])
    count = await store.put_quotes([quote("m1", NOW - 1, bid=1), quote("m2", NOW + 1, bid=2)])
    assert count == PutCount(changed=1, unchanged=1)
    assert (await store.market_detail("m1")).quote == quote("m1", NOW)
    assert (await store.market_detail("m2")).quote.yes_bid_bp == 2


async def test_newest_of_two_quotes_in_a_batch_counts(store):
    await add_markets(store, "m1")
    await store.put_quotes([quote("m1", NOW + 5, bid=7), quote("m1", NOW, bid=8)])
    assert (await store.market_detail("m1")).quote.yes_bid_bp == 7


async def test_quote_of_a_market_that_is_gone_is_left_out(store):
    await add_markets(store, "m1")
    assert await store.put_quotes([quote("gone"), quote("m1")]) == PutCount(changed=1, unchanged=1)


async def test_empty_batches(store):
    assert await store.put_markets([], []) == PutCount()
    assert await store.put_quotes([]) == PutCount()
    assert await store.put_rules([]) == PutCount()
    assert await store.rules_known([]) == {}
    assert await store.tokens_of([]) == {}


async def test_targets_are_open_and_close_within_the_window(store):
    closes = {"past": -1, "a": 5, "b": 5, "c": 6, "far": 100}
    for key, hours in closes.items():
        await add_markets(store, key, close_time_ns=NOW + hours * HOUR)
    await add_markets(store, "shut", close_time_ns=NOW + 5 * HOUR, status="closed")
    await add_markets(store, "unknown", close_time_ns=None)
    await store.put_rules([replace(RULES, market_id=key) for key in (*closes, "shut", "unknown")])
    await add_markets(store, "unread", "empty", close_time_ns=NOW + 5 * HOUR)
    await store.put_rules([replace(RULES, market_id="empty", characters=0)])
    after, seen = (NOW, ""), []
    while page := await store.quote_targets(NOW + 50 * HOUR, after, 2):
        assert len(page) <= 2
        after = (page[-1].close_time_ns, page[-1].market_id)
        seen += [target.market_id for target in page]
    assert seen == ["a", "b", "c"]
    recorded = await store.quote_targets(NOW + 50 * HOUR, (NOW, ""), 100, 0)
    assert [target.market_id for target in recorded] == ["a", "b", "empty", "c"]
    everything = await store.quote_targets(NOW + 1_000 * HOUR, START, 100)
    assert [target.market_id for target in everything] == ["past", "a", "b", "c", "far"]


async def test_tokens_come_in_the_order_of_outcomes(store):
    await add_markets(store, "m1", "m2", "m3")
    assert await store.tokens_of(["m2", "m1", "gone"]) == {
        "m1": ("m1-Yes", "m1-No"),
        "m2": ("m2-Yes", "m2-No"),
    }


async def test_everything_goes_with_its_market(store):
    await add_markets(store, "m1", seen_ns=0, status="closed")
    await store.put_quotes([quote("m1")])
    await store.put_rules([RULES])
    purged = await store.purge(NOW, Retention(closed_ns=HOUR))
    assert purged.markets == 1
    assert await store.market_detail("m1") is None

    def rows(tx):
        tables = ("market_outcomes", "quotes_latest", "rules_latest", "rules_history")
        return [tx.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables]

    assert await store.database.read(rows) == [0] * 4
