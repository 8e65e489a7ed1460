"""`pm run`: the demonstration, offline and without keys; or a tape instead of the synthetic market.

Exit codes: 0 done, 1 a law was broken, 2 it could not be done as asked, 130 stopped by Ctrl-C (the
report so far is printed).
"""

import json
import time
from pathlib import Path
from typing import Any

import click

from pmapp.backtest_options import FOLDER, HOURS, TAPE, USDC
from pmapp.drawn import Drawn, drawn
from pmapp.interrupted import INTERRUPTED
from pmapp.maker_settings import MAKER
from pmapp.refused import Refused
from pmapp.settings import Settings
from pmapp.settings_options import settings_options
from pmcore.config import Config


@click.command()
@click.argument("tapes", nargs=-1, type=TAPE, metavar="[TAPE]...")
@settings_options(MAKER)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the market.")
@click.option(
    "--hours",
    type=HOURS,
    help="Length of the synthetic market. Default: two windows, to their settlement.",
)
@click.option("--plots/--no-plots", default=True, show_default=True, help="Draw PNG plots.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@click.option(
    "--out",
    type=FOLDER,
    default=Path("out"),
    show_default=True,
    help="Folder in which the run's own folder is made.",
)
@click.option(
    "--cash",
    type=USDC,
    default=1_000.0,
    show_default=True,
    help="USDC on the paper account.",
)
def run(
    tapes: tuple[Path, ...],
    settings: Settings[Config],
    seed: int,
    hours: float | None,
    plots: bool,
    as_json: bool,
    out: Path,
    cash: float,
) -> None:
    """Watch the maker trade a seeded synthetic market (or a TAPE), then read what came of it."""
    from pmapp import backtest as runs
    from pmapp.backtest_job import facts_of, fitted, nature_job, synthetic, tape_job, world_span_ns
    from pmapp.report import backtest_report
    from pmapp.screen_play import play
    from pmcore.sim.assumptions import MIDDLE
    from pmcore.units import MICRO, Cash
    from pmio.journal import JournalError
    from pmio.tape import TapeError

    began = time.perf_counter()
    if tapes and hours is not None:
        raise Refused("--hours is for the synthetic market; a tape is as long as it is")
    if tapes:
        job, prefix = tape_job(tapes)
        name = "-".join(path.stem for path in tapes)[:80]
    else:
        window_s = settings.config.trading.window_seconds
        prefix = settings.config.trading.slug_prefix
        job = nature_job(seed, synthetic(prefix, window_s, hours))
        name = str(seed)
    config = fitted(settings, prefix if tapes else "")
    folder = out / f"run-{name}"
    journal = _fresh(folder / "journal")
    if not as_json:
        click.echo(f"{job.title}: paper account of {cash:,.2f} USDC, middle fill assumption")
    try:
        facts, outcomes = facts_of(job)
        trading = runs.begin(job, facts, config, MIDDLE, Cash(round(cash * MICRO)), journal, "run")
        ended = play(trading, job.title, world_span_ns(job), quiet=as_json)
        result = trading.result(time.perf_counter() - began)
    except (TapeError, JournalError) as error:
        raise Refused(str(error)) from None
    results = {result.assumption: result}
    plotted = _plotted(folder / "plots", results) if plots and ended else Drawn()
    seconds = time.perf_counter() - began
    done = runs.Backtest(results, outcomes.finish(), seconds)
    report = backtest_report(done, job.title) | {
        "seed": seed,
        "stopped": not ended,
        "plots": plotted.names(),
        "journal": str(journal),
    }
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        _print(report)
    plotted.end(INTERRUPTED if not ended else 1 if result.violations else 0)


def _fresh(folder: Path) -> Path:
    """An empty folder for the journal: what an earlier run with this name left is taken away."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for segment in folder.glob("*.pmj"):
            segment.unlink()
    except OSError as error:
        fault = error.strerror or str(error)
        raise Refused(f"{folder}: {fault} (choose another folder with --out)") from None
    return folder


def _plotted(folder: Path, results: dict[str, Any]) -> Drawn:
    """Imported when it is wanted: it brings matplotlib."""
    from pmapp.plots import draw_all

    return drawn(draw_all(folder, results))


def _print(report: dict[str, Any]) -> None:
    from pmapp.report_tables import print_report, report_console

    console = report_console()
    print_report(console, report)
    if report["stopped"]:
        console.print("stopped before the end: this is the report so far", style="bold")
    for path in report["plots"]:
        console.print(f"plot     {path}", markup=False)
    console.print(f"journal  {report['journal']}", markup=False)
    console.print(f"{report['wall_s']:.1f} s in all", markup=False)
