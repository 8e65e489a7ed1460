"""Spans are exact in any script, the score stays in bounds, and no text takes long."""

import itertools
import sys
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.hostile_texts import ANCHORS, STEMS, hostile_texts
from pmcore.sweep.definition_risk import definition_risk
from pmcore.sweep.rule_codes import CODE_NAMES
from pmcore.sweep.rule_text import fold, rule_text
from tests.house.forbidden import forbidden_world
from tests.sweep.marked import marked, texts

LONG = 100_000
ODDS = ["🚢", "İ", "é", "\ud800", "ﬁ", "https://a.b/c ", " not ", "e.g. ", "by May 1, 2031"]
STARTS = ["\u200b", "This market will resolve to “Yes” if ", ". ", "\n", " ", "11:59 PM", " ET"]
PIECES = st.sampled_from([*ANCHORS, *STEMS, *STARTS, *ODDS])


def test_folding_never_moves_an_offset():
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    assert len(fold(every)) == len(every)
    odd = "İ”Ⅳẞﬁ\u0130"
    assert [len(fold(letter)) for letter in odd] == [1] * len(odd)


@given(st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=40).map("".join))
def test_any_text_gets_sound_flags(text):
    risk = definition_risk(text)
    assert 0.0 <= risk.score <= 1.0
    assert (risk.score == 0.0) == (risk.flags == ())
    assert [code for code in CODE_NAMES if code in risk.codes] == list(risk.codes)
    for flag in risk.flags:
        assert 0.0 < flag.weight <= 1.0
        assert flag.explanation
        assert flag.evidence_spans
        assert list(flag.evidence_spans) == sorted(flag.evidence_spans)
        for start, end in flag.evidence_spans:
            assert 0 <= start <= end <= len(text)
            assert start < end or not text.strip()
        for (_, end), (start, _) in itertools.pairwise(flag.evidence_spans):
            assert end <= start


@given(st.lists(PIECES, max_size=30).map("".join))
def test_reading_is_deterministic_and_pure(text):
    first = definition_risk(text)
    with forbidden_world():
        assert definition_risk(text) == first


@pytest.mark.parametrize("prefix", ["🚢 ", "İİİ ", "“Ünïcödé” – ", "日本語。 ", "\u00a0\u00a0"])
def test_foreign_letters_before_move_spans_by_their_length(prefix):
    text = "The source is a consensus of credible reporting."
    (span,) = next(
        flag.evidence_spans for flag in definition_risk(text).flags if flag.code == "vague_source"
    )
    (moved,) = next(
        flag.evidence_spans
        for flag in definition_risk(prefix + text).flags
        if flag.code == "vague_source"
    )
    assert (prefix + text)[slice(*moved)] == text[slice(*span)]


@pytest.mark.parametrize("unseen", ["\u200b", "\u00ad", "\u2060\ufeff"])
def test_characters_that_nobody_sees_hide_no_word(unseen):
    text = "Ties are settled at our discretion."
    odd = unseen + text.replace("our disc", f"o{unseen}ur disc{unseen}")
    plain, found = definition_risk(text), definition_risk(odd)
    assert (found.score, found.codes) == (plain.score, plain.codes)
    for ours, its in zip(plain.flags, found.flags, strict=True):
        for span, moved in zip(ours.evidence_spans, its.evidence_spans, strict=True):
            words = odd[slice(*moved)]
            assert "".join(letter for letter in words if letter not in unseen) == text[slice(*span)]
            assert words[0] not in unseen
            assert words[-1] not in unseen


def test_text_of_unseen_characters_has_no_rules():
    (flag,) = definition_risk("\u200b\ufeff").flags
    assert (flag.code, flag.evidence_spans) == ("missing_rules", ((0, 2),))


@pytest.mark.parametrize("name", ["vague_sole", "ceasefire", "discretion_sole"])
def test_curly_and_straight_quotes_read_alike(name):
    plain, _ = marked(texts()[name])
    curly = plain.replace('"', "“").replace("'", "’")
    assert definition_risk(curly) == definition_risk(plain)


def test_more_doubt_never_lowers_the_score():
    calm = "The source is the register, read on May 1, 2031, 9:00 AM ET."
    worse = f"{calm} Ties are settled at our sole discretion."
    assert definition_risk(worse).score > definition_risk(calm).score == 0.0


def test_blank_texts_are_missing_rules():
    for text in ("", "   ", "\n\t\n"):
        (flag,) = definition_risk(text).flags
        assert (flag.code, flag.severity, flag.evidence_spans) == (
            "missing_rules",
            "high",
            ((0, 0),),
        )
        assert definition_risk(text).score == 1.0


def test_flags_travel_as_json():
    risk = definition_risk("Ties are settled at our sole discretion.")
    assert msgspec.json.decode(msgspec.json.encode(risk), type=type(risk)) == risk


def test_sentences_end_where_they_should():
    text = "The U.S. Open, e.g. this one, ends. It is No. 7!\n\nNext (etc.) line"
    rules = rule_text(text)
    pieces = dict.fromkeys(text[slice(*rules.sentence(at))] for at in range(len(text)))
    assert [piece for piece in pieces if piece] == [
        "The U.S. Open, e.g. this one, ends.",
        "It is No. 7!",
        "Next (etc.) line",
    ]


@pytest.mark.parametrize("name", hostile_texts(0))
def test_hostile_texts_take_time_in_proportion_to_their_length(name):
    """Four times the text is far from sixteen times the work; `bench.sweep` says how long it is."""
    short, long = (hostile_texts(length)[name] for length in (LONG // 4, LONG))
    assert len(long) == 4 * len(short) == LONG
    ratios = []
    for _ in range(5):  # other tests run beside: one quiet moment is enough
        ratios.append(seconds(long) / seconds(short))
        if ratios[-1] < 8.0:
            return
    pytest.fail(f"times as much work for four times the text: {ratios}")


def seconds(text):
    began = time.process_time()
    definition_risk(text)
    return time.process_time() - began


@pytest.mark.parametrize(
    "when",
    [
        "11:59 pm et",
        "11:59 PM US Eastern",
        "11:59 PM (Eastern)",
        "11:59 PM WIB",
        "11:59 PM, Pacific",
        "11:59 PM ET",
    ],
)
def test_a_zone_right_after_the_clock_is_a_zone(when):
    assert "missing_time_zone" not in codes(f"Resolves to Yes if signed by May 5, 2027, {when}.")


@pytest.mark.parametrize("stamp", ["2026-12-31T23:59:00+00:00", "2026-12-31T23:59-05:00"])
def test_a_time_in_iso_form_names_its_hour_and_zone(stamp):
    found = codes(f"This market resolves to Yes if it is signed by {stamp}.")
    assert not found & {"missing_time_zone", "date_without_time"}


@pytest.mark.parametrize("when", ["11:59 PM", "between 9:00-10:00 AM"])
def test_a_clock_without_a_zone_is_told(when):
    found = codes(f"Resolves to Yes if signed on May 5, 2027, {when}.")
    assert "missing_time_zone" in found


def codes(text):
    return {flag.code for flag in definition_risk(text).flags}
