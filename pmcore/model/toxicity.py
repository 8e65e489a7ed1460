"""How toxic the flow that hits each token's bids has been: 0 harmless, 1 as bad as we count.

An exponentially weighted average of the markout per share, which also fades with time: after a
quiet while nobody is known to be toxic, and a maker who withdrew would otherwise never learn that
the danger is over.
"""

import math
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pmcore.ids import UP, Outcome
from pmcore.units import SECOND, Ns

_LN2: Final = math.log(2.0)
_FOR_EVER: Final = Ns(1 << 62)
STEPS: Final = 20
"""Toxicity fades all the time; sizes follow it in twentieths, not at every beat."""


class ToxicityTerms(NamedTuple):
    """How fast toxicity is learned and forgotten."""

    alpha: float = 0.2
    """Weight of one fill, 0 to 1."""
    halflife_s: float = 120.0
    """Above 0."""
    reference_usd: float = 0.01
    """Average loss per share that is toxicity 1."""
    horizon: int = 1
    """Which horizon of `markout.HORIZONS_NS` is learned from: 5 s."""


@dataclass
class Toxicity:
    """Averages of the markout per share in dollars, in our favour, for Up and Down."""

    terms: ToxicityTerms
    up_usd: float = 0.0
    up_ns: Ns = Ns(0)
    down_usd: float = 0.0
    down_ns: Ns = Ns(0)
    steps: list[int] = field(default_factory=lambda: [0, 0])
    """What `step` last answered for each token, and until when it holds."""
    until_ns: list[Ns] = field(default_factory=lambda: [_FOR_EVER, _FOR_EVER])

    def observe(self, at_ns: Ns, outcome: Outcome, horizon: int, per_share_usd: float) -> bool:
        """Learn from one markout; other horizons than the terms' own are ignored (False)."""
        if horizon != self.terms.horizon or not -1.0 <= per_share_usd <= 1.0:
            return False
        average = self.markout_usd(outcome, at_ns)
        average += self.terms.alpha * (per_share_usd - average)
        if outcome == UP:
            self.up_usd = average
            self.up_ns = at_ns
        else:
            self.down_usd = average
            self.down_ns = at_ns
        self.until_ns[outcome] = Ns(0)
        return True

    def step(self, outcome: Outcome, now_ns: Ns) -> int:
        """`level` in whole `STEPS`, rounded down; worked out only when it is due to change."""
        if now_ns < self.until_ns[outcome]:
            return self.steps[outcome]
        steps = self.steps[outcome] = int(self.level(outcome, now_ns) * STEPS)
        if not steps:
            self.until_ns[outcome] = _FOR_EVER  # it only fades until something is learned
        else:
            # It leaves the step when the loss has faded to the step's own.
            loss = -self.markout_usd(outcome, now_ns) / self.terms.reference_usd
            left_s = self.terms.halflife_s * math.log2(loss * STEPS / steps)
            self.until_ns[outcome] = Ns(now_ns + int(left_s * SECOND))
        return steps

    def markout_usd(self, outcome: Outcome, now_ns: Ns) -> float:
        """The faded average markout per share in dollars; negative is against us."""
        average, since_ns = (
            (self.up_usd, self.up_ns) if outcome == UP else (self.down_usd, self.down_ns)
        )
        if average == 0.0 or now_ns <= since_ns:
            return average
        return average * math.exp(-_LN2 * (now_ns - since_ns) / 1e9 / self.terms.halflife_s)

    def level(self, outcome: Outcome, now_ns: Ns) -> float:
        """Toxicity of one token's flow now, in [0, 1]."""
        loss = -self.markout_usd(outcome, now_ns)
        if loss <= 0.0:
            return 0.0
        reference = self.terms.reference_usd
        return loss / reference if loss < reference else 1.0
