"""What the slug of a market of Polymarket US says: its day, and its event."""

import re
from datetime import date
from typing import Final

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def slug_day(slug: str) -> date | None:
    """The first day in a slug such as `astatc-mlb-tor-sd-2026-07-11-k-walbue-gte2`."""
    found = _DAY.search(slug)
    try:
        return date.fromisoformat(found[0]) if found else None
    except ValueError:
        return None


def slug_event(slug: str) -> str:
    """What all markets of one event share: behind the kind of market, up to the day."""
    found = _DAY.search(slug)
    whole = slug[: found.end()] if found else slug
    return whole.partition("-")[2] or whole
