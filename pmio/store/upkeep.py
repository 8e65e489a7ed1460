"""What keeps the tables bounded, and what tells how the services are doing."""

from collections.abc import Mapping
from typing import Final

import msgspec

from pmcore.units import SECOND, Ns
from pmio.store.database import Transaction
from pmio.store.generations import Generation, latest
from pmio.store.schema import CYCLES, OPEN

DAY_NS: Final = Ns(86_400 * SECOND)
BUCKETS_AT_ONCE: Final = 12
MARKETS_AT_ONCE: Final = 500
VERSIONS_MAX: Final = 50
"""Versions of one rule text that are kept; the newest stay."""


class Retention(msgspec.Struct, frozen=True):
    """How long things are kept."""

    samples_ns: int = 7 * DAY_NS
    closed_ns: int = 30 * DAY_NS
    """Markets that are no longer open, after they were last seen."""


class Purged(msgspec.Struct, frozen=True):
    """What one bounded step of the retention has deleted."""

    samples: int = 0
    markets: int = 0
    versions: int = 0

    @property
    def nothing(self) -> bool:
        """Whether all is done."""
        return self.samples == self.markets == self.versions == 0


class Cycle(msgspec.Struct, frozen=True):
    """How a service's loop is doing. Times of the wall clock."""

    name: str
    tried_ns: int
    succeeded_ns: int | None
    failures: int
    """In a row."""
    told: str


class Health(msgspec.Struct, frozen=True):
    """The state of the data as a whole."""

    generation: Generation | None
    quoted_ns: int | None
    """The moment of the newest quote."""
    open_markets: int
    cycles: Mapping[str, Cycle]


def purge(tx: Transaction, now_ns: int, kept: Retention) -> Purged:
    """One bounded step; call it again until it finds nothing."""
    samples = 0
    for table in ("quotes_5m", "scores_5m"):
        samples += tx.run(
            f"DELETE FROM {table} WHERE bucket_ns IN (SELECT DISTINCT bucket_ns FROM {table}"
            " WHERE bucket_ns < :cutoff ORDER BY bucket_ns LIMIT :buckets)",
            cutoff=now_ns - kept.samples_ns,
            buckets=BUCKETS_AT_ONCE,
        )
    markets = tx.run(
        "DELETE FROM markets WHERE market_id IN (SELECT market_id FROM markets"
        " WHERE status <> :open AND seen_ns < :cutoff"
        # Whoever walks a generation finds every market of it until the generation goes.
        " AND NOT EXISTS (SELECT 1 FROM generations g JOIN scores_latest s"
        " ON s.generation = g.generation AND s.market_id = markets.market_id)"
        " ORDER BY market_id LIMIT :markets)",
        open=OPEN,
        cutoff=now_ns - kept.closed_ns,
        markets=MARKETS_AT_ONCE,
    )
    versions = tx.run(
        "DELETE FROM rules_history WHERE version <= (SELECT r.version - :versions"
        " FROM rules_latest r WHERE r.market_id = rules_history.market_id)",
        versions=VERSIONS_MAX,
    )
    return Purged(samples, markets, versions)


def note_cycle(tx: Transaction, name: str, wall_ns: int, succeeded: bool, told: str) -> None:
    """Remember how a loop went; after a failure the last success stays known."""
    rows = tx.rows("SELECT succeeded_ns, failures FROM cycles WHERE name = :name", name=name)
    last, failures = rows[0] if rows else (None, 0)
    if succeeded:
        row = (name, wall_ns, wall_ns, 0, told[:500])
    else:
        row = (name, wall_ns, last, failures + 1, told[:500])
    tx.upsert(CYCLES, [row])


def health(tx: Transaction) -> Health:
    """The newest generation and quote, and how the loops are doing."""
    newest = tx.rows("SELECT max(as_of_ns) FROM quotes_latest")[0][0]
    markets = tx.rows("SELECT count(*) FROM markets WHERE status = :open", open=OPEN)[0][0]
    cycles = tx.rows("SELECT name, tried_ns, succeeded_ns, failures, told FROM cycles")
    return Health(latest(tx), newest, markets, {row[0]: Cycle(*row) for row in cycles})
