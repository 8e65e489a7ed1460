"""Markets of the series: found by slug, completed by the matching engine's own terms, looked at
again while they live, and asked for their result when they are over.

Gamma lists a market, `/clob-markets` has the terms that orders are held to (tick, minimum, fees,
delay, version, rewards), and where they differ the engine's count. A slug that is not there is
asked for again by the core; when one has been missing for `search_s`, the series itself is searched
for the nearest window, in case the grid of windows has moved.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import trio

from pmcore.effects import FindMarket
from pmcore.events import Garbled, MarketListed, MarketMissing, MarketResolved
from pmcore.ids import MARKET_FEED, MarketId
from pmcore.market import Market
from pmcore.units import Price
from pmcore.wire.clob_market import clob_market
from pmcore.wire.frames import FAULTS, WireError, fault, scaled
from pmcore.wire.gamma import decode_market, market_of, with_clob_terms
from pmio.inbox import Inbox
from pmio.lanes import Act, answer
from pmio.pacing import GAMMA, PUBLIC
from pmio.rest import Rest, Unreachable
from pmio.roster import Roster

REFRESH_S: Final = 30.0
"""How often the terms of a live market are read again: the accepting flag, a revised grid."""
RESULT_S: Final = 10.0
"""How often a market that is over is asked for its result, beside the socket's own word."""
SERIES_ID: Final = "10192"
"""The venue's id of `btc-15m-updown` (reference, section 7)."""


class Discovery:
    """Performs `FindMarket`; `run` keeps the terms of watched markets fresh."""

    def __init__(
        self,
        rest: Rest,
        gamma: str,
        clob: str,
        roster: Roster,
        inbox: Inbox,
        prefix: str,
        *,
        search_s: float = 120.0,
        series_id: str = SERIES_ID,
    ) -> None:
        self._rest = rest
        self._gamma = gamma
        self._clob = clob
        self._roster = roster
        self._inbox = inbox
        self._prefix = prefix
        self._search_s = search_s
        self._series_id = series_id
        self._missing: dict[MarketId, float] = {}
        """When each missing window was first asked for, on Trio's clock."""

    async def perform(self, acts: Sequence[Act]) -> None:
        """Look each window up."""
        for act in acts:
            effect: FindMarket = act.effect
            terms = await self._look_up(effect.slug)
            if terms is not None and terms.id == effect.market:
                self._missing.pop(effect.market, None)
                self._roster.list(terms)
                answer(self._inbox, act, MarketListed(self._inbox.stamp(), terms))
                continue
            answer(self._inbox, act, MarketMissing(self._inbox.stamp(), effect.market))
            begun = self._missing.setdefault(effect.market, trio.current_time())
            if trio.current_time() - begun >= self._search_s:
                self._missing[effect.market] = trio.current_time()
                await self._search(effect.market)

    async def run(self) -> None:
        """Read terms and results again until cancelled."""
        looked: dict[MarketId, float] = {}
        while True:
            await trio.sleep(1.0)
            for market in list(self._roster.watched):
                terms = self._roster.markets.get(market)
                if terms is None or market in self._roster.payouts:
                    continue
                over = self._inbox.stamp() >= terms.end_ns
                span = RESULT_S if over else REFRESH_S
                now = trio.current_time()
                if now - looked.setdefault(market, now) >= span:
                    looked[market] = now
                    await self._look_again(terms)
            looked = {m: at for m, at in looked.items() if m in self._roster.watched}

    async def _look_up(self, slug: str) -> Market | None:
        """A market with the engine's terms; None where it is not there, or not whole yet."""
        body = await self._listing(slug)
        if body is None:
            return None
        try:
            return await self._completed(market_of(body, self._prefix))
        except WireError as error:
            self._complain(slug, error)
            return None

    async def _listing(self, slug: str) -> bytes | None:
        try:
            reply = await self._rest.read(GAMMA, f"{self._gamma}/markets/slug/{slug}")
        except Unreachable:
            return None
        return reply.body if reply.status == 200 else None

    async def _completed(self, market: Market) -> Market | None:
        """With the engine's terms; None while the engine does not know it. Raises WireError."""
        try:
            reply = await self._rest.read(
                PUBLIC, f"{self._clob}/clob-markets/{market.condition_id}"
            )
        except Unreachable:
            return None
        if reply.status != 200:
            return None  # "may 404 for minutes after listing"
        return with_clob_terms(market, clob_market(reply.status, reply.body))

    async def _look_again(self, known: Market) -> None:
        """Tell the core of changed terms, and of a result."""
        body = await self._listing(known.slug)
        if body is None:
            return
        try:
            payout = result_of(body)
            terms = await self._completed(market_of(body, self._prefix))
        except WireError as error:
            self._complain(known.slug, error)
            return
        if terms is not None and terms != known and known.id in self._roster.watched:
            self._roster.list(terms)
            self._inbox.hear(MarketListed, terms)
        if payout is not None and known.id not in self._roster.payouts:
            at_ns = self._inbox.stamp()
            event = MarketResolved(at_ns, at_ns, known.id, payout)
            self._roster.note((event,))
            self._inbox.put((event,))

    async def _search(self, wanted: MarketId) -> None:
        """List the window of the series that begins next, whatever grid it is on."""
        query = {"series_id": self._series_id, "closed": "false", "limit": "100"}
        try:
            reply = await self._rest.read(GAMMA, f"{self._gamma}/events/keyset", query=query)
            if reply.status != 200:
                return
            found = nearest(reply.body, self._prefix, wanted)
            terms = await self._completed(found) if found is not None else None
        except Unreachable:
            return
        except WireError as error:
            self._complain("series", error)
            return
        if terms is not None and terms.id not in self._roster.markets:
            self._roster.list(terms)
            self._inbox.hear(MarketListed, terms)

    def _complain(self, slug: str, error: WireError) -> None:
        reason, excerpt = f"{slug}: {error.reason}"[:200], error.excerpt[:200]
        self._inbox.hear(Garbled, MARKET_FEED, reason, excerpt)


