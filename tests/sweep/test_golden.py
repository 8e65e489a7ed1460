"""Readings reviewed by hand: recorded texts by market id, and texts of ours with marks."""

import functools
import hashlib
import json
from pathlib import Path

import pytest

from pmcore.sweep.definition_risk import definition_risk
from pmcore.sweep.rule_codes import CODE_NAMES
from tests.recordings import shared_data
from tests.sweep.marked import marked, texts
from tests.sweep.recorded import recorded_texts

GOLDEN = json.loads(Path(__file__).with_name("golden.json").read_text(encoding="utf-8"))
OURS = texts()
# The recordings hold no empty text, and every range in them says where its ends belong.
NOT_RECORDED = {"missing_rules", "unclear_boundary"}


@functools.cache
def by_digest():
    root = shared_data("data", "B_markets")
    return {
        (market, hashlib.sha256(text.encode()).hexdigest()): text
        for market, own in recorded_texts(root).items()
        for text in own
    }


def reading(text):
    return {
        flag.code: (flag.severity, [list(span) for span in flag.evidence_spans])
        for flag in definition_risk(text).flags
    }


@pytest.mark.parametrize("row", GOLDEN, ids=[row["market"][:20] for row in GOLDEN])
def test_recorded_text_reads_as_reviewed(row):
    text = by_digest()[row["market"], row["sha256"]]
    wanted = {flag["code"]: (flag["severity"], flag["spans"]) for flag in row["flags"]}
    assert reading(text) == wanted


def test_reviewed_texts_cover_every_code_and_none():
    seen = {flag["code"] for row in GOLDEN for flag in row["flags"]}
    assert len(GOLDEN) >= 60
    assert seen == set(CODE_NAMES) - NOT_RECORDED
    assert sum(not row["flags"] for row in GOLDEN) >= 5


def test_codes_called_not_recorded_stand_in_no_recorded_text():
    """Else a real text with that code belongs among the reviewed ones."""
    seen = {code for text in by_digest().values() for code in definition_risk(text).codes}
    assert seen == set(CODE_NAMES) - NOT_RECORDED


def test_golden_file_holds_no_text():
    assert {key for row in GOLDEN for key in row} == {"market", "sha256", "flags"}
    assert {key for row in GOLDEN for flag in row["flags"] for key in flag} == {
        "code",
        "severity",
        "spans",
    }


@pytest.mark.parametrize("name", OURS)
def test_our_text_reads_as_marked(name):
    plain, wanted = marked(OURS[name])
    got = {
        code: (severity, [(a, b) for a, b in spans])
        for code, (severity, spans) in reading(plain).items()
    }
    assert got == wanted


def test_our_texts_cover_every_code_and_none():
    read = [marked(text)[1] for text in OURS.values()]
    assert len(OURS) >= 40
    assert {code for flags in read for code in flags} == set(CODE_NAMES)
    assert sum(not flags for flags in read) >= 8
