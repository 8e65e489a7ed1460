"""Captures of the market list as Parquet, one row per market and sweep, read through DuckDB."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pmcore.wire.gamma_sweep import Listing, Skip, listings_of
from pmio.parquet import parquet_reader

Columns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Moments in ns (ascending), bids and asks of the first outcome in basis points (0: none)."""
ROWS_AT_ONCE: Final = 20_000
FIELDS: Final = {
    "conditionId": "condition_id",
    "id": "market_id",
    "question": "question",
    "slug": "slug",
    "outcomes": "outcomes",
    "volume": "volume",
    "liquidity": "liquidity",
    "eventId": "event_id",
    "eventSlug": "event_slug",
    "eventTitle": "event_title",
    "tags": "event_tags",
}
"""Gamma's names for the columns that hardly change: each market's first value is taken."""
_MARKETS: Final = (
    "select condition_id, max(end_date) filter (where end_date like '2%'), "
    + ", ".join(f"arg_min({column}, timestamp_utc)" for column in FIELDS.values())
    + " from read_parquet(?) group by condition_id order by condition_id"
)
_QUOTES: Final = (
    "select condition_id,"
    " epoch_us(cast(timestamp_utc as timestamptz)) * 1000, "
    + ", ".join(
        # Texts may be empty or "nan"; what is no price becomes none.
        f"case when try_cast({column} as double) between 0 and 1"
        f" then round(try_cast({column} as double) * 10000)::bigint else 0 end"
        for column in ("best_bid", "best_ask")
    )
    + " from read_parquet(?) order by condition_id, timestamp_utc"
)


class RecordingError(Exception):
    """The recording cannot be read; the text names the file and the remedy."""


def crypto_captures(file: Path) -> Iterator[tuple[Listing | None, Columns, tuple[Skip, ...]]]:
    """Each market with its quotes, or the reason why it is none, in the order of ids.

    Raises RecordingError where DuckDB or the file's columns are missing.
    """
    with recording_reader(file) as base:
        rows = base.execute(_MARKETS, [str(file)]).fetchall()
        known = {row[0]: _object(row) for row in rows}
        base.execute(_QUOTES, [str(file)])
        for condition, group in groupby(_fetched(base), key=lambda row: row[0]):
            table = np.array([row[1:] for row in group], dtype=np.int64)
            table[:, 1:][table[:, 1:] >= 10_000] = 0
            listings, skips = listings_of([known[condition]])
            columns = (table[:, 0], table[:, 1], table[:, 2])
            yield (listings[0] if listings else None), columns, skips


def recording_reader(file: Path) -> AbstractContextManager[Any]:
    """A DuckDB connection for a recording. Raises RecordingError for whatever it finds wrong."""
    return parquet_reader(file, _refusal)


def _refusal(file: Path, _place: str, fault: str, remedy: str) -> RecordingError:
    return RecordingError(f"{file}: {fault}; {remedy}")


def _fetched(base: Any) -> Iterator[tuple[Any, ...]]:
    while rows := base.fetchmany(ROWS_AT_ONCE):
        yield from rows


def _object(row: tuple[Any, ...]) -> dict[str, Any]:
    """A row as the Gamma object it was made from."""
    condition, end, *values = row
    obj: dict[str, Any] = dict(zip(FIELDS, values, strict=True))
    obj |= {"conditionId": condition, "endDate": end, "active": True, "closed": False}
    obj["tags"] = str(obj["tags"] or "").split("|")
    return obj
