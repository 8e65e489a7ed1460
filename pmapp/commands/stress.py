"""`pm stress`: how fast, how late, how large, and whether every law held."""

import json
from array import array
from pathlib import Path

import click
import msgspec

from pmapp.backtest_job import fitted
from pmapp.backtest_options import Finite
from pmapp.maker_settings import MAKER
from pmapp.refused import Refused
from pmapp.replay import first_state
from pmapp.settings import Settings
from pmapp.settings_options import settings_options
from pmapp.stress import EffectsDifferError, Stressed, journal_run, measure
from pmapp.stress_world import seeded_run
from pmcore.config import Config
from pmio.journal import JournalError, JournalReader


@click.command()
@click.argument("journal", required=False, type=click.Path(path_type=Path))
@click.option("--seed", type=int, help="Instead of a journal: the seed of a synthetic market.")
@click.option(
    "--hours",
    type=Finite(0.01, 10_000),
    default=1.0,
    show_default=True,
    help="With --seed: how much of it, rounded up to whole windows.",
)
@click.option(
    "--rate",
    type=Finite(0.01, 1_000),
    default=1.0,
    show_default=True,
    help="With --seed: multiplies the flow; 1 is about 40 facts/s, 130 about 5,000.",
)
@click.option(
    "--faults/--no-faults",
    default=True,
    show_default=True,
    help="With --seed: every kind of fault in the first half of the time.",
)
@click.option(
    "--speed",
    type=click.Choice(["1", "5", "max"]),
    default="max",
    show_default=True,
    help="Times as fast as the events were heard; max does not wait.",
)
@settings_options(MAKER)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def stress(  # noqa: PLR0913, PLR0917 - click passes each option
    ctx: click.Context,
    journal: Path | None,
    seed: int | None,
    hours: float,
    rate: float,
    faults: bool,
    speed: str,
    settings: Settings[Config],
    as_json: bool,
) -> None:
    """Drive the core with JOURNAL, or with a seeded synthetic market, and measure it.

    Every invariant is checked after every step. Exit code 0: all held. 1: some did not; they are
    listed. 2: it could not be run. A journal brings its own configuration; --config and --set
    shape a seeded run only.
    """
    if (journal is None) == (seed is None):
        raise Refused("give a journal (a folder or a .pmj file) or --seed, one of the two")
    if journal is not None:
        found = _of_journal(journal, speed)
    else:
        assert seed is not None
        run = seeded_run(fitted(settings, ""), seed, hours, rate, faults)
        source = f"seed {seed}, {hours:g} h, rate {rate:g}, {'with' if faults else 'no'} faults"
        found = measure(run, source=source, speed=speed)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(found), indent=2))
    else:
        _print(found)
    ctx.exit(1 if found.violations else 0)


def _of_journal(journal: Path, speed: str) -> Stressed:
    try:
        reader = JournalReader(journal)
        # At a pace the queue is counted, for which all times must be known in advance.
        paced = speed != "max"
        times = array("q", (e.at_ns for b in reader for e in b.events)) if paced else None
        run = journal_run(reader, lambda batch: first_state(reader, batch))
        return measure(run, source=journal.name, speed=speed, times=times)
    except JournalError as error:
        raise Refused(str(error)) from None
    except EffectsDifferError as error:
        first, last = error.args
        place = f"{journal}: records {first} to {last}"
        fault = "the core asks for something else than the journal says"
        raise Refused(f"{place}: {fault} (`pm replay` explains it)") from None


def _print(found: Stressed) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    told = [
        ("source", f"{found.source}, speed {found.speed}"),
        ("events", f"{found.events:,} ({found.beats:,} beats), {found.effects:,} effects"),
        (
            "rate",
            f"{found.events_per_s:,.0f} events/s in all, {found.step_events_per_s:,.0f}/s in the "
            f"step alone, {found.seconds:,.2f} s",
        ),
        (
            "decision",
            f"{found.decisions:,}: p50 {found.decision_p50_us:,} us, "
            f"p99 {found.decision_p99_us:,} us, max {found.decision_max_us:,} us",
        ),
        (
            "book->plan",
            f"p50 {found.book_to_plan_p50_us:,} us, p99 {found.book_to_plan_p99_us:,} us",
        ),
        *_lag(found),
        ("queue", f"at most {found.queue_max:,} {found.queue_of}"),
        ("memory", f"{found.rss_mib:,} MiB at most"),
        ("outcome", ", ".join(f"{k} {v}" for k, v in found.outcome.items() if v != "")),
        ("laws", f"{found.violations:,} violations in {found.laws_checked:,} steps"),
    ]
    console = Console(highlight=False, soft_wrap=True)
    for name, text in told:
        console.print(f"{name:<11}{text}", markup=False)
    for line in found.shown:
        console.print(f"  BROKEN {line}", markup=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("step of", no_wrap=True)
    for heading in ("count", "p50 us", "p90 us", "p99 us", "max us"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, row in found.kinds.items():
        table.add_row(name, f"{row['count']:,}", *(f"{row[k]:,}" for k in row if k != "count"))
    console.print(table)


def _lag(found: Stressed) -> list[tuple[str, str]]:
    """How late the steps were, where something was due."""
    if found.lag_max_us is None:
        return []
    text = f"p50 {found.lag_p50_us:,} us, p99 {found.lag_p99_us:,} us, max {found.lag_max_us:,} us"
    return [("lag", text)]
