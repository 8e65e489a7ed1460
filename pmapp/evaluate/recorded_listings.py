"""Recorded market objects with real best prices: whole lists, hours apart, and single objects.

An object counts as of its capture, or of its own `updatedAt`. Markets that are not open, or come
without any best price, are left out and counted.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from pmapp.evaluate.history import ASK, NO_TEXT, History, rows_of, terms_of
from pmapp.evaluate.recorded_rows import json_document, json_rows, moment_ns
from pmcore.sweep.categories import CATEGORIES
from pmcore.wire.gamma_sweep import OPEN, Listing, listings_of
from pmio.ingest.recorded_parquet import RecordingError

NAME: Final = "listings"
Seen = tuple[int, Listing]
"""The moment in ns as of which an object counts, and the object."""
Line = tuple[int, int, int, int, int, int]
"""What `rows_of` takes: moment, market, bid, ask, close and text."""
_CATEGORY: Final = {name: number for number, name in enumerate(CATEGORIES)}


def listing_history(root: Path) -> History | None:
    """All usable objects; None if there are none. Raises RecordingError."""
    seen, left_out = _usable(root)
    if not seen:
        return None
    # What is said of a market is what its first object says: nothing of it is known earlier.
    first: dict[str, Listing] = {}
    texts: dict[str, int] = {}
    for _, listing in seen:
        first.setdefault(listing.market_id, listing)
        if listing.rules:
            texts.setdefault(listing.rules, len(texts))
    table = _table(seen, {market_id: place for place, market_id in enumerate(first)}, texts)
    known = list(first.values())
    return History(
        name=NAME,
        venue="polymarket",
        priced_by=ASK,
        clustered_by="close day",
        market_ids=tuple(first),
        events=tuple(one.event_slug or one.event_id or one.market_id for one in known),
        category=np.array([_CATEGORY.get(one.category, _CATEGORY["other"]) for one in known]),
        terms=terms_of(one.fees for one in known),
        texts=tuple(texts),
        rows=lambda: iter((rows_of(table),)),
        left_out=left_out,
    )


def _usable(root: Path) -> tuple[list[Seen], dict[str, int]]:
    """Every usable object by moment and market, and how many were left out, by reason."""
    left_out = {"not readable": 0, "not open": 0, "no best price": 0, "no moment": 0}
    seen: list[Seen] = []
    for moment, objects in _captures(root):
        listings, skips = listings_of(objects)
        left_out["not readable"] += len(skips)
        for listing in listings:
            at_ns = moment or listing.updated_ns or 0
            if reason := _unusable(at_ns, listing):
                left_out[reason] += 1
            else:
                seen.append((at_ns, listing))
    seen.sort(key=lambda pair: (pair[0], pair[1].market_id))
    return seen, {reason: count for reason, count in left_out.items() if count}


def _table(seen: list[Seen], places: dict[str, int], texts: dict[str, int]) -> list[Line]:
    """One line per object, with the places of its market and of its rule text."""
    return [
        (
            at_ns,
            places[listing.market_id],
            listing.touch.bid or 0,
            listing.touch.ask or 0,
            listing.close_ns or 0,
            texts.get(listing.rules or "", NO_TEXT),
        )
        for at_ns, listing in seen
    ]


def gamma_numbers(root: Path) -> dict[str, Listing]:
    """The recorded objects of markets by the venue's number, the earliest of each."""
    found: dict[str, Listing] = {}
    for _, objects in _captures(root):
        for listing in listings_of(objects)[0]:
            before = found.get(listing.venue_ref)
            if listing.venue_ref and listing.updated_ns is not None:
                if before is None or (before.updated_ns or 0) > listing.updated_ns:
                    found[listing.venue_ref] = listing
    return found


def _unusable(at_ns: int, listing: Listing) -> str:
    if listing.status != OPEN or not listing.accepting:
        return "not open"
    if listing.touch.bid is None and listing.touch.ask is None:
        return "no best price"
    return "" if at_ns else "no moment"


def _captures(root: Path) -> Iterator[tuple[int, list[Any]]]:
    """Lists of objects with the moment of their capture; 0 where each has its own."""
    for file in sorted(root.glob("gamma_snapshots_*/*.json.gz")):
        document = json_document(file)
        inner = document.get("data") if isinstance(document, dict) else None
        found = inner.get("markets") if isinstance(inner, dict) else None
        moment = moment_ns(document.get("captured_at")) if isinstance(document, dict) else 0
        if not isinstance(found, list) or not moment:
            raise RecordingError(f"{file}: has no data.markets or no captured_at")
        yield moment, found
    folder = root / "rules"
    for file in sorted(folder.glob("*.jsonl.gz")) if folder.is_dir() else ():
        raws = (row.get("raw") for row in json_rows(file))
        yield 0, [raw for raw in raws if isinstance(raw, dict) and raw.get("updatedAt")]
