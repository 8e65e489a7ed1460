"""Polymarket as a `VenueClient`: Gamma for markets and texts, the CLOB for books.

Markets come from `/markets/keyset` (a hundred at most), books from `POST /books` (500 tokens at
most) and the text of a single market from `/markets/{id}` or by its condition id. Source: venue
reference, sections 3.5 and 7.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import attrs
import msgspec
import stamina

from pmcore.units import Ns
from pmcore.wire.clob_books import Ladder, ladders_of
from pmcore.wire.frames import WireError
from pmcore.wire.gamma_sweep import Page, page_of
from pmio.ingest.breaker import Breaker
from pmio.ingest.quote_rows import quote_row
from pmio.ingest.venue_client import QuoteBatch, VenueDown, VenueRefused
from pmio.network import Network
from pmio.pacing import BOOK, GAMMA, Pacing
from pmio.rest import Reply, Rest, Unreachable

POLYMARKET: Final = "polymarket"
GAMMA_URL: Final = "https://gamma-api.polymarket.com"
CLOB_URL: Final = "https://clob.polymarket.com"
BUSY: Final = frozenset((408, 425, 429, 500, 502, 503, 504))
"""Statuses after which the same request may succeed."""
RETRY_AFTER_MAX_S: Final = 30.0

Tokens = Callable[[Sequence[str]], Awaitable[Mapping[str, tuple[str, ...]]]]
"""Token ids by market; the store knows them, so that a restart needs no new discovery."""


@attrs.frozen
class PolymarketOptions:
    """Where the venue is and how patiently it is asked."""

    gamma_url: str = GAMMA_URL
    clob_url: str = CLOB_URL
    page_size: int = 100
    books_at_once: int = 250
    """Tokens of one request, twice the markets; the venue allows 500."""
    timeout_s: float = 10.0
    attempts: int = 4
    wait_first_s: float = 0.5
    wait_max_s: float = 8.0
    wait_jitter_s: float = 0.5
    reference_shares: float = 100.0
    """Size for which the asks are averaged."""


class _Busy(Exception):  # noqa: N818 - it is an outcome
    """The venue asks for patience."""

    def __init__(self, text: str, retry_after_s: float) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (*self.args, self.retry_after_s)


class PolymarketClient:
    """The live venue, or anything that speaks like it at other addresses."""

    venue = POLYMARKET

    def __init__(
        self,
        network: Network,
        tokens: Tokens,
        now_ns: Callable[[], Ns],
        options: PolymarketOptions | None = None,
        changed: Callable[[str, str], None] | None = None,
    ) -> None:
        self.options = options or PolymarketOptions()
        self._tokens = tokens
        self._now_ns = now_ns
        self._rest = Rest(network, Pacing(), now_ns, timeout_s=self.options.timeout_s)
        self.breakers = {
            group: Breaker(name, changed=changed)
            for group, name in ((GAMMA, "gamma"), (BOOK, "clob"))
        }

    async def fetch_markets(self, cursor: str) -> Page:
        """One page of open markets."""
        query = {"limit": str(self.options.page_size), "closed": "false"}
        if cursor:
            query["after_cursor"] = cursor
        reply = await self._ask(GAMMA, "GET", f"{self.options.gamma_url}/markets/keyset", query)
        try:
            return page_of(reply.body)
        except WireError as error:
            raise VenueRefused(f"gamma markets: {error}") from None

    async def fetch_quotes(self, market_ids: Sequence[str]) -> QuoteBatch:
        """Quotes from the books of both tokens of each market."""
        tokens = await self._tokens(market_ids)
        asked = [token for pair in tokens.values() for token in pair if token]
        step = self.options.books_at_once
        ladders: dict[str, Ladder] = {}
        reasons: dict[str, str] = {}
        for start in range(0, len(asked), step):
            wanted = [{"token_id": token} for token in asked[start : start + step]]
            body = msgspec.json.encode(wanted)
            reply = await self._ask(BOOK, "POST", f"{self.options.clob_url}/books", {}, body)
            try:
                read, bad = ladders_of(reply.body)
            except WireError as error:
                raise VenueRefused(f"clob books: {error}") from None
            ladders |= {ladder.token: ladder for ladder in read}
            reasons |= {book.token: book.reason for book in bad if book.token}
        now_ns = self._now_ns()
        quotes, missing = [], []
        for market_id in market_ids:
            pair = tokens.get(market_id, ())
            found = [ladders.get(token) for token in pair]
            if len(pair) == 2 and any(found):
                yes, no = found
                quotes.append(quote_row(market_id, now_ns, yes, no, self.options.reference_shares))
                continue
            told = [reasons[token] for token in pair if token in reasons]
            missing.append(
                (market_id, told[0] if told else "no book" if any(pair) else "no tokens")
            )
        return QuoteBatch(tuple(quotes), tuple(missing))

    async def fetch_rules(self, market_id: str) -> str | None:
        """The market's description."""
        number = market_id.removeprefix("gamma-id:")
        query = {"id": number} if number != market_id else {"condition_ids": market_id}
        reply = await self._ask(GAMMA, "GET", f"{self.options.gamma_url}/markets", query)
        try:
            page = page_of(reply.body)
        except WireError as error:
            raise VenueRefused(f"gamma market {market_id}: {error}") from None
        return next((one.rules for one in page.listings if one.market_id == market_id), None)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._rest.aclose()

    async def _ask(
        self, group: str, method: str, url: str, query: Mapping[str, str], body: bytes = b""
    ) -> Reply:
        """One answer of status 200, with retries, behind the breaker of its group."""
        ask = partial(self._patiently, group, method, url, query, body)
        return await self.breakers[group].call(ask)

    async def _patiently(
        self, group: str, method: str, url: str, query: Mapping[str, str], body: bytes
    ) -> Reply:
        options = self.options
        reply = Reply(0, b"")
        try:
            async for attempt in stamina.retry_context(
                on=_pause_after,
                attempts=options.attempts,
                timeout=None,  # each attempt has its own deadline
                wait_initial=options.wait_first_s,
                wait_max=options.wait_max_s,
                wait_jitter=options.wait_jitter_s,
            ):
                with attempt:
                    reply = await self._rest.ask(group, method, url, body, query=query)
                    if reply.status in BUSY:
                        raise _Busy(f"HTTP {reply.status}", reply.retry_after_s)
        except (Unreachable, _Busy) as error:
            raise VenueDown(f"{url}: {error}") from None
        if reply.status != 200:
            raise VenueRefused(f"{url}: HTTP {reply.status}")
        return reply


def _pause_after(error: Exception) -> bool | float:
    """Whether to try again, and after how many seconds where the venue has said it."""
    if isinstance(error, _Busy) and error.retry_after_s > 0.0:
        return min(error.retry_after_s, RETRY_AFTER_MAX_S)
    return isinstance(error, _Busy | Unreachable)
