"""`pm sweep database`: the schema in force, upgrade and downgrade."""

import json

import click

from pmapp.commands.database_option import database_option
from pmapp.refused import Refused
from pmio.store import migrating
from pmio.store.database import StoreUnavailable
from pmio.store.migrating import SchemaMismatch
from pmio.store.place import PlaceError, place_of


@click.command()
@database_option
@click.option("--upgrade", is_flag=True, help="Bring the schema to this program's.")
@click.option(
    "--downgrade",
    metavar="REVISION",
    help="Undo the schema down to a revision, `base` for all of it. Data is lost.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def database(database: str, upgrade: bool, downgrade: str | None, as_json: bool) -> None:
    """Show the schema of the database, and whether it differs from what the program declares.

    The services upgrade by themselves when they start; nothing downgrades by itself.
    """
    if upgrade and downgrade:
        raise Refused("give either --upgrade or --downgrade")
    known = migrating.revisions()
    if downgrade and downgrade not in ("base", *known):
        raise Refused(f"no such revision {downgrade!r}; there are base, {', '.join(known)}")
    try:
        place = place_of(database)
        if upgrade:
            migrating.upgrade(place)
        if downgrade:
            migrating.downgrade(place, downgrade)
        current = migrating.revision_of(place)
        drift = migrating.drift(place) if current == known[-1] else []
    except (PlaceError, SchemaMismatch, StoreUnavailable) as error:
        raise Refused(str(error)) from None
    shown = {"database": place.shown, "revision": current, "newest": known[-1], "drift": drift}
    if as_json:
        click.echo(json.dumps(shown, indent=2))
    else:
        click.echo(f"{place.shown}: schema {current or 'none'}, newest {known[-1]}")
        for line in drift:
            click.echo(f"differs: {line}")
