"""The simulated world: one core, one exchange, one heap; backtest, demonstration and stress.

Facts come in the order in which they were *heard*, each with the venue's own time. The exchange
sees a fact at its venue time, the core at its heard time (see `stream`). At one moment things
happen in this order: the venue's facts, the venue's timers, arrivals and answers as they were sent,
facts heard, then one `Beat`. Nothing depends on anything but the facts, the core, the exchange's
assumptions, the latencies, the faults and the seed.
"""

from collections.abc import Callable, Iterator
from heapq import heappop
from typing import Any, Final, Generic, TypeVar

from msgspec.structs import replace

from pmcore.effects import AnyEffect
from pmcore.events import (
    AnyEvent,
    BalanceReported,
    Beat,
    BookReset,
    Configured,
    FeedOpened,
    HeartbeatMissed,
    MarketDropped,
    MarketWatched,
    Reconciled,
    RunOpened,
)
from pmcore.ids import FEED_NAMES, Feed
from pmcore.sim.carrier import (
    ARRIVE,
    BEAT_ARRIVES,
    DELIVER,
    DELIVER_USER,
    HEARTBEAT,
    SPELL_BEGINS,
    Carrier,
)
from pmcore.sim.desk import Desk
from pmcore.sim.exchange import Exchange
from pmcore.sim.faults import Fate, Faults
from pmcore.sim.floor import NEVER
from pmcore.sim.latency import Latency
from pmcore.sim.outside import FACTS
from pmcore.sim.stream import Stream
from pmcore.sim.watch import Watch
from pmcore.sim.weather import Weather
from pmcore.units import MILLISECOND, SECOND, Ns

LINGER_NS: Final = 30 * SECOND
"""How long a run goes on after its last fact, so that trades confirm and answers come."""
STEPS_MAX: Final = 20_000
"""Steps within one nanosecond after which the core is taken to chase its own answers for ever."""
GAP_NS: Final = MILLISECOND
"""A deadline that is not in the future is taken to be this far off."""

TURNS: Final[frozenset[type[Any]]] = frozenset(
    (MarketWatched, MarketDropped, BookReset, Reconciled)
)
"""Answers that change what the core hears from then on."""

StateT = TypeVar("StateT")
Step = Callable[[StateT, AnyEvent], list[AnyEffect]]


