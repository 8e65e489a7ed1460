"""The overall score: a weighted sum of normalised parts, every part shown.

    overall = w.velocity * norm(yield velocity) + w.net_yield * norm(net yield)
            + w.liquidity * liquidity - w.definition_risk * definition risk
            - w.staleness * staleness penalty

`norm` is min-max with the configured bounds, clamped (spec section 3). With the default weights
the score lies in [-0.15, 0.85].
"""

import attrs
import numpy as np

from pmcore.sweep.columns import Floats
from pmcore.sweep.features import Features
from pmcore.sweep.settings import SweepConfig


@attrs.frozen(eq=False)
class Scores:
    """Shape (n,) each. The five contributions, as signed, sum to `overall`."""

    overall: Floats
    norm_velocity: Floats
    """In [0, 1], as are `norm_net_yield` and the features that enter unchanged."""
    norm_net_yield: Floats
    from_velocity: Floats
    from_net_yield: Floats
    from_liquidity: Floats
    from_definition_risk: Floats
    """Not above 0."""
    from_staleness: Floats
    """Not above 0."""


def score(features: Features, definition_risk: Floats, config: SweepConfig) -> Scores:
    """Scores of a batch; `definition_risk` in [0, 1], shape (n,)."""
    w, b = config.weights, config.bounds
    speed = features.yield_velocity if b.velocity_basis == "close" else features.cash_velocity
    norm_velocity = norm(speed, b.velocity_low, b.velocity_high)
    norm_net_yield = norm(features.net_yield, b.net_yield_low, b.net_yield_high)
    parts = (
        w.velocity * norm_velocity,
        w.net_yield * norm_net_yield,
        w.liquidity * features.liquidity_score,
        # 0.0 - x instead of -x: nothing subtracted is 0, not minus 0.
        0.0 - w.definition_risk * np.clip(definition_risk, 0.0, 1.0),
        0.0 - w.staleness * features.staleness_penalty,
    )
    overall = parts[0] + parts[1] + parts[2] + parts[3] + parts[4]
    return Scores(overall, norm_velocity, norm_net_yield, *parts)


def norm(values: Floats, low: float, high: float) -> Floats:
    """`(values - low) / (high - low)`, clamped to [0, 1]; `low < high`."""
    return np.clip((values - low) / (high - low), 0.0, 1.0)
