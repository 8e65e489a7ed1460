"""`pm calibrate`: the model's probability against what came true."""

import json
from pathlib import Path
from typing import Any

import click

from pmapp.backtest_options import FOLDER, TAPE
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
def calibrate(
    tapes: tuple[Path, ...], settings: Settings[Config], as_json: bool, plots: Path | None
) -> None:
    """Score q_up against official outcomes, by time to close, beside simpler forecasts."""
    from pmapp.backtest_job import facts_of, fitted, tape_job
    from pmapp.calibration import calibration
    from pmapp.calibration_run import CalibrationRun
    from pmapp.screen_progress import progress_bar
    from pmio.tape import TapeError

    job, prefix = tape_job(tapes)
    run = CalibrationRun(fitted(settings, prefix))
    try:
        with progress_bar("calibrate", job.facts) as progress:
            facts, _ = facts_of(job, progress)
            run.run(facts)
    except TapeError as error:
        raise Refused(str(error)) from None
    table = calibration(run.samples)
    if not table["n"]:
        skipped = run.skipped
        raise Refused(
            f"{job.title}: no window has a strike, a fresh Chainlink price and an official "
            f"outcome ({run.listed} listed, {skipped.no_strike} moments without a strike, "
            f"{skipped.stale_oracle} with a stale price; give a tape with oracle prices)"
        )
    plotted = _plotted(plots, table) if plots is not None else Drawn()
    report = {
        "source": job.title,
        "listed": run.listed,
        **table,
        "skipped_no_strike": run.skipped.no_strike,
        "skipped_stale_oracle": run.skipped.stale_oracle,
        "plots": plotted.names(),
    }
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        _print(report)
    plotted.end()


def _plotted(folder: Path, table: dict[str, Any]) -> Drawn:
    """Imported when it is wanted: it brings matplotlib."""
    from pmapp.plots import draw_reliability

    return drawn(draw_reliability(folder, table))


def _print(report: dict[str, Any]) -> None:
    from pmapp.calibration_tables import print_calibration

    print_calibration(report)
