"""`pm config`: the effective configuration, its documentation, and a check."""

import json
from typing import Final

import click

from pmapp.key_text import by_section, plain, range_text
from pmapp.maker_settings import MAKER
from pmapp.settings import DEFAULT, Settings
from pmapp.settings_options import settings_options
from pmcore.config import Config
from pmcore.config_key import KeyDoc
from pmcore.config_tree import key_docs

DOCS: Final = key_docs(Config)

PAGE_HEAD: Final = """# Configuration

Every key has a sane default: the program runs without any configuration. Later sources overrule
earlier ones: the defaults below, a TOML file (`--config FILE`, or `pm.toml` in the folder where
`pm` is called), the environment (`PM_TRADING__BASE_SIZE_SHARES=20`), and the command line
(`--set trading.base_size_shares=20`). Unknown and out-of-range keys are refused by name, all at
once, each with its source. `pm config` shows what is in force and where it came from,
`pm config --check` only says whether it is sound. Secrets are never part of it.

    [trading]
    base_size_shares = 20.0

This page is made by `pm config --markdown` from the declarations in `pmcore/config_keys.py`.
"""


@click.command()
@settings_options(MAKER)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--check", is_flag=True, help="Only say whether the configuration is sound.")
@click.option("--markdown", is_flag=True, help="Print docs/configuration.md.")
def config(settings: Settings[Config], as_json: bool, check: bool, markdown: bool) -> None:
    """Show the effective configuration: value, unit, range, default, reason and source.

    Anything wrong is told all at once, with the file, variable or option it came from, and ends
    with exit code 2.
    """
    if markdown:
        click.echo(page(), nl=False)
    elif check:
        given = sum(1 for doc in DOCS if settings.source(doc.name) != DEFAULT)
        click.echo(f"the configuration is sound: {len(DOCS)} keys, {given} of them set")
    elif as_json:
        click.echo(json.dumps({doc.name: _shown(doc, settings) for doc in DOCS}, indent=2))
    else:
        _print(settings)


def page() -> str:
    """The text of docs/configuration.md."""
    lines = [PAGE_HEAD]
    for section, docs in by_section(DOCS):
        lines += [f"\n## {section}\n\n", "| key | default | unit | range | reason |\n"]
        lines.append("|---|---|---|---|---|\n")
        for doc in docs:
            name = doc.name.partition(".")[2]
            cells = (f"`{name}`", f"`{plain(doc.default)}`", doc.unit, range_text(doc), doc.why)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    return "".join(lines)


def _shown(doc: KeyDoc, settings: Settings[Config]) -> dict[str, object]:
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


def _print(settings: Settings[Config]) -> None:
    """One line for a key, and under it why; a mark before what is not at its default."""
    for section, docs in by_section(DOCS):
        click.secho(f"[{section}]", bold=True)
        for doc in docs:
            name = doc.name.partition(".")[2]
            value, source = plain(settings.value(doc.name)), settings.source(doc.name)
            unit = f" {doc.unit}" if doc.unit else ""
            mark = "*" if source != "default" else " "
            click.echo(f"{mark} {name} = {value}{unit}   ({range_text(doc)})")
            origin = "" if mark == " " else f"; {source}, default {plain(doc.default)}"
            click.secho(f"      {doc.why}{origin}", dim=True)
        click.echo()
