"""Recomputed outcomes of every window on a tape, beside the official ones.

An observer of the tape's own facts, with nothing of the maker in it: it feeds each window's two
fixings (`pmcore.model.settlement`) and compares. A window counts as recomputable when both fixings
are exact, so that a mismatch would be a fault of ours and not a hole in the recording.
"""

import msgspec

from pmcore.events import MarketListed, MarketResolved, OracleTicked
from pmcore.ids import MarketId
from pmcore.market import Market
from pmcore.model.settlement import Fixing, fixing, outcome
from pmcore.units import SECOND

LATE_NS = 120 * SECOND
"""How long after its end a window still waits for the tick that closes it."""


class Tally(msgspec.Struct):
    """How many windows there were, and what became of them."""

    markets: int = 0
    resolved: int = 0
    recomputable: int = 0
    matched: int = 0
    mismatched: list[str] = msgspec.field(default_factory=list)


class _Window:
    """A window whose fixings are not both known yet."""

    __slots__ = ("end", "start", "terms")

    def __init__(self, terms: Market) -> None:
        self.terms = terms
        self.start: Fixing = fixing(terms.settlement, terms.start_ns)
        self.end: Fixing = fixing(terms.settlement, terms.end_ns)


class Outcomes:
    """Watches facts go by; `tally` is complete once the last has passed."""

    def __init__(self) -> None:
        self.tally = Tally()
        self._open: dict[MarketId, _Window] = {}
        self._closed: dict[MarketId, _Window] = {}
        self._payouts: dict[MarketId, int] = {}
        self._seen: set[MarketId] = set()

    def observe(self, fact: object) -> None:
        """Take one fact of the tape, in heard order."""
        kind = fact.__class__
        if kind is OracleTicked:
            self._tick(fact)  # type: ignore[arg-type]
        elif kind is MarketListed:
            self._listed(fact.terms)  # type: ignore[attr-defined]
        elif kind is MarketResolved:
            self._resolved(fact)  # type: ignore[arg-type]

    def _listed(self, terms: Market) -> None:
        if terms.id not in self._seen:
            self._seen.add(terms.id)
            self.tally.markets += 1
            self._open[terms.id] = _Window(terms)

    def _tick(self, tick: OracleTicked) -> None:
        done: list[MarketId] = []
        for number, window in self._open.items():
            window.start.observe(tick.venue_ns, tick.source, tick.price)
            window.end.observe(tick.venue_ns, tick.source, tick.price)
            if tick.venue_ns > window.terms.end_ns + LATE_NS:
                done.append(number)
        for number in done:
            self._closed[number] = self._open.pop(number)
            self._compare(number)

    def _resolved(self, fact: MarketResolved) -> None:
        if fact.market in self._seen and fact.market not in self._payouts:
            self._payouts[fact.market] = fact.payout_up
            self.tally.resolved += 1
            self._compare(fact.market)

    def _compare(self, number: MarketId) -> None:
        """Compare once both the official outcome and the last tick that matters are there."""
        window = self._closed.get(number)
        payout = self._payouts.get(number)
        if window is None or payout is None:
            return
        del self._closed[number]
        tally = self.tally
        if not (window.start.recomputable and window.end.recomputable):
            return
        tally.recomputable += 1
        if outcome(window.start.price, window.end.price, window.terms.settlement.tie_up) == payout:
            tally.matched += 1
        else:
            tally.mismatched.append(window.terms.slug)

    def finish(self) -> Tally:
        """The tape is over: compare what was still waiting for ticks."""
        for number in list(self._open):
            self._closed[number] = self._open.pop(number)
            self._compare(number)
        return self.tally
