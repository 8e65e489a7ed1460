"""Precision and recall of flags: by hand on small sets, and on the labelled recordings."""

import pytest

from pmcore.sweep.contested import flag_quality, wilson_interval
from pmcore.sweep.definition_risk import DefinitionRisk, Flag, definition_risk
from tests.sweep.recorded import labelled_contested, recorded_texts


def risk(score, *codes):
    flags = [Flag(code, "low", 0.1, ((0, 1),), "why") for code in codes]
    return DefinitionRisk(score, tuple(flags))


def test_counts_and_rates():
    read = {"a": risk(0.5, "x", "y"), "b": risk(0.4, "x"), "c": risk(0.1), "d": risk(0.0)}
    rows = {row.name: row for row in flag_quality(read, ["a", "c", "gone"], (0.3,))}
    assert list(rows) == ["any medium or high", "x", "y", "score >= 0.30"]
    x = rows["x"]
    assert (x.flagged, x.flagged_contested, x.contested, x.texts) == (2, 1, 2, 4)
    assert (x.precision, x.recall, x.lift) == (0.5, 0.5, 1.0)
    assert rows["y"].precision == 1.0
    assert rows["any medium or high"].precision == 0.0


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)],
)
def test_wilson_interval(hits, count, low, high):
    assert wilson_interval(hits, count) == pytest.approx((low, high), abs=1e-4)


def test_labelled_markets_are_found_and_counted(shared_data):
    root = shared_data("data", "B_markets")
    texts = {market: own[0] for market, own in recorded_texts(root).items() if own}
    labelled = [market for own in labelled_contested(root).values() for market in own]
    read = {market: definition_risk(text) for market, text in texts.items()}
    rows = {row.name: row for row in flag_quality(read, labelled, (0.2,))}
    assert rows["any medium or high"].contested == len(set(labelled)) == 12
    assert rows["any medium or high"].texts == len(texts) > 2_000
    assert all(0.0 <= row.precision <= 1.0 and 0.0 <= row.recall <= 1.0 for row in rows.values())
