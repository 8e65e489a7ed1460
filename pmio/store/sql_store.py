"""The store over SQLite or PostgreSQL: the transactions are the same functions for both."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from pmio.store import generations as gen
from pmio.store import (
    market_writes,
    opportunities,
    ranking_reads,
    rule_writes,
    scoring_reads,
    upkeep,
)
from pmio.store.database import Database, Row
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
from pmio.store.store import After
from pmio.store.upkeep import Health, Purged, Retention
from pmio.store.walk import OpportunityQuery


class SqlStore:
    """Implements `Store`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.database.kind

    async def put_markets(
        self, markets: Sequence[MarketRow], outcomes: Sequence[OutcomeRow]
    ) -> PutCount:
        """Add or overwrite markets with all their outcomes."""
        work = partial(market_writes.put_markets, markets=markets, outcomes=outcomes)
        return await self.database.write(work)

    async def mark_unlisted(self, venue: str, before_ns: int) -> int:
        """Set aside open markets that were last seen before a moment: how many."""
        work = partial(market_writes.mark_unlisted, venue=venue, before_ns=before_ns)
        return await self.database.write(work)

    async def put_quotes(self, quotes: Sequence[QuoteRow]) -> PutCount:
        """Overwrite quotes with later ones."""
        return await self.database.write(partial(market_writes.put_quotes, quotes=quotes))

    async def rules_known(self, market_ids: Sequence[str]) -> Mapping[str, RulesKnown]:
        """Digest and parser of the markets' texts, of those that have one."""
        return await self.database.read(partial(rule_writes.rules_known, market_ids=market_ids))

    async def put_rules(self, rules: Sequence[RulesRow]) -> PutCount:
        """Store texts; a new digest becomes a new version with its difference."""
        return await self.database.write(partial(rule_writes.put_rules, rules=rules))

    async def texts_to_read(
        self, parser: str, after: str, limit: int
    ) -> list[tuple[str, str, str]]:
        """Texts that another parser has read: market, digest, text."""
        work = partial(rule_writes.texts_to_read, parser=parser, after=after, limit=limit)
        return await self.database.read(work)

    async def markets_without_rules(self, until_ns: int, limit: int) -> list[str]:
        """Open markets closing until `until_ns` that have no text yet."""
        work = partial(scoring_reads.markets_without_rules, until_ns=until_ns, limit=limit)
        return await self.database.read(work)

    async def quote_targets(
        self, until_ns: int, after: After, limit: int, text_min: int = 1
    ) -> list[QuoteTarget]:
        """Open markets that close after `after` and until `until_ns`, and have a text."""
        work = partial(
            scoring_reads.quote_targets,
            until_ns=until_ns,
            after=after,
            limit=limit,
            text_min=text_min,
        )
        return await self.database.read(work)

    async def tokens_of(self, market_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Token ids by market."""
        work = partial(scoring_reads.tokens_of, market_ids=list(market_ids))
        return await self.database.read(work)

    async def score_inputs(self, until_ns: int, after: After, limit: int) -> list[tuple[Any, ...]]:
        """One page of what there is to score, as `ScoreInput` rows."""
        work = partial(scoring_reads.score_inputs, until_ns=until_ns, after=after, limit=limit)
        return await self.database.read(work)

    async def claim(
        self, scorer: str, as_of_ns: int, wall_ns: int, gap_ns: int, config: str = "{}"
    ) -> Claim:
        """Claim the next generation."""
        work = partial(
            gen.claim,
            scorer=scorer,
            as_of_ns=as_of_ns,
            wall_ns=wall_ns,
            gap_ns=gap_ns,
            config=config,
        )
        return await self.database.write(work)

    async def put_scores(
        self, own: Claim, wall_ns: int, scores: Sequence[Row], recs: Sequence[Row]
    ) -> None:
        """Add a batch to a claimed generation. Raises Superseded."""
        work = partial(gen.put_scores, own=own, wall_ns=wall_ns, scores=scores, recs=recs)
        await self.database.write(work)

    async def finish(
        self, own: Claim, wall_ns: int, markets: int, samples: Sequence[Sample]
    ) -> None:
        """Let readers see a claimed generation. Raises Superseded."""
        work = partial(gen.finish, own=own, wall_ns=wall_ns, markets=markets, samples=samples)
        await self.database.write(work)

    async def abandon(self, own: Claim) -> None:
        """Give back a claim that will not be finished."""
        await self.database.write(partial(gen.abandon, own=own))

    async def drop_generation(self, generation: int) -> None:
        """Delete one generation."""
        await self.database.write(partial(gen.drop, generation=generation))

    async def outdated(self, wall_ns: int, keep_ns: int, keep_max: int) -> list[int]:
        """Generations that may be dropped."""
        work = partial(gen.outdated, wall_ns=wall_ns, keep_ns=keep_ns, keep_max=keep_max)
        return await self.database.read(work)

    async def opportunities(self, query: OpportunityQuery) -> OpportunityPage:
        """One page of a walk. Raises CursorError and WalkExpired."""
        return await self.database.read(partial(opportunities.opportunities, query=query))

    async def ranked_rows(self, generation: int, after: str, limit: int) -> list[Row]:
        """What a ranking needs of one generation, page by page: `RankedRow`s by market id."""
        work = partial(ranking_reads.ranked_rows, generation=generation, after=after, limit=limit)
        return await self.database.read(work)

    async def opportunities_of(
        self, generation: int, market_ids: Sequence[str]
    ) -> list[Opportunity]:
        """Rows of some markets in the order given."""
        work = partial(ranking_reads.opportunities_of, generation=generation, market_ids=market_ids)
        return await self.database.read(work)

    async def market_detail(self, market_id: str) -> MarketDetail | None:
        """Everything about one market, by its id, slug or short id."""
        work = partial(opportunities.market_detail, market_id=market_id)
        return await self.database.read(work)

    async def samples(
        self, market_id: str, since_ns: int
    ) -> list[tuple[int, float, float | None, float | None]]:
        """Five-minute samples: bucket, score, bid, ask."""
        work = partial(opportunities.samples, market_id=market_id, since_ns=since_ns)
        return await self.database.read(work)

    async def latest_generation(self) -> Generation | None:
        """The newest finished generation."""
        return await self.database.read(gen.latest)

    async def health(self) -> Health:
        """The state of the data as a whole."""
        return await self.database.read(upkeep.health)

    async def purge(self, now_ns: int, kept: Retention) -> Purged:
        """One bounded step of the retention."""
        return await self.database.write(partial(upkeep.purge, now_ns=now_ns, kept=kept))

    async def note_cycle(self, name: str, wall_ns: int, succeeded: bool, told: str) -> None:
        """Remember how a loop went."""
        work = partial(
            upkeep.note_cycle, name=name, wall_ns=wall_ns, succeeded=succeeded, told=told
        )
        await self.database.write(work)

    async def aclose(self) -> None:
        """Close the database after the transactions in hand."""
        await self.database.aclose()
