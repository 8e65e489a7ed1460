"""Scorers as real processes on one database: side by side, killed, and told to end."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from pmapp.services.synthetic_markets import batches
from pmcore.units import Ns
from pmio.ingest.rules import parser_digest
from pmio.store.opening import database_at
from pmio.store.place import place_of
from pmio.store.sql_store import SqlStore
from tests.house.tree import ROOT
from tests.store.rows import NOW
from tests.store.test_sweep_commands import ENVIRONMENT

MARKETS = 1_500
CYCLES = 5


async def fill(address: str, now_ns: int) -> None:
    store = SqlStore(database_at(place_of(address)))
    for batch in batches(MARKETS, 1, Ns(now_ns), parser_digest(), MARKETS):
        await store.put_markets(batch.markets, batch.outcomes)
        await store.put_quotes(batch.quotes)
        await store.put_rules(batch.rules)
    await store.aclose()


async def tallies(address: str) -> dict[int, tuple[str, bool, int, int]]:
    """By generation: its scorer, whether it is finished, rows of scores and of recommendations."""
    store = SqlStore(database_at(place_of(address)))
    found = await store.database.read(
        lambda tx: {
            row[0]: (row[1], row[2] is not None, row[3], row[4])
            for row in tx.rows(
                "SELECT g.generation, g.scorer, g.finished_ns,"
                " (SELECT count(*) FROM scores_latest s WHERE s.generation = g.generation),"
                " (SELECT count(*) FROM recs_latest r WHERE r.generation = g.generation)"
                " FROM generations g"
            )
        }
    )
    await store.aclose()
    return found


def scorer(address: str, cycles: int, ahead_s: int = 0) -> subprocess.Popen[str]:
    words = ["-m", "tests.store.scorer_process", address, str(cycles), str(ahead_s)]
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> list[dict[str, object]]:
    told, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")
    return [json.loads(line) for line in told.splitlines()]


async def test_two_processes_write_each_generation_once_and_whole(address):
    await fill(address, NOW)
    both = [scorer(address, CYCLES) for _ in range(2)]
    told = [finished(process) for process in both]
    written = [one["generation"] for lines in told for one in lines if one["generation"]]
    assert max(Counter(written).values()) == 1
    reasons = {one["reason"] for lines in told for one in lines}
    # On a very busy machine a file may stay locked for longer than its patience of five seconds.
    assert reasons <= {"", "busy", "StoreUnavailable"}
    found = await tallies(address)
    assert found
    for number, (_, done, scores, recs) in found.items():
        if number in written or "StoreUnavailable" not in reasons:
            assert (done, scores, recs) == (True, MARKETS, MARKETS)


async def test_killed_process_leaves_nothing_that_is_seen(address):
    await fill(address, NOW)
    first = scorer(address, 1_000_000)
    with first:
        for _ in range(2):
            last = json.loads(first.stdout.readline())["generation"]
        first.kill()
    # Dead for more than a minute by the other's clock, so that its claim has run out.
    told = finished(scorer(address, 1, ahead_s=61))
    assert told[0]["generation"] > last
    assert told[0]["stored"] == MARKETS
    found = await tallies(address)
    assert all(tally[1:] == (True, MARKETS, MARKETS) for tally in found.values())
    assert len({tally[0] for tally in found.values()}) == 2


@pytest.mark.parametrize("event", ["score.compute", "score.batch"])
async def test_signal_in_the_middle_of_a_cycle(address, event):
    """What was being written is finished or rolled back, the claim given back, and 0 returned."""
    await fill(address, time.time_ns())
    words = ["--database", address, "--log-level", "debug", "--set", "cadence.score_s=0.1"]
    with subprocess.Popen(
        [sys.executable, "-m", "pmapp.cli", "sweep", "score", *words],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        seen: list[str] = []
        while seen.count("score.cycle") < 1 or seen[-1] != event:
            seen.append(json.loads(process.stderr.readline())["event"])
        process.send_signal(signal.SIGTERM)
        after = process.stderr.read()
    assert process.returncode == 0, after
    events = [json.loads(line)["event"] for line in after.splitlines()]
    assert events[-1] == "services.closed"
    assert "Traceback" not in after
    found = await tallies(address)
    assert found
    assert all(tally[1:] == (True, MARKETS, MARKETS) for tally in found.values())


async def test_signal_during_a_single_round(address):
    """Also then the database is closed in order; 1 says that not everything was done."""
    await fill(address, time.time_ns())
    words = ["--database", address, "--log-level", "debug", "--once"]
    with subprocess.Popen(
        [sys.executable, "-m", "pmapp.cli", "sweep", "score", *words],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while json.loads(process.stderr.readline())["event"] != "score.read":
            pass
        process.send_signal(signal.SIGTERM)
        after = process.stderr.read()
    events = [json.loads(line)["event"] for line in after.splitlines()]
    assert events[-1] == "services.closed"
    found = await tallies(address)
    # On a busy machine the cycle may be over before the signal is heard.
    assert process.returncode == 1 or (process.returncode == 0 and found)
    assert all(tally[1:] == (True, MARKETS, MARKETS) for tally in found.values())
