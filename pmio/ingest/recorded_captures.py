"""The recordings in memory: per market its listings, and three columns of quotes.

Read are, where they are there: `crypto_snapshots_*/*.parquet` (captures every few minutes),
`gamma_snapshots_*/*.json.gz` (whole lists, hours apart), and the objects and texts of
`rules/*.jsonl.gz` and `forecastbench/questions.jsonl.gz`. A rule object of Gamma's form is a
capture as of its `updatedAt`.
"""

import gzip
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import attrs
import msgspec
import numpy as np

from pmcore.units import Ns
from pmcore.wire.frames import FAULTS
from pmcore.wire.gamma_sweep import Listing, Skip, listings_of
from pmio.ingest.recorded_parquet import Columns, RecordingError, crypto_captures


@attrs.define
class RecordedMarket:
    """One market: what was said of it, and its quotes."""

    listings: list[tuple[int, Listing]]
    """By moment of capture, ascending."""
    columns: Columns

    def place(self, now_ns: int) -> int:
        """Row of the latest quote up to `now_ns`, -1 if there is none yet."""
        return int(np.searchsorted(self.columns[0], now_ns, side="right")) - 1

    def captured_ns(self, now_ns: int) -> int:
        """When the market was last captured up to `now_ns`; -1 if it was not yet."""
        at = self.place(now_ns)
        return -1 if at < 0 else int(self.columns[0][at])

    def listing(self, now_ns: int) -> Listing:
        """What was last said of it up to `now_ns`."""
        at = bisect_right(self.listings, now_ns, key=lambda pair: pair[0])
        return self.listings[max(at - 1, 0)][1]


@attrs.frozen
class Recording:
    """Everything that was read."""

    markets: Mapping[str, RecordedMarket]
    texts: Mapping[str, str]
    skips: tuple[Skip, ...]
    start_ns: Ns
    """The first capture of at least `CROWD` markets: where there is something to see."""
    end_ns: Ns


CROWD: Final = 100


def recording_of(folder: Path) -> Recording:
    """Read the recordings in a folder. Raises RecordingError."""
    roots = (folder, folder / "B_markets", folder / "data" / "B_markets")
    wanted = ("crypto_snapshots_*", "gamma_snapshots_*", "rules")
    root = next((one for one in roots if any(list(one.glob(name)) for name in wanted)), None)
    if root is None:
        raise RecordingError(f"{folder}: holds none of {', '.join(wanted)}; give --data DIR")
    captures: dict[str, list[tuple[int, Listing]]] = {}
    skips: list[Skip] = []
    texts: dict[str, str] = {}
    for moment, objects in _captured(root, texts):
        listings, bad = listings_of(objects)
        skips += bad
        for listing in listings:
            at_ns = moment or listing.updated_ns or 0
            captures.setdefault(listing.market_id, []).append((at_ns, listing))
    markets = {}
    for market_id, pairs in captures.items():
        pairs.sort(key=lambda pair: pair[0])
        markets[market_id] = RecordedMarket(pairs, _columns(pairs))
    for file in sorted(root.glob("crypto_snapshots_*/*.parquet")):
        for seen, columns, bad in crypto_captures(file):
            skips += bad
            if seen is None:
                continue
            found = RecordedMarket([(int(columns[0][0]), seen)], columns)
            known = markets.get(seen.market_id)
            markets[seen.market_id] = found if known is None else _both(known, found)
    return Recording(markets, texts, tuple(skips), *_span(markets))


def _captured(root: Path, texts: dict[str, str]) -> Iterator[tuple[int, list[object]]]:
    """Lists of objects with the moment of their capture, 0 where each has its own."""
    for file in sorted(root.glob("gamma_snapshots_*/*.json.gz")):
        document = _decoded(file, _bytes(file))
        found = document.get("data", {}).get("markets") if isinstance(document, dict) else None
        if not isinstance(found, list):
            raise RecordingError(f"{file}: has no data.markets; copy the file again")
        yield _moment_ns(file, str(document.get("captured_at"))), found
    for file in sorted((root / "rules").glob("*.jsonl.gz")):
        objects: list[object] = []
        for row in _rows(file):
            raw = row.get("raw")
            if isinstance(raw, dict):
                _keep_text(texts, str(row.get("conditionId")), raw.get("description"))
                if raw.get("updatedAt") and raw.get("conditionId"):
                    objects.append(raw)
        yield 0, objects
    questions = root / "forecastbench" / "questions.jsonl.gz"
    if questions.is_file():
        for row in _rows(questions):
            _keep_text(texts, str(row.get("id")), row.get("background"))


def _keep_text(texts: dict[str, str], market_id: str, text: object) -> None:
    """The first record of a market's text counts."""
    if isinstance(text, str) and text.strip() and text != "N/A":
        texts.setdefault(market_id.lower(), text)


def _both(one: RecordedMarket, other: RecordedMarket) -> RecordedMarket:
    """A market of which two recordings tell; where both quote one moment, the first counts."""
    pairs = sorted(one.listings + other.listings, key=lambda pair: pair[0])
    moments = np.concatenate((one.columns[0], other.columns[0]))
    _, rows = np.unique(moments, return_index=True)
    bids = np.concatenate((one.columns[1], other.columns[1]))
    asks = np.concatenate((one.columns[2], other.columns[2]))
    return RecordedMarket(pairs, (moments[rows], bids[rows], asks[rows]))


def _columns(pairs: list[tuple[int, Listing]]) -> Columns:
    rows = [(at, one.touch.bid or 0, one.touch.ask or 0) for at, one in pairs if at > 0]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _span(markets: Mapping[str, RecordedMarket]) -> tuple[Ns, Ns]:
    moments = [market.columns[0] for market in markets.values() if len(market.columns[0])]
    if not moments:
        raise RecordingError("the recording holds no quotes")
    every = np.concatenate(moments)
    unique, counts = np.unique(every, return_counts=True)
    crowded = unique[counts >= min(CROWD, int(counts.max()))]
    return Ns(int(crowded[0])), Ns(int(unique[-1]))


def _bytes(file: Path) -> bytes:
    try:
        return gzip.decompress(file.read_bytes())
    except (OSError, EOFError) as error:
        raise RecordingError(f"{file}: {error}; copy the file again") from None


def _decoded(file: Path, text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except FAULTS as error:
        raise RecordingError(f"{file}: not JSON: {error}") from None


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    for line in _bytes(file).splitlines():
        row = _decoded(file, line)
        if isinstance(row, dict):
            yield row


def _moment_ns(file: Path, text: str) -> int:
    try:
        return int(datetime.fromisoformat(text).timestamp()) * 1_000_000_000
    except ValueError:
        raise RecordingError(f"{file}: captured_at is not a time: {text[:40]!r}") from None
