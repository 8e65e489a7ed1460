"""Quotes of the markets that can be eligible: open, with rules, and closing within the window.

A few requests are under way at a time; what fails costs its own markets until the next round.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import trio

from pmio.ingest.as_of_clock import ServiceClock
from pmio.ingest.groups import first_of
from pmio.ingest.venue_client import QuoteBatch, VenueClient, VenueDown, VenueRefused
from pmio.store.rows import QuoteTarget
from pmio.store.store import Store

PAGE: Final = 2_000
"""Markets read from the database at a time."""


class QuotesCount(msgspec.Struct, frozen=True):
    """What one round came to: `asked` is `quoted`, `missing` and `failed` together."""

    asked: int
    quoted: int
    missing: int
    failed: int
    stored: int
    """Quotes that were newer than the ones before."""
    reasons: dict[str, int]
    """Of missing quotes; at most sixteen."""
    fault: str
    """The last failure of a request, "" without any."""


class Quotes:
    """Rounds of quotes. `text_min` characters make a rule text; 0 where recordings lack texts."""

    def __init__(
        self,
        client: VenueClient,
        store: Store,
        clock: ServiceClock,
        *,
        batch: int = 125,
        in_flight: int = 3,
        text_min: int = 1,
    ) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._batch = batch
        self._in_flight = in_flight
        self._text_min = text_min

    async def cycle(self, from_ns: int, until_ns: int) -> QuotesCount:
        """Quote every open market that closes in `(from_ns, until_ns]` and whose rules are known.

        Raises StoreUnavailable; and VenueDown where not one request was answered.
        """
        tally = _Tally()
        try:
            await self._round(from_ns, until_ns, tally)
        except ExceptionGroup as group:
            raise first_of(group) from None
        if tally.failed and tally.failed == tally.asked:
            raise VenueDown(tally.fault)
        return tally.count()

    async def _round(self, from_ns: int, until_ns: int, tally: "_Tally") -> None:
        # No buffer: a batch is read when a worker is free, and stored before the next one.
        send, receive = trio.open_memory_channel[Sequence[QuoteTarget]](0)
        async with trio.open_nursery() as nursery:
            for _ in range(self._in_flight):
                nursery.start_soon(self._work, receive.clone(), tally)
            receive.close()
            async with send:
                after = (from_ns, "")
                while page := await self._store.quote_targets(
                    until_ns, after, PAGE, self._text_min
                ):
                    after = (page[-1].close_time_ns, page[-1].market_id)
                    for start in range(0, len(page), self._batch):
                        await send.send(page[start : start + self._batch])

    async def _work(
        self, receive: trio.MemoryReceiveChannel[Sequence[QuoteTarget]], tally: "_Tally"
    ) -> None:
        async with receive:
            async for targets in receive:
                ids = [target.market_id for target in targets]
                tally.asked += len(ids)
                try:
                    batch = await self._client.fetch_quotes(ids)
                except (VenueDown, VenueRefused) as error:
                    tally.failed += len(ids)
                    tally.fault = str(error)
                    continue
                tally.add(batch)
                if batch.quotes:
                    count = await self._store.put_quotes(batch.quotes)
                    tally.stored += count.changed


class _Tally:
    def __init__(self) -> None:
        self.asked = self.quoted = self.missing = self.failed = self.stored = 0
        self.reasons: dict[str, int] = {}
        self.fault = ""

    def add(self, batch: QuoteBatch) -> None:
        self.quoted += len(batch.quotes)
        self.missing += len(batch.missing)
        for _, reason in batch.missing:
            if reason in self.reasons or len(self.reasons) < 16:
                self.reasons[reason] = self.reasons.get(reason, 0) + 1

    def count(self) -> QuotesCount:
        return QuotesCount(
            self.asked,
            self.quoted,
            self.missing,
            self.failed,
            self.stored,
            self.reasons,
            self.fault,
        )
