"""Outages: the store says so, loses nothing that was committed, and works again by itself."""

import gc
import shutil
import sqlite3
from pathlib import Path

import psycopg
import pytest
import trio

from pmio.store import sqlite as driver
from pmio.store.database import StoreUnavailable
from pmio.store.migrating import downgrade, upgrade
from pmio.store.opening import database_at
from pmio.store.place import place_of
from pmio.store.sql_store import SqlStore
from tests.store.rows import NOW, SECOND, add_markets, quote
from tests.store.test_services import Stand, rows


async def test_killed_connections_are_replaced(postgres_migrated):
    store = SqlStore(database_at(place_of(postgres_migrated)))
    await add_markets(store, "m1")
    await store.health()
    with psycopg.connect(postgres_migrated, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'pm-sweep' AND datname = current_database()"
        )
    failures = 0
    for _ in range(10):
        try:
            await store.put_quotes([quote("m1")])
            await store.health()
            break
        except StoreUnavailable:
            failures += 1
    assert 1 <= failures < 10
    assert (await store.market_detail("m1")).quote == quote("m1")
    await store.aclose()


async def test_server_that_refuses_and_comes_back(postgres_server, postgres_fresh):
    address = postgres_fresh()
    name = address.partition("?")[0].rpartition("/")[2]
    upgrade(place_of(address))
    store = SqlStore(database_at(place_of(address)))
    await add_markets(store, "m1")
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="postgresql"):
                await store.put_quotes([quote("m1")])
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    await store.put_quotes([quote("m1")])
    assert (await store.market_detail("m1")).quote == quote("m1")
    await store.aclose()


@pytest.fixture
async def own(postgres_fresh):
    """A migrated PostgreSQL database of the test's own, and a store in it."""
    address = postgres_fresh()
    upgrade(place_of(address))
    store = SqlStore(database_at(place_of(address)))
    yield address, store
    await store.aclose()


def set_read_only(admin, address, on: str) -> None:
    """Let a database's new sessions only read, or write again; the old ones go on as they were."""
    name = address.partition("?")[0].rpartition("/")[2]
    admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {on}')


async def test_services_live_through_a_server_that_only_reads(own, postgres_server):
    """A standby after a failover, say: it answers, and refuses every write."""
    address, store = own
    stand = Stand(store)
    assert await stand.once()
    before = await rows(store)
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        set_read_only(admin, address, "on")
        await store.aclose()
        stand.told.clear()
        assert not await stand.once()
        assert all("read-only" in str(one["fault"]) for one in stand.told if not one["ok"])
        # The texts are all read: that cycle has nothing to write.
        assert [one["ok"] for one in stand.told] == [False, True, False, False]
        assert await rows(store) == before, "what was there stays readable"
        # Its sessions began read-only, so only fresh ones can write.
        set_read_only(admin, address, "off")
    stand.clock.now += 200 * SECOND
    assert await stand.once()
    assert (await store.latest_generation()).generation == 2
    assert not any(line["event"].endswith(".fault") for line in stand.logged())


async def test_services_live_through_missing_tables(own):
    address, store = own
    stand = Stand(store)
    assert await stand.once()
    downgrade(place_of(address), "base")
    stand.told.clear()
    assert not await stand.once()
    assert not any(one["ok"] for one in stand.told)
    upgrade(place_of(address))
    assert await stand.once()
    assert len(await rows(store)) == 5
    assert not any(line["event"].endswith(".fault") for line in stand.logged())


async def test_missing_rights_are_an_outage(own):
    address, store = own
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS pm_test_nobody")
        admin.execute("CREATE ROLE pm_test_nobody")

        def as_nobody(tx) -> None:
            tx.run("SET LOCAL ROLE pm_test_nobody")
            tx.rows("SELECT count(*) FROM markets")

        try:
            with pytest.raises(StoreUnavailable, match="permission denied"):
                await store.database.write(as_nobody)
            assert (await store.health()).open_markets == 0
        finally:
            admin.execute("DROP ROLE pm_test_nobody")


async def test_fault_of_ours_in_a_statement_is_no_outage(store):
    def misspelt(tx) -> None:
        tx.rows("SELEC 1 FROM markets" if store.kind == "postgresql" else "SELECT :a", b=1)

    with pytest.raises(Exception) as caught:  # noqa: PT011 - each driver has its own
        await store.database.read(misspelt)
    assert not isinstance(caught.value, StoreUnavailable)


async def test_locked_file_is_an_outage_and_ends(sqlite_migrated, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(driver, "BUSY_MS", 1)
    path = tmp_path / "locked.sqlite3"
    shutil.copy(sqlite_migrated, path)
    store = SqlStore(database_at(place_of(f"sqlite:///{path}")))
    await add_markets(store, "m1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        await store.put_quotes([quote("m1")])
    # Readers go on meanwhile: last data stays served.
    assert (await store.market_detail("m1")).market.market_id == "m1"
    other.execute("ROLLBACK")
    other.close()
    await store.put_quotes([quote("m1")])
    assert (await store.market_detail("m1")).quote == quote("m1")
    await store.aclose()


async def test_damaged_file_is_an_outage_until_it_is_replaced(sqlite_migrated, tmp_path: Path):
    path = tmp_path / "damaged.sqlite3"
    path.write_bytes(b"no database at all" * 500)
    store = SqlStore(database_at(place_of(f"sqlite:///{path}")))
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="not a database"):
            await store.health()
    # From Python 3.13 on, a connection left open is a warning here, which is an error.
    gc.collect()
    shutil.copy(sqlite_migrated, path)
    assert (await store.health()).open_markets == 0
    await store.aclose()


async def test_cancelled_write_is_whole_or_nothing(store):
    """Cancelled at any moment, a transaction is either committed or rolled back."""
    ids = [f"m{n}" for n in range(200)]
    await add_markets(store, *ids)
    for wait in (0.0, 0.0005, 0.002, 0.005, 0.02):
        with trio.move_on_after(wait):
            await store.put_quotes([quote(key, NOW + round(wait * 1e6)) for key in ids])
        moments = {(await store.market_detail(key)).quote for key in ids[:3]}
        assert len({one.as_of_ns if one else None for one in moments}) == 1


async def test_readers_see_one_moment(store):
    """A snapshot does not change while it is read, whatever is written beside it."""
    await add_markets(store, "m1", "m2")
    await store.put_quotes([quote("m1", NOW), quote("m2", NOW)])
    begun, go_on = trio.Event(), trio.Event()
    token = trio.lowlevel.current_trio_token()

    def read(tx):
        first = tx.rows("SELECT as_of_ns FROM quotes_latest WHERE market_id = 'm1'")
        token.run_sync_soon(begun.set)
        trio.from_thread.run(go_on.wait)
        second = tx.rows("SELECT as_of_ns FROM quotes_latest WHERE market_id = 'm2'")
        return first[0][0], second[0][0]

    seen = []

    async def reader() -> None:
        seen.append(await store.database.read(read))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader)
        await begun.wait()
        await store.put_quotes([quote("m1", NOW + 9), quote("m2", NOW + 9)])
        go_on.set()
    assert seen == [(NOW, NOW)]
