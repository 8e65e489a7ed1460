"""Clock times, zones, dates and deadlines in a rule text, and what is missing among them."""

import re
from itertools import islice
from typing import Final

from pmcore.sweep.rule_entries import Finding
from pmcore.sweep.rule_text import RuleText

MOST: Final = 16
"""Findings of one kind after which the rest of a text adds nothing."""

# These two begin with plain characters, which is what lets the search run fast; that they begin a
# word is seen to afterwards.
_CLOCK: Final = re.compile(
    r"\d{1,2}(?::\d\d(?::\d\d)?(?: ?[ap]\.?m\b)?| ?[ap]\.?m\b)|"
    r"(?:at|by|before|after|until) (?:noon|midnight)\b"
)
# Upper case only: "et" and "est" are words of other languages.
_ZONE: Final = re.compile(
    r"\b(?:ET|E[SD]T|CT|C[SD]T|MT|M[SD]T|PT|P[SD]T|UTC|GMT|BST|CES?T|I[SD]T|JST|KST|HKT|AE[SD]T|MSK|"
    r"EES?T|SGT|AK[SD]T|TRT|BRT|ART)\b|\b[Tt]ime ?[Zz]one\b|\b(?:Eastern|Pacific|Central|Mountain|"
    r"Beijing|Moscow|London|Tokyo|Kyiv)(?: (?:Standard|Daylight|Summer))? [Tt]ime\b|"
    r"\b[Ll]ocal time\b|\d[Zz]\b"
)
# Right after a clock time a word that means something else elsewhere can only be a zone.
_ZONE_NEXT: Final = re.compile(
    r"[ ,(]{0,2}(?:(?:u\.?s\.? )?(?:eastern|pacific|central|mountain)|"
    r"et|e[sd]t|ct|c[sd]t|mt|m[sd]t|pt|p[sd]t|utc|gmt|wib|wita|wit|pht|ict|gst|pkt|"
    r"nz[sd]t|awst|ac[sd]t|sast|eat|wat|cat|ast|hst)\b"
)
_BEFORE_OFFSET: Final = re.compile(r"t\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?[+-]$")
_AMBIGUOUS: Final = re.compile(
    r"\b(?:local time(?! in)|(?:(?![ap]m )[a-z]+ )?local time\b|[ecmp]st\b|ist\b|bst\b)"
)
_AMBIGUOUS_ZONES: Final = ("EST", "CST", "MST", "PST", "IST", "BST")
_SEASONAL: Final = ("est", "cst", "mst", "pst")
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY: Final = (
    rf"(?:{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}(?![a-z])|"
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4})"
)
_DATE: Final = re.compile(rf"({_DAY})(?:,? \d{{4}}\b)?")
_DUE: Final = re.compile(
    r"\b(?:by|before|until|through|prior to|no later than|(?:postponed|delayed|rescheduled|moved) "
    r"(?:after|beyond|until|past)) (?:the end of )?$"
)
_AFTER_DEADLINE: Final = re.compile(
    rf"[ ,(]{{0,3}}(?:at )?(?:{_CLOCK.pattern})|[ ,(]{{0,3}}(?:e[sd]?t|utc|gmt|eastern)\b|"
    r"t\d\d:\d\d"
)
_ELSEWHERE: Final = (
    "specified date", "listed date", "date specified", "specified in the title",
    "date in the title", "specified end date", "listed end date", "title's date", "date listed",
)  # fmt: skip
_ELSEWHERE_WEAK: Final = (
    "end date", "resolution date", "resolution time", "market's timeframe", "market's expiration",
    "market creation", "market's inception", "in the title", "expiration date", "this timeframe",
)  # fmt: skip
_YEAR: Final = re.compile(r"\b20\d\d\b")


def times_found(rules: RuleText) -> list[Finding]:
    """Findings about zones, dates and deadlines, in the order of the text within each kind."""
    clocks = _words(_CLOCK, rules.folded)
    found = _zones_missing(rules, clocks)
    found += _zones_ambiguous(rules)
    dates = _words(_DATE, rules.folded)
    found += _elsewhere(rules, bool(dates))
    if not dates and not any(finding.code == "deadline_elsewhere" for finding in found):
        found.append(_undated(rules))
    return found + _days_without_hour(rules, dates)


