"""`pm sweep ingest | score | run`: the scanner's services. `run` serves too."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from pmapp.backtest_options import Finite
from pmapp.commands.database_option import database_option
from pmapp.commands.listening import listen_options
from pmapp.refused import Refused
from pmapp.services.serve_process import ServeProcess
from pmapp.services.service_log import LEVELS, service_log
from pmapp.services.service_settings import SCANNER, SweepSettings
from pmapp.services.sweep_run import Joined, Start, runner
from pmapp.services.venues import POLYMARKET, RECORDED, VENUES, VenueChoice
from pmapp.settings_options import settings_options

F = TypeVar("F", bound=Callable[..., Any])


def service_options(command: F) -> F:
    """The options that all services share."""
    for option in reversed(
        (
            click.option(
                "--venue",
                type=click.Choice(VENUES),
                default=POLYMARKET,
                show_default=True,
                help="The live venue, or recordings, which need --data.",
            ),
            click.option(
                "--data",
                type=click.Path(path_type=Path),
                metavar="DIR",
                help="Folder with the recordings.",
            ),
            click.option(
                "--as-of",
                type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]),
                help="Moment (UTC) of the recording to begin at.",
            ),
            click.option(
                "--speed",
                type=Finite(0.001, 10_000.0),
                default=1.0,
                show_default=True,
                help="Seconds of the recording in a second.",
            ),
            click.option("--once", is_flag=True, help="One cycle each, then end."),
            click.option(
                "--log-level",
                type=click.Choice(list(LEVELS)),
                default="info",
                show_default=True,
                help="JSON lines on the standard error.",
            ),
        )
    ):
        command = option(command)
    return settings_options(SCANNER)(database_option(command))


@click.command()
@service_options
def ingest(**given: Any) -> None:
    """Keep markets, quotes and rule texts up to date.

    Prints one JSON line for each cycle. Ends with 0 on SIGTERM, and with 1 where --once was given
    and a cycle failed.
    """
    _run(given, ingest=True, score=False)


@click.command()
@service_options
def score(**given: Any) -> None:
    """Score what is stored, again and again; several may run on one database."""
    _run(given, ingest=False, score=True)


@click.command()
@listen_options
@service_options
def run(**given: Any) -> None:
    """Ingest, score and serve.

    The API has a process of its own, which begins and ends with this one; it prints its address.
    With --once nothing is served.
    """
    serving = ServeProcess(given["database"], given["host"], given["port"], given["log_level"])
    _run(given, ingest=True, score=True, also=(serving.run,))


def _run(given: dict[str, Any], *, ingest: bool, score: bool, also: Sequence[Joined] = ()) -> None:
    settings: SweepSettings = given["settings"].config
    as_of: datetime | None = given["as_of"]
    if given["venue"] != RECORDED:
        # Whoever names a recording must not meet the live venue by an oversight.
        strays = [name for name in ("data", "as_of", "speed") if _was_given(name)]
        if strays:
            told = ", ".join("--" + name.replace("_", "-") for name in strays)
            raise Refused(f"{told}: only for recordings; add --venue recorded")
    choice = VenueChoice(given["venue"], given["data"], as_of, given["speed"])
    start = Start(given["database"], choice, settings, service_log(given["log_level"]), _tell)
    done = runner(start, ingest=ingest, score=score, once=given["once"], also=also)
    click.get_current_context().exit(0 if done else 1)


def _was_given(name: str) -> bool:
    source = click.get_current_context().get_parameter_source(name)
    return source is not ParameterSource.DEFAULT


def _tell(summary: dict[str, Any]) -> None:
    click.echo(json.dumps(summary, default=str))
