"""The whole PostgreSQL cluster crashes and comes back: nothing is lost, nobody restarts."""

import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import trio

from pmio.store.database import StoreUnavailable
from pmio.store.migrating import upgrade
from pmio.store.opening import database_at
from pmio.store.place import place_of
from pmio.store.sql_store import SqlStore
from tests.store import servers
from tests.store.rows import NOW, add_generation, add_markets, rec_row, score_row
from tests.store.test_services import Stand, rows
from tests.store.test_sweep_commands import ENVIRONMENT

FAST = ("score_s=0.2", "quotes_s=0.2", "rules_s=1", "discovery_s=1", "retry_s=0.1")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a server of our own. With a named server there is none to crash."""
    if servers.left_out():
        pytest.skip(servers.LEFT_OUT)
    if not servers.found():
        pytest.fail(servers.ABSENT, pytrace=False)
    # A socket's path must be short, and the server's user must be able to enter.
    with servers.own_server() as folder:
        yield folder


@pytest.fixture
def crashing(cluster: Path) -> str:
    """The address of an empty, migrated database on it."""
    with psycopg.connect(servers.address_in(cluster), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS crashing WITH (FORCE)")
        connection.execute("CREATE DATABASE crashing")
    address = servers.database_address(servers.address_in(cluster), "crashing")
    upgrade(place_of(address))
    return address


@pytest.fixture
async def store(crashing: str) -> AsyncIterator[SqlStore]:
    """A store in it."""
    opened = SqlStore(database_at(place_of(crashing)))
    yield opened
    await opened.aclose()


async def test_services_go_on_by_themselves(cluster, store):
    stand = Stand(store)
    assert await stand.once()
    before = await rows(store)
    servers.call("halt", cluster)
    for _ in range(2):
        stand.told.clear()
        assert not await stand.once()
        assert [one["ok"] for one in stand.told] == [False] * 4
        assert all("StoreUnavailable" in str(one["fault"]) for one in stand.told)
    with pytest.raises(StoreUnavailable):
        await rows(store)
    servers.call("resume", cluster)
    assert await rows(store) == before
    stand.clock.now += 200 * 1_000_000_000
    assert await stand.once()
    assert [row.stale for row in await rows(store)] == [0] * 5
    assert (await store.latest_generation()).generation == 2
    assert not any(line["event"].endswith(".fault") for line in stand.logged())


async def test_generation_that_was_being_written_is_never_seen(cluster, store):
    await add_markets(store, "m1", "m2")
    await add_generation(store, {"m1": 0.5})
    own = await store.claim("one", NOW, NOW, 0)
    await store.put_scores(own, NOW, [score_row(own, "m1")], [rec_row(own, "m1")])
    begun, go_on = trio.Event(), trio.Event()
    token = trio.lowlevel.current_trio_token()

    def half(tx) -> None:
        tx.run("DELETE FROM markets")
        token.run_sync_soon(begun.set)
        trio.from_thread.run(go_on.wait)

    async def write() -> None:
        with pytest.raises(StoreUnavailable):
            await store.database.write(half)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(write)
        await begun.wait()
        servers.call("halt", cluster)
        go_on.set()
    servers.call("resume", cluster)
    assert [row.market_id for row in await rows(store)] == ["m1"]
    # The claim has survived with its batch, and its scorer goes on with it.
    await store.put_scores(own, NOW, [score_row(own, "m2")], [rec_row(own, "m2")])
    await store.finish(own, NOW, 2, ())
    assert sorted(row.market_id for row in await rows(store)) == ["m1", "m2"]


def test_running_program_lives_through_it(cluster, crashing, recording):
    words = ["--venue", "recorded", "--data", str(recording), "--database", crashing, "--port", "0"]
    for key in FAST:
        words += ["--set", f"cadence.{key}"]
    with subprocess.Popen(
        [sys.executable, "-m", "pmapp.cli", "sweep", "run", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as process:
        try:
            until(process, "score", ok=True)
            servers.call("halt", cluster)
            until(process, "quotes", ok=False)
            fault = until(process, "score", ok=False)["fault"]
            servers.call("resume", cluster)
            until(process, "quotes", ok=True)
            after = until(process, "score", ok=True)
            process.send_signal(signal.SIGTERM)
            _, logged = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 0, logged
    assert fault.startswith("StoreUnavailable")
    assert after["stored"] == 3
    assert "Traceback" not in logged


def until(process: subprocess.Popen[str], cycle: str, *, ok: bool) -> dict[str, object]:
    """The next summary of a cycle that went well, or that did not."""
    for line in process.stdout:
        told = json.loads(line)
        if told["cycle"] == cycle and told["ok"] is ok and not told.get("reason"):
            return told
    pytest.fail(process.stderr.read())
