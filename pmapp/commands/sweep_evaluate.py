"""`pm sweep evaluate`: recorded history scored as if live, and what became of it."""

import json
import os
from pathlib import Path
from typing import Any

import click

from pmapp.backtest_options import FOLDER, Finite
from pmapp.drawn import Drawn, drawn
from pmapp.refused import Refused
from pmapp.services.service_settings import SCANNER, SweepSettings
from pmapp.settings import Settings
from pmapp.settings_options import settings_options


@click.command()
@click.option(
    "--data",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder with the recordings. Default: $PM_SHARED, else ../shared.",
)
@click.option(
    "--half-spread",
    type=Finite(0.0, 0.1),
    default=0.005,
    show_default=True,
    help="Dollars to the ask where a recording has only one price a moment.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--plots", type=FOLDER, metavar="DIR", help="Folder for PNG plots.")
@click.option(
    "--png",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="One PNG with the scores' plots.",
)
@settings_options(SCANNER)
def evaluate(
    folder: Path | None,
    half_spread: float,
    as_json: bool,
    plots: Path | None,
    png: Path | None,
    settings: Settings[SweepSettings],
) -> None:
    """Score recorded history as if live and compare with what happened.

    Nothing that came later is known to a score. Each recommended market is bought once at its ask
    and held; the baseline buys whatever asks 0.95 or more. What cannot be told apart from chance
    is called so.
    """
    from pmapp.evaluate.evaluation import evaluation
    from pmio.ingest.recorded_parquet import RecordingError

    def progress(what: str) -> None:
        click.echo(f"{what} ...", err=True)

    place = folder or Path(os.environ.get("PM_SHARED") or "../shared")
    try:
        report = evaluation(place, settings.config.core, half_spread, progress)
    except RecordingError as error:
        raise Refused(str(error)) from None
    plotted = _plotted(report, plots, png)
    report["plots"] = plotted.names()
    if as_json:
        click.echo(json.dumps(report, indent=2, allow_nan=False))
    else:
        _print(report)
    plotted.end()


def _plotted(report: dict[str, Any], plots: Path | None, png: Path | None) -> Drawn:
    """Imported when it is wanted: it brings matplotlib."""
    if plots is None and png is None:
        return Drawn()
    from pmapp.evaluate.plots import draw_evaluation

    return drawn(draw_evaluation(report, plots, png))


def _print(report: dict[str, Any]) -> None:
    from pmapp.evaluate.tables import print_evaluation

    print_evaluation(report)
    for path in report["plots"]:
        click.echo(f"plot: {path}")
