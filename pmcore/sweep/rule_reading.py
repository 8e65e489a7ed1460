"""Reads a text by the table: where phrases stand, what is asked and not answered, which terms.

Everything is found by plain literals first, patterns are matched only there, over bounded
stretches, and at most `MOST` places per entry are kept: the time is linear in the length of the
text, whatever the text.
"""

import re
from typing import Final

import attrs

from pmcore.sweep.rule_entries import MEDIUM, Finding, Gap, Phrase, Term
from pmcore.sweep.rule_text import RuleText, trimmed
from pmcore.sweep.rule_times import MOST
from pmcore.sweep.rules_table import GAPS, PHRASES, TERMS
from pmcore.sweep.rules_terms import DEFINING

REACH: Final = 260
"""Characters of a sentence to either side of a phrase that may clear or lower it."""
BACK: Final = 130
"""Characters before an anchor or a span in which what leads to it is looked for."""
LOOKS: Final = 64
"""Places of one entry that are looked at before the rest of a text is left unread."""


@attrs.frozen(eq=False)
class _Reader:
    """The compiled patterns of one phrase or gap."""

    entry: Phrase | Gap
    pattern: re.Pattern[str] | None
    before: re.Pattern[str] | None
    denied_before: re.Pattern[str] | None
    denied_after: re.Pattern[str] | None
    cleared_by: re.Pattern[str] | None = None
    lowered_by: re.Pattern[str] | None = None
    answer: re.Pattern[str] | None = None


def _compiled(pattern: str) -> re.Pattern[str] | None:
    return re.compile(pattern) if pattern else None


def _whole(anchors: tuple[str, ...]) -> str:
    """Any of the anchors as whole words, which is what is meant where no pattern is given."""
    words = sorted(anchors, key=lambda anchor: (-len(anchor), anchor))
    return rf"(?:{'|'.join(re.escape(word) for word in words)})(?![a-z0-9])"


def _reader(entry: Phrase | Gap) -> _Reader:
    if isinstance(entry, Gap):
        return _Reader(
            entry,
            _compiled(entry.pattern),
            None,
            _compiled(entry.answer_denied),
            None,
            _compiled(entry.cleared_by),
            answer=re.compile(entry.answer or _whole(entry.answered_at)),
        )
    return _Reader(
        entry,
        re.compile(entry.pattern or _whole(entry.anchors)),
        _compiled(entry.before),
        _compiled(entry.denied_before),
        _compiled(entry.denied_after),
        _compiled(entry.cleared_by),
        _compiled(entry.lowered_by),
    )


_HERE: Final = (
    "defined as",
    "refers to",
    "following criteria",
    "following conditions",
    "of the following",
)
"""Literals by which the sentence of a condition defines its own words."""
_MEANS: Final = re.compile(
    r"[\"')]{0,2} (?:[a-z]{2,12} )?(?:is|are) defined|"
    r"[\"')]{0,2} (?:means?|refers? to)\b"
)
_PHRASE_READERS: Final = tuple(_reader(phrase) for phrase in PHRASES)
_GAP_READERS: Final = tuple(_reader(gap) for gap in GAPS)
_TERM_PATTERNS: Final = tuple(re.compile(rf"\b(?:{term.forms})") for term in TERMS)


def phrases_found(rules: RuleText) -> list[Finding]:
    """Every phrase of the table, in the table's order, then the text's."""
    found: list[Finding] = []
    for reader in _PHRASE_READERS:
        found += _phrase_found(rules, reader)
    return found


def _phrase_found(rules: RuleText, reader: _Reader) -> list[Finding]:
    entry, folded = reader.entry, rules.folded
    assert isinstance(entry, Phrase)
    places = _places(folded, entry.anchors)
    if not places or any(literal in folded for literal in entry.cleared_in_text):
        return []
    lowered_by_text = any(literal in folded for literal in entry.lowered_in_text)
    found: list[Finding] = []
    last = 0
    for at in places:
        span = _evidence(folded, reader, at)
        if span is None or span[0] < last or rules.linked(span[0]):
            continue
        near = rules.near(span[0], span[1], REACH)
        if entry.definable and _defined_elsewhere(rules, span):
            continue
        if reader.cleared_by is not None and reader.cleared_by.search(near):
            continue
        if _denied(rules, reader, span):
            continue
        lowered = lowered_by_text or (
            reader.lowered_by is not None and reader.lowered_by.search(near) is not None
        )
        because = entry.because if lowered else ""
        found.append(Finding(entry.code, span[0], span[1], lowered, because))
        last = span[1]
        if len(found) == MOST:
            break
    return found


def _denied(rules: RuleText, reader: _Reader, span: tuple[int, int]) -> bool:
    """Whether a negation stands right before or right after these words, in their sentence."""
    low, high = rules.sentence(span[0])
    before, after = reader.denied_before, reader.denied_after
    if before is not None and before.search(rules.folded, max(low, span[0] - BACK), span[0]):
        return True
    return after is not None and after.match(rules.folded, span[1], high) is not None


