"""Purchases and what became of them: the only place where entries and outcomes meet."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import attrs
import numpy as np

from pmapp.evaluate.entries import Entries
from pmapp.evaluate.history import ASK, NO_TEXT, History
from pmapp.evaluate.outcomes import OFFICIAL, Outcomes
from pmcore.sweep.columns import Bools, Floats, Ints
from pmcore.sweep.definition_risk import DefinitionRisk

DAY_NS: Final = 86_400_000_000_000


@attrs.frozen(eq=False)
class Purchases:
    """One row a market, in the order of market ids; shape (n,) each."""

    market_ids: tuple[str, ...]
    clusters: tuple[str, ...]
    """What is taken for independent: purchases of one cluster stand and fall together."""
    readings: tuple[DefinitionRisk | None, ...]
    """Of the rules; None where no text was recorded."""
    at_ns: Ints
    category: Ints
    """Index into `CATEGORIES`."""
    resolved: Bools
    official: Bools
    """Whether the settlement is the venue's own, not inferred from the last quote."""
    by_ask: Bools
    """Whether bought at a real ask; else at a bare price and an assumed half spread."""
    payout: Floats
    """Dollars a share of the bought side; 0.0 where not resolved."""
    cost: Floats
    """Ask and fee a share, in dollars."""
    spread: Floats
    promised: Floats
    score: Floats
    days: Floats
    """From the purchase to the close that was known."""

    def __len__(self) -> int:
        return len(self.market_ids)

    @property
    def realised(self) -> Floats:
        """Net yield a share in dollars; what is not resolved counts as lost."""
        return self.payout - self.cost

    @property
    def hits(self) -> Bools:
        """Whether the bought side was paid in full: half a dollar is no hit."""
        hits: Bools = self.resolved & (self.payout == 1.0)
        return hits

    def where(self, mask: Bools) -> "Purchases":
        """Those rows only."""
        return self.rows(np.flatnonzero(mask))

    def rows(self, places: Ints) -> "Purchases":
        """Those rows, in that order."""
        picked = places.tolist()
        texts = [
            tuple(own[place] for place in picked)
            for own in (self.market_ids, self.clusters, self.readings)
        ]
        arrays = [getattr(self, name)[places] for name in ARRAYS]
        return Purchases(*texts, *arrays)  # type: ignore[arg-type]


ARRAYS: Final = (
    "at_ns", "category", "resolved", "official", "by_ask", "payout", "cost", "spread", "promised",
    "score", "days",
)  # fmt: skip
TRUTHS: Final = ("resolved", "official", "by_ask")


def purchases(
    history: History,
    entries: Entries,
    readings: Sequence[DefinitionRisk],
    outcomes: Outcomes,
) -> Purchases:
    """Entries joined with their outcomes."""
    ids = [history.market_ids[place] for place in entries.market.tolist()]
    ends = [outcomes.by_market.get(market_id) for market_id in ids]
    first = np.array([0.0 if end is None else end.payout for end in ends], dtype=np.float64)
    resolved = np.array([end is not None for end in ends], dtype=np.bool_)
    days = [_day(close) for close in entries.close_ns.tolist()]
    events = [history.events[place] for place in entries.market.tolist()]
    found = Purchases(
        market_ids=tuple(ids),
        clusters=tuple(events if history.clustered_by == "event" else days),
        readings=tuple(None if t == NO_TEXT else readings[t] for t in entries.text.tolist()),
        at_ns=entries.at_ns,
        category=history.category[entries.market],
        resolved=resolved,
        official=np.array([bool(end and end.settled_by == OFFICIAL) for end in ends], np.bool_),
        by_ask=np.full(len(ids), history.priced_by == ASK),
        payout=np.where(resolved, np.where(entries.side == 0, first, 1.0 - first), 0.0),
        cost=entries.price + entries.fee,
        spread=entries.spread,
        promised=entries.promised,
        score=entries.score,
        days=(entries.close_ns - entries.at_ns) / DAY_NS,
    )
    return pooled([found])


def pooled(parts: Sequence[Purchases]) -> Purchases:
    """All of them in the order of market ids; of a market bought twice the earlier purchase."""
    ids = [market_id for part in parts for market_id in part.market_ids]
    if not parts:
        none: dict[str, Any] = {
            name: np.zeros(0, np.bool_ if name in TRUTHS else np.float64) for name in ARRAYS
        }
        return Purchases((), (), (), **none)
    arrays = [np.concatenate([getattr(part, name) for part in parts]) for name in ARRAYS]
    whole = Purchases(
        tuple(ids),
        tuple(name for part in parts for name in part.clusters),
        tuple(reading for part in parts for reading in part.readings),
        *arrays,
    )
    order = sorted(range(len(ids)), key=lambda row: (ids[row], int(whole.at_ns[row])))
    kept = [row for at, row in enumerate(order) if at == 0 or ids[order[at - 1]] != ids[row]]
    return whole.rows(np.array(kept, dtype=np.int64))


def _day(close_ns: int) -> str:
    return datetime.fromtimestamp(close_ns / 1e9, UTC).date().isoformat() if close_ns else ""
