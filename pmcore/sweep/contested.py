"""How well flags point at contested markets: precision and recall with honest intervals.

Labelled contested markets are few and most texts say nothing of whether they were contested, so
every rate comes with its counts and its 95 % Wilson interval; "not labelled" is not "not
contested", which makes the precision a lower bound.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from pmcore.sweep.definition_risk import DefinitionRisk

Z95: Final = 1.959963984540054


class FlagQuality(msgspec.Struct, frozen=True):
    """One row of the table: a flag code, `any`, or a threshold of the score."""

    name: str
    flagged: int
    """Texts that have the flag."""
    flagged_contested: int
    contested: int
    """Labelled texts, flagged or not."""
    texts: int
    precision: float
    """`flagged_contested / flagged`; 0 when nothing is flagged."""
    precision_interval: tuple[float, float]
    recall: float
    """`flagged_contested / contested`; 0 when nothing is labelled."""
    recall_interval: tuple[float, float]
    lift: float
    """Precision over the share of contested texts; 1 is what chance gives, 0 if undefined."""


def flag_quality(
    read: Mapping[str, DefinitionRisk], contested: Iterable[str], thresholds: tuple[float, ...]
) -> list[FlagQuality]:
    """Quality of `any` medium or high flag, of each code that occurs, and of score thresholds.

    `read` maps a text's key to its reading; `contested` are keys of labelled texts, those not in
    `read` are left out. The caller decides what one text is: near-copies counted one by one make
    the intervals too narrow.
    """
    labelled = {key: True for key in contested if key in read}
    graver = [key for key, risk in read.items() if any(f.severity != "low" for f in risk.flags)]
    rows = [_quality("any medium or high", graver, labelled, len(read))]
    by_code: dict[str, list[str]] = {}
    for key, risk in read.items():
        for code in risk.codes:
            by_code.setdefault(code, []).append(key)
    rows += [_quality(code, by_code[code], labelled, len(read)) for code in sorted(by_code)]
    for threshold in thresholds:
        above = [key for key, risk in read.items() if risk.score >= threshold]
        rows.append(_quality(f"score >= {threshold:.2f}", above, labelled, len(read)))
    return rows


def _quality(
    name: str, flagged: list[str], labelled: Mapping[str, bool], texts: int
) -> FlagQuality:
    hits = sum(1 for key in flagged if key in labelled)
    precision = hits / len(flagged) if flagged else 0.0
    recall = hits / len(labelled) if labelled else 0.0
    share = len(labelled) / texts if texts else 0.0
    return FlagQuality(
        name,
        len(flagged),
        hits,
        len(labelled),
        texts,
        precision,
        wilson_interval(hits, len(flagged)),
        recall,
        wilson_interval(hits, len(labelled)),
        precision / share if share > 0.0 else 0.0,
    )


def wilson_interval(hits: float, count: int) -> tuple[float, float]:
    """95 % interval of a rate (Wilson 1927); (0, 1) when nothing was counted."""
    if count <= 0:
        return 0.0, 1.0
    rate, z2 = hits / count, Z95 * Z95
    middle = (rate + z2 / (2 * count)) / (1 + z2 / count)
    half = Z95 * math.sqrt(rate * (1 - rate) / count + z2 / (4 * count * count)) / (1 + z2 / count)
    return max(0.0, middle - half), min(1.0, middle + half)
