"""Numbers of a group of purchases, of its score deciles, and of two groups side by side.

Everything is per share and in dollars. Rates and yields are of settled purchases only; how many
are not settled stands beside them, and so does the yield if all of those were lost.
"""

from typing import Any, Final

import numpy as np

from pmapp.evaluate.purchases import Purchases
from pmapp.evaluate.resampling import cautious_rate_interval, difference_interval, mean_interval
from pmcore.sweep.contested import wilson_interval

DECILES: Final = 10
SPREADS: Final = (0.01, 0.02, 0.05, 0.30, 1.0)
"""Upper ends of the bands of spreads; a book without a bid counts as 1.0."""
PLACES: Final = 6
Numbers = dict[str, Any]


def summary(bought: Purchases) -> Numbers:
    """A group as plain values; rates and yields are None where nothing is settled."""
    settled = bought.where(bought.resolved)
    n, clusters = len(settled), len(set(settled.clusters))
    found: Numbers = {
        "bought": len(bought),
        "settled": n,
        "unsettled": len(bought) - n,
        "inferred": int((~settled.official).sum()),
        "at_bare_price": int((~settled.by_ask).sum()),
        "clusters": clusters,
        "hits": int(settled.hits.sum()),
        "losses": int(n - settled.hits.sum()),
        "hit_rate": None,
        "hit_rate_interval": None,
        "hit_rate_interval_by_cluster": None,
        "break_even_hit_rate": None,
        "promised_yield": None,
        "realised_yield": None,
        "realised_yield_interval": None,
        "realised_yield_if_unsettled_lost": None,
        "return_on_cost": None,
        "worst_loss": None,
        "worst_cluster_loss": None,
        "mean_days_to_close": None,
    }
    if not n:
        return found
    rate = float(settled.hits.mean())
    found |= {
        "hit_rate": _rounded(rate),
        "hit_rate_interval": _pair(wilson_interval(found["hits"], n)),
        "hit_rate_interval_by_cluster": _pair(cautious_rate_interval(rate, n, clusters)),
        "break_even_hit_rate": _rounded(settled.cost.mean()),
        "promised_yield": _rounded(settled.promised.mean()),
        "realised_yield": _rounded(settled.realised.mean()),
        "realised_yield_interval": _pair(mean_interval(settled.realised, settled.clusters)),
        "realised_yield_if_unsettled_lost": _rounded(bought.realised.mean()),
        "return_on_cost": _rounded(settled.realised.sum() / settled.cost.sum()),
        "worst_loss": _rounded(max(0.0, -settled.realised.min())),
        "worst_cluster_loss": _rounded(_worst_cluster(settled)),
        "mean_days_to_close": _rounded(settled.days.mean()),
    }
    return found


def deciles(bought: Purchases) -> list[Numbers]:
    """Settled purchases in ten groups of equal size by score, lowest first; fewer if fewer are.

    Equal scores are parted in the order of market ids.
    """
    found = []
    settled = bought.where(bought.resolved)
    for number, group in enumerate(_by_score(settled, min(DECILES, len(settled))), 1):
        scores = group.score
        head = {
            "decile": number,
            "score_low": _rounded(scores.min()),
            "score_high": _rounded(scores.max()),
        }
        found.append(head | summary(group))
    return found


def spread_bands(bought: Purchases) -> list[Numbers]:
    """Purchases by the spread at which they were made: how far the bid was from the ask."""
    found = []
    low = -1.0
    for high in SPREADS:
        # A hair of tolerance: 0.96 - 0.95 is not 0.01 in binary.
        band = bought.where((bought.spread > low + 1e-9) & (bought.spread <= high + 1e-9))
        found.append({"spread_above": max(low, 0.0), "spread_up_to": high} | summary(band))
        low = high
    return found


def difference(bought: Purchases, other: Purchases) -> Numbers:
    """Mean realised yield of one group minus that of another, with its interval."""
    own, its = bought.where(bought.resolved), other.where(other.resolved)
    clusters = len({*own.clusters, *its.clusters})
    if not len(own) or not len(its):
        return {"mean": None, "interval": None, "clusters": clusters}
    return {
        "mean": _rounded(own.realised.mean() - its.realised.mean()),
        "interval": _pair(
            difference_interval(own.realised, own.clusters, its.realised, its.clusters)
        ),
        "clusters": clusters,
    }


def better_half_margin(bought: Purchases) -> Numbers:
    """The half with the higher scores against the half with the lower."""
    settled = bought.where(bought.resolved)
    if len(settled) < 2:
        return {"mean": None, "interval": None, "clusters": len(set(settled.clusters))}
    low, high = _by_score(settled, 2)
    return difference(high, low)


def _by_score(settled: Purchases, groups: int) -> list[Purchases]:
    if not groups:
        return []
    ids = np.array(settled.market_ids, dtype=np.str_)
    order = np.lexsort((ids, settled.score))
    # Back in the order of ids inside a group, so that sums do not depend on the scores' order.
    return [settled.rows(np.sort(part)) for part in np.array_split(order, groups)]


def _worst_cluster(settled: Purchases) -> float:
    _, place = np.unique(np.array(settled.clusters, dtype=np.str_), return_inverse=True)
    return max(0.0, -float(np.bincount(place, weights=settled.realised).min()))


def _rounded(value: Any) -> float:
    return round(float(value), PLACES) + 0.0


def _pair(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else [_rounded(end) for end in interval]