def _defined_elsewhere(rules: RuleText, span: tuple[int, int]) -> bool:
    """Whether another place says what the words of `span` mean."""
    words = rules.folded[span[0] : span[1]]
    at = rules.folded.find(words)
    looks = 0
    while at >= 0 and looks < LOOKS // 4:
        after = rules.folded[at + len(words) : at + len(words) + 40]
        if _MEANS.match(after):
            return True
        looks += 1
        at = rules.folded.find(words, at + len(words))
    return False


def _places(folded: str, anchors: tuple[str, ...]) -> list[int]:
    """Ascending offsets at which an anchor begins a word, at most `LOOKS` for each anchor."""
    places: list[int] = []
    for anchor in anchors:
        # Most anchors are absent, and `in` says so at half the cost of `find`.
        if anchor not in folded:
            continue
        at = folded.find(anchor)
        looks = 0
        while at >= 0 and looks < LOOKS:
            if at == 0 or not folded[at - 1].isalnum() or not anchor[0].isalnum():
                places.append(at)
            looks += 1
            at = folded.find(anchor, at + len(anchor))
    places.sort()
    return places


def _evidence(folded: str, reader: _Reader, at: int) -> tuple[int, int] | None:
    assert reader.pattern is not None
    match = reader.pattern.match(folded, at)
    if match is None:
        return None
    start = at
    if reader.before is not None:
        lead = reader.before.search(folded, max(0, at - BACK), at)
        if lead is not None:
            start = lead.start() + len(lead[0]) - len(lead[0].lstrip())
        elif isinstance(reader.entry, Phrase) and reader.entry.needs_before:
            return None
    end = match.end()
    while end > at and folded[end - 1] in " \n":
        end -= 1
    return start, end


def gaps_found(rules: RuleText) -> list[Finding]:
    """What the text asks for and does not answer; the evidence is the sentence that asks."""
    found = []
    for reader in _GAP_READERS:
        entry = reader.entry
        assert isinstance(entry, Gap)
        at = _asked(rules, reader)
        if at is None or _answered(rules, reader, entry):
            continue
        start, end = rules.sentence(at)
        lowered = any(literal in rules.folded for literal in entry.lowered_in_text)
        because = entry.because if lowered else ""
        found.append(Finding(entry.code, start, end, lowered, because))
    return found


def _answered(rules: RuleText, reader: _Reader, entry: Gap) -> bool:
    """Whether the text answers it anywhere."""
    if any(literal in rules.folded for literal in entry.answered_by):
        return True
    for at in _places(rules.folded, entry.answered_at):
        if reader.answer is None or reader.answer.match(rules.folded, at) is None:
            continue
        if reader.denied_before is None:
            return True
        low, _ = rules.sentence(at)
        if reader.denied_before.search(rules.folded, max(low, at - BACK), at) is None:
            return True
    return False


def _asked(rules: RuleText, reader: _Reader) -> int | None:
    """Where the text asks for it: the first place of an anchor, or the first condition."""
    if not reader.entry.anchors:
        return rules.condition()
    for at in _places(rules.folded, reader.entry.anchors):
        if rules.linked(at):
            continue
        if reader.pattern is not None and reader.pattern.match(rules.folded, at) is None:
            continue
        if reader.cleared_by is not None and reader.cleared_by.search(rules.near(at, at, REACH)):
            continue
        return at
    return None


def terms_found(rules: RuleText) -> list[Finding]:
    """Key terms in the sentences that state the condition, unless the text defines them."""
    conditions = _conditions(rules)
    if not conditions:
        return []
    found: list[Finding] = []
    stated = "\n".join([rules.folded[low:high] for low, high in conditions])
    for term, pattern in zip(TERMS, _TERM_PATTERNS, strict=True):
        if not any(stem in stated for stem in term.stems):
            continue
        for low, high in conditions:
            match = pattern.search(rules.folded, low, high)
            if match is None or rules.linked(match.start()):
                continue
            if not _defined(rules, term, (low, high), match[0]):
                why = f"“{term.name}” is not defined"
                severity = MEDIUM if term.grave else ""
                start, end = trimmed(rules.folded, *match.span())
                found.append(Finding("undefined_term", start, end, False, why, severity))
            break
    return found


def _conditions(rules: RuleText) -> list[tuple[int, int]]:
    """The first sentences that say what resolves how, at most eight of at most 600 characters."""
    spans: list[tuple[int, int]] = []
    at = rules.folded.find("resolv")
    while at >= 0 and len(spans) < 8:
        low, high = rules.sentence(at)
        spans.append((low, min(high, low + 600)))
        at = rules.folded.find("resolv", max(high, at + 1))
    return spans


def _defined(rules: RuleText, term: Term, condition: tuple[int, int], word: str) -> bool:
    """Whether another sentence with a defining literal has the term's root or the word itself."""
    folded = rules.folded
    if any(literal in folded for literal in term.settled_by):
        return True
    for root in (term.root, word.strip(" ")):
        at = folded.find(root)
        looks = 0
        while at >= 0 and looks < LOOKS:
            if not condition[0] <= at < condition[1]:
                near = rules.near(at, at + len(root), REACH)
                if any(literal in near for literal in DEFINING):
                    return True
            looks += 1
            at = folded.find(root, at + len(root))
    sentence = folded[condition[0] : condition[1]]
    return any(literal in sentence for literal in _HERE)
