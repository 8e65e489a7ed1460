"""`python -m bench.sockets [--span 600] [--market 2000] ...`: the shell under load.

The venue runs in a process of its own (`bench.socket_venue`), the shell here: real loopback
sockets, signatures, heartbeats, orders and journal. Four times a second it is looked at; at the end
the books are compared with the venue's, and the journal is asked what happened. Prints JSON.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import trio

from bench.socket_flow import Load
from pmapp.maker_run.assembly import Built, Ground, live, log_in
from pmapp.maker_run.place import clock_of, place_of
from pmcore import effects as ef
from pmcore import events as ev
from pmcore.config import config_from, config_text
from pmcore.freeze import freeze
from pmcore.ids import MARKET_FEED, OUTCOMES
from pmcore.state import State, new_state
from pmcore.units import MICRO, SECOND
from pmcore.wire.order_typed_data import POLY_GNOSIS_SAFE
from pmio.gauges import quantile
from pmio.journal import JournalHead, JournalReader, JournalWriter
from pmio.network import TcpNetwork
from pmio.pacing import PUBLIC, Pacing
from pmio.rest import Rest
from pmio.secrets import Secret

LOOK_S = 0.25
PAGE = os.sysconf("SC_PAGE_SIZE")
KEY = "0x" + "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
"""The first key of every test chain: worth nothing anywhere."""


class Readings:
    """What was seen while it ran."""

    def __init__(self) -> None:
        self.inbox: list[int] = []
        self.lag_s: list[float] = []
        self.resident: list[int] = []
        # Four bytes a reading: memory is one of the things that are looked at.
        self.decisions = array("f")
        self.submits = array("f")
        self.wakes_late_s: list[float] = []
        self._beats = self._posts = 0

    async def look(self, built: Built) -> None:
        """Look four times a second, until cancelled."""
        shell = built.shell
        feeds = {feed.line.feed: feed.meter for feed in shell.market.feeds}
        post = next(lane for lane in shell.account.lanes if lane.name == "post")
        while True:
            due = trio.current_time() + LOOK_S
            await trio.sleep_until(due)
            self.wakes_late_s.append(trio.current_time() - due)
            self.inbox.append(len(shell.inbox))
            self.lag_s.append(feeds[MARKET_FEED].lag_ns / SECOND)
            self.resident.append(int(Path("/proc/self/statm").read_text().split()[1]) * PAGE)
            drive = shell.drive
            new = drive.beats - self._beats
            self._beats = drive.beats
            if new:
                self.decisions.extend(span / SECOND for span in list(drive.spans)[-new:])
            new = post.acts - self._posts
            self._posts = post.acts
            if new:
                self.submits.extend(list(post.spans)[-new:])


async def run(load: Load, folder: Path) -> dict[str, Any]:
    """One run of both processes; what was measured."""
    command = [sys.executable, "-m", "bench.socket_venue", msgspec.json.encode(load).decode()]
    venue = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert venue.stdin is not None
    assert venue.stdout is not None
    try:
        told = folder / "venue.json"
        told.write_bytes(await trio.to_thread.run_sync(venue.stdout.readline))
        return await _against(load, folder, told, venue.pid)
    finally:
        venue.stdin.close()
        await trio.to_thread.run_sync(venue.wait)


async def _against(load: Load, folder: Path, told: Path, pid: int) -> dict[str, Any]:
    place = place_of(str(told), 1.0)
    assert place is not None
    network = TcpNetwork()
    clock = await clock_of(place, network)
    config = config_from({})
    notes: Counter[str] = Counter()
    ground = Ground(
        config, place.addresses, network, clock, Random(1),
        lambda note, _: notes.update((note.code,)), chain_id=place.chain_id,
    )  # fmt: skip
    account = await log_in(ground, Secret("key", KEY), POLY_GNOSIS_SAFE, Secret("relay", "relay"))
    state = new_state()
    head = JournalHead(run_id="sockets", mode="live", config=config_text(config))
    journal = JournalWriter(folder / "journal", head, snapshot=lambda: freeze(state))
    built = live(ground, account, state, journal, ops=folder / "ops.jsonl")
    readings = Readings()
    codes: list[int] = []
    before, load_before = resource.getrusage(resource.RUSAGE_SELF), os.getloadavg()

    async def shell() -> None:
        codes.append(await built.run("sockets"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(shell)
        looking = trio.CancelScope()
        nursery.start_soon(_looked, readings, built, looking)
        await trio.sleep(load.span_s + 1.0)
        books = await _books_agree(ground, state)
        gates = {market.terms.slug: market.gate for market in state.markets.values()}
        looking.cancel()
        used = _cpu_s(pid)
        built.shell.stop()
    after = resource.getrusage(resource.RUSAGE_SELF)
    shell_cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = {
        "span_s": load.span_s,
        "asked_per_s": [load.market, load.oracle, load.burst],
        "load_average": [round(load_before[0], 1), round(os.getloadavg()[0], 1)],
        "cpu_share_shell": round(shell_cpu / load.span_s, 3),
        "cpu_share_venue": round(used / load.span_s, 3),
        "exit_code": codes[0],
        "books_agree": books,
        "notes": dict(notes),
        "gates": gates,
    }
    return found | _measured(readings, built) | _happened(folder / "journal")


async def _looked(readings: Readings, built: Built, scope: trio.CancelScope) -> None:
    with scope:
        await readings.look(built)


def _cpu_s(pid: int) -> float:
    """CPU seconds of another process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _books_agree(ground: Ground, state: State) -> bool:
    """Whether every watched book is the venue's own, once our latest orders are told of."""
    rest = Rest(ground.network, Pacing(), ground.clock.now_ns)
    try:
        for _ in range(40):
            if all([await _same(rest, ground, state, outcome) for outcome in OUTCOMES]):
                return True
            await trio.sleep(0.1)
        return False
    finally:
        await rest.aclose()


