"""Many seeds: one after the other or in several processes, the same results either way."""

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from hashlib import sha256
from statistics import median
from typing import Final

from pmapp.simulate.outcome import Failure, Played, Simulated
from pmapp.simulate.play import play

SLOWEST: Final = 5
AHEAD: Final = 4
"""Seeds that wait for each process."""
Progress = Callable[[int], None]
"""Told how many seeds more are done."""


def simulate(seeds: range, jobs: int = 1, progress: Progress | None = None) -> Simulated:
    """Play every seed of a range. An interrupted run raises KeyboardInterrupt."""
    began = time.monotonic()
    played: dict[int, Played] = {}
    for found in _one_by_one(seeds) if jobs == 1 else _in_processes(seeds, jobs):
        found.log = []
        played[found.seed] = found
        if progress is not None:
            progress(1)
    return summed(seeds, [played[seed] for seed in seeds], time.monotonic() - began)


def _one_by_one(seeds: Iterable[int]) -> Iterator[Played]:
    return map(play, seeds)


def _in_processes(seeds: range, jobs: int) -> Iterator[Played]:
    # Spawned, not forked: a fork of a process with threads (the progress bar's) may lock up.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _leave_interrupts_to_the_parent) as pool:
        waiting = iter(seeds)
        pending: set[Future[Played]] = set()
        try:
            while True:
                for seed in waiting:
                    pending.add(pool.submit(play, seed))
                    if len(pending) >= AHEAD * jobs:
                        break
                if not pending:
                    return
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def summed(seeds: range, played: list[Played], seconds: float) -> Simulated:
    """The sums of what was played, in the order of seeds."""
    whole = sha256()
    failures: list[Failure] = []
    for one in played:
        whole.update(one.digest.encode())
        failures += one.failures
    fine = [one for one in played if not one.failures]
    by_cost = sorted(played, key=lambda one: -one.cpu_s)
    return Simulated(
        seeds=len(played),
        first=seeds.start,
        end=seeds.stop,
        failures=failures,
        events=sum(one.events for one in played),
        effects=sum(one.effects for one in played),
        fills=sum(one.fills for one in played),
        lives=sum(one.lives for one in played),
        faults=sum(one.faults for one in played),
        kills=sum(one.kills for one in played),
        virtual_seconds=round(sum(one.virtual_s for one in played), 3),
        seconds=round(seconds, 3),
        cpu_seconds=round(sum(one.cpu_s for one in played), 3),
        quoting_after_s=_spread([one.quoting_after_s for one in fine]),
        agreed_after_s=_spread([one.agreed_after_s for one in fine]),
        digest=whole.hexdigest(),
        slowest=[{"seed": one.seed, "cpu_s": one.cpu_s} for one in by_cost[:SLOWEST]],
    )


def _spread(values: list[float]) -> dict[str, float]:
    """Median, 99th percentile and maximum."""
    if not values:
        return {}
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return {"p50": round(median(ordered), 3), "p99": p99, "max": ordered[-1]}
