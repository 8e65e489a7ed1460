"""The query parameters: one table that is read by the requests and by the description."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from pmapp.api.problems import Fault, bad_parameters
from pmcore.sweep.categories import CATEGORIES
from pmcore.sweep.rule_codes import CODE_NAMES
from pmio.store.walk import LIMIT_MAX, SORTS

NUMBER: Final = "number"
INTEGER: Final = "integer"
BOOLEAN: Final = "boolean"
TEXT: Final = "text"
CHOICE: Final = "choice"
FLAGS: Final = "flags"
"""Codes with commas between."""
ANY_FLAG: Final = {"true": True, "false": False}
SIDES: Final = ("yes", "no")
FORMATS: Final = ("json", "csv")
TEXT_MAX: Final = 200
CURSOR_MAX: Final = 512


class Parameter(msgspec.Struct, frozen=True):
    """One query parameter. `low` and `high` bound numbers, and `high` the length of texts."""

    name: str
    kind: str
    says: str
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()
    default: str = ""

    def schema(self) -> dict[str, Any]:
        """Its JSON schema."""
        shape: dict[str, Any]
        match self.kind:
            case "number" | "integer":
                shape = {"type": self.kind, "minimum": self.low, "maximum": self.high}
            case "boolean":
                shape = {"type": "boolean"}
            case "choice":
                shape = {"type": "string", "enum": list(self.choices)}
            case "flags":
                items = {"type": "string", "enum": list(self.choices)}
                shape = {"type": "array", "minItems": 1, "items": items}
            case _:
                shape = {"type": "string", "maxLength": int(self.high)}
        if self.default:
            shape["default"] = int(self.default) if self.kind == INTEGER else self.default
        return shape

    def described(self) -> dict[str, Any]:
        """Its entry in the OpenAPI description."""
        entry = {"name": self.name, "in": "query", "required": False, "description": self.says}
        if self.kind == FLAGS:
            entry |= {"style": "form", "explode": False}
        return entry | {"schema": self.schema()}


OPPORTUNITY_PARAMETERS: Final = (
    Parameter("min_score", NUMBER, "Overall score, at least.", -10.0, 10.0),
    Parameter("max_t_remaining_sec", NUMBER, "Seconds to the close, at most.", 0.0, 1e10),
    Parameter("max_risk_score", NUMBER, "Risk score, at most.", 0.0, 1.0),
    Parameter(
        "has_flags",
        FLAGS,
        "Codes of which at least one is there; or `true` for any flag, `false` for none.",
        choices=(*ANY_FLAG, *CODE_NAMES),
    ),
    Parameter("lacks_flags", FLAGS, "Codes of which none is there.", choices=CODE_NAMES),
    Parameter("q", TEXT, "Words that all occur in the title, event or slug.", high=TEXT_MAX),
    Parameter("category", CHOICE, "The market's category.", choices=CATEGORIES),
    Parameter("side", CHOICE, "The recommended side.", choices=SIDES),
    Parameter("stale", BOOLEAN, "Whether the row was scored on an old quote."),
    Parameter("recommended", BOOLEAN, "Whether anything is left after the fee."),
    Parameter("sort", CHOICE, "The order.", choices=tuple(SORTS), default="score"),
    Parameter("limit", INTEGER, "Items on a page.", 1, LIMIT_MAX, default="50"),
    Parameter("cursor", TEXT, "`next_cursor` of the page before.", high=CURSOR_MAX),
    Parameter("format", CHOICE, "Overrules the Accept header.", choices=FORMATS),
)

Pairs = Sequence[tuple[str, str]]


def values_of(table: Sequence[Parameter], pairs: Pairs) -> Mapping[str, Any]:
    """The values given, by name; raises Problem (400) with everything that is wrong.

    Unknown and repeated parameters are wrong too: a filter that is misspelt must not be dropped.
    """
    known = {parameter.name: parameter for parameter in table}
    faults: list[Fault] = []
    values: dict[str, Any] = {}
    for name, text in pairs:
        parameter = known.get(name)
        if parameter is None:
            there = ", ".join(known) or "none"
            faults.append(Fault(name[:64], f"unknown parameter; known here: {there}"))
            continue
        if name in values:
            faults.append(Fault(name, "given more than once"))
            continue
        try:
            value = _value(parameter, text)
        except ValueError as error:
            faults.append(Fault(name, str(error)))
            continue
        values[name] = value
    if faults:
        raise bad_parameters(faults)
    return values


def _value(parameter: Parameter, text: str) -> Any:
    match parameter.kind:
        case "number":
            return _number(parameter, text)
        case "integer":
            return int(_number(parameter, text))
        case "boolean":
            if text not in ANY_FLAG:
                raise ValueError("must be true or false")
            return ANY_FLAG[text]
        case "choice":
            return _choice(parameter, text)
        case "flags":
            # An empty code is none of the choices: a list of nothing would be no filter at all.
            return tuple(_choice(parameter, code) for code in text.split(","))
    if len(text) > parameter.high:
        raise ValueError(f"must not be longer than {parameter.high:.0f} characters")
    if any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in text):
        raise ValueError("must not contain control characters")
    return text


def _number(parameter: Parameter, text: str) -> float:
    whole = parameter.kind == INTEGER
    kind = "a whole number" if whole else "a number"
    try:
        # No underscores, spaces or digits of other scripts, which Python would take.
        if not text.isascii() or "_" in text or text.strip() != text:
            raise ValueError
        value = int(text) if whole else float(text)
    except ValueError:
        raise ValueError(f"must be {kind}") from None
    # Not a number is in no range, and infinity is beyond it.
    if not (parameter.low <= value <= parameter.high):
        raise ValueError(f"must be {kind} from {parameter.low:g} to {parameter.high:g}")
    return value


def _choice(parameter: Parameter, text: str) -> str:
    if text not in parameter.choices:
        raise ValueError(f"must be one of {', '.join(parameter.choices)}")
    return text
