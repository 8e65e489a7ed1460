"""The whole rules table: every phrase, gap and term in the order in which they are read."""

from typing import Final

from pmcore.sweep.rule_entries import Gap, Phrase, Term
from pmcore.sweep.rules_gaps import GAPS as ASKED
from pmcore.sweep.rules_sources import SOURCES
from pmcore.sweep.rules_terms import TERMS as WORDS
from pmcore.sweep.rules_wording import DECIDING

PHRASES: Final[tuple[Phrase, ...]] = DECIDING + SOURCES
GAPS: Final[tuple[Gap, ...]] = ASKED
TERMS: Final[tuple[Term, ...]] = WORDS

COMPUTED: Final = {
    "missing_rules": ("", "An empty text."),
    "missing_time_zone": (
        "It closes on May 1, 2031, at 9:00 PM.",
        "It closes on May 1, 2031, at 9:00 PM ET.",
    ),
    "ambiguous_time_zone": ("It closes at 9:00 PM EST.", "It closes at 9:00 PM ET."),
    "missing_deadline": (
        "It resolves to Yes if the bridge opens.",
        "It resolves to Yes if the bridge opens by May 1, 2031.",
    ),
    "deadline_elsewhere": (
        "It resolves to Yes if it opens by the listed date, 9:00 PM ET.",
        "It resolves to Yes if it opens by May 1, 2031, 9:00 PM ET.",
    ),
    "date_without_time": (
        "It resolves to Yes if it opens by May 1, 2031.",
        "It resolves to Yes if it opens by May 1, 2031, 9:00 PM ET.",
    ),
    "text_cut_off": (
        "It resolves to Yes if the bridge opens to every kind of traffic, in both directions and "
        "without tolls, by May 1, 2031, 9:00 PM ET, and the mayor",
        "It resolves to Yes if the bridge opens by May 1, 2031, 9:00 PM ET.",
    ),
    "undefined_term": (
        "It will resolve to Yes if a ceasefire begins.",
        "It will resolve to Yes if a ceasefire begins. A ceasefire is defined as a day of quiet.",
    ),
}
"""Codes found by a procedure instead of a phrase: a text that has it, a text that has it not."""
