"""`python -m bench.sweep_api [--scorer none|process|thread]`: the scanner's API under load.

A database with so many synthetic markets, a server process of its own on it, and requests at a
fixed rate: each is due at its moment whether or not the ones before were answered, and its latency
counts from that moment. The mix is that of a page with its users, and no filter comes twice, so
that most of those are read from the database. Beside the server a scorer runs without a pause, in
a process of its own as under `pm sweep run`; or among the server's threads, for comparison.
"""

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import attrs
import trio
from rich.console import Console
from rich.table import Table

from bench.__main__ import machine
from bench.sweep_api_server import fill
from pmcore.sweep.categories import CATEGORIES
from pmio.gauges import quantile
from pmio.store.opening import open_store
from pmio.store.walk import SORTS

CONNECTIONS = 64
"""Beyond them requests wait for their turn, which counts too."""
PATH = "/v1/opportunities"
MIX = (("first page", 50), ("next page", 25), ("filters", 18), ("other order", 6), ("words", 1))
TICKS = os.sysconf("SC_CLK_TCK")


@attrs.define
class Load:
    """Requests at a fixed rate on as many connections as are needed, and how they went."""

    host: str
    port: int
    draw: random.Random
    cursors: list[str] = attrs.field(factory=list)
    idle: list[trio.SocketStream] = attrs.field(factory=list)
    taken_s: dict[str, list[float]] = attrs.field(factory=dict)
    late_s: list[float] = attrs.field(factory=list)
    turns: trio.Semaphore = attrs.field(factory=lambda: trio.Semaphore(CONNECTIONS))
    failed: int = 0
    connections: int = 0

    async def run(self, rate: float, seconds: float) -> None:
        """Ask `rate` times a second."""
        due = trio.current_time()
        end = due + seconds
        async with trio.open_nursery() as nursery:
            while due < end:
                await trio.sleep_until(due)
                self.late_s.append(trio.current_time() - due)
                nursery.start_soon(self._one, due)
                due += 1.0 / rate
        for stream in self.idle:
            await stream.aclose()

    async def _one(self, due: float) -> None:
        kind, query = self._request()
        try:
            async with self.turns:
                status, content = await self._ask(f"{PATH}?{query}")
        except (OSError, trio.BrokenResourceError):
            status, content = 0, b""
        self.taken_s.setdefault(kind, []).append(trio.current_time() - due)
        if status != 200:
            # A walk that outlived its generations under this scorer is answered as it should be.
            self.failed += status != 410
        elif kind in ("first page", "next page"):
            cursor = json.loads(content)["next_cursor"]
            if cursor:
                self.cursors = [*self.cursors[-40:], cursor]

    def _request(self) -> tuple[str, str]:
        draw = self.draw
        kind = draw.choices([name for name, _ in MIX], [weight for _, weight in MIX])[0]
        if kind == "next page" and self.cursors:
            return kind, f"limit=20&cursor={self.cursors.pop(draw.randrange(len(self.cursors)))}"
        if kind == "filters":
            given: dict[str, Any] = {
                "min_score": round(draw.uniform(0.0, 0.8), 6),
                "max_risk_score": round(draw.uniform(0.15, 0.6), 6),
                "limit": 20,
            }
            more = ("category", draw.choice(CATEGORIES)), ("side", draw.choice(("yes", "no")))
            return kind, urlencode(given | dict(draw.sample(more, draw.randrange(3))))
        if kind == "other order":
            return kind, f"limit=50&sort={draw.choice([name for name in SORTS if name != 'score'])}"
        if kind == "words":
            return kind, f"q=event+{draw.randrange(1_000, 50_000)}"
        return "first page", "limit=20"

    async def _ask(self, target: str) -> tuple[int, bytes]:
        if self.idle:
            stream = self.idle.pop()
        else:
            stream = await trio.open_tcp_stream(self.host, self.port)
            self.connections += 1
        try:
            return await self._exchange(stream, target)
        except BaseException:
            await trio.aclose_forcefully(stream)
            raise

    async def _exchange(self, stream: trio.SocketStream, target: str) -> tuple[int, bytes]:
        await stream.send_all(f"GET {target} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())
        content = b""
        while b"\r\n\r\n" not in content:
            content += await _more(stream)
        head, _, content = content.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        while len(content) < int(length):
            content += await _more(stream)
        self.idle.append(stream)
        return int(head[9:12]), content


async def _more(stream: trio.SocketStream) -> bytes:
    heard = bytes(await stream.receive_some(1 << 18))
    if not heard:
        raise trio.BrokenResourceError("closed in the middle of an answer")
    return heard


@contextlib.contextmanager
def process(address: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """One `bench.sweep_api_server`, ended at the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.sweep_api_server", address, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            yield started
        finally:
            started.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                started.wait(30)
            started.kill()


def measure(address: str, scorer: str, rate: float, seconds: float) -> dict[str, Any]:
    """Load a server on a filled database: latencies in ms, over all and by kind."""
    with contextlib.ExitStack() as stack:
        words = ("--serve", "--score") if scorer == "thread" else ("--serve",)
        server = stack.enter_context(process(address, *words))
        url = json.loads(server.stdout.readline())["url"]
        beside = None
        if scorer == "process":
            beside = stack.enter_context(process(address, "--score"))
            beside.stdout.readline()
        host, _, port = url.removeprefix("http://").partition(":")
        load = Load(host, int(port), random.Random(1))
        began, busy = time.perf_counter(), _cpu_s(server.pid)
        trio.run(load.run, rate, seconds)
        wall_s, busy_s = time.perf_counter() - began, _cpu_s(server.pid) - busy
        cycles: list[float] = []
        told = beside or (server if scorer == "thread" else None)
        if told is not None:
            told.stdin.close()
            lines = [json.loads(line) for line in told.stdout]
            cycles = [line["cycle_s"] for line in lines if line["scored"]]
    everything = [taken for kind in load.taken_s.values() for taken in kind]
    return {
        "scorer": scorer,
        "rate": rate,
        "answered": len(everything),
        "failed": load.failed,
        "rate_reached": round(len(everything) / wall_s, 1),
        "connections": load.connections,
        "server_cpu_ms_a_request": round(1e3 * busy_s / len(everything), 3),
        "client_late_ms": _spread(load.late_s),
        "ms": _spread(everything),
        "ms_by_kind": {name: _spread(load.taken_s.get(name, [])) for name, _ in MIX},
        "cycles": len(cycles),
        "cycle_s": round(quantile(cycles, 0.5), 2) if cycles else None,
    }


def measured(markets: int, scorer: str, rate: float, seconds: float, address: str = "") -> Any:
    """The same with a database made for it; `address` is of an empty one."""
    with tempfile.TemporaryDirectory(prefix="pm-bench-") as folder:
        place = address or f"sqlite:///{Path(folder) / 'api.sqlite3'}"
        trio.run(_filled, place, markets)
        return measure(place, scorer, rate, seconds)


async def _filled(address: str, markets: int) -> None:
    store = await open_store(address)
    await fill(store, markets)
    await store.aclose()


def _spread(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    ms = [1e3 * value for value in values]
    return {
        name: round(quantile(ms, share), 2)
        for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0))
    }


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.sweep_api", description=__doc__)
    parser.add_argument("--markets", type=int, default=50_000)
    parser.add_argument("--scorer", choices=("none", "process", "thread"), default="process")
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--database", default="", help="an empty database; SQLite without it")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measured(
        options.markets, options.scorer, options.rate, options.seconds, options.database
    )
    if options.json:
        print(json.dumps(found))
        return
    title = f"{options.rate:g} requests/s, scorer: {options.scorer} ({machine()})"
    table = Table(title=title)
    for name in ("", "p50 ms", "p90", "p99", "max"):
        table.add_column(name, justify="right" if name else "left")
    rows = {"all": found["ms"], **found["ms_by_kind"], "client late": found["client_late_ms"]}
    for name, cells in rows.items():
        table.add_row(name, *(f"{cell:,.1f}" for cell in cells.values()))
    console = Console(width=110)
    console.print(table)
    shown = ("answered", "failed", "rate_reached", "server_cpu_ms_a_request", "cycles", "cycle_s")
    console.print({name: found[name] for name in shown})


if __name__ == "__main__":
    main()
