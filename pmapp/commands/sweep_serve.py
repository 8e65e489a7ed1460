"""`pm sweep serve`: the API over what the other services have stored."""

import json
from typing import Any

import click

from pmapp.commands.database_option import database_option
from pmapp.commands.listening import listen_options
from pmapp.services.service_log import LEVELS, service_log
from pmapp.services.service_settings import SCANNER, SweepSettings
from pmapp.settings import Settings
from pmapp.settings_options import settings_options


@click.command()
@database_option
@listen_options
@click.option(
    "--log-level",
    type=click.Choice(list(LEVELS)),
    default="info",
    show_default=True,
    help="JSON lines on the standard error.",
)
@click.option(
    "--until-input-ends",
    is_flag=True,
    help="End when the standard input does, as with SIGTERM.",
)
@settings_options(SCANNER)
def serve(
    database: str,
    host: str,
    port: int,
    log_level: str,
    until_input_ends: bool,
    settings: Settings[SweepSettings],
) -> None:
    """Serve scores, markets and rules over HTTP, read only.

    Prints one JSON line with the address when it is ready. Ends with 0 on SIGTERM.
    """
    from pmapp.api.service import ServeStart, serve_until_signal

    log = service_log(log_level)
    serve_until_signal(
        ServeStart(database, host, port, settings.config, log, _tell, until_input_ends)
    )


def _tell(summary: dict[str, Any]) -> None:
    click.echo(json.dumps(summary))
