"""Plain sentences that follow from the numbers, and from nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

FEW_CLUSTERS: Final = 10
"""With fewer independent groups a bootstrap says next to nothing."""
NO_EDGE: Final = "no edge shown"
EDGE: Final = "edge shown"
Numbers = Mapping[str, Any]


def profit_verdict(numbers: Numbers) -> str:
    """Whether a group earned more than chance can explain.

    A hit earns cents and a miss costs the stake, so a run without misses proves nothing by its
    mean: the hit rate's lower end, clusters counted as one observation each, must pay too.
    """
    if not numbers["settled"]:
        return "nothing to judge: no purchase is settled"
    interval = numbers["realised_yield_interval"]
    rate_low, rate_high = numbers["hit_rate_interval_by_cluster"]
    needed = numbers["break_even_hit_rate"]
    seen = (
        f"hit rate {numbers['hit_rate']:.1%} of {numbers['settled']:,} in "
        f"{_groups(numbers['clusters'])}, break-even {needed:.1%}, "
        f"realised {numbers['realised_yield']:+.4f} a share{_between(interval)}"
    )
    if numbers["clusters"] < FEW_CLUSTERS or interval is None:
        return f"too few independent groups to judge: {seen}"
    low, high = interval
    if high < 0.0:
        return f"a loss is shown: {seen}"
    if low <= 0.0:
        return f"no profit shown, the interval includes zero: {seen}"
    if rate_low < needed:
        return (
            f"no profit shown: hit rates from {rate_low:.1%} to {rate_high:.1%} fit what was seen, "
            f"and below the break-even it loses: {seen}"
        )
    return f"a profit is shown: {seen}"


def edge_verdict(margin: Numbers, numbers: Numbers, over: str) -> str:
    """Whether a group beats another by more than chance can explain."""
    if margin["mean"] is None:
        return f"{NO_EDGE} over {over}: nothing to compare"
    interval = margin["interval"]
    seen = f"difference {margin['mean']:+.4f} a share{_between(interval)}"
    if margin["clusters"] < FEW_CLUSTERS or interval is None:
        return f"{NO_EDGE} over {over}: only {_groups(margin['clusters'])}; {seen}"
    low, high = interval
    if high < 0.0:
        return f"worse than {over}: {seen}"
    if low <= 0.0:
        return f"{NO_EDGE} over {over}: the interval includes zero; {seen}"
    if not profit_verdict(numbers).startswith("a profit"):
        return f"{NO_EDGE} over {over}: it did better, but no profit is shown; {seen}"
    return f"{EDGE} over {over}: {seen}"


def order_verdict(margin: Numbers) -> str:
    """Whether higher scores earned more than lower ones."""
    if margin["mean"] is None or margin["interval"] is None:
        return "nothing shown about the score's order: too few settled purchases"
    low, high = margin["interval"]
    seen = f"better-scored half minus worse-scored half {margin['mean']:+.4f} a share"
    seen += _between(margin["interval"])
    if margin["clusters"] < FEW_CLUSTERS:
        return f"nothing shown about the score's order: too few independent groups; {seen}"
    if low > 0.0:
        return f"higher scores earned more: {seen}"
    if high < 0.0:
        return f"higher scores earned less: {seen}"
    return f"nothing shown about the score's order, the interval includes zero: {seen}"


def flags_verdict(rows: Sequence[Numbers]) -> str:
    """Whether purchases whose rules had a flag did worse, code by code."""
    judged = [row for row in rows if row["clusters"] >= FEW_CLUSTERS]
    worse = [
        row["code"]
        for row in judged
        if (row["margin_over_unflagged"]["interval"] or (0.0, 0.0))[1] < 0.0
    ]
    seen = f"{len(judged)} of {len(rows)} codes have purchases in {FEW_CLUSTERS} or more groups"
    if not judged:
        return f"nothing shown about flags: {seen}"
    if not worse:
        return f"no flag is shown to warn of losses: {seen}, and none earned less than the rest"
    return (
        f"{seen}; less than the rest earned those with {', '.join(worse)}; with so many codes "
        f"tried, {len(judged) / 40:.1f} would seem worse by chance alone"
    )


def _groups(count: int) -> str:
    return f"{count:,} independent group{'' if count == 1 else 's'}"


def _between(interval: Sequence[float] | None) -> str:
    return "" if interval is None else f" (95 % {interval[0]:+.4f} .. {interval[1]:+.4f})"
