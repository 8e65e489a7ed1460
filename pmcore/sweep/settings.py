"""The scanner's configuration: every key with unit, range, default and reason.

The keys are declared as the maker's are (`pmcore.config_key.key`), but in a tree of their own, so
that neither can be mistaken for the other. `SweepConfig()` is a sane first run.
"""

import attrs

from pmcore.config_tree import ConfigTree
from pmcore.sweep.settings_keys import (
    Bounds,
    Eligible,
    Entry,
    Jump,
    Operational,
    Return,
    RiskMix,
    Sizing,
    Weights,
)


@attrs.frozen
class SweepConfig(ConfigTree):
    """The scanner's whole configuration."""

    eligible: Eligible = attrs.field(factory=Eligible)
    entry: Entry = attrs.field(factory=Entry)
    weights: Weights = attrs.field(factory=Weights)
    bounds: Bounds = attrs.field(factory=Bounds)
    risk: RiskMix = attrs.field(factory=RiskMix)
    operational: Operational = attrs.field(factory=Operational)
    jump: Jump = attrs.field(factory=Jump)
    returning: Return = attrs.field(factory=Return)
    sizing: Sizing = attrs.field(factory=Sizing)

    def contradictions(self) -> list[str]:
        """What no single key can know."""
        e, b, r, s = self.eligible, self.bounds, self.risk, self.sizing
        rules = (
            (
                e.min_t_remaining_sec < e.max_t_remaining_sec,
                "eligible.min_t_remaining_sec: must be less than eligible.max_t_remaining_sec",
            ),
            (
                b.velocity_low < b.velocity_high,
                "bounds.velocity_low: must be less than bounds.velocity_high",
            ),
            (
                b.net_yield_low < b.net_yield_high,
                "bounds.net_yield_low: must be less than bounds.net_yield_high",
            ),
            (
                r.definition + r.operational + r.liquidity + r.jump > 0.0,
                "risk.definition: must be above 0, or else one of risk.operational,"
                " risk.liquidity and risk.jump",
            ),
            (s.min_pct <= s.max_pct, "sizing.min_pct: must not exceed sizing.max_pct"),
        )
        return [text for holds, text in rules if not holds]
