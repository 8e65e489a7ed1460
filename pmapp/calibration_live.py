"""Samples of the probability that a running maker decides with, taken without touching its state.

Only moments at which the maker may quote are sampled: elsewhere its `q_up` is not kept up to date.
"""

from typing import Final

from pmapp.calibration import Sample, Samples
from pmapp.calibration_run import LEFT_S, market_mid
from pmcore.ids import MarketId
from pmcore.model.plain_probability import plain_probability, step_probability
from pmcore.state import State
from pmcore.units import SECOND, oracle_usd

FRESH_NS: Final = SECOND
"""A probability older than this says nothing about the present."""


class LiveSampler:
    """Looks at every window when its next fixed time to the close has come."""

    def __init__(self) -> None:
        self.samples = Samples()
        self._next_ns = 0
        self._taken: dict[MarketId, int] = {}

    def beat(self, state: State) -> None:
        """Take the samples that are due."""
        now = state.now_ns
        if now < self._next_ns:
            return
        self._next_ns = now + SECOND
        for number, market in state.markets.items():
            left_ns = market.terms.end_ns - now
            if market.gate or left_ns <= 0 or now < market.terms.start_ns:
                continue
            left_s = next((s for s in reversed(LEFT_S) if s * SECOND >= left_ns), 0)
            if not left_s or self._taken.get(number) == left_s:
                continue
            late = left_s * SECOND - left_ns > 2 * SECOND
            strike = oracle_usd(market.start.price)
            if late or strike <= 0.0 or now - market.decided_ns > FRESH_NS:
                continue
            self._taken = {k: v for k, v in self._taken.items() if k in state.markets}
            self._taken[number] = left_s
            price = state.alpha.chainlink.last_usd
            plain = plain_probability(strike, price, left_ns / 1e9)
            ahead = step_probability(strike, price)
            mid = market_mid(state, market)
            self.samples.add(Sample(number, float(left_s), market.q_up, plain, ahead, mid))