class World(Generic[StateT]):
    """Runs `step` over `facts` on `exchange`.

    `deadline` tells when the core wants to be woken (0: never). `on_record` is called with every
    event that was stepped and the effects it led to, in order.
    """

    def __init__(  # noqa: PLR0913
        self,
        step: Step[StateT],
        state: StateT,
        facts: Iterator[AnyEvent],
        exchange: Exchange,
        latency: Latency | None = None,
        faults: Faults | None = None,
        seed: int = 0,
        on_record: Callable[[AnyEvent, list[AnyEffect]], None] | None = None,
        *,
        deadline: Callable[[StateT], int] | None = None,
        beat_due: Callable[[StateT], bool] | None = None,
        account: int = 1,
        config: str = "{}",
        run_id: str = "sim",
        heartbeat_ns: int = 0,
        linger_ns: int = LINGER_NS,
    ) -> None:
        self.step = step
        self.state = state
        self.exchange = exchange
        self.on_record = on_record
        self.deadline = deadline
        self.beat_due = beat_due
        self.config = config
        self.run_id = run_id
        self.heartbeat_ns = heartbeat_ns
        self.linger_ns = linger_ns
        fate = Fate(faults, seed) if faults is not None else None
        if fate is not None:
            exchange.floor.fate = fate
        desk = Desk(exchange, account, fate)
        chance = fate or Fate(Faults(), seed)
        self.carrier = Carrier(desk, latency or Latency(), fate, chance)
        self.watch = Watch()
        self.weather = Weather(self.carrier, self.watch, fate)
        self.now_ns = Ns(0)
        self.steps = 0
        self.beats = 0
        self.stream = Stream(facts)
        self._dead_ns: int = NEVER
        self._begun = False
        self._steps_before = 0

    def run(self, until_ns: int | None = None) -> None:
        """Go on until `until_ns` (inclusive), or to the end: last fact plus `linger_ns`."""
        if not self._begun:
            self._begin()
        limit = NEVER if until_ns is None else until_ns
        heap = self.carrier.heap
        stream = self.stream
        heard, seen = stream.heard, stream.seen
        floor = self.exchange.floor
        while True:
            if not heard or heard[0].at_ns >= stream.read_ns:
                stream.read()
            at_ns = heard[0].at_ns if heard else NEVER
            if heap and heap[0][0] < at_ns:
                at_ns = heap[0][0]  # type: ignore[assignment]  # `Ns()` is a call
            if self._dead_ns < at_ns:  # noqa: PLR1730 - as in `step`
                at_ns = self._dead_ns  # type: ignore[assignment]
            if at_ns > limit or (not heard and at_ns > self._end_ns):
                stop_ns = min(limit, self._end_ns)
                self._venue(stop_ns)
                if heap and heap[0][0] <= stop_ns:
                    continue
                break
            if (seen and seen[0][0] <= at_ns) or floor.due_ns <= at_ns:
                self._venue(at_ns)
                if heap and heap[0][0] < at_ns:
                    continue
            self._moment(at_ns)
        self.now_ns = Ns(max(self.now_ns, min(limit, self._end_ns)))

    @property
    def _end_ns(self) -> int:
        stream = self.stream
        return NEVER if stream.next_ns != NEVER else stream.last_ns + self.linger_ns

    @property
    def over(self) -> bool:
        """Whether the last fact has been heard and the time after it has passed."""
        return self.now_ns >= self._end_ns

    def _begin(self) -> None:
        """What every journal begins with."""
        self._begun = True
        self.stream.read()
        heard = self.stream.heard
        self.now_ns = at_ns = heard[0].at_ns if heard else Ns(0)
        cash = self.exchange.cash(self.carrier.desk.account)
        self.exchange.out.clear()
        self._step(RunOpened(at_ns, self.run_id, "sim"))
        self._step(Configured(at_ns, self.config))
        for feed in range(len(FEED_NAMES)):
            self._step(FeedOpened(at_ns, Feed(feed)))
        self._step(BalanceReported(at_ns, cash))
        self._beat()
        self.weather.begin_run(at_ns)
        if self.heartbeat_ns:
            self.carrier.push(at_ns, HEARTBEAT, None)

    def _venue(self, until_ns: int) -> None:
        """Let the exchange live until `until_ns`, or until it has said something due earlier."""
        exchange = self.exchange
        floor = exchange.floor
        seen = self.stream.seen
        out = exchange.out
        while True:
            if seen and seen[0][0] <= until_ns and seen[0][0] <= floor.due_ns:
                at_ns, _, fact = seen.popleft()
                now_ns: Ns = floor.now_ns
                if at_ns > now_ns:
                    floor.now_ns = now_ns = at_ns  # type: ignore[assignment]
                FACTS[fact.__class__](floor, fact, now_ns)
            elif floor.due_ns <= until_ns:
                floor.now_ns = Ns(max(floor.now_ns, floor.due_ns))
                exchange.due(Ns(floor.due_ns))
            else:
                return
            if out:
                self.carrier.drain(floor.now_ns)
                heap = self.carrier.heap
                until_ns = min(until_ns, heap[0][0]) if heap else until_ns

    def _moment(self, at_ns: Ns) -> None:
        """Everything of one moment, then a beat if the core heard anything."""
        steps = self.steps
        if at_ns > self.now_ns:
            self.now_ns = at_ns
            self._steps_before = steps
        now_ns = self.now_ns
        heap, heard = self.carrier.heap, self.stream.heard
        if heap and heap[0][0] <= now_ns:
            self._arrivals(now_ns)
        while heard and heard[0].at_ns <= now_ns:
            fact = heard.popleft()
            if self.watch.heard(fact):
                told = self.weather.fact(fact) if self.weather.bad else fact
                if told is not None:
                    self._step(told)
        if self._dead_ns <= now_ns or (
            self.steps != steps and (self.beat_due is None or self.beat_due(self.state))
        ):
            self._beat()

    def _arrivals(self, now_ns: Ns) -> None:
        """Acts that reach the venue at this moment, and what reaches the core, as it was sent."""
        heap = self.carrier.heap
        floor = self.exchange.floor
        floor.now_ns = max(floor.now_ns, now_ns)
        while heap and heap[0][0] <= now_ns:
            if self.steps - self._steps_before > STEPS_MAX:
                raise RuntimeError(f"the core does not come to rest at {now_ns} ns")
            _, _, code, thing = heappop(heap)
            if code == ARRIVE:
                self.carrier.arrive(thing, now_ns)
            elif code == DELIVER:
                for event in thing:
                    if event.__class__ in TURNS:
                        self._turn(event)
                    self._step(event)
            else:
                self._thing(code, thing, now_ns)

    def _thing(self, code: int, thing: Any, now_ns: Ns) -> None:
        """Something arrives: at the venue, at the core, or out of the sky."""
        carrier = self.carrier
        if code == DELIVER_USER:
            for event in self.weather.user(thing):
                self._step(event)
        elif code == BEAT_ARRIVES:
            self.exchange.heartbeat(carrier.desk.account, now_ns)
            carrier.answers -= 1
            carrier.drain(now_ns)
        elif code == HEARTBEAT:
            carrier.push(now_ns + self.heartbeat_ns, HEARTBEAT, None)
            if self.weather.hearts_missed:
                self._step(HeartbeatMissed(now_ns, "request timed out"))
            else:
                carrier.push(now_ns + carrier.other_ns, BEAT_ARRIVES, None)
        else:
            for event in self.weather.turn(thing, code == SPELL_BEGINS, now_ns):
                self._turn(event)
                self._step(event)

    def _turn(self, event: AnyEvent) -> None:
        """Follow what an answer changes in what we hear."""
        kind = event.__class__
        if kind is MarketWatched:
            self.watch.open(event.market)  # type: ignore[union-attr]
        elif kind is MarketDropped:
            self.watch.close(event.market)  # type: ignore[union-attr]
        elif kind is BookReset:
            self.watch.snapshot(event)  # type: ignore[arg-type]
        elif kind is Reconciled:
            for missed in self.weather.told_late():
                self._step(missed)

    def _step(self, event: AnyEvent) -> None:
        """Step the core once, at this moment, and send off what it asks for."""
        if event.at_ns != self.now_ns:
            event = replace(event, at_ns=self.now_ns)
        effects = self.step(self.state, event)
        self.steps += 1
        if self.on_record is not None:
            self.on_record(event, effects)
        if effects:
            self.carrier.perform(effects, self.now_ns)

    def _beat(self) -> None:
        """Let the core decide, and ask when it wants to be woken."""
        now_ns = self.now_ns
        self.beats += 1
        self._step(Beat(now_ns))
        if self.deadline is not None:
            dead_ns = self.deadline(self.state)
            if dead_ns <= 0:
                self._dead_ns = NEVER
            else:
                self._dead_ns = dead_ns if dead_ns > now_ns else now_ns + GAP_NS
        elif self._dead_ns <= now_ns:
            self._dead_ns = NEVER
