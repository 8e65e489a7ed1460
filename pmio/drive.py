"""The drive: the only task that touches the state.

It takes what has come in, steps the core with each event, appends event and effects to the
journal, lets the core decide by a `Beat`, and hands the effects to the lanes without waiting.
Nothing is handed on before it is in the journal, and acts not before they are with the operating
system. When nothing happens it wakes at the core's own deadline.

The journal is written inline. Once the disk is so slow that a write holds the loop for
`stall_s`, the run is killed in good order; a write that fails is a failure of ours and unwinds
everything, because what cannot be recorded must not be done.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

import trio

from pmcore.effects import AnyEffect, Note
from pmcore.events import AnyEvent, Beat, Configured, Halted, KillAsked, RunOpened
from pmcore.state import State
from pmcore.step import Step, next_deadline, step
from pmcore.units import MILLISECOND, SECOND, Ns
from pmio.inbox import Inbox

BATCH_MAX: Final = 256
"""Events between two beats: a burst may not keep the core from deciding."""
GATHER_MAX: Final = 16
"""Rounds of the scheduler that a burst may hold a decision up: below a millisecond."""
FLUSH_NS: Final = 100 * MILLISECOND
"""Facts without consequences wait in the journal's buffer no longer than this."""
FLUSH_EVENTS: Final = 256
GAP_NS: Final = 10 * MILLISECOND
"""A deadline that is past although a beat has been given is taken to be this far off."""
STALL_S: Final = 2.0
SPANS_KEPT: Final = 4_096

Hand = Callable[[Any, Ns], None]
"""Takes an effect and the core's time of asking; must not wait."""


class Journal(Protocol):
    """What the drive needs of a journal; `pmio.journal.JournalWriter` is one."""

    @property
    def pending(self) -> int:
        """Events in the buffer."""

    def append(self, event: AnyEvent, effects: list[AnyEffect]) -> None:
        """Put a record into the buffer."""

    def flush(self) -> None:
        """Hand the buffer to the operating system. Raises JournalError."""

    def close(self) -> None:
        """Flush, and end the journal in order."""

    def abandon(self) -> None:
        """Let go of the file without an end, as a crash would."""


class Drive:
    """Owns `state` while `run` is running.

    `tap` hears every event before its step and must not wait; paper trading listens there.
    `stopwatch` measures the journal; give it Trio's clock in simulation.
    """

    def __init__(
        self,
        state: State,
        inbox: Inbox,
        journal: Journal,
        hand: Hand,
        *,
        tap: Callable[[AnyEvent], None] | None = None,
        advance: Step = step,
        stopwatch: Callable[[], float] | None = None,
        stall_s: float = STALL_S,
    ) -> None:
        self.state = state
        self.events = 0
        self.beats = 0
        self.spans: deque[int] = deque(maxlen=SPANS_KEPT)
        """Nanoseconds from hearing the first event of a batch to handing on what it led to."""
        self._inbox = inbox
        self._journal = journal
        self._hand = hand
        self._tap = tap
        self._advance = advance
        self._stopwatch = stopwatch or time.monotonic
        self._stall_s = stall_s
        self._flushed_ns = 0
        self._stalled = False
        self._watches: list[tuple[Callable[[State], bool], trio.Event]] = []

    def open(self, run_id: str, mode: str, config: str) -> None:
        """Put what every run begins with into the inbox. `config` is `config_text(config)`."""
        self._inbox.hear(RunOpened, run_id, mode)
        self._inbox.hear(Configured, config)

    async def run(self) -> None:
        """Drive until the lanes are halted for good (`StopAsked`, then `Halted`)."""
        while True:
            await self._wait()
            batch = self._inbox.take(BATCH_MAX)
            if self._work(batch):
                self._journal.flush()
                return

    async def when(self, true_of: Callable[[State], bool]) -> None:
        """Wait until something is true of the state, looked at after each beat."""
        if not true_of(self.state):
            event = trio.Event()
            self._watches.append((true_of, event))
            await event.wait()

    async def _wait(self) -> None:
        """Until there is an event or the core's deadline; always a checkpoint."""
        inbox = self._inbox
        if len(inbox):
            await self._gather()
            return
        due_ns = next_deadline(self.state)
        if self._journal.pending:
            due_ns = min(due_ns or self._flushed_ns + FLUSH_NS, self._flushed_ns + FLUSH_NS)
        if due_ns <= 0:
            await inbox.wait()
            await self._gather()
            return
        left_ns = due_ns - inbox.stamp()
        # A microsecond more than the difference, lest rounding wakes us just before the deadline.
        span_ns = (left_ns if left_ns > 0 else GAP_NS) + 1_000
        with trio.move_on_after(span_ns / SECOND):
            await inbox.wait()
        await self._gather()

    async def _gather(self) -> None:
        """Let what is arriving arrive: in a burst a beat for each frame would cost more than it."""
        for _ in range(GATHER_MAX):
            before = len(self._inbox)
            await trio.lowlevel.checkpoint()
            if len(self._inbox) == before:
                return

    def _work(self, batch: list[AnyEvent]) -> bool:
        """One batch and its beat; whether the run is over. Does not await."""
        asked: list[tuple[AnyEffect, Ns]] = []
        for event in batch:
            self._step(event, asked)
        now_ns = self._inbox.stamp()
        self._step(Beat(now_ns), asked)
        self.beats += 1
        self._record(now_ns, bool(asked))
        for effect, asked_ns in asked:
            self._hand(effect, asked_ns)
        if batch:
            self.spans.append(self._inbox.stamp() - batch[0].at_ns)
        self._look()
        over = any(type(event) is Halted for event in batch)
        return over and self.state.safety.stopping

    def _step(self, event: AnyEvent, asked: list[tuple[AnyEffect, Ns]]) -> None:
        if self._tap is not None:
            self._tap(event)
        effects = self._advance(self.state, event)
        self._journal.append(event, effects)
        self.events += 1
        if effects:
            now_ns = self.state.now_ns
            asked.extend([(effect, now_ns) for effect in effects])

    def _record(self, now_ns: Ns, asked: bool) -> None:
        """Flush where something is about to be done, or enough has gathered."""
        journal = self._journal
        due = journal.pending >= FLUSH_EVENTS or now_ns - self._flushed_ns >= FLUSH_NS
        if not asked and not due:
            return
        begun = self._stopwatch()
        journal.flush()
        self._flushed_ns = now_ns
        took = self._stopwatch() - begun
        if took >= self._stall_s and not self._stalled:
            self._stalled = True
            self._inbox.hear(KillAsked, f"the journal fell {took:.1f} s behind")
            at_ns = self.state.now_ns
            self._hand(Note("alert", "journal_slow", f"a write took {took:.1f} s"), at_ns)

    def _look(self) -> None:
        """Wake those whose condition has come true."""
        if not self._watches:
            return
        waiting = []
        for true_of, event in self._watches:
            if true_of(self.state):
                event.set()
            else:
                waiting.append((true_of, event))
        self._watches = waiting
