"""What the flags of rule texts said of purchases, and of markets that were really contested."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from pmapp.evaluate.purchases import Purchases
from pmapp.evaluate.recorded_rows import json_document, json_rows
from pmapp.evaluate.summary import difference, summary
from pmcore.sweep.columns import Bools
from pmcore.sweep.contested import FlagQuality, flag_quality
from pmcore.sweep.definition_risk import DefinitionRisk, definition_risk

THRESHOLDS: Final = (0.2, 0.25, 0.3)
OPENING: Final = 200
"""Texts that agree in so many characters, digits apart, are near-copies: one family."""
Numbers = dict[str, Any]


def flag_numbers(bought: Purchases) -> list[Numbers]:
    """Purchases whose rules have a flag, for each code that occurs, against those without it.

    Only purchases with a recorded text count.
    """
    read = bought.where(_mask(bought, lambda reading: reading is not None))
    codes = sorted({code for reading in read.readings if reading for code in reading.codes})
    found = []
    for code in codes:
        mask = _mask(read, _having(code))
        flagged = read.where(mask)
        found.append(
            {"code": code}
            | summary(flagged)
            | {"margin_over_unflagged": difference(flagged, read.where(~mask))}
        )
    return found


def contested_numbers(root: Path) -> Numbers | None:
    """Precision and recall of flags on the labelled markets; None without labels.

    Once for all labelled markets, once for disputes that were published. Raises RecordingError.
    """
    cases = list(json_rows(root / "disputes" / "disputes_labelled.jsonl"))
    if not cases:
        return None
    texts = recorded_rules(root)
    read = {market_id: definition_risk(text) for market_id, text in texts.items()}
    labelled = {
        market_id: str(case.get("label_source"))
        for case in cases
        for market_id in case.get("conditionIds_with_rule_text") or ()
        if market_id in read
    }
    published = [market_id for market_id, source in labelled.items() if source.startswith("http")]
    return {
        "cases": len(cases),
        "texts": len(read),
        "families": _families(texts, list(texts)),
        "labelled": len(labelled),
        "labelled_families": _families(texts, list(labelled)),
        "published": len(published),
        "published_families": _families(texts, published),
        "quality": _quality(read, list(labelled)),
        "quality_published": _quality(read, published),
    }


def recorded_rules(root: Path) -> dict[str, str]:
    """The first recorded rule text of each market, in the order of the files."""
    found: dict[str, str] = {}

    def keep(market_id: object, text: object) -> None:
        if isinstance(market_id, str) and isinstance(text, str) and text.strip():
            found.setdefault(market_id, text)

    folder = root / "rules"
    for file in sorted(folder.glob("*.jsonl.gz")) if folder.is_dir() else ():
        for row in json_rows(file):
            raw = row.get("raw")
            keep(row.get("conditionId"), raw.get("description") if isinstance(raw, dict) else None)
    for row in json_rows(root / "forecastbench" / "questions.jsonl.gz"):
        keep(row.get("id"), row.get("background"))
    for file in sorted(root.glob("gamma_snapshots_*/*.json.gz")):
        document = json_document(file)
        inner = document.get("data") if isinstance(document, dict) else None
        for market in (inner.get("markets") or ()) if isinstance(inner, dict) else ():
            if isinstance(market, dict):
                keep(market.get("conditionId"), market.get("description"))
    return found


def _quality(read: dict[str, DefinitionRisk], labelled: list[str]) -> list[Numbers]:
    rows: list[FlagQuality] = flag_quality(read, labelled, THRESHOLDS)
    return [msgspec.structs.asdict(row) for row in rows]


def _families(texts: dict[str, str], market_ids: list[str]) -> int:
    return len({re.sub(r"\d+", "#", texts[one])[:OPENING] for one in market_ids})


def _having(code: str) -> Callable[[DefinitionRisk | None], bool]:
    return lambda reading: reading is not None and code in reading.codes


def _mask(bought: Purchases, wanted: Callable[[DefinitionRisk | None], bool]) -> Bools:
    return np.array([bool(wanted(reading)) for reading in bought.readings], dtype=np.bool_)
