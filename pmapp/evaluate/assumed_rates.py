"""The configured base rates by category, beside what the recordings measure.

Jump: how often a side that was bought as converged lost outright. Operational: how often a closed
market was settled 50/50, which is the one failed settlement that the recordings tell of; disputes
that ended in a plain Yes or No are not in it, so it is a lower bound.
"""

from pathlib import Path
from typing import Any, Final

from pmapp.evaluate.outcomes import listed_outcomes
from pmapp.evaluate.purchases import Purchases
from pmapp.evaluate.resampling import cautious_rate_interval
from pmapp.evaluate.summary import PLACES
from pmcore.sweep.categories import CATEGORIES
from pmcore.sweep.contested import wilson_interval
from pmcore.sweep.settings import SweepConfig

SPLIT: Final = 0.5
Numbers = dict[str, Any]


def jump_rates(bought: Purchases, config: SweepConfig) -> list[Numbers]:
    """One row a category with a settled purchase: losses among them, and the configured rate."""
    settled = bought.where(bought.resolved)
    found = []
    for number, name in enumerate(CATEGORIES):
        own = settled.where(settled.category == number)
        if not len(own):
            continue
        losses, clusters = int((own.payout == 0.0).sum()), len(set(own.clusters))
        interval = cautious_rate_interval(losses / len(own), len(own), clusters)
        configured = float(getattr(config.jump, name))
        row = _row(name, len(own), losses, interval, configured)
        found.append(row | {"clusters": clusters})
    return found


def operational_rate(root: Path, config: SweepConfig) -> Numbers | None:
    """How many closed markets of the recorded lists ended 50/50; None without any.

    Of all categories together, beside the configured rate of `other`: the old lists say of hardly
    any market what it was about. Raises RecordingError.
    """
    closed: dict[str, float] = {}
    for listing, payout in listed_outcomes(root):
        closed.setdefault(listing.market_id, payout)
    if not closed:
        return None
    split = sum(payout == SPLIT for payout in closed.values())
    interval = wilson_interval(split, len(closed))
    return _row("all", len(closed), split, interval, config.operational.other)


def _row(
    category: str, count: int, cases: int, interval: tuple[float, float], configured: float
) -> Numbers:
    low, high = interval
    return {
        "category": category,
        "settled": count,
        "cases": cases,
        "rate": round(cases / count, PLACES),
        "interval": [round(end, PLACES) + 0.0 for end in interval],
        "configured": configured,
        "configured_fits": low <= configured <= high,
    }
