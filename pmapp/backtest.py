"""A backtest: one job under the three fill assumptions, side by side."""

import multiprocessing
import signal
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import chain, count
from pathlib import Path
from typing import Any, Final

import msgspec

from pmapp.backtest_job import Job, Progress, facts_of
from pmapp.backtest_outcomes import Tally
from pmapp.backtest_run import Result, Run
from pmcore.config import Config, config_of, config_text
from pmcore.events import AnyEvent
from pmcore.freeze import freeze
from pmcore.sim.assumptions import MIDDLE, MODEL_NAMES
from pmcore.units import Cash
from pmio.journal import JournalError, JournalHead, JournalWriter
from pmio.journal_reader import heads_in

FEW_FACTS: Final = 20_000
"""Below this a second process costs more than it saves."""
SIMULATED: Final = JournalHead(run_id="").mode
"""The mode of a run without a maker of its own; `pm maker` writes paper or live."""

_taken: Any = None
"""Facts taken by all processes so far, set in each worker when it starts."""
_stop: Any = None
"""Set when the workers should give up."""


class Backtest(msgspec.Struct):
    """Results by assumption, and the outcomes of the tape itself."""

    results: dict[str, Result]
    outcomes: Tally
    seconds: float


def backtest(
    job: Job,
    config: Config,
    cash: Cash,
    journal: Path | None = None,
    jobs: int = 2,
    progress: Progress | None = None,
) -> Backtest:
    """Run `job` under every assumption; the journal, if asked for, is of the middle one.

    With `jobs` > 1 in that many processes, which gives the same digests.
    """
    began = time.perf_counter()
    text = config_text(config)
    orders = [
        (job, text, model, cash, str(journal) if journal and model == MIDDLE else "")
        for model in (MIDDLE, *(m for m in range(len(MODEL_NAMES)) if m != MIDDLE))
    ]
    if jobs > 1 and job.facts >= FEW_FACTS:
        done = _in_processes(orders, jobs, progress)
    else:
        done = [run_one(*order, progress=progress) for order in orders]
    results = {result.assumption: result for result, _ in done}
    ordered = {name: results[name] for name in MODEL_NAMES}
    return Backtest(ordered, done[0][1], time.perf_counter() - began)


def run_one(
    job: Job,
    config: str,
    model: int,
    cash: Cash,
    journal: str = "",
    progress: Progress | None = None,
) -> tuple[Result, Tally]:
    """One run from beginning to end."""
    began = time.perf_counter()
    facts, outcomes = facts_of(job, progress)
    run = begin(job, facts, config_of(config), model, cash, Path(journal) if journal else None)
    run.advance()
    return run.result(time.perf_counter() - began), outcomes.finish()


def begin(
    job: Job,
    facts: Iterator[AnyEvent],
    config: Config,
    model: int,
    cash: Cash,
    journal: Path | None,
    name: str = "backtest",
) -> Run:
    """A run that has not taken its first step; raises JournalError."""
    run_id = f"{name}-{MODEL_NAMES[model]}"
    writer = None
    if journal is not None:
        named = _unused(run_id, journal)
        head = JournalHead(run_id=named, config=config_text(config), note=job.title)
        writer = JournalWriter(journal, head, snapshot=lambda: freeze(run.state))
    run = Run(facts, config, model, cash, run_id=run_id, journal=writer, seed=job.seed)
    return run


def _unused(run_id: str, journal: Path) -> str:
    """`run_id`, numbered where the folder holds it already, so that each run is found by its name.

    The events keep the plain name: the same backtest has the same digest wherever it is recorded.
    Raises JournalError for a maker's folder: it would take the backtest for its own last run.
    """
    heads = heads_in(journal)
    if any(head.mode != SIMULATED for head in heads):
        fault = "holds the journal of a maker"
        raise JournalError(journal, -1, fault, "choose another folder")
    taken = {head.run_id for head in heads}
    numbered = (f"{run_id}-{number}" for number in count(2))
    return next(name for name in chain([run_id], numbered) if name not in taken)


def _in_processes(
    orders: list[tuple[Job, str, int, Cash, str]], jobs: int, progress: Progress | None
) -> list[tuple[Result, Tally]]:
    # Spawned, not forked: a fork of a process with threads (the progress bar's) may lock up.
    context = multiprocessing.get_context("spawn")
    counter = context.Value("q", 0)
    stop = context.Event()
    with ProcessPoolExecutor(jobs, context, _adopt, (counter, stop)) as pool:
        futures = [pool.submit(_counted, order) for order in orders]
        pending, told = set(futures), 0
        try:
            while pending:
                done, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
                if progress is not None:
                    taken = counter.value
                    progress(taken - told)
                    told = taken
                for future in done:
                    future.result()
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return [future.result() for future in futures]


def _adopt(counter: Any, stop: Any) -> None:
    global _taken, _stop
    _taken, _stop = counter, stop
    # Ctrl-C reaches the whole group; the parent alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _counted(order: tuple[Job, str, int, Cash, str]) -> tuple[Result, Tally]:
    return run_one(*order, progress=_count)


def _count(facts: int) -> None:
    with _taken.get_lock():
        _taken.value += facts
    if _stop.is_set():
        raise InterruptedError("the backtest was stopped")
