"""The bitcoin price of the synthetic market: seeded diffusion, or a recorded path.

A path is a sequence of `PathPoint`s, one every `STEP_NS` of venue time. The *latent* price is
what the whole market would trade at now; Chainlink publishes it once a second, about two seconds
behind (`ECHO`), which is what the recorded feeds show (feed_ticks_2026-04-27: one-second changes
of Chainlink correlate best with Binance's of two seconds before).

Only `+ - * /` and comparisons touch the numbers, never libm, so that one seed gives one path on
every machine. Volatilities are in basis points of the price per square root of a second, fitted
to chainlink_5m_day/2026-07-24 (`docs/simulation.md` has the comparison).
"""

import random
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

import msgspec

from pmcore.units import PICO_PER_USD, SECOND, Ns, OraclePrice, oracle_usd

STEP_NS: Final = 50_000_000
STEPS_PER_SECOND: Final = 1_000_000_000 // STEP_NS
STEP_ROOT: Final = 0.22360679774997896
"""Square root of a step in seconds."""
ECHO: Final = (0.1, 0.8, 0.1)
"""Weights of the latent price 1, 2 and 3 s ago in a Chainlink tick."""
ECHO_NS: Final = 2 * SECOND
REGIME_NAMES: Final = ("calm", "normal", "wild")

OracleTick = tuple[Ns, OraclePrice]
PathPoint = tuple[Ns, float, tuple[OracleTick, ...]]
"""Venue time, latent price in dollars, and the Chainlink ticks stamped in the step that ends."""


class PathTerms(msgspec.Struct, frozen=True):
    """What a seeded path is like."""

    start_usd: float = 65_000.0
    vol_bp: tuple[float, float, float] = (0.19, 0.38, 0.95)
    """Volatility of the calm, normal and wild regime, basis points per root second."""
    dwell_s: tuple[float, float, float] = (600.0, 600.0, 300.0)
    """Mean stay in each regime; from normal, 3 in 5 departures are to calm."""
    vol_scale: float = 1.0
    jump_every_s: float = 300.0
    """Mean time between jumps; 0 for none."""
    jump_bp: float = 4.0
    """Standard deviation of a jump."""
    miss: float = 0.004
    """Probability that Chainlink publishes nothing for a second."""
    shape: tuple[tuple[float, float], ...] = ()
    """Corners (seconds from the first window's start, basis points) of a broken line that is
    added to the diffusion: how scenarios make a breakout or a flip happen."""


def bell(chance: random.Random) -> float:
    """A draw of mean 0 and variance 1, near normal, exact on every machine.

    64 fair bits counted, smoothed by one uniform draw; |value| < 8.1.
    """
    return (chance.getrandbits(64).bit_count() + chance.random() - 32.5) * 0.249351009943105


def picodollars(usd: float) -> OraclePrice:
    """Dollars, rounded to 1e-8, as Chainlink publishes them, in picodollars."""
    return OraclePrice(round(usd * 1e8) * (PICO_PER_USD // 100_000_000))


def shape_bp(corners: tuple[tuple[float, float], ...], at_s: float) -> float:
    """Height of the broken line at `at_s`; level before the first and after the last corner."""
    if not corners:
        return 0.0
    if at_s <= corners[0][0]:
        return corners[0][1]
    for (left, low), (right, high) in pairwise(corners):
        if at_s <= right:
            return low + (high - low) * (at_s - left) / (right - left)
    return corners[-1][1]


def diffusion(seed: int, terms: PathTerms, begin_ns: Ns, zero_ns: Ns) -> Iterator[PathPoint]:
    """An endless seeded path from `begin_ns` (a whole second); `zero_ns` is 0 s of the shape."""
    chance = random.Random(f"path/{seed}")
    draw = chance.random
    regime = 1
    base = terms.start_usd
    ago = deque([base] * 4, 4)
    leave = tuple(STEP_NS / 1e9 / max(dwell, 1e-9) for dwell in terms.dwell_s)
    scale = terms.vol_scale * STEP_ROOT / 10_000.0
    step_vol = tuple(vol * scale for vol in terms.vol_bp)
    jump = STEP_NS / 1e9 / terms.jump_every_s if terms.jump_every_s > 0 else 0.0
    now = int(begin_ns)
    count = 0
    while True:
        usd = base
        if terms.shape:
            usd *= 1.0 + shape_bp(terms.shape, (now - zero_ns) / 1e9) / 10_000.0
        ticks: tuple[OracleTick, ...] = ()
        if count % STEPS_PER_SECOND == 0:
            ago.append(usd)
            if draw() >= terms.miss:
                echo = ago[2] * ECHO[0] + ago[1] * ECHO[1] + ago[0] * ECHO[2]
                ticks = ((Ns(now), picodollars(echo)),)
        yield Ns(now), usd, ticks
        base *= 1.0 + step_vol[regime] * bell(chance)
        if draw() < jump:
            base *= 1.0 + terms.jump_bp * terms.vol_scale * bell(chance) / 10_000.0
        if draw() < leave[regime]:
            regime = (0 if draw() < 0.6 else 2) if regime == 1 else 1
        now += STEP_NS
        count += 1


def recorded(ticks: Iterable[OracleTick], lead_ns: Ns = Ns(ECHO_NS)) -> Iterator[PathPoint]:
    """A path through recorded Chainlink ticks, which come out unchanged at their own times.

    The latent price runs `lead_ns` ahead of the ticks, straight from one to the next; the path
    ends `lead_ns` before the last tick. Ticks not later than their predecessor are left out.
    """
    source = iter(ticks)
    waiting: deque[OracleTick] = deque()
    first = next(source, None)
    if first is None:
        return
    left_ns, left = first
    waiting.append(first)
    now = -(-left_ns // STEP_NS) * STEP_NS - lead_ns
    for right_ns, right in source:
        if right_ns <= left_ns:
            continue
        waiting.append((right_ns, right))
        low, high = oracle_usd(left), oracle_usd(right)
        while now + lead_ns < right_ns:
            usd = low + (high - low) * ((now + lead_ns - left_ns) / (right_ns - left_ns))
            due: list[OracleTick] = []
            while waiting and waiting[0][0] <= now:
                due.append(waiting.popleft())
            yield Ns(now), usd, tuple(due)
            now += STEP_NS
        left_ns, left = right_ns, right
