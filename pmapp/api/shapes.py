"""The answers' shapes. The OpenAPI description is made from these classes and their comments.

Times are RFC 3339 in UTC, prices dollars for one share that pays one dollar, scores in [0, 1] if
nothing else is said.
"""

from typing import Annotated, Literal

import msgspec

Unit = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Moment = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
SideName = Literal["yes", "no"]


class _Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    pass


class Span(_Shape, frozen=True):
    """Where in the rule text the evidence stands, in Unicode characters."""

    start: Count
    end: Count


class RiskFlag(_Shape, frozen=True):
    """What makes a definition risky."""

    code: str
    severity: Literal["low", "medium", "high"]
    evidence_spans: tuple[Span, ...]


class ItemQuote(_Shape, frozen=True):
    """The quote of the recommended side that the row was scored on."""

    bid: Unit | None
    ask: Unit | None
    spread: Unit
    """1.0 where a side of the book is empty."""
    as_of: Moment
    staleness_sec: Annotated[float, msgspec.Meta(ge=0.0)]
    """At the moment of scoring."""


class Item(_Shape, frozen=True):
    """One market that can be swept."""

    market_id: str
    venue: str
    title: str
    url: str
    as_of: Moment
    """The moment of scoring."""
    close_time: Moment
    t_remaining_sec: float
    """From `as_of` to `close_time`."""
    recommended_side: SideName
    entry_price: Unit
    """Of the reference size where depth is known, else the best ask; before the fee."""
    gross_yield: Unit
    net_yield: Unit
    yield_velocity: Annotated[float, msgspec.Meta(ge=0.0)]
    """Net yield a day."""
    liquidity_score: Unit
    definition_risk_score: Unit
    risk_score: Unit
    overall_score: float
    max_position_pct: Unit
    """Share of the capital, as a fraction."""
    risk_flags: tuple[RiskFlag, ...]
    quote: ItemQuote
    stale: bool
    """The quote was too old when it was scored, or nothing newer can be had."""
    recommended: bool
    """Something is left after the fee."""
    side_name: str
    """What the venue calls the side."""
    category: str
    event_id: str


class Page(_Shape, frozen=True):
    """One page of a walk over one generation of scores."""

    as_of: Moment | None
    """The moment of scoring; null while nothing has been scored yet."""
    generation: Count
    stale: bool
    """The scorer or the database is away; these are the last scores there were."""
    items: tuple[Item, ...]
    next_cursor: str | None
    """For the next page of the same generation; null on the last one."""


class Outcome(_Shape, frozen=True):
    """One side of a market."""

    name: str
    token_id: str


class Fee(_Shape, frozen=True):
    """The market's own fee curve, `rate * (p * (1 - p)) ** exponent` dollars a share."""

    rate: float
    exponent: int
    price_weighted: bool


class Market(_Shape, frozen=True):
    """A market as last listed."""

    market_id: str
    venue: str
    venue_ref: str
    slug: str
    title: str
    url: str
    category: str
    event_id: str
    event_title: str
    status: Literal["open", "closed", "archived", "unlisted"]
    accepting_orders: bool
    neg_risk: bool
    close_time: Moment | None
    listed_at: Moment | None
    tick: float
    min_size_shares: float
    fee: Fee | None
    """Null where the market's own terms are not known."""
    resolution_source: str
    liquidity_usd: float | None
    volume_usd: float | None
    seen_at: Moment
    outcomes: tuple[Outcome, ...]


class RuleFlag(_Shape, frozen=True):
    """A flag with its weight and what it means."""

    code: str
    severity: Literal["low", "medium", "high"]
    weight: Unit
    evidence_spans: tuple[Span, ...]
    explanation: str


class Rules(_Shape, frozen=True):
    """The rule text and what was found in it."""

    version: Count
    sha256: str
    seen_at: Moment
    definition_risk_score: Unit
    flags: tuple[RuleFlag, ...]
    text: str


class RuleVersion(_Shape, frozen=True):
    """One version of the text."""

    version: Count
    sha256: str
    seen_at: Moment
    diff: str
    """Lines changed since the version before, as a unified difference."""


class BookSide(_Shape, frozen=True):
    """Best prices of one side, sizes in shares; null where nothing is offered or known."""

    bid: Unit | None
    ask: Unit | None
    bid_size: float | None
    ask_size: float | None
    average_ask: float | None
    """What a buy of the reference size would pay a share, or of as much of it as there is."""
    fill_ratio: Unit | None
    """Share of the reference size that the asks hold."""


class MarketQuote(_Shape, frozen=True):
    """The latest quote of both sides."""

    as_of: Moment
    yes: BookSide
    no: BookSide


class Score(_Shape, frozen=True):
    """The score with its parts."""

    as_of: Moment
    generation: Count
    stale: bool
    overall_score: float
    contributions: dict[str, float]
    """Signed parts that sum to the score."""
    norm_velocity: Unit
    norm_net_yield: Unit
    gross_yield: Unit
    fee: float
    net_yield: Unit
    yield_velocity: float
    cash_velocity: float
    """As `yield_velocity`, until the money is back."""
    t_remaining_sec: float
    days_to_cash: float
    spread: Unit
    staleness_sec: float
    staleness_penalty: Unit
    liquidity_score: Unit
    risk_score: Unit
    risk_parts: dict[str, float]


class Recommendation(_Shape, frozen=True):
    """What to buy, and how much at most."""

    recommended: bool
    side: SideName
    side_name: str
    entry_price: Unit
    entry_by_depth: bool
    """The price is an average over the reference size: known asks, and a dollar for each share
    that they lack."""
    fill_ratio: Unit
    max_position_pct: Unit
    event_markets: Count
    """Markets of the same event that are recommended too, this one included."""
    event_stake_pct: float
    event_worst_loss_pct: float


class MarketAnswer(_Shape, frozen=True):
    """Everything about one market; null for what is not there (yet)."""

    market: Market
    rules: Rules | None
    rule_history: tuple[RuleVersion, ...]
    """Newest first, at most twenty."""
    quote: MarketQuote | None
    score: Score | None
    recommendation: Recommendation | None


class ConfigKey(_Shape, frozen=True):
    """One key of the configuration."""

    name: str
    unit: str
    value: bool | int | float | str
    default: bool | int | float | str
    low: float | None
    high: float | None
    why: str


class ConfigAnswer(_Shape, frozen=True):
    """The configuration that the newest scores were made with."""

    weights: dict[str, float]
    bounds: dict[str, float | str]
    sections: dict[str, dict[str, bool | int | float | str]]
    keys: tuple[ConfigKey, ...]
    of: Literal["scorer", "server"]
    """Whose it is: the server's own, if no scorer has left one with its scores yet."""
    server_differs: tuple[str, ...]
    """Keys that the server itself is configured otherwise in."""


class Alive(_Shape, frozen=True):
    """The process answers."""

    status: Literal["ok"]


class Ready(_Shape, frozen=True):
    """The database answers."""

    status: Literal["ready"]
    database: Literal["sqlite", "postgresql"]
    generation: Count
    as_of: Moment | None
    scoring_lag_sec: float | None
    """Seconds since the newest scores; null while there are none."""
