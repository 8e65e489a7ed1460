"""`VenueClient`: where markets, quotes and rule texts come from."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from pmcore.wire.gamma_sweep import Page
from pmio.store.rows import QuoteRow


class VenueDown(Exception):  # noqa: N818 - it is an outcome
    """The venue does not answer, or its breaker is open: ask again later."""


class VenueRefused(Exception):  # noqa: N818 - it is an outcome
    """The venue answered, and what it said is no answer: asking again changes nothing."""


class QuoteBatch(msgspec.Struct, frozen=True):
    """Quotes of one request. Every market asked for is in exactly one of the two."""

    quotes: tuple[QuoteRow, ...]
    missing: tuple[tuple[str, str], ...]
    """Market and reason: no tokens, no book, a book that could not be read."""


class VenueClient(Protocol):
    """One venue. All calls have a deadline and raise only VenueDown and VenueRefused."""

    @property
    def venue(self) -> str:
        """The venue's name, as stored with each market."""

    async def fetch_markets(self, cursor: str) -> Page:
        """One page of the open markets; "" is the first, `Page.next_cursor` leads on."""

    async def fetch_quotes(self, market_ids: Sequence[str]) -> QuoteBatch:
        """Quotes of these markets as of now."""

    async def fetch_rules(self, market_id: str) -> str | None:
        """The rule text of a market; None if the venue does not know the market."""

    async def aclose(self) -> None:
        """Close connections and files."""
