"""How long messages travel: to the venue, and back to us.

A latency is plain data: a name and numbers. `constant` always takes `base_ns`; `uniform` adds
between zero and `spread_ns`; `lognormal` adds a long-tailed delay whose median is `spread_ns`
(sigma 1), cut at forty times the median. The chance comes from the caller's seeded generator.
Defaults: 30 ms to the venue, 30 ms for an answer, 40 ms for trade reports and for notices of the
user channel, which is one ordered stream: nothing on it overtakes what was sent before.
"""

import math
from random import Random
from typing import Final

import msgspec

from pmcore.units import MILLISECOND, Ns

REPLY: Final = 0
"""Delay class of the one answer to an act."""
TRADE: Final = 1
"""Delay class of trade reports."""
NOTICE: Final = 2
"""Delay class of what the venue says unasked: expiry, cancels of its own, late news of an act."""
WITH: Final = 3
"""Comes together with the reply said in the same breath: snapshots, trades of a reconciliation."""


class Delay(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One named distribution of a delay, in nanoseconds."""

    base_ns: int
    spread_ns: int = 0
    shape: str = "constant"
    """`constant`, `uniform` or `lognormal`."""

    def draw(self, chance: Random) -> int:
        """A delay in nanoseconds, never negative."""
        if self.spread_ns <= 0 or self.shape == "constant":
            return self.base_ns
        if self.shape == "uniform":
            return self.base_ns + chance.randrange(self.spread_ns + 1)
        factor = min(40.0, math.exp(chance.gauss(0.0, 1.0)))
        return self.base_ns + int(self.spread_ns * factor)


class Latency(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The delays of one account's connection to the venue."""

    place: Delay = Delay(30 * MILLISECOND)
    cancel: Delay = Delay(30 * MILLISECOND)
    other: Delay = Delay(30 * MILLISECOND)
    """Everything else that is asked: listings, snapshots, reconciliations, chain operations."""
    reply: Delay = Delay(30 * MILLISECOND)
    trade: Delay = Delay(40 * MILLISECOND)
    notice: Delay = Delay(40 * MILLISECOND)
    timeout_ns: Ns = Ns(5_000 * MILLISECOND)
    """How long our side waits before it calls a request unanswered."""

    @property
    def constant(self) -> bool:
        """Whether no delay has a random part."""
        delays = (self.place, self.cancel, self.other, self.reply, self.trade, self.notice)
        return all(d.spread_ns <= 0 or d.shape == "constant" for d in delays)


NO_LATENCY: Final = Latency(Delay(0), Delay(0), Delay(0), Delay(0), Delay(0), Delay(0))
