"""Stress: a journal or a seeded flow through the same step, as fast as it goes or at a pace.

Everything runs on one core: in a seeded flow the simulated exchange takes its part of the time, and
so do the laws, which are checked after every step and never counted into a step's own latency.
"""

import resource
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from pmapp.pace import Clock, Pace
from pmapp.spans import Spans
from pmcore.effects import Effects
from pmcore.events import AnyEvent, Beat, BookReset, LevelChanged, TouchQuoted
from pmcore.laws import violations
from pmcore.maker.act import Decide
from pmcore.maker.decide import decide
from pmcore.market_state import MarketState
from pmcore.state import RUNNING, State, new_state
from pmcore.step import Step, stepper
from pmio.journal import Batch
from pmio.journal_frame import encode

BOOK_EVENTS: Final = frozenset({LevelChanged, BookReset, TouchQuoted})
SHOWN_MAX: Final = 20


class EffectsDifferError(Exception):
    """The core no longer asks for what the journal says that it asked for."""


class Meter:
    """A step that measures itself: call `step` in place of the core's own."""

    def __init__(
        self, pace: Pace | None, clock: Clock, laws: bool = True, policy: Decide = decide
    ) -> None:
        self.pace = pace
        self.clock = clock
        self.laws = laws
        self.kinds: dict[type, Spans] = {}
        self.decisions = Spans()
        self.book_to_plan = Spans()
        self.events = 0
        self.effects = 0
        self.batch_max = 0
        self.lasted_ns = 0
        """Of the core's own time, from the first beat to the last."""
        self.ran_ns = 0
        """For how much of it the maker ran."""
        self.violations = 0
        self.shown: list[str] = []
        self._policy = policy
        self._planned = 0
        self._batch = 0
        self._book_ns = 0
        self._beat_ns = 0
        self._ran = False
        self._advance: Step = stepper(self._decide)

    def _decide(self, state: State, market: MarketState) -> None:
        self._planned += 1
        self._policy(state, market)

    def step(self, state: State, event: AnyEvent) -> Effects:
        """Step the core once, measure it, and check every law."""
        if self.pace is not None:
            self.pace.wait(event.at_ns)
        kind = event.__class__
        planned = self._planned
        now_ns = self.clock.now_ns
        began = now_ns()
        effects = self._advance(state, event)
        ended = now_ns()
        spans = self.kinds.get(kind)
        if spans is None:
            spans = self.kinds[kind] = Spans()
        spans.add(ended - began)
        if self._planned != planned:
            self.decisions.add(ended - began)
            if self._book_ns:
                self.book_to_plan.add(ended - self._book_ns)
                self._book_ns = 0
        elif not self._book_ns and kind in BOOK_EVENTS and _plan_due(state, event):
            self._book_ns = began
        self.events += 1
        self.effects += len(effects)
        self._batch += 1
        if kind is Beat:
            self.batch_max = max(self.batch_max, self._batch - 1)
            self._batch = 0
            self._time(state)
        if self.laws:
            self._check(state, event, effects)
        return effects

    @property
    def beats(self) -> int:
        """How many beats were stepped."""
        return self.kinds[Beat].total if Beat in self.kinds else 0

    @property
    def running_pct(self) -> float:
        """For how much of the time the maker ran: killed, it is not tested."""
        return round(100.0 * self.ran_ns / self.lasted_ns, 1) if self.lasted_ns else 0.0

    def _time(self, state: State) -> None:
        """Between two beats the mode is what it was after the first: beats are no clock."""
        if self._beat_ns:
            lasted_ns = state.now_ns - self._beat_ns
            self.lasted_ns += lasted_ns
            self.ran_ns += lasted_ns if self._ran else 0
        self._beat_ns = state.now_ns
        self._ran = state.safety.mode == RUNNING

    def _check(self, state: State, event: AnyEvent, effects: Effects) -> None:
        for broken in violations(state, effects):
            self.violations += 1
            if len(self.shown) < SHOWN_MAX:
                self.shown.append(f"record {state.seq}, {type(event).__name__}: {broken}")


class Stressed(msgspec.Struct, kw_only=True):
    """What a stress run measured. Spans in microseconds."""

    source: str
    speed: str
    events: int
    beats: int
    effects: int
    seconds: float
    events_per_s: float
    """Over the whole run on the wall clock: exchange, laws and waiting included."""
    step_events_per_s: float
    """Over the time inside the step alone."""
    decisions: int
    decision_p50_us: float
    decision_p99_us: float
    decision_max_us: float
    book_to_plan_p50_us: float
    """From the step of a book event that made a plan due to the end of that plan."""
    book_to_plan_p99_us: float
    lag_p50_us: float | None
    """How late a step began; None at `max`, where nothing is due."""
    lag_p99_us: float | None
    lag_max_us: float | None
    queue_max: int
    queue_of: str
    rss_mib: float
    laws_checked: int
    violations: int
    shown: list[str]
    kinds: dict[str, dict[str, Any]]
    outcome: dict[str, Any]


