"""Recorded captures as a `VenueClient`: everything runs offline, as of any recorded moment.

What the client answers depends on its clock alone: markets that were captured within the last
quarter of an hour, the latest quote up to now, the text as it stood. Nothing later is seen. The
recording does not hold every market's text; where it has none, the text is "", which the parser
calls `missing_rules`, the gravest flag there is.
"""

from collections.abc import Callable, Sequence
from typing import Final

from pmcore.units import SECOND, Ns
from pmcore.wire.gamma_sweep import Listing, Page
from pmio.ingest.polymarket import POLYMARKET
from pmio.ingest.quote_rows import touch_row
from pmio.ingest.recorded_captures import Recording
from pmio.ingest.venue_client import QuoteBatch, VenueRefused

LISTED_NS: Final = Ns(900 * SECOND)
"""A market that was not captured for so long is no longer listed."""
PAGE: Final = 100


class RecordedClient:
    """The venue as it was. `venue` is the one recorded: its quotes are as real as they were."""

    venue = POLYMARKET

    def __init__(self, recording: Recording, now_ns: Callable[[], Ns]) -> None:
        self.recording = recording
        self._now_ns = now_ns
        self._walk: tuple[Listing, ...] = ()

    async def fetch_markets(self, cursor: str) -> Page:
        """One page of what was listed when the walk began."""
        if not cursor:
            now_ns = self._now_ns()
            self._walk = tuple(
                market.listing(now_ns)
                for market in self.recording.markets.values()
                if now_ns - LISTED_NS <= market.captured_ns(now_ns) <= now_ns
            )
        if cursor and not cursor.isdigit():
            raise VenueRefused(f"cursor {cursor[:40]!r} is not one of ours")
        start = int(cursor or 0)
        after = start + PAGE
        # What could not be read is told once, with the first page.
        skips = self.recording.skips if start == 0 else ()
        following = str(after) if after < len(self._walk) else ""
        return Page(self._walk[start:after], skips, following)

    async def fetch_quotes(self, market_ids: Sequence[str]) -> QuoteBatch:
        """The latest captured quote of each market."""
        now_ns = self._now_ns()
        quotes, missing = [], []
        for market_id in market_ids:
            market = self.recording.markets.get(market_id)
            at = -1 if market is None else market.place(now_ns)
            if market is None or at < 0:
                missing.append((market_id, "not captured yet" if market else "not recorded"))
                continue
            moment, bid, ask = (int(column[at]) for column in market.columns)
            quotes.append(touch_row(market_id, moment, bid or None, ask or None))
        return QuoteBatch(tuple(quotes), tuple(missing))

    async def fetch_rules(self, market_id: str) -> str | None:
        """The recorded text, "" where the market was recorded without one."""
        if market_id in self.recording.texts:
            return self.recording.texts[market_id]
        return "" if market_id in self.recording.markets else None

    async def aclose(self) -> None:
        """Nothing is open: the recording was read at the start."""
