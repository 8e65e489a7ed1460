"""Statistics of the recordings beside those of the synthetic market, as a markdown table.

    python scripts/measure_recordings.py [FOLDER]

`FOLDER` holds the recordings (default `../shared/data/A_updown`). The synthetic side is seeds 1 to
5 of `pmcore.sim.nature`: three 15-minute windows each, and forty 5-minute windows each (settled on
the instant, as they were then) where a recording is of those. `docs/simulation.md` has the table.
"""

import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

from measure_nature import Touch, at, long, short, shown
from measure_prices import price_rows
from recorded import bbo_windows, raw_books, rows_of


def main(folder: Path) -> None:
    """Print the table."""
    rows = [
        *spread_rows(folder),
        *depth_rows(folder),
        *rate_rows(folder),
        *move_rows(folder),
        *delay_rows(folder),
        *price_rows(folder),
        *brier_rows(folder),
    ]
    print("| statistic | recording | recorded | synthetic |")
    print("|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


def spread_shares(touches: Iterable[Touch]) -> str:
    """Shares of time at 1, 2, 3 and more ticks, while the price is between 0.04 and 0.96."""
    spreads = [
        round((ask - bid) * 100)
        for _, bid, ask in touches
        if 0.04 < (bid + ask) / 2 < 0.96 and ask - bid < 0.5
    ]
    counts = [sum(s <= 1 for s in spreads), spreads.count(2), spreads.count(3)]
    counts.append(len(spreads) - sum(counts))
    return shown((100 * count / len(spreads) for count in counts), 0)


def flat(windows: dict[Any, list[Touch]]) -> list[Touch]:
    """All touches of all windows."""
    return [touch for window in windows.values() for touch in window]


def spread_rows(folder: Path) -> list[tuple[str, ...]]:
    """Spread distribution."""
    ladder = [
        (-sample["t"], sample["up"]["bid"], sample["up"]["ask"])
        for row in rows_of(folder / "depth_ladder_5m_2026-07/ladder.jsonl.gz")
        for sample in row["samples"]
        if sample["up"]["bid"] and sample["up"]["ask"]
    ]
    made = spread_shares(flat(short().touches))
    name = "spread of 1 / 2 / 3 / more cents, % of time"
    return [
        (name, "bbo_5m_2026-02-25", spread_shares(flat(bbo_windows(folder))), made),
        (name, "depth_ladder_5m_2026-07 (last 2 min)", spread_shares(ladder), made),
    ]


def depth_rows(folder: Path) -> list[tuple[str, ...]]:
    """Sizes at and behind the touch."""
    books = raw_books(folder)
    five = [
        sum(size for price, size in side if abs(price - side[0][0]) < 0.045)
        for book in books
        for side in book
    ]
    probe = [
        side["queue_ahead"]
        for row in rows_of(folder / "depth_ladder_5m_2026-07/maker_probe.jsonl.gz")
        for side in row["sides"].values()
        if side and side["mode"] == "join" and side.get("queue_ahead") is not None
    ]
    whole = [
        sample[token][side]
        for row in rows_of(folder / "depth_ladder_5m_2026-07/ladder.jsonl.gz")
        for sample in row["samples"]
        for token in ("up", "down")
        for side in ("bid_depth", "ask_depth")
        if sample[token]["bid"] and sample[token]["ask"]
    ]
    touch = [side[0][1] for book in books for side in book]
    name = "shares at the touch, p10 / p50 / p90"
    made = shown(at(long().touch_sizes, 0.1, 0.5, 0.9))
    cut = (0.1, 0.5, 0.9)
    return [
        (name, f"maker_probe queue_ahead ({len(probe)})", shown(at(probe, *cut)), made),
        (name, f"raw_sessions, mostly unopened books ({len(books)})", shown(at(touch, *cut)), made),
        (
            "shares on the best 5 levels, p10 / p50 / p90",
            "raw_sessions, mostly unopened books",
            shown(at(five, *cut)),
            shown(at(long().five, *cut)),
        ),
        (
            "shares on a whole side, p10 / p50 / p90",
            "depth_ladder",
            shown(at(whole, *cut)),
            shown(at(long().sides, *cut)),
        ),
    ]


def rate_rows(folder: Path) -> list[tuple[str, ...]]:
    """Frames and trades."""
    stamps = [
        row["server_ts_ms"] / 1000
        for row in rows_of(folder / "clob_latency_2026-04-27/events.jsonl.gz")
        if row["event_type"] == "price_change"
    ]
    gaps = [right - left for left, right in pairwise(stamps)]
    volumes = [
        row["volume"]
        for row in rows_of(folder / "depth_ladder_5m_2026-07/windows_hist.jsonl.gz")
        if row["volume"]
    ]
    fills = [
        row["size"] for row in rows_of(folder / "maker_fills_2026-02-26/museumofbees.jsonl.gz")
    ]
    seen = long()
    mean = statistics.mean(seen.frames)
    return [
        (
            "frames a second, mean (busiest 1 % of seconds)",
            "clob_latency, one token of an unknown market; field notes",
            f"{len(gaps) / (stamps[-1] - stamps[0]):.1f}; about 120, bursts 10–50 times",
            f"{mean:.0f} ({at(seen.frames, 0.99)[0]:.0f})",
        ),
        (
            "busiest second against the mean",
            "field notes",
            "10–50",
            f"{max(seen.frames) / mean:.0f}",
        ),
        (
            "volume of a 5-minute window, thousand, p10 / p50 / p90",
            "windows_hist (Gamma `volume`)",
            shown(v / 1000 for v in at(volumes, 0.1, 0.5, 0.9)),
            shown(v / 1000 for v in at(short().volumes.values(), 0.1, 0.5, 0.9)),
        ),
        (
            "trades a minute",
            "not recorded (one trader alone: about 27)",
            "–",
            f"{60 * len(seen.trades) / (len(seen.up) * seen.window_s):.0f}",
        ),
        (
            "shares in a trade, p10 / p50 / p90",
            f"maker_fills_2026-02-26 ({len(fills)})",
            shown(at(fills, 0.1, 0.5, 0.9)),
            shown(at(seen.trades, 0.1, 0.5, 0.9)),
        ),
    ]


def move_rows(folder: Path) -> list[tuple[str, ...]]:
    """How the touch moves."""

    def steps(windows: dict[Any, list[Touch]]) -> list[tuple[bool, float]]:
        """Between samples at most 5 s apart: did the touch change, how far went the mid."""
        return [
            (
                left[1:] != right[1:],
                50 * abs(left[1] + left[2] - right[1] - right[2]),
            )
            for window in windows.values()
            for left, right in pairwise(window)
            if abs(left[0] - right[0]) < 5
        ]

    real, made = steps(bbo_windows(folder)), steps(short().touches)
    return [
        (
            "2.8 s steps in which the touch changed, %",
            "bbo_5m",
            *(f"{100 * statistics.mean(m for m, _ in x):.0f}" for x in (real, made)),
        ),
        (
            "cents the mid goes in such a step, mean (p90)",
            "bbo_5m",
            *(
                f"{statistics.mean(d for _, d in x):.1f} ({at((d for _, d in x), 0.9)[0]:.1f})"
                for x in (real, made)
            ),
        ),
        (
            "best prices changed, times a minute (15-minute window)",
            "not recorded",
            "–",
            f"{statistics.mean(long().moves):.0f}",
        ),
    ]


def delay_rows(folder: Path) -> list[tuple[str, ...]]:
    """Feed delays."""
    real: dict[str, list[float]] = defaultdict(list)
    for row in rows_of(folder / "feed_ticks_2026-04-27/feed_ticks.jsonl.gz"):
        if row["asset"] == "BTC":
            real[row["source"]].append(row["recv_ts_ms"] - row["msg_ts_ms"])
    for row in rows_of(folder / "clob_latency_2026-04-27/events.jsonl.gz"):
        if row["event_type"] == "price_change":
            real["clob"].append(row["recv_ts_ms"] - row["server_ts_ms"])
    return [
        (
            f"{name} delay, ms, p50 / p90 / p99",
            f"{record} ({len(real[key])})",
            shown(at(real[key], 0.5, 0.9, 0.99)),
            shown(at(long().delays[made], 0.5, 0.9, 0.99)),
        )
        for name, record, key, made in (
            ("Chainlink (RTDS)", "feed_ticks", "chainlink_rtds", "chainlink"),
            ("Binance (RTDS)", "feed_ticks", "binance_rtds", "binance"),
            ("book", "clob_latency", "clob", "clob"),
        )
    ]


def brier_rows(folder: Path) -> list[tuple[str, ...]]:
    """How well the mid foretells the outcome."""
    winners = {
        row["candle_id"]: row["winner"] == "up"
        for row in rows_of(folder / "bbo_5m_2026-02-25/market_candles.csv.gz")
        if row["winner"]
    }
    windows = bbo_windows(folder)
    seen = short()

    def brier(touches: Iterable[tuple[bool, Touch]]) -> str:
        """Mean squared error of the mid."""
        errors = [((bid + ask) / 2 - up) ** 2 for up, (_, bid, ask) in touches]
        return f"{statistics.mean(errors):.3f}"

    real = [
        (winners[w], touch) for w, window in windows.items() for touch in window if w in winners
    ]
    made = [(seen.up[w], touch) for w, window in seen.touches.items() for touch in window]
    hist = [
        (row["up_mid"] - (row["winner"] == "UP")) ** 2
        for row in rows_of(folder / "depth_ladder_5m_2026-07/windows_hist.jsonl.gz")
        if row["up_mid"] is not None
    ]
    near = [pair for pair in made if 50 < pair[1][0] < 58]
    return [
        (
            "Brier score of the mid, whole window (two-sided books)",
            f"bbo_5m ({len(winners)} windows)",
            brier(real),
            f"{brier(made)} ({len(seen.up)} windows)",
        ),
        (
            "Brier score of the mid, about 54 s before the end",
            f"windows_hist ({len(hist)} windows)",
            f"{statistics.mean(hist):.3f}",
            brier(near),
        ),
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/A_updown"))
