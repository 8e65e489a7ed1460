"""The market channel: every book that is watched, on one connection.

The set of tokens follows the roster: what is watched later is subscribed on the open connection.
The channel has no sequence numbers and no way to ask for a snapshot in its own order, so the last
seconds of changes are kept: a snapshot by REST is put back in its place by replaying what came
after it. A market in its window that falls silent is a stall, even while others still speak.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec
import trio
from msgspec.structs import replace

from pmcore.events import AnyEvent, BookReset, LevelChanged, TickChanged, TradePrinted
from pmcore.ids import MARKET_FEED, OUTCOME_NAMES, OUTCOMES, MarketId, Outcome
from pmcore.units import SECOND, Ns
from pmcore.wire.clob_ws import decode
from pmio.roster import Roster
from pmio.websocket import Socket

PING_S: Final = 10.0
FRAME_SILENCE_S: Final = 30.0
"""The venue answers each PING; its own client takes 30 s without an answer for dead."""
KEPT_NS: Final = 5 * SECOND
KEPT_MAX: Final = 4_096

Change = LevelChanged | TradePrinted | TickChanged
Place = tuple[MarketId, Outcome]


class MarketLine:
    """The market channel as a `Line`. `stale_s` without facts of a running market is a stall."""

    feed = MARKET_FEED
    ping = "PING"
    ping_s = PING_S
    frame_silence_s = FRAME_SILENCE_S
    scrub: Callable[[str], str] | None = None

    def __init__(self, url: str, roster: Roster, now_ns: Callable[[], Ns], stale_s: float) -> None:
        self.url = url
        self._roster = roster
        self._now_ns = now_ns
        self._stale_s = stale_s
        self._sent: dict[str, None] = {}
        self._heard: dict[Place, float] = {}
        self._kept: dict[Place, deque[Change]] = {}

    async def ready(self) -> None:
        """Wait for the first market to watch."""
        while not self._roster.watched:
            await self._roster.changed()

    async def greet(self, socket: Socket) -> None:
        """Subscribe to every watched token; the venue answers with their books."""
        self._kept.clear()
        self._sent = self._wanted()
        now = trio.current_time()
        self._heard = dict.fromkeys(self._places(), now)
        await socket.send(_text({"assets_ids": list(self._sent), "type": "market"} | FEATURES))

    async def attend(self, socket: Socket) -> None:
        """Follow the roster on the open connection."""
        while True:
            wanted = self._wanted()
            more = [token for token in wanted if token not in self._sent]
            fewer = [token for token in self._sent if token not in wanted]
            self._sent = wanted
            now = trio.current_time()
            self._heard = {place: self._heard.get(place, now) for place in self._places()}
            if more:
                await socket.send(_text({"operation": "subscribe", "assets_ids": more} | FEATURES))
            if fewer:
                await socket.send(_text({"operation": "unsubscribe", "assets_ids": fewer}))
            if not more and not fewer:
                await self._roster.changed()

    def hear(self, frame: bytes | str, at_ns: Ns) -> list[AnyEvent]:
        """Books, changes, prints, grids and resolutions of the tokens on the roster."""
        roster = self._roster
        events = decode(frame, at_ns, roster.tokens, roster.ticks)
        if not events:
            return events
        now = trio.current_time()
        for event in events:
            if isinstance(event, LevelChanged | TradePrinted):
                self._keep(event)
                self._heard[event.market, event.outcome] = now
            elif isinstance(event, BookReset):
                self._kept.pop((event.market, event.outcome), None)
                self._heard[event.market, event.outcome] = now
            else:
                if isinstance(event, TickChanged):
                    self._keep(event)
                roster.note((event,))
        return events

    def stalled(self, now: float) -> str:
        """A token inside its window of which nothing has come for `stale_s`.

        Every change of one token is told of the other too, so neither is silent by itself.
        """
        now_ns = self._now_ns()
        for place in self._places():
            terms = self._roster.markets[place[0]]
            if not terms.start_ns <= now_ns < terms.end_ns:
                continue
            since = max(self._heard.get(place, now), now - (now_ns - terms.start_ns) / SECOND)
            if now - since > self._stale_s:
                name = OUTCOME_NAMES[place[1]]
                return f"{terms.slug} {name} silent for {self._stale_s:g} s"
        return ""

    def after(self, snapshot: BookReset) -> list[AnyEvent] | None:
        """What this connection said after a REST snapshot was taken, stamped as the snapshot.

        Sizes are absolute, so changes of the snapshot's own millisecond may be repeated. None where
        the snapshot is older than what is kept: it cannot be brought up to date.
        """
        kept = self._kept.get((snapshot.market, snapshot.outcome))
        if not kept:
            return []
        if len(kept) == KEPT_MAX and kept[0].venue_ns > snapshot.venue_ns:
            return None
        if kept[-1].venue_ns - snapshot.venue_ns > KEPT_NS:
            return None
        at_ns = snapshot.at_ns
        return [replace(one, at_ns=at_ns) for one in kept if one.venue_ns >= snapshot.venue_ns]

    def _keep(self, event: Change) -> None:
        place = (event.market, event.outcome)
        kept = self._kept.get(place)
        if kept is None:
            kept = self._kept[place] = deque(maxlen=KEPT_MAX)
        kept.append(event)
        oldest = event.venue_ns - 2 * KEPT_NS
        while kept[0].venue_ns < oldest:
            kept.popleft()

    def _places(self) -> list[Place]:
        """Both outcomes of every watched market, in the order of watching."""
        roster = self._roster
        return [
            (market, outcome)
            for market in roster.watched
            if market in roster.markets
            for outcome in OUTCOMES
        ]

    def _wanted(self) -> dict[str, None]:
        """Their tokens."""
        markets = self._roster.markets
        return {markets[market].token(outcome): None for market, outcome in self._places()}


FEATURES: Final = {"custom_feature_enabled": True}
"""Adds `market_resolved` (and others that the decoder skips)."""


def _text(message: object) -> str:
    return msgspec.json.encode(message).decode()
