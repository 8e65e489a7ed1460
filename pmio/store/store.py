"""`Store`: everything that services and pages ask of the database, one method a transaction.

Each method raises StoreUnavailable while the database does not answer; nothing is half done then,
and the same call may be made again.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pmio.store.database import Row
from pmio.store.generations import Claim, Generation, Sample
from pmio.store.opportunities import MarketDetail, Opportunity, OpportunityPage
from pmio.store.rows import (
    MarketRow,
    OutcomeRow,
    PutCount,
    QuoteRow,
    QuoteTarget,
    RulesKnown,
    RulesRow,
)
from pmio.store.upkeep import Health, Purged, Retention
from pmio.store.walk import OpportunityQuery

After = tuple[int, str]
START: After = (-(2**63), "")
"""Where a walk by (close time, market) begins."""


class MarketStore(Protocol):
    """What the ingest writes and reads."""

    async def put_markets(
        self, markets: Sequence[MarketRow], outcomes: Sequence[OutcomeRow]
    ) -> PutCount:
        """Add or overwrite markets with all their outcomes."""

    async def mark_unlisted(self, venue: str, before_ns: int) -> int:
        """Set aside open markets that were last seen before a moment: how many."""

    async def put_quotes(self, quotes: Sequence[QuoteRow]) -> PutCount:
        """Overwrite quotes with later ones."""

    async def rules_known(self, market_ids: Sequence[str]) -> Mapping[str, RulesKnown]:
        """Digest and parser of the markets' texts, of those that have one."""

    async def put_rules(self, rules: Sequence[RulesRow]) -> PutCount:
        """Store texts; a new digest becomes a new version with its difference."""

    async def texts_to_read(
        self, parser: str, after: str, limit: int
    ) -> list[tuple[str, str, str]]:
        """Texts that another parser has read: market, digest, text."""

    async def markets_without_rules(self, until_ns: int, limit: int) -> list[str]:
        """Open markets closing until `until_ns` that have no text yet."""

    async def quote_targets(
        self, until_ns: int, after: After, limit: int, text_min: int = 1
    ) -> list[QuoteTarget]:
        """Open markets that close after `after` and until `until_ns`, with a text of at least
        `text_min` characters."""

    async def tokens_of(self, market_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Token ids by market."""


class ScoreStore(Protocol):
    """What the scorer writes and reads."""

    async def score_inputs(self, until_ns: int, after: After, limit: int) -> list[tuple[Any, ...]]:
        """One page of what there is to score, as `ScoreInput` rows."""

    async def claim(
        self, scorer: str, as_of_ns: int, wall_ns: int, gap_ns: int, config: str = "{}"
    ) -> Claim:
        """Claim the next generation, which `config` is kept with."""

    async def put_scores(
        self, own: Claim, wall_ns: int, scores: Sequence[Row], recs: Sequence[Row]
    ) -> None:
        """Add a batch to a claimed generation. Raises Superseded."""

    async def finish(
        self, own: Claim, wall_ns: int, markets: int, samples: Sequence[Sample]
    ) -> None:
        """Let readers see a claimed generation. Raises Superseded."""

    async def abandon(self, own: Claim) -> None:
        """Give back a claim that will not be finished."""

    async def drop_generation(self, generation: int) -> None:
        """Delete one generation."""

    async def outdated(self, wall_ns: int, keep_ns: int, keep_max: int) -> list[int]:
        """Generations that may be dropped."""


class ReadStore(Protocol):
    """What the pages read."""

    async def opportunities(self, query: OpportunityQuery) -> OpportunityPage:
        """One page of a walk. Raises CursorError and WalkExpired."""

    async def ranked_rows(self, generation: int, after: str, limit: int) -> list[Row]:
        """What a ranking needs of one generation, page by page: `RankedRow`s by market id."""

    async def opportunities_of(
        self, generation: int, market_ids: Sequence[str]
    ) -> list[Opportunity]:
        """Rows of some markets in the order given."""

    async def market_detail(self, market_id: str) -> MarketDetail | None:
        """Everything about one market, by its id, slug or short id."""

    async def samples(
        self, market_id: str, since_ns: int
    ) -> list[tuple[int, float, float | None, float | None]]:
        """Five-minute samples: bucket, score, bid, ask."""

    async def latest_generation(self) -> Generation | None:
        """The newest finished generation."""

    async def health(self) -> Health:
        """The state of the data as a whole."""


class Store(MarketStore, ScoreStore, ReadStore, Protocol):
    """All of it, and the upkeep."""

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""

    async def purge(self, now_ns: int, kept: Retention) -> Purged:
        """One bounded step of the retention."""

    async def note_cycle(self, name: str, wall_ns: int, succeeded: bool, told: str) -> None:
        """Remember how a loop went."""

    async def aclose(self) -> None:
        """Close the database after the transactions in hand."""
