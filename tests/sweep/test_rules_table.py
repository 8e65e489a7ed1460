"""Every entry of the rules table does on its own examples what it says."""

import re
from re import _parser

import pytest

from pmcore.sweep import rules_table
from pmcore.sweep.definition_risk import definition_risk
from pmcore.sweep.rule_codes import CODE_NAMES, CODES
from pmcore.sweep.rule_entries import SEVERITIES
from pmcore.sweep.rules_table import COMPUTED, GAPS, PHRASES, TERMS

ENTRIES = [*PHRASES, *GAPS]
GRAVE = {code.name: code.severity for code in CODES}


def examples(kind):
    return [(entry.code, text) for entry in ENTRIES for text in getattr(entry, kind, ())]


def flag(text, code):
    return next((flag for flag in definition_risk(text).flags if flag.code == code), None)


@pytest.mark.parametrize(("code", "text"), examples("hits"))
def test_hits_are_flagged_at_full_weight(code, text):
    found = flag(text, code)
    assert found is not None
    assert found.severity == GRAVE[code]
    assert "Lowered" not in found.explanation


@pytest.mark.parametrize(("code", "text"), examples("lowered"))
def test_negated_and_backed_phrases_weigh_less(code, text):
    found = flag(text, code)
    full = next(entry for entry in CODES if entry.name == code)
    assert found is not None
    assert found.weight < full.weight
    assert SEVERITIES.index(found.severity) == max(SEVERITIES.index(full.severity) - 1, 0)
    assert "Lowered: " in found.explanation


@pytest.mark.parametrize(("code", "text"), examples("misses"))
def test_misses_are_not_flagged(code, text):
    assert flag(text, code) is None


@pytest.mark.parametrize(
    ("term", "text"), [(term.name, text) for term in TERMS for text in term.hits]
)
def test_terms_without_meaning_are_flagged(term, text):
    found = flag(text, "undefined_term")
    assert found is not None
    assert f"“{term}”" in found.explanation


@pytest.mark.parametrize(
    ("term", "text"), [(term.name, text) for term in TERMS for text in term.misses]
)
def test_defined_terms_are_not_flagged(term, text):
    found = flag(text, "undefined_term")
    assert found is None or f"“{term}”" not in found.explanation


@pytest.mark.parametrize("code", COMPUTED)
def test_computed_codes_tell_their_two_texts_apart(code):
    has, has_not = COMPUTED[code]
    assert flag(has, code) is not None
    assert flag(has_not, code) is None


def test_every_code_has_an_entry_and_every_entry_a_code():
    named = {entry.code for entry in ENTRIES} | set(COMPUTED)
    assert named == set(CODE_NAMES)
    assert len(set(CODE_NAMES)) == len(CODE_NAMES)


def test_entries_are_complete():
    for code in CODES:
        assert code.severity in SEVERITIES
        assert 0.0 < code.weight <= 1.0
        assert code.why.endswith(".")
    for entry in ENTRIES:
        assert entry.hits
        assert entry.misses
        assert bool(entry.because) == bool(
            entry.lowered_in_text or getattr(entry, "lowered_by", "")
        )
    assert all(term.hits and term.stems for term in TERMS)


KINDS = ("pattern", "before", "denied_before", "denied_after", "cleared_by", "lowered_by")
PATTERNS = [
    (f"{entry.code}.{kind}", getattr(entry, kind))
    for entry in ENTRIES
    for kind in KINDS
    if getattr(entry, kind, "")
]
PATTERNS += [(term.name, term.forms) for term in TERMS]


@pytest.mark.parametrize(("name", "pattern"), PATTERNS)
def test_patterns_cannot_run_away(name, pattern):
    """No repeat is unbounded, but for lead-in words, whose window is 130 characters."""
    limit = 4_000 if name.endswith("before") else 600
    width = _parser.parse(pattern.replace(")*", "){0,9}")).getwidth()[1]
    assert width <= limit
    assert ")*" not in pattern or name.endswith("before")


def test_unbounded_patterns_are_noticed():
    assert _parser.parse(r"a.*b").getwidth()[1] > 10**6


@pytest.mark.parametrize(("name", "pattern"), PATTERNS)
def test_patterns_are_written_for_folded_text(name, pattern):
    literal = re.sub(r"\\[A-Za-z]|\[[^\]]*\]|\(\?[A-Za-z:<!=]+", "", pattern)
    assert literal == literal.lower()
    assert not re.search("[“”’–—]", pattern)


def test_anchors_are_folded_literals():
    for entry in ENTRIES:
        for text in (*entry.anchors, *entry.lowered_in_text):
            assert text == text.lower()
            assert "’" not in text
    assert rules_table.PHRASES is PHRASES
