"""The other venue, Polymarket US: top of book every two minutes, and settlements from its API.

It has other markets, other rules and other fees, so it is never pooled with polymarket.com. Its
quotes come without close times and rule texts. The close is taken as the end of the day that the
market's slug names, which was known from the start.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from pmapp.evaluate.entries import BASELINE_PRICE
from pmapp.evaluate.history import ASK, NO_TEXT, History, Rows, unknown_terms
from pmapp.evaluate.outcomes import OFFICIAL, Outcome
from pmapp.evaluate.slug import slug_day, slug_event
from pmcore.sweep.categories import category_of
from pmcore.sweep.columns import Ints
from pmcore.sweep.settings import SweepConfig
from pmcore.units import SECOND
from pmio.ingest.recorded_parquet import recording_reader

NAME: Final = "polymarket us"
FOLDER: Final = "polymarket_us_quotes"
DAY_ENDS_UTC_H: Final = 4
"""Midnight in New York in summer."""
_ROWS: Final = """
select epoch_us(ts) * 1000 as at_ns, place as market, coalesce(round(bid * 10000), 0)::bigint as
  bid_bp, coalesce(round(ask * 10000), 0)::bigint as ask_bp, close_ns
from read_parquet(?) join places using (slug)
where close_ns - epoch_us(ts) * 1000 between 1 and ?
  and (round(ask * 10000) >= ? or round(bid * 10000) <= 10000 - ?)
order by at_ns, market
"""


def us_history(root: Path, config: SweepConfig) -> History | None:
    """All recorded days; None if there are none. Raises RecordingError.

    Rows at which nobody would buy are not read: those in which no side's ask has converged, and
    those further from the close than the configuration looks.
    """
    # Whole basis points, and none lost: 1 - 0.9 is a hair below the 0.10 that sells No at 0.90.
    floor_bp = math.floor(round(min(config.eligible.min_entry_price, BASELINE_PRICE) * 1e4, 6))
    longest_ns = config.eligible.max_t_remaining_sec * SECOND
    files = sorted((root / FOLDER / "quotes").glob("dt=*/*.parquet"))
    if not files:
        return None
    listed = root / FOLDER / "markets.parquet"
    with recording_reader(listed) as base:
        query = "select slug, any_value(category) from read_parquet(?) group by slug order by slug"
        known = base.execute(query, [str(listed)]).fetchall()
    slugs = tuple(row[0] for row in known)
    closes = np.array([close_ns(slug) for slug in slugs], dtype=np.int64)
    return History(
        name=NAME,
        venue="polymarket_us",
        priced_by=ASK,
        clustered_by="event",
        market_ids=slugs,
        events=tuple(slug_event(slug) for slug in slugs),
        category=np.array([category_of(row[1] or "") for row in known], dtype=np.int64),
        terms=unknown_terms(len(slugs)),
        texts=(),
        rows=lambda: _rows(files, slugs, closes, (longest_ns, floor_bp, floor_bp)),
        left_out={"no day in the slug": int((closes == 0).sum())},
    )


def us_outcomes(root: Path) -> Iterator[tuple[str, Outcome]]:
    """Settlements that the venue itself reported; those inferred from prices are not used."""
    file = root / FOLDER / "labels.parquet"
    with recording_reader(file) as base:
        query = "select slug, y from read_parquet(?) where source = 'api' and y in (0, 1)"
        for slug, won in base.execute(query, [str(file)]).fetchall():
            yield slug, Outcome(float(won), OFFICIAL)


def close_ns(slug: str) -> int:
    """End of the day in the slug; 0 without one."""
    day = slug_day(slug)
    if day is None:
        return 0
    end = datetime(day.year, day.month, day.day, DAY_ENDS_UTC_H, tzinfo=UTC) + timedelta(days=1)
    return int(end.timestamp()) * 1_000_000_000


def _rows(
    files: list[Path], slugs: tuple[str, ...], closes: Ints, bounds: tuple[int, int, int]
) -> Iterator[Rows]:
    places = {
        "slug": np.array(slugs, dtype=object),
        "place": np.arange(len(slugs), dtype=np.int64),
        "close_ns": closes,
    }
    for file in files:
        with recording_reader(file) as base:
            base.register("given", places)
            base.execute("create table places as select * from given where close_ns > 0")
            found: dict[str, Any] = base.execute(_ROWS, [str(file), *bounds]).fetchnumpy()
        columns = {name: np.asarray(values, dtype=np.int64) for name, values in found.items()}
        yield Rows(**columns, text=np.full(len(columns["at_ns"]), NO_TEXT, dtype=np.int64))
