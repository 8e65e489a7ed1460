"""Nanoseconds since the epoch as RFC 3339 text."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4096)
def moment(ns: int) -> str:
    """`2026-11-20T19:28:41Z`, with milliseconds where there are any. Years 1 to 9999."""
    try:
        at = _EPOCH + timedelta(microseconds=ns // 1_000)
    except OverflowError:
        at = datetime.max.replace(tzinfo=UTC) if ns > 0 else datetime.min.replace(tzinfo=UTC)
    text = at.isoformat(timespec="milliseconds" if at.microsecond >= 1_000 else "seconds")
    return text.replace("+00:00", "Z")


def moment_or_none(ns: int | None) -> str | None:
    """The same, None for None."""
    return None if ns is None else moment(ns)
