"""`pm backtest`: the maker over recorded markets on the simulated exchange, three ways."""

import json
from pathlib import Path
from typing import Any

import click

from pmapp.backtest_options import FOLDER, TAPE, USDC
from pmapp.drawn import Drawn, drawn
from pmapp.maker_settings import MAKER
from pmapp.refused import Refused
from pmapp.settings import Settings
from pmapp.settings_options import settings_options
from pmcore.config import Config


@click.command()
@click.argument("tapes", nargs=-1, required=True, type=TAPE, metavar="TAPE...")
@settings_options(MAKER)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--plots", type=FOLDER, help="Folder for PNG plots.")
@click.option(
    "--flow",
    "flow_seed",
    type=click.IntRange(0),
    metavar="SEED",
    help="Put a synthetic book around the recorded prices (for tapes without books).",
)
@click.option(
    "--journal",
    type=TAPE,
    help="Folder (or .pmj file) for the journal of the middle assumption.",
)
@click.option(
    "--cash",
    type=USDC,
    default=1_000.0,
    show_default=True,
    help="USDC to begin with.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 3),
    default=2,
    show_default=True,
    help="Processes; the results are the same with any number.",
)
def backtest(
    tapes: tuple[Path, ...],
    settings: Settings[Config],
    as_json: bool,
    plots: Path | None,
    flow_seed: int | None,
    journal: Path | None,
    cash: float,
    jobs: int,
) -> None:
    """Run the maker over tapes under three fill assumptions, side by side."""
    from pmapp import backtest as runs
    from pmapp.backtest_job import fitted, tape_job
    from pmapp.report import backtest_report
    from pmapp.screen_progress import progress_bar
    from pmcore.units import MICRO, Cash
    from pmio.journal import JournalError
    from pmio.tape import TapeError

    job, prefix = tape_job(tapes, flow_seed)
    config = fitted(settings, prefix)
    try:
        with progress_bar("backtest", 3 * job.facts) as progress:
            done = runs.backtest(job, config, Cash(round(cash * MICRO)), journal, jobs, progress)
    except (TapeError, JournalError) as error:
        raise Refused(str(error)) from None
    plotted = _plotted(plots, done.results) if plots is not None else Drawn()
    report = backtest_report(done, job.title) | {
        "notes": list(job.notes),
        "plots": plotted.names(),
        "journal": str(journal) if journal else "",
    }
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        _print(report)
    broken = any(result.violations for result in done.results.values())
    plotted.end(1 if broken else 0)


def _plotted(folder: Path, results: dict[str, Any]) -> Drawn:
    """Imported when it is wanted: it brings matplotlib."""
    from pmapp.plots import draw_all

    return drawn(draw_all(folder, results))


def _print(report: dict[str, Any]) -> None:
    from pmapp.report_tables import print_report, report_console

    console = report_console()
    print_report(console, report)
    for note in report["notes"]:
        console.print(f"note: {note}", markup=False)
    for path in report["plots"]:
        console.print(f"plot: {path}", markup=False)
    if report["journal"]:
        console.print(f"journal: {report['journal']}", markup=False)
