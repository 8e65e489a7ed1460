"""The scanner, timed: scoring a batch, reading rule texts, and keeping the texts of a store.

`python -m bench.sweep [--markets N] [--texts N] [--runs N] [--json]`. Rule texts are the recorded
ones where the recordings are there, else the project's own, repeated to the wanted number. Beside
the seconds of the wall stand those of the processor, which other programs do not lengthen. Scoring
with a database around it is `pm sweep bench`, whose work is `pmapp.services.sweep_bench.benchmark`.
"""

import argparse
import gzip
import json
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import attrs
import numpy as np
import trio
from rich.console import Console
from rich.table import Table

from bench.__main__ import machine
from bench.hostile_texts import hostile_texts
from pmapp.services.synthetic_markets import batches
from pmcore.sweep.categories import CATEGORIES
from pmcore.sweep.columns import MarketColumns, market_columns
from pmcore.sweep.definition_risk import definition_risk
from pmcore.sweep.recommend import ranking, recommend
from pmcore.sweep.settings import SweepConfig
from pmcore.units import SECOND, Ns
from pmio.ingest.rules import RuleReader, RulesCount
from pmio.store.opening import open_store
from pmio.store.store import Store

ROOT: Final = Path(__file__).resolve().parents[1]
NOW: Final = Ns(2_000_000_000 * SECOND)
LONG: Final = 100_000
"""Characters of a hostile text."""
PAGE: Final = 100
"""Texts that come with one page of the venue's list."""
CHANGED_EACH: Final = 100
"""One text in so many is changed before the last look."""


@attrs.frozen
class Timing:
    """Seconds of each run, by the wall and of this process on the processor."""

    wall_s: tuple[float, ...]
    cpu_s: tuple[float, ...]


def timed(runs: int, work: Callable[[], object], *, warm: bool = True) -> Timing:
    """Seconds of each run, with `warm` after one that does not count."""
    if warm:
        work()
    wall, cpu = [], []
    for _ in range(runs):
        began, busy = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - busy)
    return Timing(tuple(wall), tuple(cpu))


