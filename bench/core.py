"""One timed run of the decision core on the shared workload, alone in its process.

`python -m bench.core EVENTS POLICY` prints one JSON line: events per second (workload events only;
beats and answers are not counted), peak memory, actions, fills. POLICY is `shared` (the peers'
ladder: cancel + new) or `maker` (our own).
"""

import gc
import json
import resource
import sys
import time

import attrs

from bench.shared_policy import shared_ladder
from bench.workload import facts, first_window, generate, windows
from pmcore.config import Config, config_text
from pmcore.maker.decide import decide
from pmcore.sim.exchange import Exchange
from pmcore.sim.latency import NO_LATENCY
from pmcore.sim.world import World
from pmcore.state import State, new_state
from pmcore.step import Step, beat_due, stepper
from pmcore.units import SECOND, Cash, Ns, Shares

HUGE = Shares(10**15)


def bench_config(policy: str) -> Config:
    """No limits that a peer does not have: the rates, caps and throttles are lifted."""
    default = Config()
    return attrs.evolve(
        default,
        trading=attrs.evolve(
            default.trading,
            cutoff_seconds=0,
            min_update_interval_ms=0,
            decide_interval_ms=1 if policy == "shared" else 200,
            base_size_shares=20.0,
        ),
        inventory=attrs.evolve(default.inventory, max_unpaired_shares=1e7),
        risk=attrs.evolve(
            default.risk,
            max_unpaired_shares_global=1e7,
            max_daily_loss_usdc=1e7,
            max_exposure_usdc=1e8,
            late_fill_ms=0,
        ),
        infra=attrs.evolve(
            default.infra,
            reconcile_interval_s=3_600,
            reconcile_strikes=100,
            place_per_s=1e9,
            place_burst=1e9,
            cancel_per_s=1e9,
            cancel_burst=1e9,
        ),
        merge=attrs.evolve(default.merge, enabled=False),
        completion=attrs.evolve(default.completion, enabled=False),
    )


def bench_world(count: int, step: Step, config: Config) -> World[State]:
    """A world without latency, limits or faults over `count` events of the shared workload."""
    columns = generate(count)
    state = new_state(config)
    exchange = Exchange()
    exchange.fund(1, Cash(10**15), Ns(first_window(columns) * SECOND - 2 * SECOND))
    for market in windows(columns):
        # The peers' accounts may sell what they do not have; ours sells from a large holding.
        exchange.grant(1, market.id, HUGE, HUGE)
    # As the peers do, the workload is made into events before the clock starts.
    made = list(facts(columns))
    return World(
        step,
        state,
        iter(made),
        exchange,
        latency=NO_LATENCY,
        beat_due=beat_due,
        config=config_text(config),
    )


def main(count: int, policy: str) -> None:
    """Run and print."""
    step = stepper(shared_ladder if policy == "shared" else decide)
    world = bench_world(count, step, bench_config(policy))
    gc.collect()
    gc.freeze()
    begin = time.perf_counter()
    world.run()
    seconds = time.perf_counter() - begin
    state = world.state
    fills = state.totals.fills + sum(m.inventory.fills for m in state.markets.values())
    print(
        json.dumps(
            {
                "policy": policy,
                "events": count,
                "seconds": round(seconds, 3),
                "events_per_s": round(count / seconds),
                "steps": world.steps,
                "acts": world.carrier.acts,
                "fills": fills,
                "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
