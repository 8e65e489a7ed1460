"""Discovery: all open markets, page by page, and the texts that come with them.

A walk that breaks off goes on from its last page in the next cycle. Only a walk that reached its
end may say of a market that it is gone.
"""

from collections import Counter
from collections.abc import Callable
from typing import Final

import msgspec
import trio

from pmcore.wire.gamma_sweep import Page, Skip
from pmio.ingest.as_of_clock import ServiceClock
from pmio.ingest.groups import first_of
from pmio.ingest.market_rows import market_row, outcome_rows
from pmio.ingest.rules import RuleReader, RulesCount
from pmio.ingest.venue_client import VenueClient, VenueDown, VenueRefused
from pmio.store.store import Store

PAGES_AHEAD: Final = 2
"""Pages that may wait for the database; then the venue has to wait."""
PAGES_MAX: Final = 20_000
"""A venue whose cursor never ends must not hold us for ever: two million markets."""

Skipped = Callable[[Skip], None]


class DiscoveryCount(msgspec.Struct, frozen=True):
    """What one discovery came to: `seen` is `new` and `known` and `skipped` together."""

    seen: int
    new: int
    known: int
    skipped: int
    odd_fields: dict[str, int]
    unlisted: int
    pages: int
    rules: RulesCount


class Discovery:
    """Walks through the venue's list; one object lives as long as the service."""

    def __init__(
        self,
        client: VenueClient,
        store: Store,
        reader: RuleReader,
        clock: ServiceClock,
        skipped: Skipped,
    ) -> None:
        self._client = client
        self._store = store
        self._reader = reader
        self._clock = clock
        self._skipped = skipped
        self._cursor = ""
        self._begun_ns = 0

    async def cycle(self) -> DiscoveryCount:
        """Walk to the end. Raises VenueDown, VenueRefused and StoreUnavailable; the next call
        goes on from there, except after a refusal, which may be about the cursor."""
        resumed = bool(self._cursor)
        tally = await self._walked()
        if resumed and tally.refused and not tally.pages:
            # The venue forgets cursors; that one says nothing about the list.
            resumed = False
            tally = await self._walked()
        if tally.fault is not None:
            raise tally.fault
        if not resumed and not tally.objects:
            raise VenueRefused(f"{self._client.venue} lists no market at all")
        unlisted = await self._store.mark_unlisted(self._client.venue, self._begun_ns)
        return tally.count(unlisted)

    async def _walked(self) -> "_Tally":
        """From where we are to the end or to a fault; then we are at the beginning again, or
        after an outage where it stopped."""
        if not self._cursor:
            self._begun_ns = self._clock.now_ns()
        tally = _Tally()
        try:
            await self._walk(tally)
        except ExceptionGroup as group:
            raise first_of(group) from None
        if tally.fault is None or tally.refused:
            self._cursor = ""
        return tally

    async def _walk(self, tally: "_Tally") -> None:
        send, receive = trio.open_memory_channel[Page](PAGES_AHEAD)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._fetch, send, tally)
            async with receive:
                async for page in receive:
                    await self._keep(page, tally)
                    # Only what is stored is behind us.
                    self._cursor = page.next_cursor

    async def _fetch(self, send: trio.MemorySendChannel[Page], tally: "_Tally") -> None:
        cursor, been = self._cursor, set[str]()
        async with send:
            while cursor not in been and len(been) < PAGES_MAX:
                been.add(cursor)
                try:
                    page = await self._client.fetch_markets(cursor)
                except (VenueDown, VenueRefused) as error:
                    # The pages before are still to be stored.
                    tally.fault = error
                    return
                await send.send(page)
                cursor = page.next_cursor
                if not cursor:
                    return
            # Going round in circles is no end: markets may be missing.
            tally.fault = VenueRefused(f"the list does not end; cursor {cursor[:40]!r}")

    async def _keep(self, page: Page, tally: "_Tally") -> None:
        now_ns = self._clock.now_ns()
        for skip in page.skips:
            self._skipped(skip)
        venue = self._client.venue
        markets = [market_row(listing, venue, now_ns) for listing in page.listings]
        outcomes = [row for listing in page.listings for row in outcome_rows(listing)]
        count = await self._store.put_markets(markets, outcomes)
        texts = {one.market_id: one.rules for one in page.listings if one.rules is not None}
        tally.rules += await self._reader.take(texts, now_ns)
        tally.pages += 1
        tally.new += count.added
        tally.known += len(page.listings) - count.added
        tally.skipped += len(page.skips)
        for listing in page.listings:
            tally.odd.update(listing.odd)


class _Tally:
    def __init__(self) -> None:
        self.pages = self.new = self.known = self.skipped = 0
        self.odd: Counter[str] = Counter()
        self.rules = RulesCount()
        self.fault: VenueDown | VenueRefused | None = None

    @property
    def refused(self) -> bool:
        return isinstance(self.fault, VenueRefused)

    @property
    def objects(self) -> int:
        return self.new + self.known + self.skipped

    def count(self, unlisted: int) -> DiscoveryCount:
        odd = dict(sorted(self.odd.items()))
        return DiscoveryCount(
            self.objects, self.new, self.known, self.skipped, odd, unlisted, self.pages, self.rules
        )
