"""The scanner's pure core, timed: scoring a batch, reading rule texts, reading hostile ones.

`python -m bench.sweep [--markets N] [--texts N] [--runs N] [--json]`. Rule texts are the recorded
ones where the recordings are there, else the project's own, repeated to the wanted number.
"""

import argparse
import gzip
import json
import os
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.__main__ import machine
from pmcore.sweep.categories import CATEGORIES
from pmcore.sweep.columns import MarketColumns, market_columns
from pmcore.sweep.definition_risk import definition_risk
from pmcore.sweep.recommend import ranking, recommend
from pmcore.sweep.settings import SweepConfig
from pmcore.units import SECOND, Ns

ROOT = Path(__file__).resolve().parents[1]
NOW = Ns(2_000_000_000 * SECOND)
HOSTILE = ("a consensus of ", "11:59 pm ", ". ", "a\n", "resolve reaches captures ", "1:", "EST ")


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


def timed(runs: int, work: Callable[[], object]) -> list[float]:
    """Seconds of each run, after one to warm up."""
    work()
    seconds = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.sweep", description=__doc__)
    parser.add_argument("--markets", type=int, default=50_000)
    parser.add_argument("--texts", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    columns, config = batch(options.markets), SweepConfig()
    found = recommend(columns, NOW, config)
    source, distinct = rule_texts()
    texts = [distinct[row % len(distinct)] for row in range(options.texts)]
    length = statistics.median(len(text) for text in texts)
    hostile = [(piece * 100_000)[:100_000] for piece in HOSTILE]
    rows = {
        f"columns of {options.markets:,} markets": timed(
            options.runs, lambda: batch(options.markets)
        ),
        f"score {options.markets:,} markets": timed(
            options.runs, lambda: recommend(columns, NOW, config)
        ),
        "rank them": timed(options.runs, lambda: ranking(found)),
        f"read {options.texts:,} {source} texts, median {length:,.0f} characters": timed(
            max(1, options.runs // 2), lambda: [definition_risk(text) for text in texts]
        ),
        "read the worst hostile text of 100 KB": max(
            (timed(options.runs, lambda text=text: definition_risk(text)) for text in hostile),
            key=statistics.median,
        ),
    }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if options.json:
        print(json.dumps({"machine": machine(), "peak_rss_mib": round(peak), "seconds": rows}))
        return
    table = Table(title=f"scanner core ({machine()}; peak {peak:,.0f} MiB)")
    for head in ("work", "median ms", "least", "most"):
        table.add_column(head, justify="left" if head == "work" else "right")
    for name, seconds in rows.items():
        cells = (statistics.median(seconds), min(seconds), max(seconds))
        table.add_row(name, *(f"{1e3 * cell:,.1f}" for cell in cells))
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
