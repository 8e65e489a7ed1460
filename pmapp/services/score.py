"""The scoring cycle: read everything that can be eligible, score it, store it as a generation."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

import attrs
import msgspec
import trio

from pmapp.services.memory import give_back
from pmapp.services.score_columns import Inputs, scored
from pmapp.services.score_rows import Scored
from pmapp.services.service_log import Log, span
from pmapp.services.service_settings import SweepSettings
from pmcore.units import SECOND, Ns
from pmio.ingest.as_of_clock import ServiceClock
from pmio.store.database import StoreUnavailable
from pmio.store.generations import Claim
from pmio.store.store import Store

GIVE_BACK_S: Final = 15.0
PAGE: Final = 10_000
"""Rows that are read or written in one transaction."""


class ScoreCount(msgspec.Struct, frozen=True):
    """What one cycle came to. Seconds are the wall's."""

    generation: int
    """0 where the cycle was left to another scorer; `reason` says why."""
    reason: str
    as_of_ns: int
    looked_at: int = 0
    eligible: int = 0
    stale: int = 0
    stored: int = 0
    not_eligible: dict[str, int] = {}
    read_s: float = 0.0
    score_s: float = 0.0
    store_s: float = 0.0


class Scorer:
    """One scorer among possibly several on the same database."""

    def __init__(
        self,
        store: Store,
        clock: ServiceClock,
        wall_ns: Callable[[], int],
        settings: SweepSettings,
        log: Log,
        *,
        empty_rules: bool = False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._wall_ns = wall_ns
        self._settings = settings
        self._log = log
        self._empty_rules = empty_rules
        # A name of its own for each process: a claim must not be mistaken for another's.
        self._name = secrets.token_hex(8)
        # Whoever serves the scores may be configured otherwise, and must show what made them.
        self._config = msgspec.json.encode(attrs.asdict(settings.core)).decode()

    async def cycle(self, gap_s: float = 0.0) -> ScoreCount:
        """Score once, unless another scorer is at it or was within `gap_s`.

        Raises StoreUnavailable and Superseded; whatever was written of the generation is never
        seen then, and is deleted by the next one.
        """
        now_ns = self._clock.now_ns()
        gap_ns = round(gap_s * SECOND)
        own = await self._store.claim(self._name, now_ns, self._wall_ns(), gap_ns, self._config)
        if not own.generation:
            return ScoreCount(0, own.reason, now_ns)
        try:
            count = await self._fill(own, now_ns)
            await trio.to_thread.run_sync(give_back)
            return count
        except BaseException:
            # Also when the program ends: the next scorer should not wait for a lease.
            with trio.move_on_after(GIVE_BACK_S, shield=True), suppress(StoreUnavailable):
                await self._store.abandon(own)
            raise

    async def _fill(self, own: Claim, now_ns: Ns) -> ScoreCount:
        with span(self._log, "score.read", quiet=True) as reading:
            inputs = await self._read(now_ns)
        with span(self._log, "score.compute", quiet=True) as computing:
            result = await trio.to_thread.run_sync(
                partial(
                    scored,
                    inputs,
                    now_ns,
                    self._settings.core,
                    own.generation,
                    empty_rules=self._empty_rules,
                    serve_stale_s=round(self._settings.keep.serve_stale_hours * 3_600),
                )
            )
        del inputs  # as large as what is stored next
        with span(self._log, "score.store", quiet=True) as storing:
            await self._write(own, result)
        return ScoreCount(
            generation=own.generation,
            reason="",
            as_of_ns=now_ns,
            looked_at=result.looked_at,
            eligible=result.eligible,
            stale=result.stale,
            stored=len(result),
            not_eligible=result.reasons,
            read_s=round(reading.seconds, 4),
            score_s=round(computing.seconds, 4),
            store_s=round(storing.seconds, 4),
        )

    async def _read(self, now_ns: int) -> Inputs:
        inputs = Inputs()
        want = self._settings.core.eligible
        until_ns = now_ns + want.max_t_remaining_sec * SECOND
        # Whatever closes sooner is not eligible either; the market of this very moment is.
        after = (now_ns + want.min_t_remaining_sec * SECOND - 1, "")
        while page := await self._store.score_inputs(until_ns, after, PAGE):
            inputs.add(page)
            after = (page[-1][1], page[-1][0])
        return inputs

    async def _write(self, own: Claim, result: Scored) -> None:
        store, keep = self._store, self._settings.keep
        for start in range(0, len(result), PAGE):
            with span(self._log, "score.batch", quiet=True) as batch:
                rows = await trio.to_thread.run_sync(result.rows, start, start + PAGE)
                batch.told["rows"] = len(rows[0])
                await store.put_scores(own, self._wall_ns(), *rows)
        samples = await trio.to_thread.run_sync(result.samples, keep.samples_max)
        await store.finish(own, self._wall_ns(), len(result), samples)
        walk_ns = round(keep.walk_minutes * 60 * SECOND)
        for old in await store.outdated(self._wall_ns(), walk_ns, keep.generations_max):
            await store.drop_generation(old)
