"""The workload that the peers' benchmarks share, as events of ours.

`peers_bench/gen_workload.py` makes the numbers (seed 7); this file turns each into the event that a
live feed would have made of it. The clock is shifted by a constant so that the first window starts
on a window of ours; nothing else is changed.
"""

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pmcore import events as ev
from pmcore.ids import CHAINLINK, MarketId, Outcome
from pmcore.market import CRYPTO_FEES, INSTANT, Market, RewardTerms, Settlement
from pmcore.units import PICO_PER_USD, SECOND, Ns, OraclePrice, Price, Shares

WINDOW_S = 900
TICK = Price(100)


def peers_dir() -> Path:
    """Where the peers' scripts lie: `$PM_SHARED/peers_bench`, else beside the project."""
    default = Path(__file__).resolve().parents[2] / "shared"
    return Path(os.environ.get("PM_SHARED") or default) / "peers_bench"


def generator() -> Path:
    """The peers' own generator; where it is not there, the program ends and says why."""
    path = peers_dir() / "gen_workload.py"
    if not path.is_file():
        told = "is missing; let PM_SHARED name the folder of the recordings (docs/sources.md)"
        print(f"bench: {path} {told}", file=sys.stderr)
        raise SystemExit(2)
    return path


def generate(count: int) -> dict[str, Any]:
    """The shared workload's columns for `count` events."""
    spec = importlib.util.spec_from_file_location("gen_workload", generator())
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    columns: dict[str, Any] = module.gen(count)
    return columns


def first_window(columns: dict[str, Any]) -> int:
    """The window second at which the shifted workload begins."""
    return -(-int(columns["ts"][0]) // (WINDOW_S * SECOND)) * WINDOW_S


def windows(columns: dict[str, Any]) -> list[Market]:
    """One market for each window that the workload touches."""
    begin = first_window(columns)
    span_s = (int(columns["ts"][-1]) - int(columns["ts"][0])) // SECOND
    return [_market(begin + n * WINDOW_S) for n in range(span_s // WINDOW_S + 2)]


def facts(columns: dict[str, Any]) -> Iterator[ev.AnyEvent]:
    """The workload as facts, in time order; listings first."""
    begin_s = first_window(columns)
    shift = begin_s * SECOND - int(columns["ts"][0])
    at = Ns(begin_s * SECOND - SECOND)
    for market in windows(columns):
        yield ev.MarketListed(at, market)
    touch, tick = ev.TouchQuoted, ev.OracleTicked
    names = ("ts", "kind", "bid", "ask", "bsz", "asz", "ref")
    # Slices, so that the workload's Python numbers are never all in memory at once.
    total = len(columns["ts"])
    for low in range(0, total, 8192):
        part = [np.asarray(columns[name][low : low + 8192]).tolist() for name in names]
        for ts, kind, bid, ask, bid_size, ask_size, ref in zip(*part, strict=True):
            now = Ns(ts + shift)
            if kind == 2:
                yield tick(now, now, CHAINLINK, OraclePrice(int(ref * PICO_PER_USD)))
            else:
                second = now // SECOND
                yield touch(
                    now,
                    now,
                    MarketId(second - second % WINDOW_S),
                    Outcome(kind),
                    Price(bid * 100),
                    Shares(int(bid_size) * 1_000_000),
                    Price(ask * 100),
                    Shares(int(ask_size) * 1_000_000),
                )


def _market(start: int) -> Market:
    return Market(
        id=MarketId(start),
        slug=f"btc-updown-15m-{start}",
        condition_id=f"0x{start:064x}",
        tokens=(str(start * 2), str(start * 2 + 1)),
        start_ns=Ns(start * SECOND),
        end_ns=Ns((start + WINDOW_S) * SECOND),
        tick=TICK,
        min_size=Shares(5_000_000),
        fees=CRYPTO_FEES,
        rewards=RewardTerms(),
        settlement=Settlement(INSTANT, Ns(0), True),
    )
