"""Rows as values: the fields of each class are the columns of its table, in their order.

Units as in `schema`: nanoseconds, basis points, micro-shares; None where the venue said nothing.
"""

from collections.abc import Iterable

import msgspec
from msgspec.structs import astuple

from pmio.store.database import Row


class MarketRow(msgspec.Struct, frozen=True, gc=False):
    """One market of `markets`."""

    market_id: str
    """The condition id in lower case, else `VENUE-id:NUMBER`."""
    venue: str
    venue_ref: str
    """The venue's own short id, "" if it has none."""
    slug: str
    title: str
    search_text: str
    """Title, event and slug, case-folded: what a search looks through."""
    url: str
    category: str
    event_id: str
    event_title: str
    status: str
    accepting: int
    neg_risk: int
    neg_risk_group: str
    close_time_ns: int | None
    listed_ns: int | None
    tick_bp: int
    min_size: int
    fee_rate_ppm: int | None
    """None where the market's own terms are not known."""
    fee_exponent: int | None
    fee_price_weighted: int
    resolution_source: str
    liquidity_usd: float | None
    volume_usd: float | None
    seen_ns: int


class OutcomeRow(msgspec.Struct, frozen=True, gc=False):
    """One outcome of a market; position 0 is the side called "yes" elsewhere."""

    market_id: str
    position: int
    name: str
    token_id: str
    listed_price: float | None


class QuoteRow(msgspec.Struct, frozen=True, gc=False):
    """The best prices of both sides, and what a buy of the reference size would pay."""

    market_id: str
    as_of_ns: int
    yes_bid_bp: int | None = None
    yes_ask_bp: int | None = None
    no_bid_bp: int | None = None
    no_ask_bp: int | None = None
    yes_bid_size: int | None = None
    yes_ask_size: int | None = None
    no_bid_size: int | None = None
    no_ask_size: int | None = None
    yes_vwap_bp: float | None = None
    """Average over the asks for the reference size; None where the depth is not known."""
    no_vwap_bp: float | None = None
    yes_fill_ratio: float | None = None
    """Share of the reference size that the asks hold."""
    no_fill_ratio: float | None = None


class RulesRow(msgspec.Struct, frozen=True, gc=False):
    """The latest text of a market's rules, and what the parser found in it."""

    market_id: str
    version: int
    sha256: str
    seen_ns: int
    parser: str
    """Digest of the parser's tables: another digest means that the text is to be read again."""
    definition_risk: float
    flag_codes: str
    """`|code|code|` in the order of the flags, "" without any: what `has_flags` looks for."""
    characters: int
    """Length of the text."""
    flags: str
    """JSON: a list of {code, severity, weight, evidence_spans, explanation}."""
    text: str


class RulesKnown(msgspec.Struct, frozen=True, gc=False):
    """What is known of a market's text without reading it."""

    market_id: str
    sha256: str
    parser: str
    version: int


class QuoteTarget(msgspec.Struct, frozen=True, gc=False):
    """A market to be quoted, and where the walk over all of them stands."""

    market_id: str
    close_time_ns: int


class PutCount(msgspec.Struct, frozen=True, gc=False):
    """What a batch of rows came to."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


def tuples(rows: Iterable[msgspec.Struct]) -> list[Row]:
    """Rows as the driver takes them."""
    return [astuple(row) for row in rows]


def codes_text(codes: Iterable[str]) -> str:
    """`|code|code|`, "" without any."""
    joined = "|".join(codes)
    return f"|{joined}|" if joined else ""


def codes_of(text: str) -> tuple[str, ...]:
    """The codes of `codes_text`."""
    return tuple(code for code in text.split("|") if code)
