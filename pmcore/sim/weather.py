"""Spells of bad weather: feeds that are lost, prices that stall, a venue that restarts.

A lost feed says so when it goes and when it comes back; a book feed comes back with fresh books. A
stalled oracle says nothing at all. What the user channel would have said while it was down is never
repeated by it: only the next reconciliation tells, as the venue's trade list would.
"""

from typing import Any, Final

import msgspec

from pmcore.events import AnyEvent, FeedLost, FeedOpened, OracleTicked
from pmcore.ids import (
    BINANCE,
    BINANCE_FEED,
    CHAINLINK_FEED,
    MARKET_FEED,
    OUTCOMES,
    USER_FEED,
    Feed,
    MarketId,
)
from pmcore.sim.carrier import SPELL_BEGINS, SPELL_ENDS, Carrier
from pmcore.sim.faults import (
    BACK_NS,
    CANCEL_ONLY,
    DISABLED,
    FEED_LOST,
    HEARTBEAT_MISSED,
    ORACLE_BACK,
    ORACLE_STALL,
    POST_ONLY_NS,
    REJECT_STORM,
    RESTART,
    Fate,
    Spell,
)
from pmcore.sim.floor import NORMAL, POST_ONLY, RESTARTING
from pmcore.sim.watch import KINDS, Watch
from pmcore.units import Ns

MODES: Final = {CANCEL_ONLY: "cancel_only", DISABLED: "disabled"}


class Weather:
    """Which spells are on, and what they hold back."""

    __slots__ = (
        "backward",
        "bad",
        "carrier",
        "hearts_missed",
        "lost",
        "missed",
        "spells",
        "stalled",
        "watch",
    )

    def __init__(self, carrier: Carrier, watch: Watch, fate: Fate | None) -> None:
        self.carrier = carrier
        self.watch = watch
        self.spells = fate.faults.spells if fate is not None else ()
        self.lost = [0, 0, 0, 0]
        self.stalled: dict[int, int] = {}
        self.backward: dict[int, int] = {}
        self.hearts_missed = 0
        self.missed: list[AnyEvent] = []
        """What the user channel did not say while it was down."""
        self.bad = 0
        """How many spells are on: facts are filtered while it is not 0."""

    def begin_run(self, now_ns: Ns) -> None:
        """Set the timers of all spells."""
        for spell in self.spells:
            self.carrier.push(now_ns + spell.start_ns, SPELL_BEGINS, spell)
            self.carrier.push(now_ns + spell.start_ns + spell.lasting_ns, SPELL_ENDS, spell)

    def turn(self, spell: Spell, begins: bool, now_ns: Ns) -> list[AnyEvent]:
        """A spell begins or ends. Returns what the core hears of it at once."""
        change = 1 if begins else -1
        self.bad += change
        kind = spell.kind
        if kind == FEED_LOST:
            return self._feed(Feed(spell.value), change, now_ns)
        if kind == ORACLE_STALL:
            self.stalled[spell.value] = self.stalled.get(spell.value, 0) + change
        elif kind == ORACLE_BACK:
            self.backward[spell.value] = self.backward.get(spell.value, 0) + change
        elif kind == REJECT_STORM:
            self.carrier.desk.storms += change
        elif kind == HEARTBEAT_MISSED:
            self.hearts_missed += change
        elif kind == RESTART:
            self._mode(RESTARTING if begins else POST_ONLY, now_ns, 0 if begins else POST_ONLY_NS)
        elif kind in MODES:
            self._mode(MODES[kind] if begins else NORMAL, now_ns, 0)
        return []

    def _mode(self, mode: str, now_ns: Ns, lasting_ns: int) -> None:
        """Change the venue's mode; of overlapping spells the last word wins."""
        until_ns = now_ns + lasting_ns if lasting_ns else 0
        self.carrier.desk.exchange.set_mode(mode, now_ns, until_ns)
        self.carrier.drain(now_ns)

    def _feed(self, feed: Feed, change: int, now_ns: Ns) -> list[AnyEvent]:
        self.lost[feed] += change
        if change > 0:
            return [FeedLost(now_ns, feed, "fault")] if self.lost[feed] == 1 else []
        if self.lost[feed]:
            return []
        heard: list[AnyEvent] = [FeedOpened(now_ns, feed)]
        if feed == MARKET_FEED:
            for market in self.watch.since:
                for outcome in OUTCOMES:
                    book = self.carrier.desk.snapshot(MarketId(market), outcome, now_ns)
                    if book is not None:
                        heard.append(book)
        return heard

    def fact(self, fact: AnyEvent) -> AnyEvent | None:
        """A fact of the tape as the core hears it now, or None if it does not."""
        if isinstance(fact, OracleTicked):
            feed = BINANCE_FEED if fact.source == BINANCE else CHAINLINK_FEED
            if self.lost[feed] or self.stalled.get(fact.source):
                return None
            if self.backward.get(fact.source):
                return msgspec.structs.replace(fact, venue_ns=Ns(fact.venue_ns - BACK_NS))
            return fact
        if self.lost[MARKET_FEED] and fact.__class__ in KINDS:
            return None
        return fact

    def user(self, events: list[AnyEvent]) -> list[AnyEvent]:
        """Messages of the user channel: held back while it is down."""
        if not self.lost[USER_FEED]:
            return events
        self.missed.extend(events)
        return []

    def told_late(self) -> list[Any]:
        """What a reconciliation brings to light."""
        missed = self.missed
        self.missed = []
        return missed
