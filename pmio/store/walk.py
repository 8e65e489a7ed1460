"""Walks over one generation of scores: filters, orders and cursors.

The first page picks the newest finished generation, and the cursor carries it on: all pages of a
walk come from the same rows, whatever is scored meanwhile. Every filter and every order is over
columns of that generation (or over titles, which do not change), so nothing is skipped and nothing
comes twice. A generation stays for some minutes; a walk that pauses longer is told `WalkExpired`
and begins anew.
"""

import base64
import hashlib
import math
from typing import Final

import msgspec

SORTS: Final = {
    "score": ("overall_score", "DESC"),
    "risk": ("risk_score", "ASC"),
    "close_time": ("close_time_ns", "ASC"),
    "net_yield": ("net_yield", "DESC"),
    "yield_velocity": ("yield_velocity", "DESC"),
    "liquidity": ("liquidity_score", "DESC"),
}
"""Order -> column and direction; the market id breaks ties in the same direction."""
LIMIT_MAX: Final = 1_000
INTEGER_MAX: Final = 2**63 - 1
"""Beyond it neither database has an integer."""
STRANGE: Final = "not a cursor of this service"


class CursorError(ValueError):
    """The cursor is not one of ours, or belongs to a walk with other filters or another order."""


class WalkExpired(Exception):  # noqa: N818 - it is an outcome
    """The generation that the walk began with is gone; begin again without a cursor."""


class OpportunityQuery(msgspec.Struct, frozen=True):
    """What to list, in which order. None and empty mean no filter."""

    sort: str = "score"
    min_score: float | None = None
    max_risk_score: float | None = None
    max_t_remaining_sec: float | None = None
    has_flags: tuple[str, ...] = ()
    """Codes of which at least one must be there."""
    lacks_flags: tuple[str, ...] = ()
    """Codes of which none may be there."""
    flagged: bool | None = None
    """Whether there is any flag at all."""
    search: str = ""
    """All of its words must occur in the title, the event or the slug."""
    category: str = ""
    side: int | None = None
    stale: bool | None = None
    recommended: bool | None = None
    limit: int = 50
    cursor: str = ""


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a walk stands: after this row of this generation."""

    generation: int
    digest: str
    value: float | int
    market_id: str

    @property
    def storable(self) -> bool:
        """Whether both databases can compare with it: anybody can write a cursor of his own."""
        whole = isinstance(self.value, int)
        return (
            0 <= self.generation <= INTEGER_MAX
            and (abs(self.value) <= INTEGER_MAX if whole else math.isfinite(self.value))
            and "\x00" not in self.market_id
        )


def cursor_of(position: Position) -> str:
    """The position as a short text that is safe in a URL."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def position_of(query: OpportunityQuery) -> Position | None:
    """The position that the query's cursor names, None at the start. Raises CursorError."""
    if not query.cursor:
        return None
    try:
        padded = query.cursor + "=" * (-len(query.cursor) % 4)
        text = base64.urlsafe_b64decode(padded.encode("ascii"))
        position = msgspec.json.decode(text, type=Position)
    except (ValueError, msgspec.MsgspecError):
        raise CursorError(STRANGE) from None
    if not position.storable:
        raise CursorError(STRANGE)
    if position.digest != digest_of(query):
        raise CursorError("the cursor belongs to a walk with other filters or another order")
    return position


def digest_of(query: OpportunityQuery) -> str:
    """What must stay the same during a walk: everything but the limit and the cursor."""
    fixed = msgspec.structs.replace(query, limit=0, cursor="")
    return hashlib.sha256(msgspec.json.encode(fixed)).hexdigest()[:12]


def conditions(query: OpportunityQuery) -> tuple[list[str], dict[str, object]]:
    """The filters as SQL over `s` (scores), `r` (recommendations) and `m` (markets)."""
    found: list[str] = []
    values: dict[str, object] = {}

    def demand(condition: str, **more: object) -> None:
        found.append(condition)
        values.update(more)

    if query.min_score is not None:
        demand("s.overall_score >= :min_score", min_score=query.min_score)
    if query.max_risk_score is not None:
        demand("s.risk_score <= :max_risk", max_risk=query.max_risk_score)
    if query.max_t_remaining_sec is not None:
        demand("s.t_remaining_sec <= :max_t", max_t=query.max_t_remaining_sec)
    if query.has_flags:
        either = []
        for at, code in enumerate(query.has_flags):
            either.append(f"s.flag_codes LIKE :has{at} ESCAPE '!'")
            values[f"has{at}"] = f"%|{_literal(code)}|%"
        found.append(f"({' OR '.join(either)})")
    for at, code in enumerate(query.lacks_flags):
        values[f"lacks{at}"] = f"%|{_literal(code)}|%"
        found.append(f"s.flag_codes NOT LIKE :lacks{at} ESCAPE '!'")
    if query.flagged is not None:
        found.append(f"s.flag_codes {'<>' if query.flagged else '='} ''")
    for at, word in enumerate(query.search.casefold().split()):
        values[f"word{at}"] = f"%{_literal(word)}%"
        found.append(f"m.search_text LIKE :word{at} ESCAPE '!'")
    if query.category:
        demand("m.category = :category", category=query.category)
    if query.side is not None:
        demand("r.side = :side", side=query.side)
    if query.stale is not None:
        demand("s.stale = :stale", stale=int(query.stale))
    if query.recommended is not None:
        demand("r.recommended = :recommended", recommended=int(query.recommended))
    return found, values


def after(sort: str, position: Position) -> tuple[str, dict[str, object]]:
    """The condition that a row comes after `position`."""
    column, direction = SORTS[sort]
    beyond = "<" if direction == "DESC" else ">"
    condition = f"(s.{column}, s.market_id) {beyond} (:after_value, :after_market)"
    return condition, {"after_value": position.value, "after_market": position.market_id}


def order(sort: str) -> str:
    """The ORDER BY of a walk."""
    column, direction = SORTS[sort]
    return f"s.{column} {direction}, s.market_id {direction}"


def _literal(text: str) -> str:
    """Text that LIKE takes letter by letter."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
