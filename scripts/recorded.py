"""What the recordings hold, as far as the comparison with synthetic markets reads them."""

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure_nature import Touch


def lines(path: Path) -> Iterator[str]:
    """Lines of a gzipped text."""
    with gzip.open(path, "rt") as source:
        yield from source


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Records of a gzipped CSV or JSON-lines file."""
    if path.name.endswith("csv.gz"):
        return list(csv.DictReader(lines(path)))
    return [json.loads(line) for line in lines(path)]


def bbo_windows(folder: Path) -> dict[str, list[Touch]]:
    """Two-sided touches of Up in the bbo recording, by window."""
    windows: dict[str, list[Touch]] = defaultdict(list)
    for row in rows_of(folder / "bbo_5m_2026-02-25/market_snapshots.csv.gz"):
        bid, ask = row["up_best_bid"], row["up_best_ask"]
        if bid and ask and 0 < float(bid) < float(ask) < 1:
            windows[row["candle_id"]].append((float(row["time_remaining"]), float(bid), float(ask)))
    return windows


def raw_books(folder: Path) -> list[tuple[list[list[float]], list[list[float]]]]:
    """Distinct two-sided books of the raw sessions, best level first, 0.1 < mid < 0.9."""
    seen: dict[str, tuple[list[list[float]], list[list[float]]]] = {}
    for session in sorted((folder / "raw_sessions_2026-04").iterdir()):
        for record in rows_of(session / "raw_messages.jsonl.gz"):
            if record["source"] != "polymarket_clob":
                continue
            frame = json.loads(record["payload"])
            for book in frame if isinstance(frame, list) else [frame]:
                if not book.get("bids") or not book.get("asks"):
                    continue
                bids, asks = (
                    [[float(level["price"]), float(level["size"])] for level in book[name]]
                    for name in ("bids", "asks")
                )
                bids.sort(reverse=True)
                asks.sort()
                if 0.2 < bids[0][0] + asks[0][0] < 1.8 and asks[0][0] - bids[0][0] < 0.1:
                    seen[book["hash"]] = (bids, asks)
    return list(seen.values())
