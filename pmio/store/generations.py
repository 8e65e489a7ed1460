"""Transactions of the scorer: one generation of scores after the other, written by one scorer.

A generation is claimed, filled in batches, and finished; readers see only finished ones. The claim
is a row that names its scorer. Whoever writes a batch must still be named there: a scorer that was
given up for dead, and comes back, finds itself superseded and writes nothing.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from pmcore.units import SECOND, Ns
from pmio.store.database import Row, Transaction
from pmio.store.schema import (
    GENERATIONS,
    QUOTES_5M,
    RECS_LATEST,
    SCORES_5M,
    SCORES_LATEST,
)

LEASE_NS: Final = Ns(60 * SECOND)
"""A scorer that has not written for so long is given up for dead."""
SAMPLE_NS: Final = Ns(300 * SECOND)
BUSY: Final = "busy"
FRESH: Final = "fresh"


class Claim(msgspec.Struct, frozen=True):
    """Whether the next generation is ours to write."""

    generation: int
    """0 if it is not."""
    scorer: str
    reason: str = ""
    """`busy`: another scorer writes; `fresh`: the latest generation is recent enough."""


class Generation(msgspec.Struct, frozen=True):
    """A finished generation. `as_of_ns` is the moment scored, the others are the wall's."""

    generation: int
    as_of_ns: int
    begun_ns: int
    finished_ns: int
    markets: int
    config: str = "{}"
    """What it was scored with, as its scorer wrote it in JSON; empty if that is not known."""


FINISHED: Final = (
    f"SELECT {', '.join(Generation.__struct_fields__)} FROM generations"
    " WHERE finished_ns IS NOT NULL"
)
"""Reads `Generation` rows; further conditions go behind it."""


class Sample(msgspec.Struct, frozen=True):
    """One market's row of `scores_5m` and of `quotes_5m`; both begin with market and bucket."""

    score: Row
    quote: Row


def bucket_of(moment_ns: int) -> int:
    """The beginning of the five minutes in which a moment lies."""
    return moment_ns - moment_ns % SAMPLE_NS


class Superseded(Exception):  # noqa: N818 - it is an outcome
    """Another scorer has taken over; nothing of the batch was written."""


def claim(
    tx: Transaction, scorer: str, as_of_ns: int, wall_ns: int, gap_ns: int, config: str = "{}"
) -> Claim:
    """Claim the next generation, unless one is being written, or the latest was scored as of less
    than `gap_ns` before `as_of_ns`. `wall_ns` tells whether another scorer is still alive;
    `config` is kept with the generation."""
    tx.lock("generations")
    newest = tx.rows(
        "SELECT generation, scorer, as_of_ns, beat_ns, finished_ns FROM generations"
        " ORDER BY generation DESC LIMIT 1"
    )
    number = 1
    if newest:
        last, owner, scored_ns, beat_ns, finished_ns = newest[0]
        number = last + 1
        if finished_ns is None:
            # A beat may lie ahead: its scorer read the clock after us, and was let in before us.
            if owner != scorer and abs(wall_ns - beat_ns) < LEASE_NS:
                return Claim(0, scorer, BUSY)
            drop(tx, last)
        elif 0 <= as_of_ns - scored_ns < gap_ns:
            return Claim(0, scorer, FRESH)
    tx.insert(GENERATIONS, [(number, scorer, as_of_ns, wall_ns, wall_ns, None, 0, config)])
    return Claim(number, scorer)


def put_scores(
    tx: Transaction, own: Claim, wall_ns: int, scores: Sequence[Row], recs: Sequence[Row]
) -> None:
    """Add one batch to a claimed generation. Raises Superseded."""
    _hold(tx, own, wall_ns)
    tx.insert(SCORES_LATEST, scores)
    tx.insert(RECS_LATEST, recs)


def finish(
    tx: Transaction, own: Claim, wall_ns: int, markets: int, samples: Sequence[Sample]
) -> None:
    """Let readers see a generation, and keep its samples if their five minutes have none yet.

    Raises Superseded.
    """
    _hold(tx, own, wall_ns)
    # To the planner a generation that came after its last look is empty.
    tx.analyze(SCORES_LATEST)
    tx.analyze(RECS_LATEST)
    tx.run(
        "UPDATE generations SET finished_ns = :wall, markets = :markets"
        " WHERE generation = :generation",
        wall=wall_ns,
        markets=markets,
        generation=own.generation,
    )
    if samples:
        _keep_samples(tx, samples)


def abandon(tx: Transaction, own: Claim) -> None:
    """Give back a claim that will not be finished, so that the next scorer need not wait."""
    held = tx.rows(
        "SELECT generation FROM generations WHERE generation = :generation"
        " AND scorer = :scorer AND finished_ns IS NULL",
        generation=own.generation,
        scorer=own.scorer,
    )
    if held:
        drop(tx, own.generation)


def drop(tx: Transaction, generation: int) -> None:
    """Delete a generation with its rows."""
    for table in ("recs_latest", "scores_latest", "generations"):
        tx.run(f"DELETE FROM {table} WHERE generation = :generation", generation=generation)


def outdated(tx: Transaction, wall_ns: int, keep_ns: int, keep_max: int) -> list[int]:
    """Generations that no walk may still need: beyond the newest `keep_max`, or older than
    `keep_ns`, but never the newest finished one."""
    rows = tx.rows(
        "SELECT generation, finished_ns FROM generations WHERE finished_ns IS NOT NULL"
        " ORDER BY generation DESC"
    )
    return [
        row[0]
        for place, row in enumerate(rows)
        if place > 0 and (place >= keep_max or row[1] < wall_ns - keep_ns)
    ]


def latest(tx: Transaction) -> Generation | None:
    """The newest finished generation."""
    rows = tx.rows(f"{FINISHED} ORDER BY generation DESC LIMIT 1")
    return Generation(*rows[0]) if rows else None


def _hold(tx: Transaction, own: Claim, wall_ns: int) -> None:
    """Renew the claim; it also locks the row until the end of the transaction."""
    held = tx.run(
        "UPDATE generations SET beat_ns = :wall WHERE generation = :generation"
        " AND scorer = :scorer AND finished_ns IS NULL",
        wall=wall_ns,
        generation=own.generation,
        scorer=own.scorer,
    )
    if not held:
        raise Superseded(f"generation {own.generation} is no longer ours")


def _keep_samples(tx: Transaction, samples: Sequence[Sample]) -> None:
    bucket_ns = samples[0].score[1]
    if tx.rows("SELECT 1 FROM scores_5m WHERE bucket_ns = :bucket LIMIT 1", bucket=bucket_ns):
        return
    # A market may have been deleted while it was scored; its samples would have no owner.
    ids = tx.listed([sample.score[0] for sample in samples])
    there = {
        row[0]
        for row in tx.rows(f"SELECT market_id FROM markets WHERE {tx.among('market_id')}", ids=ids)
    }
    kept = [sample for sample in samples if sample.score[0] in there]
    tx.upsert(SCORES_5M, [sample.score for sample in kept])
    tx.upsert(QUOTES_5M, [sample.quote for sample in kept])
