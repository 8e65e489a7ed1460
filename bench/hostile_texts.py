"""Texts that are made to be slow to read: one phrase again and again, and all phrases mixed.

Every word that the reader looks for is in them, so that it looks closely everywhere.
"""

from random import Random
from typing import Final

from pmcore.sweep.rules_table import GAPS, PHRASES, TERMS

ANCHORS: Final = [anchor for entry in (*PHRASES, *GAPS) for anchor in entry.anchors]
STEMS: Final = [stem for term in TERMS for stem in term.stems]
REPEATED: Final = {
    "letter": "a", "dots": ". ", "lines": "a\n", "short sentences": "aa. ", "digits": "1",
    "clocks": "11:59 pm ", "colons": "1:", "dates": "by may 1 ", "quotes": '"',
    "consensus": "a consensus of ", "announced": "announced ",
    "open": "market will remain open until ", "resolve": "resolve ",
    "conditions": "resolve reaches $1 captures ",
    "links": "https://a ", "candidates": "candidates " + "a " * 44 + "may be added ",
    "unicode": "İ“”—é", "both": "both the a b c d ", "between": "between 1 and ",
    "major": "major x", "sources": "resolution source ", "capitals": "EST ",
    "lower est": "est ",
    "nested": "((((", "zones": "EST 1:00 ", "unseen": "\u200ba\u00ad",
    "denied": "not be in the no one may not our discretion will not may decide ",
}  # fmt: skip


def hostile_texts(length: int) -> dict[str, str]:
    """The texts by name, each of so many characters; the same every time."""
    texts = {
        name: (piece * (length // len(piece) + 1))[:length] for name, piece in REPEATED.items()
    }
    words = [*ANCHORS, *STEMS]
    shuffled = Random(7)
    mixed = (
        shuffled.choice(words) + shuffled.choice([" ", ". ", "\n", ", "])
        for _ in range(length // 5)
    )
    often = length // 1_000
    texts["anchors"] = " ".join(words * often)[:length]
    texts["anchor sentences"] = ". ".join(words * often)[:length]
    texts["one term"] = ("It will resolve if captures. " + "captur " * length)[:length]
    texts["random"] = "".join(mixed)[:length]
    return texts
