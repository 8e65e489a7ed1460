"""How long one book event takes to become desired quotes, in microseconds.

`python -m bench.reaction EVENTS` times the core alone (event, then beat, as a live batch of one) on
the shared workload with our own maker, and prints percentiles over every quote. The world around
it answers orders; its time is not counted.
"""

import gc
import json
import sys
import time
from typing import Any

import numpy as np

from bench.core import bench_config, bench_world
from pmcore.effects import Effects
from pmcore.events import Beat, TouchQuoted
from pmcore.maker.decide import decide
from pmcore.state import State
from pmcore.step import stepper


def main(count: int) -> None:
    """Run and print."""
    inner = stepper(decide)
    clock = time.perf_counter_ns
    spans: list[int] = []
    waiting = 0

    def timed(state: State, event: Any) -> Effects:
        nonlocal waiting
        begin = clock()
        effects = inner(state, event)
        span = clock() - begin
        if type(event) is TouchQuoted:
            waiting = span
        elif waiting and type(event) is Beat:
            spans.append(waiting + span)
            waiting = 0
        return effects

    world = bench_world(count, timed, bench_config("maker"))
    gc.collect()
    gc.freeze()
    world.run()
    ordered = np.sort(np.array(spans)) / 1000.0
    at = {f"p{q}_us": round(float(np.percentile(ordered, q)), 1) for q in (50, 90, 99, 99.9)}
    print(json.dumps({"quotes": len(ordered), **at, "max_us": round(float(ordered[-1]), 1)}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