def _words(pattern: re.Pattern[str], folded: str) -> list[re.Match[str]]:
    """The first matches that begin a word; a text's first few dozen times say enough."""
    return [
        match
        for match in islice(pattern.finditer(folded), 4 * MOST)
        if match.start() == 0 or not folded[match.start() - 1].isalnum()
    ]


def _zones_missing(rules: RuleText, clocks: list[re.Match[str]]) -> list[Finding]:
    found: list[Finding] = []
    anywhere: bool | None = None
    for match in clocks:
        start, end = match.span()
        low, high = rules.sentence(start)
        # Mostly the zone follows at once; the whole sentence is the second place to look.
        if _ZONE.search(rules.text, end, min(high, end + 12)) or _ZONE.search(
            rules.text, max(low, start - 80), min(high, end + 80)
        ):
            continue
        if _ZONE_NEXT.match(rules.folded, end) or _BEFORE_OFFSET.search(
            rules.folded, max(0, start - 24), start
        ):
            continue  # the second is the offset of a time in ISO form
        if anywhere is None:
            anywhere = _ZONE.search(rules.text) is not None
        because = "a zone is named elsewhere in the text" if anywhere else ""
        found.append(Finding("missing_time_zone", start, end, anywhere, because))
        if len(found) == MOST:
            break
    return found


def _zones_ambiguous(rules: RuleText) -> list[Finding]:
    if (
        not any(zone in rules.text for zone in _AMBIGUOUS_ZONES)
        and "local time" not in rules.folded
    ):
        return []
    found = []
    for match in _AMBIGUOUS.finditer(rules.folded):
        start, end = match.span()
        word = match[0]
        # Zones are written in capitals; anything else is an ordinary word.
        if len(word) <= 3 and not rules.text[start:end].isupper():
            continue
        if word in _SEASONAL or word in ("ist", "bst"):
            why = "the same letters stand for other hours in another season or country"
        else:
            why = "whose local time is for the reader to guess unless a place is named"
        found.append(Finding("ambiguous_time_zone", start, end, False, why))
        if len(found) == MOST:
            break
    return found


def _elsewhere(rules: RuleText, dated: bool) -> list[Finding]:
    words = _ELSEWHERE if dated else _ELSEWHERE + _ELSEWHERE_WEAK
    spans: list[tuple[int, int]] = []
    for word in words:
        if word not in rules.folded:
            continue
        at = rules.folded.find(word)
        while at >= 0 and len(spans) < 4 * MOST:
            spans.append((at, at + len(word)))
            at = rules.folded.find(word, at + len(word))
    found: list[Finding] = []
    last = -1
    for start, end in sorted(spans):
        if start >= last and len(found) < MOST:
            found.append(Finding("deadline_elsewhere", start, end))
            last = end
    return found


def _undated(rules: RuleText) -> Finding:
    """No date at all: the sentence that says when it resolves, else the first one, is evidence."""
    start, end = rules.sentence(rules.condition())
    year = _YEAR.search(rules.folded)
    because = "a year or season is named" if year else ""
    return Finding("missing_deadline", start, end, year is not None, because)


def _days_without_hour(rules: RuleText, dates: list[re.Match[str]]) -> list[Finding]:
    """Deadlines without a clock time, unless the same day has one elsewhere."""
    found: list[Finding] = []
    bare: list[tuple[int, int, str]] = []
    timed: list[str] = []
    for match in dates:
        if _AFTER_DEADLINE.match(rules.folded, match.end()):
            timed.append(match[1])
            continue
        due = _DUE.search(rules.folded, max(0, match.start() - 40), match.start())
        if due is not None:
            bare.append((due.start(), match.end(), match[1]))
    for start, end, day in bare:
        if day not in timed and len(found) < MOST:
            found.append(Finding("date_without_time", start, end))
    return found
