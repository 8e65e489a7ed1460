"""The seeded world of a stress run: a synthetic market, the simulated exchange, and its faults."""

from collections.abc import Callable, Iterator
from math import ceil

from pmcore.config import Config, config_text
from pmcore.events import AnyEvent, ResumeAsked
from pmcore.sim.exchange import Exchange
from pmcore.sim.faults import storm
from pmcore.sim.nature import nature
from pmcore.sim.nature_terms import NatureTerms
from pmcore.sim.world import World
from pmcore.state import State, new_state
from pmcore.step import Step, next_deadline
from pmcore.units import MILLISECOND, SECOND, Cash, Ns

ACCOUNT = 1
CASH = Cash(1_000_000_000)
"""A thousand dollars: twice what the default limits can bind."""
ROUND_NS = 300 * SECOND
"""How often an operator looks in and resumes what was killed: a storm of refusals kills for good,
and a maker that stays killed would be tested no further."""


def seeded_run(
    config: Config, seed: int, hours: float, rate: float, faulty: bool
) -> Callable[[Step], State]:
    """A run of `hours` of synthetic market, rounded up to whole windows.

    `rate` multiplies the flow; with `faulty` the first half of the time has every kind of fault.
    """
    window_s = config.trading.window_seconds
    windows = max(1, ceil(hours * 3_600 / window_s))
    first = NatureTerms().first_window
    terms = NatureTerms(
        first_window=first - first % window_s,
        windows=windows,
        window_s=window_s,
        prefix=config.trading.slug_prefix,
        rate=rate,
    )
    faults = storm(seed, Ns(windows * window_s * SECOND)) if faulty else None

    def run(advance: Step) -> State:
        state = new_state(config)
        exchange = Exchange()
        exchange.fund(ACCOUNT, CASH, Ns(0))
        world = World(
            advance,
            state,
            _resumed(nature(seed, terms)) if faulty else nature(seed, terms),
            exchange,
            faults=faults,
            seed=seed,
            deadline=next_deadline,
            account=ACCOUNT,
            config=config_text(config),
            run_id=f"stress-{seed}",
            heartbeat_ns=config.heartbeats.interval_ms * MILLISECOND,
        )
        world.run()
        return state

    return run


def _resumed(facts: Iterator[AnyEvent]) -> Iterator[AnyEvent]:
    """The facts, and an operator's rounds between them."""
    first = next(facts, None)
    if first is None:
        return
    yield first
    due_ns = first.at_ns + ROUND_NS
    for fact in facts:
        while due_ns < fact.at_ns:
            yield ResumeAsked(Ns(due_ns))
            due_ns += ROUND_NS
        yield fact
