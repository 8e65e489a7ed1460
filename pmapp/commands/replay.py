"""`pm replay`: does the journal replay to the same effects, and what would another setting want."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from pmapp.difference import lines
from pmapp.refused import Refused
from pmapp.replay import Replayed
from pmapp.replay import replay as replay_journal
from pmapp.settings import SettingsError
from pmapp.what_if import ROWS, WhatIf
from pmcore.config_tree import ConfigError
from pmcore.step import stepper
from pmio.journal import JournalError


@click.command()
@click.argument("journal", type=click.Path(path_type=Path))
@click.option("--run", default="", help="Run id, where a folder holds several. Default: the last.")
@click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="SECTION.KEY=VALUE",
    help="Also plan every recorded decision under this change, and compare; may be repeated.",
)
@click.option(
    "--rows",
    type=click.IntRange(0, 100_000),
    default=ROWS,
    show_default=True,
    help="With --set: how many differing slots to list.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def replay(
    ctx: click.Context, journal: Path, run: str, sets: tuple[str, ...], rows: int, as_json: bool
) -> None:
    """Step through JOURNAL (a folder or a .pmj file) and compare every effect, byte for byte.

    Exit code 0: all equal. 1: not, and the first difference is explained. 2: the journal cannot be
    read. A torn tail is no error: what was written is replayed.

    With --set the recorded run is stepped as it was, and at each of its decisions the same world
    is planned a second time under the changed keys; slots that would have been quoted otherwise
    are listed with both reasons. What would have happened afterwards is not claimed.
    """
    what_if = WhatIf(sets, rows) if sets else None
    try:
        if what_if is None:
            found = replay_journal(journal, run)
        else:
            found = replay_journal(journal, run, stepper(what_if.policy), what_if.hear)
    except JournalError as error:
        raise Refused(str(error)) from None
    except SettingsError as error:
        told = "\n  ".join(error.problems)
        raise Refused(f"--set cannot be used (`pm config` shows every key):\n  {told}") from None
    except ConfigError as error:
        told = "\n  ".join(error.problems)
        remedy = "use the version of the program that wrote it"
        raise Refused(f"{journal}: its configuration is not known ({remedy}):\n  {told}") from None
    shown = what_if.result() if what_if is not None else None
    if as_json:
        table = msgspec.to_builtins(found)
        if shown is not None:
            table["what_if"] = shown
        click.echo(json.dumps(table, indent=2))
    else:
        _print(journal, found)
        if shown is not None and found.equal:
            _print_what_if(shown)
    ctx.exit(0 if found.equal else 1)


def _print(journal: Path, found: Replayed) -> None:
    verdict = "equal" if found.equal else "DIFFERENT"
    name = click.format_filename(journal)
    click.echo(f"{name}: run {found.run_id}: {verdict}")
    click.echo(
        f"  {found.events:,} events ({found.beats:,} beats), {found.effects:,} effects, "
        f"{found.snapshots} snapshots, digest {found.digest}"
    )
    click.echo(
        f"  {found.seconds:.2f} s: {found.events_per_s:,.0f} events/s, "
        f"{found.facts_per_s:,.0f}/s without beats, reading included"
    )
    if found.torn and found.equal:
        click.echo(f"  the run was not closed in order; {found.dropped} bytes of its tail are torn")
    if found.difference is not None:
        for line in lines(found.difference):
            click.echo(f"  {line}")


def _print_what_if(shown: dict[str, Any]) -> None:
    click.echo(f"what if {', '.join(shown['set'])}")
    click.echo(
        f"  {shown['differing']:,} of {shown['decisions']:,} decisions differ, "
        f"{shown['slots_differing']:,} of {shown['slots']:,} slots"
    )
    for pair in shown["by_reason"]:
        click.echo(f"  {pair['slots']:>9,}  {pair['recorded']} -> {pair['changed']}")
    if shown["first"]:
        click.echo("  first differing slots:")
    for row in shown["first"]:
        at = datetime.fromtimestamp(row["at_ns"] / 1e9, UTC).isoformat(timespec="milliseconds")
        recorded = f"{row['recorded']} ({row['recorded_reason']})"
        changed = f"{row['changed']} ({row['changed_reason']})"
        click.echo(f"  {row['seq']:>8} {at[:23]}Z {row['market']} {row['slot']:<8} ", nl=False)
        click.echo(f"{recorded} -> {changed}")
    for note in shown["notes"]:
        click.echo(f"  note: {note}")
