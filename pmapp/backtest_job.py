"""What is to be run: which facts, and the configuration that fits them.

A job is plain values, so that it can be sent to another process; its facts are made there.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from pmapp.backtest_outcomes import Outcomes, Tally
from pmapp.refused import Refused
from pmapp.settings import DEFAULT, Settings, SettingsError, overridden
from pmcore.config import Config
from pmcore.events import AnyEvent, OracleTicked
from pmcore.ids import CHAINLINK
from pmcore.sim.flow import flow
from pmcore.sim.nature import nature
from pmcore.sim.nature_terms import NatureTerms
from pmcore.sim.path import OracleTick, recorded
from pmcore.units import SECOND
from pmio.tape import TapeError, merge_tapes, tape_meta, tape_summary
from pmio.tape_import.source import window_ns
from pmio.tape_import.terms import fees_on, settlement_on

STRIKE_LEAD_S: Final = 65
"""Seconds of prices before a window's start that its averaged strike needs."""
SHORT_WINDOW: Final[dict[str, object]] = {
    "trading.cutoff_seconds": 30,
    "trading.time_scale_s": 100.0,
    "inventory.emergency_window_s": 75,
    "inventory.taker_window_s": 60,
}
"""What the times of a 900 s window become in one of 300 s, unless they are set."""
UNATTENDED: Final[dict[str, object]] = {"risk.allow_auto_resume": True}
"""Nobody is there to resume a run after a feed was lost for a while."""
PROGRESS_EVERY: Final = 2_048
Progress = Callable[[int], None]
"""Told how many facts more have been taken."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One run: tapes, or a synthetic market, or a synthetic book around recorded prices."""

    title: str
    facts: int
    """How many facts of the source there are; an estimate for a synthetic market."""
    tapes: tuple[str, ...] = ()
    seed: int = 0
    terms: NatureTerms | None = None
    """Given for synthetic books."""
    notes: tuple[str, ...] = ()


def tape_job(tapes: Iterable[Path], flow_seed: int | None = None) -> tuple[Job, str]:
    """A job over tapes, and their series (empty if they have none); raises Refused."""
    paths = list(tapes)
    try:
        metas = [tape_meta(path) for path in paths]
        sums = [tape_summary(path) for path in paths]
        merge_tapes(paths)
    except TapeError as error:
        raise Refused(str(error)) from None
    prefix = next((meta.prefix for meta in metas if meta.prefix), "")
    terms = None
    if flow_seed is not None:
        first_s = min(s.first_ns for s in sums) // SECOND
        last_s = max(s.last_ns for s in sums) // SECOND
        terms = _flow_terms(prefix, first_s, last_s)
    job = Job(
        title=" + ".join(path.name for path in paths),
        facts=sum(s.facts for s in sums),
        tapes=tuple(str(path) for path in paths),
        seed=flow_seed or 0,
        terms=terms,
        notes=tuple(note for meta in metas for note in meta.notes),
    )
    return job, prefix


def _flow_terms(prefix: str, first_s: int, last_s: int) -> NatureTerms:
    """Windows of the series that lie wholly inside the recorded prices."""
    if not prefix:
        raise Refused("--flow needs tapes of one up/down series (these name none)")
    window_s = window_ns(prefix) // SECOND
    first = -(-(first_s + STRIKE_LEAD_S) // window_s) * window_s
    windows = (last_s - first) // window_s
    if windows < 1:
        fault = f"{last_s - first_s} s of facts hold no whole window of {window_s} s"
        raise Refused(f"--flow: {fault} (give a longer tape)")
    start_ns = first * SECOND
    return NatureTerms(
        first_window=first,
        windows=windows,
        window_s=window_s,
        prefix=prefix,
        fees=fees_on(prefix, start_ns),  # type: ignore[arg-type]
        settlement=settlement_on(prefix, start_ns),  # type: ignore[arg-type]
    )


def nature_job(seed: int, terms: NatureTerms) -> Job:
    """A job over a synthetic market."""
    span_s = terms.until_s or terms.windows * terms.window_s
    title = f"synthetic market, seed {seed}"
    return Job(title=title, facts=int(34 * (span_s + terms.lead_s)), seed=seed, terms=terms)


def synthetic(prefix: str, window_s: int, hours: float | None) -> NatureTerms:
    """The synthetic market of a demonstration: two whole windows, or so many hours."""
    terms = NatureTerms(prefix=prefix, window_s=window_s)
    first = terms.first_window - terms.first_window % window_s
    if hours is None:
        return msgspec.structs.replace(terms, first_window=first, windows=2)
    span_s = max(1, round(hours * 3_600))
    windows = -(-span_s // window_s)
    # Whole windows are run to their settlement; a part of one is cut where it is asked to end.
    until_s = None if span_s % window_s == 0 else span_s
    return msgspec.structs.replace(terms, first_window=first, windows=windows, until_s=until_s)


def world_span_ns(job: Job) -> int:
    """About how long a job lasts in the world's own time."""
    if job.tapes:
        sums = [tape_summary(path) for path in job.tapes]
        return max(s.last_ns for s in sums) - min(s.first_ns for s in sums)
    terms = job.terms or NatureTerms()
    span_s = terms.until_s or terms.windows * terms.window_s + terms.resolve_s + 30.0
    return int(span_s + terms.lead_s) * SECOND


def facts_of(job: Job, progress: Progress | None = None) -> tuple[Iterator[AnyEvent], Outcomes]:
    """The facts, and the observer that recomputes the outcomes of the recorded windows."""
    outcomes = Outcomes()
    if not job.tapes:
        terms = job.terms or NatureTerms()
        return _watched(nature(job.seed, terms), outcomes, progress), outcomes
    tape = _watched(merge_tapes(job.tapes), outcomes, progress)
    if job.terms is None:
        return tape, outcomes
    return flow(recorded(_ticks(tape)), job.seed, job.terms), outcomes


def outcomes_of(job: Job) -> Tally:
    """The tape's outcomes by themselves."""
    facts, outcomes = facts_of(msgspec.structs.replace(job, terms=None) if job.tapes else job)
    for _ in facts:
        pass
    return outcomes.finish()


def _watched(
    facts: Iterable[AnyEvent], outcomes: Outcomes, progress: Progress | None
) -> Iterator[AnyEvent]:
    observe = outcomes.observe
    count = 0
    for fact in facts:
        observe(fact)
        count += 1
        if count == PROGRESS_EVERY:
            count = 0
            if progress is not None:
                progress(PROGRESS_EVERY)
        yield fact
    if progress is not None:
        progress(count)


def _ticks(facts: Iterable[AnyEvent]) -> Iterator[OracleTick]:
    for fact in facts:
        if isinstance(fact, OracleTicked) and fact.source == CHAINLINK:
            yield fact.venue_ns, fact.price


def fitted(settings: Settings[Config], prefix: str) -> Config:
    """The configuration for a series; what the user has set is left alone. Raises Refused."""
    wanted = dict(UNATTENDED)
    if prefix:
        window_s = window_ns(prefix) // SECOND
        wanted |= {"trading.slug_prefix": prefix, "trading.window_seconds": window_s}
        if window_s == 300:
            wanted |= SHORT_WINDOW
    sets = [f"{key}={value}" for key, value in wanted.items() if settings.source(key) == DEFAULT]
    try:
        return overridden(settings.config, sets)
    except SettingsError as error:
        lines = "\n  ".join(error.problems)
        told = f"the configuration does not fit the windows of {prefix or 'this market'}"
        raise Refused(f"{told} (set these keys too):\n  {lines}") from None
