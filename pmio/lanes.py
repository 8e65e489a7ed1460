"""Lanes: bounded queues between the drive and those who perform what the core asks.

A lane has one performer, which takes what waits in batches, in the order of its arrival. Offering
never waits: a full lane answers by itself (`pmio.answers`). Whatever happens (a performer that
forgets an act, a cancelled lane, an exception of ours), each act gets exactly one answer.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
import trio

from pmcore.effects import AnyEffect, Effect
from pmcore.events import AnyEvent
from pmcore.units import Ns
from pmio.answers import unanswered
from pmio.inbox import Inbox

FULL: Final = "lane full"
CLOSED: Final = "lane closed"
FORGOTTEN: Final = "no answer"
SPANS_KEPT: Final = 1_024


class Act(msgspec.Struct, eq=False):
    """One effect on its way: when the core asked, and whether it has been answered.

    `asked_ns` is the core's own time of asking; an order's id at the venue is made with it.
    """

    effect: Any
    asked_ns: Ns
    offered: float
    """Trio's time of the offer."""
    answered: bool = False


Perform = Callable[[Sequence[Act]], Awaitable[None]]


class Lane:
    """A queue of at most `capacity` acts for one performer, handed over up to `batch` at a time."""

    __slots__ = ("_batch", "_capacity", "_closed", "_idle", "_inbox", "_out", "_perform",
                 "_waiting", "acts", "name", "peak", "spans")  # fmt: skip

    def __init__(
        self, name: str, inbox: Inbox, perform: Perform, capacity: int = 64, batch: int = 1
    ) -> None:
        self.name = name
        self.peak = 0
        """The most acts that have waited here."""
        self.acts = 0
        self.spans: deque[float] = deque(maxlen=SPANS_KEPT)
        """Seconds from offer to answer of the latest acts."""
        self._inbox = inbox
        self._perform = perform
        self._capacity = capacity
        self._batch = batch
        self._waiting: deque[Act] = deque()
        self._out: Sequence[Act] = ()
        self._idle = trio.lowlevel.ParkingLot()
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiting) + len(self._out)

    def offer(self, effect: AnyEffect, asked_ns: Ns) -> None:
        """Queue an act, or answer it at once where the lane is full or closed."""
        if self._closed or len(self._waiting) >= self._capacity:
            text = CLOSED if self._closed else FULL
            self._inbox.put((unanswered(self._inbox.stamp(), effect, f"{self.name}: {text}"),))
            return
        self._waiting.append(Act(effect, asked_ns, trio.current_time()))
        self.peak = max(self.peak, len(self._waiting))
        self._idle.unpark_all()

    async def run(self) -> None:
        """Perform until cancelled; then answer what is left."""
        try:
            while True:
                while not self._waiting:
                    await self._idle.park()
                most = min(self._batch, len(self._waiting))
                self._out = [self._waiting.popleft() for _ in range(most)]
                await self._perform(self._out)
                self._settle(FORGOTTEN)
                await trio.lowlevel.checkpoint()
        finally:
            self._closed = True
            self._out = [*self._out, *self._waiting]
            self._waiting.clear()
            self._settle(CLOSED)

    def _settle(self, text: str) -> None:
        """Answer every act in hand that has none yet."""
        now = trio.current_time()
        for act in self._out:
            answer_for(self._inbox, act, text)
            self.spans.append(now - act.offered)
        self.acts += len(self._out)
        self._out = ()


def answer(inbox: Inbox, act: Act, event: AnyEvent) -> None:
    """Answer an act with an event stamped now. A second answer is a mistake of ours."""
    if act.answered:
        raise AssertionError(f"{type(act.effect).__name__} was answered twice")
    act.answered = True
    inbox.put((event,))


def answer_for(inbox: Inbox, act: Act, text: str) -> None:
    """Give an act the answer of last resort, unless it has one."""
    effect: Effect = act.effect
    if not act.answered:
        answer(inbox, act, unanswered(inbox.stamp(), effect, text))