async def _same(rest: Rest, ground: Ground, state: State, outcome: int) -> bool:
    now_ns = ground.clock.now_ns()
    market = next(m for m in state.markets.values() if m.terms.start_ns <= now_ns < m.terms.end_ns)
    query = {"token_id": market.terms.tokens[outcome]}
    reply = await rest.read(PUBLIC, f"{ground.addresses.clob}/book", query=query)
    told = json.loads(reply.body)
    book = market.books[outcome]
    sides = ((told["bids"], book.bids), (told["asks"], book.asks))
    return book.valid and all(
        {round(float(row["price"]) * 10_000): round(float(row["size"]) * MICRO) for row in rows}
        == ours
        for rows, ours in sides
    )


def _measured(readings: Readings, built: Built) -> dict[str, Any]:
    """The numbers that are promised."""
    decisions, submits = readings.decisions, readings.submits
    quarter = len(readings.resident) // 4
    resident = [size / (1 << 20) for size in readings.resident]
    return {
        "decision_ms_p50_p99_max": _ms(decisions, (0.5, 0.99, 1.0)),
        "submit_ms_p50_p95_max": _ms(submits, (0.5, 0.95, 1.0)),
        "submits": len(submits),
        "market_lag_ms_p50_p99_max": _ms(readings.lag_s, (0.5, 0.99, 1.0)),
        "loop_late_ms_p50_p99_max": _ms(readings.wakes_late_s, (0.5, 0.99, 1.0)),
        "inbox_p99_peak": [quantile(readings.inbox, 0.99), built.shell.inbox.peak],
        "inbox_by_quarter": [
            round(sum(readings.inbox[i * quarter : (i + 1) * quarter]) / max(1, quarter), 1)
            for i in range(4)
        ],
        "resident_mib_by_quarter": [
            round(max(resident[i * quarter : (i + 1) * quarter], default=0.0), 1) for i in range(4)
        ],
        "frames": {feed.meter.name: feed.meter.frames for feed in built.shell.market.feeds},
        "feeds_lost": {
            feed.meter.name: feed.meter.reason
            for side in (built.shell.account, built.shell.market)
            for feed in side.feeds
            if feed.meter.lost
        },
    }


def _ms(spans: Sequence[float], parts: tuple[float, ...]) -> list[float]:
    return [round(quantile(spans, part) * 1_000, 3) for part in parts]


def _happened(folder: Path) -> dict[str, Any]:
    """What the journal says of the run."""
    events: Counter[str] = Counter()
    effects: Counter[str] = Counter()
    acks: list[int] = []
    for batch in JournalReader(folder):
        events.update(type(event).__name__ for event in batch.events)
        acks += [event.at_ns for event in batch.events if type(event) is ev.HeartbeatAcked]
        effects.update(type(one).__name__ for _, some in batch.effects() for one in some)
    gaps = [(b - a) / SECOND for a, b in pairwise(acks)]
    return {
        "heartbeats": len(acks),
        "heartbeat_gap_s_max": round(max(gaps, default=0.0), 3),
        "heartbeats_missed": events[ev.HeartbeatMissed.__name__],
        "garbled": events[ev.Garbled.__name__],
        "resyncs": effects[ef.ResyncBook.__name__],
        "placed": effects[ef.PlaceOrder.__name__],
        "fills": events[ev.TradeReported.__name__],
        "events": sum(events.values()),
        "journal_mib": round(sum(p.stat().st_size for p in folder.iterdir()) / (1 << 20), 1),
    }


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.sockets", description=__doc__)
    parser.add_argument("--span", type=float, default=600.0, help="seconds")
    parser.add_argument("--market", type=float, default=2_000.0, help="messages a second")
    parser.add_argument("--oracle", type=float, default=200.0, help="messages a second")
    parser.add_argument("--burst", type=float, default=5.0, help="factor of a burst")
    parser.add_argument("--every", type=float, default=30.0, help="seconds from burst to burst")
    parser.add_argument("--burst-s", type=float, default=2.0, help="seconds of a burst")
    asked = parser.parse_args()
    load = Load(asked.market, asked.oracle, asked.span, asked.burst, asked.every, asked.burst_s)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(trio.run(run, load, Path(folder)), indent=1))


if __name__ == "__main__":
    main()
