"""`pm sweep bench`: how long scoring and storing take, and how much memory."""

import json
import tempfile
from functools import partial
from pathlib import Path

import click
import trio

from pmapp.refused import Refused
from pmapp.services.service_log import service_log
from pmapp.services.service_settings import SCANNER, SweepSettings
from pmapp.services.sweep_bench import benchmark
from pmapp.settings import Settings
from pmapp.settings_options import settings_options
from pmio.store.database import StoreUnavailable
from pmio.store.migrating import SchemaMismatch
from pmio.store.place import PlaceError


@click.command()
@click.option(
    "--markets",
    type=click.IntRange(1, 1_000_000),
    default=50_000,
    show_default=True,
    help="Synthetic markets, all of them eligible.",
)
@click.option(
    "--cycles", type=click.IntRange(1, 1_000), default=5, show_default=True, help="Scoring cycles."
)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--database",
    metavar="URL",
    help="An empty database, emptied again at the end. Default: SQLite in a temporary folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@settings_options(SCANNER)
def bench(
    markets: int,
    cycles: int,
    seed: int,
    database: str | None,
    as_json: bool,
    settings: Settings[SweepSettings],
) -> None:
    """Score synthetic markets in a real database and measure it.

    Seconds are medians over the cycles: `read_s` from the database, `score_s` in NumPy, `store_s`
    into the database, `total_s` a whole cycle. `cpu_s` is the processor time of this process in a
    cycle, which other programs do not lengthen (a server's own is not in it). `rss_mib` is the
    peak of this process.
    """
    with tempfile.TemporaryDirectory(prefix="pm-bench-") as folder:
        address = database or f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        work = partial(
            benchmark, address, markets, cycles, seed, settings.config, service_log("warning")
        )
        try:
            found = trio.run(work)
        except (PlaceError, SchemaMismatch, StoreUnavailable) as error:
            raise Refused(str(error)) from None
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        click.echo(f"{name:14} {value}")
