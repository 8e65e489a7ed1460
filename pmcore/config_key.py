"""One key of a configuration: how it is declared, checked and documented.

The maker's and the scanner's keys are declared alike, in trees that know nothing of each other.
"""

import re
from typing import Any, Final

import attrs

SHOWN_MAX: Final = 40
"""Characters of a value that a complaint repeats: a key of a wallet is longer than that."""


@attrs.frozen
class KeyDoc:
    """One key as documentation shows it."""

    name: str
    unit: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    default: object
    why: str


def key(
    default: Any,
    unit: str,
    why: str,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    form: str = "",
) -> Any:
    """One key: default, unit, reason, and the closed range, choices or form that are accepted.

    A text that does not have its form (a regular expression) is shown to nobody.
    """
    return attrs.field(
        default=default,
        validator=_in_range,
        metadata={
            "unit": unit,
            "why": why,
            "low": low,
            "high": high,
            "choices": choices,
            "form": form,
        },
    )


def complaint(attribute: Any, value: Any) -> str:
    """What is wrong with a value of the right type, or nothing."""
    meta = attribute.metadata
    low, high, choices = meta["low"], meta["high"], meta["choices"]
    # Written so that NaN, which compares false with everything, is refused.
    if low is not None and not low <= value <= high:
        return f"{shown(value)} is outside {low} .. {high} {meta['unit']}".rstrip()
    if choices and value not in choices:
        return f"{shown(value)} is not one of {', '.join(choices)}"
    if meta["form"] and not re.fullmatch(meta["form"], value):
        return f"not of its form, and not shown, since it may be a secret; it says {meta['why']}"
    return ""


def shown(value: object) -> str:
    """A wrong value as a complaint shows it: never so much of it that it tells a secret."""
    text = repr(value)
    return text if len(text) <= SHOWN_MAX else f"{text[:8]}… ({len(text)} characters)"


def _in_range(_: object, attribute: Any, value: Any) -> None:
    problem = complaint(attribute, value)
    if problem:
        raise ValueError(f"{attribute.name}: {problem}")