def measure(
    run: Callable[[Step], State],
    *,
    source: str,
    speed: str,
    times: Sequence[int] | None = None,
    laws: bool = True,
    clock: Clock | None = None,
    policy: Decide = decide,
) -> Stressed:
    """Let `run` drive a measured step to its end, and say what was measured.

    `speed` is a number of times as fast as heard, or `max`.
    """
    clock = clock or Clock()
    pace = None if speed == "max" else Pace(float(speed), clock, times)
    meter = Meter(pace, clock, laws, policy)
    began = clock.now_ns()
    state = run(meter.step)
    seconds = (clock.now_ns() - began) / 1e9
    inside = sum(spans.total_ns for spans in meter.kinds.values()) / 1e9
    lags = None if pace is None else [pace.lags.percentile_us(p) for p in (0.5, 0.99, 1.0)]
    if pace is not None and times is not None:
        queue, queue_of = pace.queue_max, "events due and not yet stepped"
    else:
        queue, queue_of = meter.batch_max, "events between two beats"
    return Stressed(
        source=source,
        speed=speed,
        events=meter.events,
        beats=meter.beats,
        effects=meter.effects,
        seconds=round(seconds, 3),
        events_per_s=round(meter.events / seconds, 1) if seconds else 0.0,
        step_events_per_s=round(meter.events / inside, 1) if inside else 0.0,
        decisions=meter.decisions.total,
        decision_p50_us=meter.decisions.percentile_us(0.5),
        decision_p99_us=meter.decisions.percentile_us(0.99),
        decision_max_us=meter.decisions.percentile_us(1.0),
        book_to_plan_p50_us=meter.book_to_plan.percentile_us(0.5),
        book_to_plan_p99_us=meter.book_to_plan.percentile_us(0.99),
        lag_p50_us=lags[0] if lags else None,
        lag_p99_us=lags[1] if lags else None,
        lag_max_us=lags[2] if lags else None,
        queue_max=queue,
        queue_of=queue_of,
        rss_mib=peak_mib(),
        laws_checked=meter.events if laws else 0,
        violations=meter.violations,
        shown=meter.shown,
        kinds={kind.__name__: _row(spans) for kind, spans in _by_count(meter.kinds)},
        outcome=_outcome(state) | {"running_pct": meter.running_pct},
    )


def journal_run(
    batches: Iterable[Batch], first_state: Callable[[Batch], State]
) -> Callable[[Step], State]:
    """A run that feeds recorded events, whose effects nobody performs.

    Raises EffectsDifferError where the effects are not the recorded ones: the answers that follow
    would belong to orders that were never sent, and the rest would measure nothing.
    """

    def run(advance: Step) -> State:
        state: State | None = None
        for batch in batches:
            if state is None:
                state = first_state(batch)
            got = []
            for event in batch.events:
                effects = advance(state, event)
                if effects:
                    got.append((state.seq, effects))
            if encode(got) != batch.asked:
                raise EffectsDifferError(batch.first, state.seq)
        return new_state() if state is None else state

    return run


def peak_mib() -> float:
    """The most memory that this process has had resident, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)


def _plan_due(state: State, event: Any) -> bool:
    market = state.markets.get(event.market)
    return market is not None and market.dirty


def _by_count(kinds: dict[type, Spans]) -> list[tuple[type, Spans]]:
    return sorted(kinds.items(), key=lambda pair: (-pair[1].total, pair[0].__name__))


def _row(spans: Spans) -> dict[str, Any]:
    return {
        "count": spans.total,
        "p50_us": spans.percentile_us(0.5),
        "p90_us": spans.percentile_us(0.9),
        "p99_us": spans.percentile_us(0.99),
        "max_us": spans.percentile_us(1.0),
    }


def _outcome(state: State) -> dict[str, Any]:
    """What became of the run itself, so that a quick run that did nothing is not mistaken."""
    totals = state.totals
    open_fills = sum(market.inventory.fills for market in state.markets.values())
    return {
        "mode": state.safety.mode,
        "why": state.safety.why,
        "markets_done": totals.markets,
        "fills": totals.fills + open_fills,
        "pairs_merged": totals.pairs_merged / 1e6,
        "open_orders": sum(len(market.orders) for market in state.markets.values()),
    }
