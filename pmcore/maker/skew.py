"""How unpaired shares lean the quotes: sizes first, then prices, then completion only.

`unpaired` is Up minus Down. The side we have too little of is *missing*, the other is *excess*.
Bands are spec section 5: up to mild nothing changes; up to moderate sizes lean; up to severe the
missing side reaches further and the excess side loses its top rung; above, or in the emergency
window with something worth completing, only the missing side is quoted.
"""

from dataclasses import dataclass

from pmcore.ids import DOWN, UP, Outcome
from pmcore.rules import Rules


@dataclass(frozen=True)
class Lean:
    """What inventory does to the two ladders."""

    missing: Outcome
    band: str
    missing_scalar: float
    excess_scalar: float
    missing_ticks: int
    drop_excess_top: bool
    completing: bool


BALANCED = Lean(UP, "mild", 1.0, 1.0, 0, False, False)
_BALANCED_DOWN = Lean(DOWN, "mild", 1.0, 1.0, 0, False, False)


def lean_of(unpaired: int, to_end_ns: int, min_size: int, rules: Rules) -> Lean:
    """The lean for `unpaired` micro-shares with `to_end_ns` left."""
    missing = DOWN if unpaired > 0 else UP
    gap = abs(unpaired)
    # A gap below the venue's least size cannot be completed, so it must not stop the quoting.
    if gap >= max(min_size, 1) and (gap > rules.skew_severe or to_end_ns <= rules.emergency_ns):
        return Lean(missing, "completion", 1.0, 0.0, 0, True, True)
    if gap <= rules.skew_mild:
        return _BALANCED_DOWN if unpaired > 0 else BALANCED
    scale = rules.skew_moderate if rules.skew_moderate > 0 else 1
    factor = 1.0 + rules.skew_k * gap / scale
    if gap <= rules.skew_moderate:
        return Lean(missing, "moderate", factor, 1.0 / factor, rules.moderate_ticks, False, False)
    return Lean(missing, "severe", factor, 1.0 / factor, rules.severe_ticks, True, False)
