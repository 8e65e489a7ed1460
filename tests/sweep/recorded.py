"""The recorded rule texts, by market; read from the recordings, never copied into the project."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path


def recorded_texts(root: Path) -> dict[str, list[str]]:
    """Every distinct rule text of each market in `root` (B_markets), in the order of the files."""
    found: dict[str, list[str]] = {}
    for market, text in _pairs(root):
        own = found.setdefault(market, [])
        if text and text not in own:
            own.append(text)
    return found


def labelled_contested(root: Path) -> dict[str, list[str]]:
    """Markets with a recorded text by labelled case."""
    lines = (root / "disputes" / "disputes_labelled.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    return {
        case["case_id"]: case["conditionIds_with_rule_text"]
        for case in cases
        if case["conditionIds_with_rule_text"]
    }


def _pairs(root: Path) -> Iterator[tuple[str, str]]:
    for file in sorted((root / "rules").glob("*.jsonl.gz")):
        for row in _rows(file):
            yield row["conditionId"], row["raw"].get("description") or ""
    for row in _rows(root / "forecastbench" / "questions.jsonl.gz"):
        yield row["id"], row["background"] or ""
    for file in sorted((root / "gamma_snapshots_2026-08").glob("*.json.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as stream:
            for market in json.load(stream)["data"]["markets"]:
                yield market["conditionId"], market.get("description") or ""


def _rows(file: Path) -> Iterator[dict]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
