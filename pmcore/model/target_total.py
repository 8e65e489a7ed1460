"""How much the two top bids may cost together, and what decided it (spec, section 4).

    clamp(base - k_vol * clamp01(var_per_s / var_ref) - k_spread * clamp01(avg_spread / spread_ref)
          - k_time * clamp01(1 - time_to_cancel / time_scale) - (k_fast if FAST_MOVE), min, max)

Below one dollar by what a pair must earn; lower when a fill is likelier to be the wrong one.
"""

from typing import Final, NamedTuple

from pmcore.units import Price, ceil_price, floor_price

_HIGHEST: Final = Price(9_999)
"""A pair pays 10000, so nothing configured may let it cost as much."""
_POINT: Final = 1e-4


class TargetTotalTerms(NamedTuple):
    """Amounts in dollars per pair; the references say where each term is fully applied."""

    base: float = 0.985
    min_total: float = 0.97
    max_total: float = 0.99
    k_vol: float = 0.005
    var_ref: float = 2e-8
    """Variance per second of the log price."""
    k_spread: float = 0.003
    spread_ref: float = 0.04
    k_time: float = 0.004
    time_scale_s: float = 300.0
    k_fast: float = 0.005


def target_total(
    terms: TargetTotalTerms,
    var_per_s: float,
    avg_spread: float,
    time_to_cancel_s: float,
    fast_moving: bool,
) -> tuple[Price, str]:
    """The target in basis points, rounded down, and its reason; always within [min, max].

    `avg_spread` is in dollars. The reason is the bound that was hit ("min" or "max"), else the
    largest deduction ("volatility", "spread", "time", "fast_move"), else "base". A number that is
    not known (NaN) counts in full. If the bounds contradict each other, the upper one holds.
    """
    volatile = terms.k_vol * _share(var_per_s, terms.var_ref)
    wide = terms.k_spread * _share(avg_spread, terms.spread_ref)
    late = 0.0  # most of the time
    if not time_to_cancel_s >= terms.time_scale_s:
        late = terms.k_time * _share(terms.time_scale_s - time_to_cancel_s, terms.time_scale_s)
    fast = terms.k_fast if fast_moving else 0.0
    dollars = terms.base - (volatile + wide + late + fast)
    target = floor_price(dollars)
    if not terms.min_total + _POINT <= dollars <= terms.max_total < 1.0:
        # Near a bound, or past it: a basis point is more than rounding can take away.
        lowest = ceil_price(terms.min_total)
        highest = min(floor_price(terms.max_total), _HIGHEST)
        if target > highest or lowest > highest:
            return highest, "max"
        if target < lowest:
            return lowest, "min"
    return target, _largest(volatile, wide, late, fast)


def _largest(volatile: float, wide: float, late: float, fast: float) -> str:
    """The name of the largest deduction; of equal ones the first."""
    if volatile > 0.0 and volatile >= wide and volatile >= late and volatile >= fast:
        return "volatility"
    if wide > 0.0 and wide >= late and wide >= fast:
        return "spread"
    if late > 0.0 and late >= fast:
        return "time"
    return "fast_move" if fast > 0.0 else "base"


def _share(amount: float, reference: float) -> float:
    """`clamp01(amount / reference)`; of no reference, or of an unknown amount, the whole."""
    if amount <= 0.0:
        return 0.0
    return amount / reference if amount < reference else 1.0
