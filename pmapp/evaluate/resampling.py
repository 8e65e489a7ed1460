"""Confidence intervals that know that purchases of one event stand and fall together.

A bootstrap over clusters: whole clusters are drawn with replacement, and the statistic is taken
of each draw. The seed is fixed, clusters are drawn in the order of their names, and so the same
purchases give the same interval in whatever order they come. With few clusters, or where nobody
lost, the interval is too narrow whatever is drawn: the callers say so.
"""

from typing import Final

import numpy as np

from pmcore.sweep.columns import Floats, Ints
from pmcore.sweep.contested import wilson_interval

SEED: Final = 20_261_120
DRAWS: Final = 2_000
TAILS: Final = (2.5, 97.5)
Interval = tuple[float, float]


def mean_interval(values: Floats, clusters: tuple[str, ...]) -> Interval | None:
    """95 % interval of the mean; None with fewer than two clusters."""
    names, place = np.unique(np.array(clusters, dtype=np.str_), return_inverse=True)
    if len(names) < 2:
        return None
    sums, counts = _by_cluster(values, place, len(names))
    drawn = _draws(len(names))
    return _tails((drawn @ sums) / (drawn @ counts))


def difference_interval(
    values: Floats, clusters: tuple[str, ...], others: Floats, other_clusters: tuple[str, ...]
) -> Interval | None:
    """95 % interval of mean(values) - mean(others), which share the clusters of one name.

    None with fewer than two clusters, or if either is empty.
    """
    if not len(values) or not len(others):
        return None
    both = np.array([*clusters, *other_clusters], dtype=np.str_)
    names, place = np.unique(both, return_inverse=True)
    if len(names) < 2:
        return None
    sums, counts = _by_cluster(values, place[: len(values)], len(names))
    other_sums, other_counts = _by_cluster(others, place[len(values) :], len(names))
    drawn = _draws(len(names))
    n, m = drawn @ counts, drawn @ other_counts
    usable = (n > 0) & (m > 0)
    found = (drawn @ sums)[usable] / n[usable] - (drawn @ other_sums)[usable] / m[usable]
    return _tails(found)


def cautious_rate_interval(rate: float, count: int, clusters: int) -> Interval:
    """Wilson interval of a rate as if every cluster were one observation.

    What holds if all purchases of a cluster share one fate: the widest that dependence can make it.
    """
    seen = min(count, clusters)
    return wilson_interval(rate * seen, seen)


def _by_cluster(values: Floats, place: Ints, clusters: int) -> tuple[Floats, Floats]:
    sums = np.bincount(place, weights=values, minlength=clusters).astype(np.float64)
    return sums, np.bincount(place, minlength=clusters).astype(np.float64)


def _draws(clusters: int) -> Floats:
    """How often each cluster is in each draw, shape (DRAWS, clusters)."""
    chance = np.random.default_rng(SEED)
    return chance.multinomial(clusters, np.full(clusters, 1.0 / clusters), DRAWS).astype(np.float64)


def _tails(found: Floats) -> Interval:
    low, high = np.percentile(found, TAILS)
    return float(low), float(high)
