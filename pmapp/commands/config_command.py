"""The command that shows or checks a program's configuration, the same for each program."""

import json
from typing import Any

import click

from pmapp.configuration_page import page
from pmapp.key_text import by_section, plain, range_text
from pmapp.settings import DEFAULT, Program, Settings
from pmapp.settings_options import settings_options
from pmcore.config_key import KeyDoc
from pmcore.config_tree import key_docs


def config_command(program: Program[Any]) -> click.Command:
    """`config` of one program."""
    docs = key_docs(program.root)

    @click.command()
    @settings_options(program)
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @click.option("--check", is_flag=True, help="Only say whether the configuration is sound.")
    @click.option("--markdown", is_flag=True, help="Print docs/configuration.md.")
    def config(settings: Settings[Any], as_json: bool, check: bool, markdown: bool) -> None:
        """Show the effective configuration: value, unit, range, default, reason and source.

        Anything wrong is told all at once, with the file, variable or option it came from, and
        ends with exit code 2.
        """
        if markdown:
            click.echo(page(), nl=False)
        elif check:
            given = sum(1 for doc in docs if settings.source(doc.name) != DEFAULT)
            click.echo(f"{program.title} is sound: {len(docs)} keys, {given} of them set")
        elif as_json:
            click.echo(json.dumps({doc.name: _shown(doc, settings) for doc in docs}, indent=2))
        else:
            _print(docs, settings)

    return config


def _shown(doc: KeyDoc, settings: Settings[Any]) -> dict[str, object]:
    return {
        "value": settings.value(doc.name),
        "unit": doc.unit,
        "low": doc.low,
        "high": doc.high,
        "choices": list(doc.choices),
        "default": doc.default,
        "reason": doc.why,
        "source": settings.source(doc.name),
    }


def _print(docs: list[KeyDoc], settings: Settings[Any]) -> None:
    """One line for a key, and under it why; a mark before what is not at its default."""
    for section, keys in by_section(docs):
        click.secho(f"[{section}]", bold=True)
        for doc in keys:
            name = doc.name.partition(".")[2]
            value, source = plain(settings.value(doc.name)), settings.source(doc.name)
            unit = f" {doc.unit}" if doc.unit else ""
            mark = "*" if source != DEFAULT else " "
            click.echo(f"{mark} {name} = {value}{unit}   ({range_text(doc)})")
            origin = "" if mark == " " else f"; {source}, default {plain(doc.default)}"
            click.secho(f"      {doc.why}{origin}", dim=True)
        click.echo()
