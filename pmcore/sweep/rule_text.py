"""A rule text made ready for reading: folded letter for letter, and cut into sentences.

Folding never moves an offset: each character becomes exactly one, so a span found in the folded
text is a span of the original. That rules out Unicode normalisation and plain `str.lower` (which
makes two characters of one, U+0130).
"""

import re
from bisect import bisect_right
from typing import Final

import attrs

# Quotes, dashes and spaces that the venue's authors mix freely.
SAME: Final = (
    ("\u0130", "i"),
    ("\u201c", '"'),
    ("\u201d", '"'),
    ("\u2018", "'"),
    ("\u2019", "'"),
    ("\u2013", "-"),
    ("\u2014", "-"),
    ("\u2011", "-"),
    ("\u00a0", " "),
    ("\u202f", " "),
    ("\t", " "),
    ("\r", "\n"),
)

# Only after two characters of text: a row of dots or a single letter (U.S., e.g.) ends nothing.
_ENDS: Final = re.compile(r"(?<=[\w\"')\]%]{2})[.!?][\"')\]]{0,3}(?=\s)")
_LINK: Final = re.compile(r"https?://[^\s<>\")\]]{1,400}")
_SHORT: Final = (
    "inc",
    "vs",
    "st",
    "no",
    "lt",
    "gen",
    "sen",
    "gov",
    "dr",
    "mr",
    "ltd",
    "corp",
    "etc",
)
"""Words whose full stop ends no sentence."""


@attrs.frozen(eq=False)
class RuleText:
    """A text, its folded twin of the same length, and where its sentences begin."""

    text: str
    folded: str
    starts: tuple[int, ...]
    """Ascending offsets; the first is 0. A sentence runs to the next start or line, or the end."""
    links: tuple[tuple[int, int], ...]
    """Ascending spans of web addresses, whose words are not the text's."""

    def sentence(self, at: int) -> tuple[int, int]:
        """`(start, end)` of the sentence around offset `at`, without the space around it."""
        index = bisect_right(self.starts, at) - 1
        start = self.starts[index]
        end = self.starts[index + 1] if index + 1 < len(self.starts) else len(self.text)
        start = max(start, self.folded.rfind("\n", start, at) + 1)
        line = self.folded.find("\n", at, end)
        end = line if line >= 0 else end
        return trimmed(self.folded, start, end)

    def condition(self) -> int:
        """Offset of the first "resolve", or of the first letter of a text that has none."""
        at = self.folded.find("resolve")
        return at if at >= 0 else len(self.text) - len(self.text.lstrip())

    def linked(self, at: int) -> bool:
        """Whether offset `at` lies inside a web address."""
        index = bisect_right(self.links, (at, len(self.text))) - 1
        return index >= 0 and at < self.links[index][1]

    def near(self, start: int, end: int, reach: int) -> str:
        """The folded sentence around a span, at most `reach` characters to either side."""
        low, high = self.sentence(start)
        return self.folded[max(low, start - reach) : max(end, min(high, end + reach))]


def rule_text(text: str) -> RuleText:
    """Fold and cut `text`; any `str` is accepted, lone surrogates too. Linear in its length."""
    folded = fold(text)
    starts = [0]
    for match in _ENDS.finditer(folded):
        at, end = match.span()
        # "etc.) will" goes on: a sentence does not begin with a small letter.
        goes_on = text[end + 1 : end + 2].islower()
        if not goes_on and not (folded[at] == "." and _abbreviates(folded, at)):
            starts.append(end)
    links: tuple[tuple[int, int], ...] = ()
    if "://" in folded:
        links = tuple(match.span() for match in _LINK.finditer(folded))
    return RuleText(text, folded, tuple(starts), links)


def fold(text: str) -> str:
    """Lower case with plain quotes and dashes; `len(fold(t)) == len(t)` for every `t`."""
    for odd, plain in SAME:
        if odd in text:
            text = text.replace(odd, plain)
    return text.lower()


def _abbreviates(folded: str, at: int) -> bool:
    """Whether the full stop at `at` belongs to a letter or a short word before it."""
    word = folded[max(0, at - 5) : at].rpartition(" ")[2].rpartition(".")[2].lstrip("(\"'")
    return len(word) <= 1 or word in _SHORT


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space at its ends; `(start, start)` if there is nothing else."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    if left == len(piece):
        return start, start
    return start + left, start + len(piece.rstrip())