def batch(count: int) -> MarketColumns:
    """Markets of every kind: fresh and stale, cheap and dear, alone and in events."""
    draw = np.random.default_rng(7)
    ask = draw.integers(8_500, 10_000, count)
    return market_columns(
        [f"0x{row:064x}" for row in range(count)],
        close_ns=NOW + draw.integers(-1, 20 * 86_400, count) * SECOND,
        quote_ns=NOW - draw.integers(0, 240, count) * SECOND,
        bid_bp=np.maximum(ask - draw.integers(0, 300, count), 0),
        ask_bp=ask,
        vwap_bp=np.where(draw.random((count, 2)) < 0.5, ask[:, None] + 10.0, 0.0),
        fee_known=draw.random(count) < 0.5,
        fee_rate=draw.choice([0.03, 0.04, 0.07], count),
        definition_risk=draw.random(count),
        category=draw.integers(0, len(CATEGORIES), count),
        event=draw.integers(-1, count // 5 + 1, count),
        neg_risk=draw.random(count) < 0.5,
    )


def rule_texts() -> tuple[str, list[str]]:
    """Where the texts are from, and the distinct texts."""
    shared = Path(os.environ.get("PM_SHARED") or ROOT.parent / "shared")
    found: dict[str, None] = {}
    root = shared / "data" / "B_markets"
    for file in [*sorted((root / "rules").glob("*.gz")), root / "forecastbench/questions.jsonl.gz"]:
        if not file.is_file():
            continue
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                text = row["raw"].get("description") if "raw" in row else row["background"]
                found.setdefault(text or "", None)
    if found:
        return "recorded", list(found)
    own = sorted((ROOT / "tests" / "sweep" / "texts").glob("*.txt"))
    return "our own", [file.read_text(encoding="utf-8") for file in own]


def texts_of(count: int) -> list[str]:
    """So many texts, the distinct ones again and again."""
    _, distinct = rule_texts()
    return [distinct[row % len(distinct)] for row in range(count)]


def score_timings(markets: int, runs: int) -> dict[str, Timing]:
    """Making the columns, scoring them, ranking what was scored."""
    columns, config = batch(markets), SweepConfig()
    found = recommend(columns, NOW, config)
    return {
        f"columns of {markets:,} markets": timed(runs, partial(batch, markets)),
        f"score {markets:,} markets": timed(runs, partial(recommend, columns, NOW, config)),
        "rank them": timed(runs, partial(ranking, found)),
    }


def read_timings(texts: int, runs: int) -> dict[str, Timing]:
    """Reading many texts, every one of them; and the slowest of the hostile ones."""
    many = texts_of(texts)
    length = statistics.median(len(text) for text in many)
    hostile = [timed(runs, partial(definition_risk, text)) for text in hostile_texts(LONG).values()]
    named = f"read {texts:,} texts, median {length:,.0f} characters"
    return {
        named: timed(runs, lambda: [definition_risk(text) for text in many], warm=False),
        "read the worst hostile text of 100 KB": max(
            hostile, key=lambda timing: statistics.median(timing.cpu_s)
        ),
    }


def keep_timings(texts: int, address: str = "") -> tuple[dict[str, Timing], list[RulesCount]]:
    """Texts into a store as discovery brings them: all new, all as before, one in 100 changed.

    `address` is of an empty database; without it a SQLite file is made and deleted. The counts say
    how many were really parsed and stored at each look.
    """
    with tempfile.TemporaryDirectory(prefix="pm-bench-") as folder:
        return trio.run(_keep, address or f"sqlite:///{Path(folder) / 'texts.sqlite3'}", texts)


async def _keep(address: str, count: int) -> tuple[dict[str, Timing], list[RulesCount]]:
    store = await open_store(address)
    ids: list[str] = []
    for made in batches(count, 1, NOW, "", 2_000):
        await store.put_markets(made.markets, made.outcomes)
        ids += [market.market_id for market in made.markets]
    texts = dict(zip(ids, texts_of(count), strict=True))
    changed = texts | {key: texts[key] + " Amended." for key in ids[::CHANGED_EACH]}
    timings: dict[str, Timing] = {}
    counts = []
    looks = {
        "for the first time": texts,
        "again, none changed": texts,
        "again, 1 % changed": changed,
    }
    for name, seen in looks.items():
        began, busy = time.perf_counter(), time.process_time()
        counts.append(await _look(store, seen))
        wall, cpu = time.perf_counter() - began, time.process_time() - busy
        timings[f"keep {count:,} texts {name} ({store.kind})"] = Timing((wall,), (cpu,))
    await store.aclose()
    return timings, counts


async def _look(store: Store, texts: dict[str, str]) -> RulesCount:
    reader, total, pairs = RuleReader(store), RulesCount(), list(texts.items())
    for start in range(0, len(pairs), PAGE):
        total += await reader.take(dict(pairs[start : start + PAGE]), NOW)
    return total


def measurements(markets: int, texts: int, runs: int) -> dict[str, Timing]:
    """All of it, by what was done."""
    kept, _ = keep_timings(texts)
    few = max(1, runs // 2)
    return score_timings(markets, runs) | read_timings(texts, few) | kept


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.sweep", description=__doc__)
    parser.add_argument("--markets", type=int, default=50_000)
    parser.add_argument("--texts", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = measurements(options.markets, options.texts, options.runs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if options.json:
        seconds = {name: timing.wall_s for name, timing in rows.items()}
        cpu = {name: timing.cpu_s for name, timing in rows.items()}
        told = {"machine": machine(), "peak_rss_mib": round(peak), "seconds": seconds, "cpu": cpu}
        print(json.dumps(told))
        return
    source, distinct = rule_texts()
    said = f"{len(distinct):,} distinct {source} texts; peak {peak:,.0f} MiB"
    table = Table(title=f"scanner ({machine()}; {said})")
    for head in ("work", "median ms", "least", "most", "processor ms"):
        table.add_column(head, justify="left" if head == "work" else "right")
    for name, timing in rows.items():
        wall = timing.wall_s
        cells = (statistics.median(wall), min(wall), max(wall), statistics.median(timing.cpu_s))
        table.add_row(name, *(f"{1e3 * cell:,.1f}" for cell in cells))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
