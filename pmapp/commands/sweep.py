"""`pm sweep`: the endgame scanner; here, why a rule text may be contested."""

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from pmapp.commands.database_option import database_option
from pmapp.commands.sweep_members import MEMBERS
from pmapp.lazy_group import LazyGroup
from pmapp.refused import Refused
from pmcore.sweep.definition_risk import DefinitionRisk, Flag, definition_risk

CONTEXT: Final = 60
"""Characters shown to either side of the evidence."""
COLOURS: Final = {"low": "cyan", "medium": "yellow", "high": "red"}


@click.group(cls=LazyGroup, table=MEMBERS)
def sweep() -> None:
    """Rank markets that have practically converged, and explain every number."""


@sweep.command(short_help="Say what in a market's rules can be contested, and why.")
@click.argument("market_id", required=False)
@click.option(
    "--text",
    "text_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read the rules from a file; - is the standard input.",
)
@click.option(
    "--data",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Look MARKET_ID up in recorded rule texts (a folder with rules/*.jsonl.gz) instead of"
    " the database.",
)
@database_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(
    market_id: str | None,
    text_file: Path | None,
    folder: Path | None,
    database: str,
    as_json: bool,
) -> None:
    """Say what in a market's rules can be contested: the words, the code, and why.

    Give a MARKET_ID (condition id or the venue's number), which is looked up in the database or
    in --data, or --text FILE. Offsets count Unicode characters of the text.
    """
    if (market_id is None) == (text_file is None):
        raise Refused("give either a MARKET_ID or --text FILE")
    title = ""
    if text_file is not None:
        text = _text_of(text_file)
    else:
        assert market_id is not None
        if folder is not None:
            title, text = _recorded(folder, market_id)
        else:
            # Databases load slowly, and a text file needs none.
            from pmapp.commands.sweep_stored import stored_text

            title, text = stored_text(database, market_id)
    risk = definition_risk(text)
    if as_json:
        click.echo(json.dumps(report(risk), indent=2))
    else:
        _print(title, text, risk)


def report(risk: DefinitionRisk) -> dict[str, Any]:
    """A reading as JSON: `definition_risk_score` and `flags` with `evidence_spans`."""
    return {
        "definition_risk_score": risk.score,
        "flags": [
            {
                "code": flag.code,
                "severity": flag.severity,
                "weight": flag.weight,
                "evidence_spans": [{"start": a, "end": b} for a, b in flag.evidence_spans],
                "explanation": flag.explanation,
            }
            for flag in risk.flags
        ],
    }


def _print(title: str, text: str, risk: DefinitionRisk) -> None:
    if title:
        click.secho(title, bold=True)
    click.echo(f"definition risk {risk.score:.3f}, {len(risk.flags)} flags")
    for flag in sorted(risk.flags, key=lambda flag: -flag.weight):
        head = click.style(f"{flag.severity:6} {flag.code}", fg=COLOURS[flag.severity], bold=True)
        click.echo(f"\n{head}  {flag.weight:.3f}\n  {flag.explanation}")
        for line in _quoted(text, flag):
            click.echo(line)


def _quoted(text: str, flag: Flag) -> Iterator[str]:
    """Each place of the evidence: its offsets and its words, marked, in their context."""
    for start, end in flag.evidence_spans:
        before = text[max(0, start - CONTEXT) : start]
        after = text[end : end + CONTEXT]
        words = click.style(_one_line(text[start:end]), bold=True)
        left = "…" if start > CONTEXT else ""
        right = "…" if end + CONTEXT < len(text) else ""
        yield f"  {start}-{end}: {left}{_one_line(before)}»{words}«{_one_line(after)}{right}"


def _one_line(text: str) -> str:
    """One character for one; what would steer the terminal becomes a space."""
    return "".join(char if char.isprintable() else " " for char in text)


def _text_of(file: Path) -> str:
    try:
        if str(file) == "-":
            return sys.stdin.buffer.read().decode("utf-8")
        return file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{file}: cannot be read as UTF-8 text: {error}") from None


def _recorded(folder: Path, market_id: str) -> tuple[str, str]:
    """Title and rule text of a recorded market; the first record of it counts."""
    roots = (folder, folder / "B_markets", folder / "data" / "B_markets")
    root = next((root for root in roots if (root / "rules").is_dir()), None)
    if root is None:
        raise Refused(f"{folder}: has no folder rules/ with recorded rule texts")
    for identifiers, title, text in _texts(root):
        if market_id in identifiers:
            return title, text
    raise Refused(f"{market_id}: not among the recorded rule texts in {root}")


def _texts(root: Path) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Identifiers, title and rule text of every recorded market, file by file in name order."""
    for file in sorted((root / "rules").glob("*.jsonl.gz")):
        for row in _rows(file, "raw", "conditionId"):
            raw = row["raw"] or {}
            number = str(raw.get("id") or "")
            title = str(raw.get("question") or raw.get("title") or "")
            yield (str(row["conditionId"]), number), title, str(raw.get("description") or "")
    questions = root / "forecastbench" / "questions.jsonl.gz"
    if questions.is_file():
        for row in _rows(questions, "id", "question", "background"):
            yield (str(row["id"]),), str(row["question"]), str(row["background"] or "")


def _rows(file: Path, *names: str) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                row = json.loads(line)
                missing = [name for name in names if name not in row]
                if missing:
                    raise Refused(f"{file}, line {number}: has no {missing[0]}; copy it again")
                yield row
    except (OSError, EOFError, ValueError, TypeError) as error:
        raise Refused(f"{file}: {error}; copy it again") from None
