"""The risk score in [0, 1], taken apart: definition, operational, liquidity and jump risk.

    risk = sum(weight * part) / sum(weight)

Operational and jump risk are base rates by category, scaled so that the configured worst rate is
1. Liquidity risk is what the liquidity score lacks, with known thin depth counted against it.
"""

import attrs
import numpy as np

from pmcore.sweep.categories import CATEGORIES
from pmcore.sweep.columns import Floats, MarketColumns
from pmcore.sweep.features import Features
from pmcore.sweep.settings import SweepConfig
from pmcore.sweep.settings_keys import Jump, Operational


@attrs.frozen(eq=False)
class Risks:
    """Shape (n,), each in [0, 1]."""

    risk_score: Floats
    definition: Floats
    operational: Floats
    liquidity: Floats
    jump: Floats


def risks(columns: MarketColumns, features: Features, config: SweepConfig) -> Risks:
    """The risk of holding each market's recommended side."""
    mix = config.risk
    definition = np.clip(columns.definition_risk, 0.0, 1.0)
    operational = _rates(config.operational, mix.operational_worst)[columns.category]
    liquidity = np.clip(1.0 - features.liquidity_score * features.fill_ratio, 0.0, 1.0)
    jump = _rates(config.jump, mix.jump_worst)[columns.category]
    weights = (mix.definition, mix.operational, mix.liquidity, mix.jump)
    total = weights[0] + weights[1] + weights[2] + weights[3]
    mixed = (
        weights[0] * definition
        + weights[1] * operational
        + weights[2] * liquidity
        + weights[3] * jump
    )
    return Risks(np.clip(mixed / total, 0.0, 1.0), definition, operational, liquidity, jump)


def _rates(section: Operational | Jump, worst: float) -> Floats:
    """Base rates by category as risks."""
    rates = [float(getattr(section, name)) for name in CATEGORIES]
    return np.clip(np.array(rates, dtype=np.float64) / worst, 0.0, 1.0)