def nearest(body: bytes, prefix: str, wanted: MarketId) -> Market | None:
    """The market of an `/events/keyset` page that begins soonest, not before `wanted`."""
    try:
        page = msgspec.json.decode(body)
        events = page["events"] if isinstance(page, dict) else page
        listed = [market for event in events for market in event.get("markets") or ()]
    except (*FAULTS, KeyError, TypeError, AttributeError) as error:
        raise fault(ValueError(str(error)), body) from None
    best: Market | None = None
    for one in listed:
        try:
            market = decode_market(one, prefix)
        except WireError:
            continue
        if market.id >= wanted and (best is None or market.id < best.id):
            best = market
    return best


def result_of(body: bytes) -> Price | None:
    """What Up pays by a Gamma market that is closed and resolved; None while it is not.

    `outcomePrices` of a market that is only closed may still be its last traded ones, so no other
    values than a win, a loss or an even split are results.
    """
    try:
        listed = msgspec.json.decode(body)
        if not isinstance(listed, dict) or listed.get("closed") is not True:
            return None
        names = [str(name).lower() for name in _texts(listed, "outcomes")]
        prices = [scaled(price, 4, "outcomePrices") for price in _texts(listed, "outcomePrices")]
    except FAULTS as error:
        raise fault(error, body) from None
    if len(names) != 2 or len(prices) != 2:
        return None
    up = prices[0] if names[0] in ("up", "yes") else prices[1]
    return Price(up) if up in (0, 5_000, 10_000) and sum(prices) == 10_000 else None


def _texts(listed: Mapping[str, Any], name: str) -> list[Any]:
    """A list that Gamma writes as JSON inside a text."""
    value = listed.get(name)
    if isinstance(value, str):
        value = msgspec.json.decode(value)
    return value if isinstance(value, list) else []
