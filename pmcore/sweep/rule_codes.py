"""The codes of definition risk: how grave each is and why it matters. Data only.

The order is the order in which flags are shown. Severities and weights are judgements, made while
reading the recorded rule texts and the published taxonomy of contested markets (source dependence,
definitional vagueness, carve-outs, disclosure timing, oracle discretion); they are no estimates.
"""

from typing import Final

from pmcore.sweep.rule_entries import HIGH, LOW, MEDIUM, Code

CODES: Final = (
    Code(
        "missing_rules", HIGH, 1.0,
        "There is no rule text: nothing says what the outcome depends on.",
    ),
    Code(
        "discretionary_settlement", HIGH, 0.35,
        "Someone may settle by their own judgement, whatever the facts look like to others.",
    ),
    Code(
        "amendable_rules", MEDIUM, 0.15,
        "The rules or the list of outcomes may be changed after a position was taken.",
    ),
    Code(
        "clarified_later", MEDIUM, 0.12,
        "The text was amended or explained after listing, so it has been in doubt before.",
    ),
    Code(
        "vague_source", MEDIUM, 0.16,
        "The outcome rests on what unnamed reporters agree on, which can be split or late.",
    ),
    Code(
        "unnamed_fallback_source", LOW, 0.06,
        "If the named source fails, another that nobody has named takes its place.",
    ),
    Code(
        "joint_confirmation", MEDIUM, 0.12,
        "Several parties must all confirm; one that stays silent can turn the outcome around.",
    ),
    Code(
        "missing_source", MEDIUM, 0.14,
        "No resolution source is named.",
    ),
    Code(
        "live_reading", LOW, 0.05,
        "The value is read off a page that changes, at one moment that cannot be read again.",
    ),
    Code(
        "missing_time_zone", MEDIUM, 0.10,
        "A clock time stands without a time zone.",
    ),
    Code(
        "ambiguous_time_zone", LOW, 0.04,
        "The zone's name means different hours in different places or seasons.",
    ),
    Code(
        "missing_deadline", MEDIUM, 0.10,
        "Neither a date nor a reference to one says when the outcome must be known.",
    ),
    Code(
        "deadline_elsewhere", LOW, 0.03,
        "The deadline stands outside this text (title, listing), which can be edited by itself.",
    ),
    Code(
        "date_without_time", LOW, 0.04,
        "A deadline is a day without an hour, so the last day itself is in doubt.",
    ),
    Code(
        "unclear_timestamp", LOW, 0.05,
        "The moment that counts is described, not dated.",
    ),
    Code(
        "undefined_delay", MEDIUM, 0.08,
        "Nothing says by when a postponed, cancelled or unfinished event is settled, or how.",
    ),
    Code(
        "undefined_reversal", LOW, 0.05,
        "Nothing says what a later revision, correction, recount or appeal does.",
    ),
    Code(
        "undefined_partial_data", LOW, 0.04,
        "Nothing says what happens if the named source is missing, incomplete or down.",
    ),
    Code(
        "split_settlement", LOW, 0.06,
        "In a named case both sides pay half: a side bought near one dollar loses half of it.",
    ),
    Code(
        "undefined_term", LOW, 0.06,
        "The outcome turns on a word that the text does not define.",
    ),
    Code(
        "vague_magnitude", MEDIUM, 0.10,
        "A matter of degree decides, without a threshold.",
    ),
    Code(
        "judgement_call", MEDIUM, 0.10,
        "Someone's intent or the true state of things decides, and it cannot be looked up.",
    ),
    Code(
        "unclear_boundary", LOW, 0.05,
        "A range of numbers does not say which side its end points fall on.",
    ),
    Code(
        "announcement_suffices", LOW, 0.05,
        "Words are enough, done or not: what counts as announcing can be argued about.",
    ),
    Code(
        "open_list", LOW, 0.04,
        "A definition ends in examples or a catch-all, so its edge is open.",
    ),
    Code(
        "missing_otherwise", LOW, 0.05,
        "The text says when one side wins but not that it loses otherwise.",
    ),
    Code(
        "text_cut_off", LOW, 0.08,
        "The text breaks off in the middle, so rules may be missing from it.",
    ),
)  # fmt: skip

CODE_NAMES: Final = tuple(code.name for code in CODES)
