"""One key of a configuration: how it is declared, checked and documented.

The maker's and the scanner's keys are declared alike, in trees that know nothing of each other.
"""

from typing import Any

import attrs


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
) -> Any:
    """One key: default, unit, reason, and the closed range or the choices that are accepted."""
    return attrs.field(
        default=default,
        validator=_in_range,
        metadata={"unit": unit, "why": why, "low": low, "high": high, "choices": choices},
    )


def complaint(attribute: Any, value: Any) -> str:
    """What is wrong with a value of the right type, or nothing."""
    meta = attribute.metadata
    low, high, choices = meta["low"], meta["high"], meta["choices"]
    # Written so that NaN, which compares false with everything, is refused.
    if low is not None and not low <= value <= high:
        return f"{value!r} is outside {low} .. {high} {meta['unit']}".rstrip()
    if choices and value not in choices:
        return f"{value!r} is not one of {', '.join(choices)}"
    return ""


def _in_range(_: object, attribute: Any, value: Any) -> None:
    problem = complaint(attribute, value)
    if problem:
        raise ValueError(f"{attribute.name}: {problem}")
