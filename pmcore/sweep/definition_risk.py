"""How contestable a rule text is: a score, and flags with the very words that raise them.

    score = 1 - prod over flags of (1 - weight)

so a text without flags scores 0, each flag adds to what is left, and no text leaves [0, 1]. A flag
weighs as much as the gravest of its places; more places of one kind do not add.
"""

from typing import Final

import msgspec

from pmcore.sweep.rule_codes import CODES
from pmcore.sweep.rule_entries import LOWERED, SEVERITIES, Code, Finding
from pmcore.sweep.rule_invisible import seen_text
from pmcore.sweep.rule_reading import gaps_found, phrases_found, terms_found
from pmcore.sweep.rule_text import RuleText, rule_text, trimmed
from pmcore.sweep.rule_times import times_found

MEDIUM_WEIGHT: Final = 0.12
"""Weight of a low code's finding that its entry calls medium."""
SHORTEST_CUT: Final = 120
"""A text shorter than this may lack its last full stop without having been cut off."""


class Flag(msgspec.Struct, frozen=True):
    """One kind of doubt about a text.

    `evidence_spans` are `(start, end)` offsets into the original text in Unicode code points (what
    Python counts, not UTF-16 units), ascending and disjoint, `0 <= start < end <= len(text)`. A
    flag about something missing marks the whole sentence that asks for it; only an empty text
    has the span (0, 0).
    """

    code: str
    severity: str
    """`low`, `medium` or `high`."""
    weight: float
    evidence_spans: tuple[tuple[int, int], ...]
    explanation: str


class DefinitionRisk(msgspec.Struct, frozen=True):
    """The score in [0, 1], rounded to 6 decimals, and the flags in the order of the codes."""

    score: float
    flags: tuple[Flag, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the flags, in order."""
        return tuple(flag.code for flag in self.flags)


def definition_risk(text: str) -> DefinitionRisk:
    """Read `text` by the rules table; same text, same result; linear time; never raises."""
    findings = _findings(text)
    flags = []
    left = 1.0
    for code in CODES:
        own = [finding for finding in findings if finding.code == code.name]
        if own:
            flags.append(_flag(code, own))
            left *= 1.0 - flags[-1].weight
    return DefinitionRisk(round(1.0 - left, 6), tuple(flags))


def _findings(text: str) -> list[Finding]:
    seen = seen_text(text)
    if not seen.text.strip():
        return [Finding("missing_rules", 0, len(text) if text.strip() else 0)]
    rules = rule_text(seen.text)
    found = phrases_found(rules) + gaps_found(rules) + terms_found(rules)
    found += times_found(rules) + _cut_off(rules)
    return [seen.original(finding) for finding in found]


def _flag(code: Code, findings: list[Finding]) -> Flag:
    """Join the findings of one code: the gravest decides severity, weight and explanation."""
    graded = [(*_grade(code, finding), finding) for finding in findings]
    weight, severity, gravest = max(graded, key=lambda entry: entry[0])
    note = gravest.because
    explanation = f"{code.why} Lowered: {note}." if gravest.lowered and note else code.why
    if note and not gravest.lowered:
        notes = dict.fromkeys(f.because for f in findings if f.because and not f.lowered)
        explanation = f"{code.why} Here {'; '.join(notes)}."
    return Flag(code.name, severity, weight, _joined(findings), explanation)


def _grade(code: Code, finding: Finding) -> tuple[float, str]:
    """Weight and severity of one finding."""
    severity, weight = code.severity, code.weight
    if finding.severity and finding.severity != severity:
        severity, weight = finding.severity, MEDIUM_WEIGHT
    if finding.lowered:
        severity = SEVERITIES[max(SEVERITIES.index(severity) - 1, 0)]
        weight = round(weight * LOWERED, 6)
    return weight, severity


def _joined(findings: list[Finding]) -> tuple[tuple[int, int], ...]:
    """The spans in ascending order, overlapping ones made one."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted((finding.start, finding.end) for finding in findings):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return tuple(spans)


def _cut_off(rules: RuleText) -> list[Finding]:
    """Whether a text of some length ends without the end of a sentence, a link or a list."""
    start, end = trimmed(rules.text, 0, len(rules.text))
    if end - start < SHORTEST_CUT or rules.folded[end - 1] in ".!?)\"':;]…|*-":
        return []
    low, high = rules.sentence(end - 1)
    last = rules.folded[low:high]
    closed = last.endswith("50-50") or rules.text[low:high].rpartition(" ")[2].isupper()
    if closed or "http" in last or "www." in last or "com/" in last:
        return []
    return [Finding("text_cut_off", low, high)]
