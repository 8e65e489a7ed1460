"""Characters that nobody sees: they are taken out before a text is read, and put back into spans.

One inside a word would hide the word from the reader, and not from whoever reads the page.
"""

import re
from typing import Final

import attrs

from pmcore.sweep.rule_entries import Finding

_UNSEEN: Final = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Soft hyphens, spaces and joiners without width, marks of direction."""


@attrs.frozen(eq=False)
class SeenText:
    """A text without what nobody sees, and where each of its characters stood."""

    text: str
    places: tuple[int, ...] = ()
    """Offsets into the original; empty where nothing was taken out."""

    def original(self, finding: Finding) -> Finding:
        """The same finding with its span in the original text."""
        if not self.places:
            return finding
        start, last = self.places[finding.start], self.places[finding.end - 1]
        return attrs.evolve(finding, start=start, end=last + 1)


def seen_text(text: str) -> SeenText:
    """`text` as it is seen; linear in its length."""
    if text.isascii() or _UNSEEN.search(text) is None:
        return SeenText(text)
    places = tuple(at for at, letter in enumerate(text) if _UNSEEN.match(letter) is None)
    return SeenText("".join(text[at] for at in places), places)
