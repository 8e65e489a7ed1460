"""The deadline that a market's title names, for recordings that tell no close time.

A title is known from the start, so reading it is no look into the future. Only the plain forms are
read: `before March`, `by June 30`, `on February 28, 2025`, `in February`. A day ends at midnight
in New York, where the venue's days end; a name without a year means the next such day after the
market was listed.
"""

import re
from calendar import month_name
from datetime import UTC, datetime, timedelta
from typing import Final

DAY_ENDS_UTC_H: Final = 5
"""Midnight in New York without summer time; an hour late in summer, never early."""
_MONTH: Final = "(" + "|".join(month_name[1:]) + ")"
_DAY: Final = re.compile(rf"\b(?:by|on) {_MONTH} (\d{{1,2}})\b(?:, (\d{{4}}))?")
_BEFORE: Final = re.compile(rf"\bbefore {_MONTH}\b(?! \d{{1,2}}\b)(?:,? (\d{{4}}))?")
_IN: Final = re.compile(rf"\bin {_MONTH}\b(?! \d{{1,2}}\b)(?:,? (\d{{4}}))?")


def title_deadline_ns(title: str, listed_ns: int) -> int:
    """Nanoseconds since the epoch; 0 where the title names no deadline that can be read."""
    listed = datetime.fromtimestamp(listed_ns / 1e9, UTC)
    if found := _DAY.search(title):
        return _end_ns(listed, found[1], int(found[2]), found[3], timedelta(days=1))
    if found := _BEFORE.search(title):
        return _end_ns(listed, found[1], 1, found[2], timedelta())
    if found := _IN.search(title):
        return _end_ns(listed, found[1], 1, found[2], timedelta(days=31), whole_month=True)
    return 0


def _end_ns(
    listed: datetime,
    month: str,
    day: int,
    year: str | None,
    later: timedelta,
    whole_month: bool = False,
) -> int:
    number = list(month_name).index(month)
    for candidate in (int(year),) if year else (listed.year, listed.year + 1):
        try:
            start = datetime(candidate, number, day, DAY_ENDS_UTC_H, tzinfo=UTC)
        except ValueError:
            return 0
        end = start + later
        if whole_month:
            end = end.replace(day=1)
        if end > listed:
            return int(end.timestamp()) * 1_000_000_000
    return 0
