"""A venue of a few markets that can be switched off, and a clock that is set by hand."""

from collections.abc import Sequence

import trio

from pmcore.units import SECOND, Ns
from pmcore.wire.gamma_sweep import Page, listings_of
from pmio.ingest.quote_rows import touch_row
from pmio.ingest.venue_client import QuoteBatch, VenueDown, VenueRefused
from tests.ingest.objects import gamma
from tests.store.rows import NOW


class HandClock:
    """Time moves when somebody sleeps, or when the test says so."""

    def __init__(self, now_ns: int = NOW) -> None:
        self.now = now_ns
        self.slept: list[float] = []

    def now_ns(self) -> Ns:
        return Ns(self.now)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += round(seconds * SECOND)
        await trio.lowlevel.checkpoint()


def iso(moment_ns: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(moment_ns / SECOND, UTC).isoformat()


class FakeVenue:
    """Lists `objects` in pages of two."""

    venue = "polymarket"

    def __init__(self, clock: HandClock, markets: int = 5, hours: float = 24.0) -> None:
        self.clock = clock
        closes = iso(NOW + round(hours * 3_600 * SECOND))
        self.objects: list[object] = [
            gamma(n, endDate=closes, description=f"Text {n}.") for n in range(1, markets + 1)
        ]
        self.down = False
        self.bad_pages: set[str] = set()
        self.bad_quotes: set[str] = set()
        self.asks: dict[str, tuple[int | None, int | None]] = {}
        self.texts: dict[str, str | None] = {}
        self.forgotten: set[str] = set()
        """Cursors that are refused once."""
        self.circle = ""
        """Where the last page leads to."""
        self.asked: list[tuple[str, ...]] = []

    async def fetch_markets(self, cursor: str) -> Page:
        await self._ask("markets", cursor)
        if cursor in self.bad_pages:
            raise VenueDown(f"page {cursor!r}")
        if cursor in self.forgotten:
            self.forgotten.discard(cursor)
            raise VenueRefused(f"cursor {cursor!r} has expired")
        start = int(cursor or 0)
        listings, skips = listings_of(self.objects[start : start + 2])
        more = str(start + 2) if start + 2 < len(self.objects) else self.circle
        return Page(listings, skips, more)

    async def fetch_quotes(self, market_ids: Sequence[str]) -> QuoteBatch:
        await self._ask("quotes", *market_ids)
        if self.bad_quotes & set(market_ids):
            raise VenueRefused("no")
        now = self.clock.now_ns()
        quotes = [touch_row(key, now, *self.asks.get(key, (9_500, 9_600))) for key in market_ids]
        return QuoteBatch(tuple(quotes), ())

    async def fetch_rules(self, market_id: str) -> str | None:
        await self._ask("rules", market_id)
        return self.texts.get(market_id)

    async def aclose(self) -> None:
        pass

    async def _ask(self, *what: str) -> None:
        await trio.lowlevel.checkpoint()
        self.asked.append(what)
        if self.down:
            raise VenueDown("the venue is away")


def market_id(number: int) -> str:
    return f"0x{number:064x}"
