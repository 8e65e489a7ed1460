"""Markets of one event lose together: their worst joint loss, shown beside each of them.

Where exactly one market of an event resolves to Yes (neg risk), of all No positions at most one
loses, while all Yes positions but at most one do: the worst case is every Yes stake plus the
largest No stake. Elsewhere (dates of the same event, say) all may lose at once. Gains of the
others are not counted against it.
"""

import attrs
import numpy as np

from pmcore.sweep.columns import NO, YES, Bools, Floats, Ints, MarketColumns


@attrs.frozen(eq=False)
class Exposures:
    """Shape (n,) each; the same for all rows of one event."""

    event_markets: Ints
    """Recommended markets of the row's event, with the row itself."""
    event_stake_pct: Floats
    """Sum of their largest positions, as a share of the capital."""
    event_worst_loss_pct: Floats
    """What the worst outcome of the event takes of it."""


def exposures(
    columns: MarketColumns, side: Ints, stake_pct: Floats, recommended: Bools
) -> Exposures:
    """Joint exposure of the recommended rows of each event; rows not recommended stake nothing."""
    n = len(columns)
    # A market without an event is an event of its own, numbered behind all others.
    first_free = int(columns.event.max(initial=-1)) + 1
    group = np.where(columns.event >= 0, columns.event, first_free + np.arange(n))
    _, group = np.unique(group, return_inverse=True)
    groups = int(group.max(initial=-1)) + 1
    stake = np.where(recommended, stake_pct, 0.0)
    total = np.bincount(group, weights=stake, minlength=groups)
    count = np.bincount(group, weights=recommended.astype(np.float64), minlength=groups)
    yes_total = np.bincount(group, weights=np.where(side == YES, stake, 0.0), minlength=groups)
    largest_no = np.zeros(groups, dtype=np.float64)
    np.maximum.at(largest_no, group, np.where(side == NO, stake, 0.0))
    # An event counts as one-of-many only if every one of its markets says so.
    one_of_many = np.ones(groups, dtype=np.bool_)
    np.logical_and.at(one_of_many, group, columns.neg_risk)
    worst = np.where(one_of_many, np.minimum(yes_total + largest_no, total), total)
    staked = total[group].astype(np.float64)
    return Exposures(count[group].astype(np.int64), staked, worst[group].astype(np.float64))
