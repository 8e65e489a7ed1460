"""`scripts/load_test [--quick] [--json]`: every bar of the scanner, measured and in one table.

Scoring alone, whole cycles on SQLite and on PostgreSQL with their memory, reading rule texts the
first time and again, and the API at its rate, alone and while a scorer runs without a pause. Each
process is measured by itself. Exit code 1 where a bar does not hold; a loaded machine, which the
title shows, is a reason to measure again.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import attrs
from rich.console import Console
from rich.table import Table

from bench.__main__ import machine
from bench.sweep import keep_timings, score_timings
from bench.sweep_api import measured as api_measured

ROOT: Final = Path(__file__).resolve().parents[1]
POSTGRES: Final = ROOT / "scripts" / "postgres_for_tests"


@attrs.frozen
class Row:
    """One thing that was measured. Without a figure it could not be, and `unit` says why."""

    what: str
    figure: float | None
    unit: str
    bar: float
    least: bool = False
    """Whether the bar is the least that will do, instead of the most."""

    @property
    def holds(self) -> bool:
        """Whether the bar is met."""
        if self.figure is None:
            return False
        return self.figure >= self.bar if self.least else self.figure <= self.bar

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        shown = "not measured" if self.figure is None else f"{self.figure:,.3g} {self.unit}"
        bound = "at least" if self.least else "under"
        verdict = "yes" if self.holds else (self.unit if self.figure is None else "NO")
        return self.what, shown, f"{bound} {self.bar:g}", verdict


def core_rows(markets: int, runs: int) -> Iterator[Row]:
    """Scoring alone."""
    timing = score_timings(markets, runs)[f"score {markets:,} markets"]
    yield Row(f"score {markets:,} markets, columns in memory", _median(timing.wall_s), "s", 0.3)


def cycle_rows(markets: int, cycles: int) -> Iterator[Row]:
    """Reading, scoring and storing, in each kind of database."""
    yield from _cycle("SQLite", markets, _cycles(markets, cycles, ()))
    with postgres() as address:
        if not address:
            yield Row("cycle on PostgreSQL", None, "no server here", 5.0)
            return
        yield from _cycle("PostgreSQL", markets, _cycles(markets, cycles, ("--database", address)))


def _cycle(kind: str, markets: int, found: dict[str, Any]) -> Iterator[Row]:
    yield Row(f"score and store {markets:,} on {kind}", found["total_s"], "s", 5.0)
    yield Row(f"the slowest of {found['cycles']} cycles", found["total_s_worst"], "s", 5.0)
    yield Row("peak memory", found["rss_mib"], "MiB", 400.0)


def _cycles(markets: int, cycles: int, more: tuple[str, ...]) -> dict[str, Any]:
    words = ("sweep", "bench", "--markets", str(markets), "--cycles", str(cycles), "--json", *more)
    done = subprocess.run(
        [sys.executable, "-m", "pmapp.cli", *words], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def text_rows(texts: int) -> Iterator[Row]:
    """Rule texts: all of them once, then only those that changed."""
    timings, counts = keep_timings(texts)
    names = ("for the first time", "again, none changed", "again, 1 % changed")
    bars = (30.0, 5.0, 5.0)
    for (_, timing), name, bar, count in zip(timings.items(), names, bars, counts, strict=True):
        parsed = count.new + count.changed
        what = f"read {texts:,} rule texts {name}: {parsed:,} parsed"
        yield Row(what, timing.wall_s[0], "s", bar)


def api_rows(markets: int, rate: float, seconds: float) -> Iterator[Row]:
    """The API at its rate, without and with a scorer."""
    for scorer, said in (("none", "alone"), ("process", "while scoring runs")):
        found = api_measured(markets, scorer, rate, seconds)
        name = f"GET /v1/opportunities {said}"
        yield Row(f"{name}: p50", found["ms"]["p50"], "ms", 50.0)
        yield Row(f"{name}: p99", found["ms"]["p99"], "ms", 50.0)
        for kind, spread in found["ms_by_kind"].items():
            if spread:
                yield Row(f"    {kind}: p99", spread["p99"], "ms", 50.0)
        yield Row("    requests a second, sustained", found["rate_reached"], "", 0.99 * rate, True)
        yield Row("    requests that failed", found["failed"], "", 0.0)


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a throw-away server; "" where none can be started."""
    if subprocess.run([POSTGRES, "find"], capture_output=True, check=False).returncode:
        yield ""
        return
    folder = Path(tempfile.mkdtemp(prefix="pm-load-")) / "cluster"
    folder.parent.chmod(0o755)
    try:
        started = subprocess.run(
            [POSTGRES, "start", folder], capture_output=True, text=True, check=True
        )
        yield started.stdout.strip().splitlines()[-1]
    finally:
        subprocess.run([POSTGRES, "stop", folder], capture_output=True, check=False)
        folder.parent.rmdir()


def _median(values: tuple[float, ...]) -> float:
    return statistics.median(values)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/load_test", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the markets and the time")
    parser.add_argument("--only", choices=("core", "cycles", "texts", "api"))
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    count, cycles, seconds = 50_000, 5, options.seconds
    if options.quick:
        count, cycles, seconds = 5_000, 2, min(seconds, 3.0)
    parts = {
        "core": lambda: core_rows(count, 5),
        "cycles": lambda: cycle_rows(count, cycles),
        "texts": lambda: text_rows(count),
        "api": lambda: api_rows(count, options.rate, seconds),
    }
    chosen = [options.only] if options.only else list(parts)
    title = machine()
    rows = [row for name in chosen for row in parts[name]()]
    if options.json:
        shown = [attrs.asdict(row) | {"holds": row.holds} for row in rows]
        print(json.dumps({"machine": title, "rows": shown}))
    else:
        table = Table(title=f"the scanner's bars ({title})")
        for head in ("what", "measured", "bar", "holds"):
            table.add_column(head, justify="left" if head == "what" else "right")
        for row in rows:
            table.add_row(*row.cells())
        Console(width=120).print(table)
    sys.exit(0 if all(row.holds for row in rows) else 1)


if __name__ == "__main__":
    main()
