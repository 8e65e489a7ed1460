"""How markets ended: official settlements, and what the last quotes before the close let infer."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from pmapp.evaluate.recorded_rows import json_rows
from pmcore.wire.frames import WireError
from pmcore.wire.gamma_sweep import CLOSED, Listing, listing_of

OFFICIAL: Final = "official"
LAST_QUOTE: Final = "last quote"
PAYOUTS: Final = (0.0, 0.5, 1.0)
WHOLE: Final[dict[tuple[float | None, ...], float]] = {(1.0, 0.0): 1.0, (0.0, 1.0): 0.0}
"""Prices of two outcomes that show which one won."""


@attrs.frozen
class Outcome:
    """What a share of the first outcome paid in the end, in dollars."""

    payout: float
    settled_by: str


@attrs.frozen
class Outcomes:
    """Outcome by market id; `conflicts` are ids on which two records disagree: left out."""

    by_market: Mapping[str, Outcome]
    conflicts: tuple[str, ...]


def merged(pairs: Iterable[tuple[str, Outcome]]) -> Outcomes:
    """One outcome a market: official ones before inferred ones, none where two differ."""
    found: dict[str, Outcome] = {}
    conflicts: dict[str, None] = {}
    for market_id, outcome in pairs:
        before = found.get(market_id)
        if before is None or (before.settled_by != OFFICIAL and outcome.settled_by == OFFICIAL):
            found[market_id] = outcome
        elif before.settled_by == outcome.settled_by and before.payout != outcome.payout:
            conflicts[market_id] = None
    for market_id in conflicts:
        del found[market_id]
    return Outcomes(found, tuple(sorted(conflicts)))


def official_outcomes(root: Path) -> Iterator[tuple[str, Outcome]]:
    """Every settlement in the recordings of polymarket.com. Raises RecordingError."""
    for row in json_rows(root / "resolved_titles_6001" / "proposals.jsonl.gz"):
        yield from _official(row.get("polymarket_condition_id"), row.get("settled_price"))
    for row in json_rows(root / "forecastbench" / "resolutions.jsonl.gz"):
        if row.get("resolved") is True:
            yield from _official(row.get("id"), row.get("resolved_to"))
    for row in json_rows(root / "resolved_histories_2025" / "markets.jsonl.gz"):
        yield from _official(gamma_id(row.get("market_id")), row.get("outcome"))
    for listing, payout in listed_outcomes(root):
        yield from _official(listing.market_id, payout)
        if listing.venue_ref:
            yield from _official(gamma_id(listing.venue_ref), payout)


def gamma_id(number: object) -> str:
    """The id of a market of which only the venue's number is recorded."""
    return f"gamma-id:{number}"


def _official(market_id: object, payout: object) -> Iterator[tuple[str, Outcome]]:
    if isinstance(market_id, str) and isinstance(payout, int | float) and payout in PAYOUTS:
        yield market_id.lower(), Outcome(float(payout), OFFICIAL)


def listed_outcomes(root: Path) -> Iterator[tuple[Listing, float]]:
    """Each recorded market object that is closed and shows how it was settled."""
    folder = root / "rules"
    for file in sorted(folder.glob("*.jsonl.gz")) if folder.is_dir() else ():
        for row in json_rows(file):
            raw = row.get("raw")
            if not isinstance(raw, dict):
                continue
            try:
                listing = listing_of(raw)
            except WireError:
                continue
            payout = _shown(raw, listing) if listing.status == CLOSED else None
            if payout is not None:
                yield listing, payout


def _shown(raw: dict[str, Any], listing: Listing) -> float | None:
    """What the first outcome of a closed market paid, as far as its object says."""
    tokens = raw.get("tokens")
    prices = tuple(side.price for side in listing.sides)
    if not isinstance(tokens, list):
        return WHOLE.get(prices, 0.5 if prices == (0.5, 0.5) else None)
    if raw.get("is_50_50_outcome") is True:
        return 0.5
    winners = [isinstance(one, dict) and one.get("winner") is True for one in tokens]
    if sum(winners) == 1:
        return 1.0 if winners[0] else 0.0
    # Old objects name no winner; whole prices tell it, half ones may be where trading stopped.
    return WHOLE.get(prices)
