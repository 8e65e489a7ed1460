"""What an entry of the rules table is: a code's meaning, a phrase, a gap, a term.

Patterns are written for the folded text (`rule_text.fold`) and are matched only where an anchor, a
plain literal, was found; every repeat in them is bounded. So reading is linear in the text's
length, whatever the text.
"""

from typing import Final

import attrs

LOW: Final = "low"
MEDIUM: Final = "medium"
HIGH: Final = "high"
SEVERITIES: Final = (LOW, MEDIUM, HIGH)
LOWERED: Final = 0.4
"""A lowered flag keeps this share of its weight and is one step less severe."""


@attrs.frozen
class Code:
    """One way in which a rule text can be contested.

    `weight` in (0, 1] is what the flag alone would make of the score.
    """

    name: str
    severity: str
    weight: float
    why: str
    """One sentence for the reader: what can go wrong for who holds the side that looks safe."""


@attrs.frozen
class Phrase:
    """Words that raise a flag where they stand.

    `pattern` is matched from the anchor's first character on; empty means the anchor as a whole
    word or words. `before` must end right before the anchor and becomes part of the evidence; it
    is optional unless `needs_before`. `cleared_by` in the same sentence: no flag. `lowered_by` in
    the same sentence, or one of `lowered_in_text` anywhere: one step lower.

    A negation clears only where it belongs to these very words: `denied_before` must end where the
    evidence begins, `denied_after` begin where it ends. A "not" somewhere in the sentence is
    mostly about something else ("if it is not played, we may decide").
    """

    code: str
    anchors: tuple[str, ...]
    pattern: str = ""
    before: str = ""
    needs_before: bool = False
    denied_before: str = ""
    denied_after: str = ""
    cleared_by: str = ""
    cleared_in_text: tuple[str, ...] = ()
    lowered_by: str = ""
    lowered_in_text: tuple[str, ...] = ()
    because: str = ""
    """Why `lowered_by` lowers, for the reader."""
    definable: bool = False
    """Whether the found words may be defined elsewhere in the text, which clears them."""
    hits: tuple[str, ...] = ()
    """Sentences of ours that must raise the flag at its full severity."""
    lowered: tuple[str, ...] = ()
    """Sentences that must raise it one step lower."""
    misses: tuple[str, ...] = ()
    """Sentences that must not raise it."""


@attrs.frozen
class Gap:
    """Something that a text asks for and does not answer.

    It is asked where an anchor stands (with `pattern` matched from there), or always without
    anchors; `answered_by` literals anywhere answer it. The evidence is the whole asking sentence.

    `answered_at` literals answer it only where they begin a word, `answer` matches from there on,
    and `answer_denied` does not end right before them ("no designated resolution source").
    """

    code: str
    anchors: tuple[str, ...] = ()
    pattern: str = ""
    cleared_by: str = ""
    answered_by: tuple[str, ...] = ()
    answered_at: tuple[str, ...] = ()
    answer: str = ""
    answer_denied: str = ""
    lowered_in_text: tuple[str, ...] = ()
    because: str = ""
    hits: tuple[str, ...] = ()
    lowered: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()


@attrs.frozen
class Term:
    """A word on which the outcome turns, unless the text says what it means.

    `forms` is a pattern of the word's forms, looked for where one of the `stems` is; `root` is a
    literal found in any sentence that defines it; a `settled_by` literal anywhere defines it in
    another way.
    """

    name: str
    stems: tuple[str, ...]
    forms: str
    root: str
    grave: bool = False
    """Whether reporters and voters are known to differ about the word: medium, else low."""
    settled_by: tuple[str, ...] = ()
    hits: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()


@attrs.frozen
class Finding:
    """One place where an entry applies; offsets into the text, `start < end` unless it is empty."""

    code: str
    start: int
    end: int
    lowered: bool = False
    because: str = ""
    """Why it is lowered, or what it is about."""
    severity: str = ""
    """Overrules the code's own severity; empty keeps it."""
