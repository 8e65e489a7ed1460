"""The venue's own appointments: what it must do at which moment of its time."""

from collections.abc import Callable
from heapq import heappop, heappush

from pmcore.sim.floor import NEVER
from pmcore.units import Ns


class Timers:
    """A heap of calls; of two at the same moment the one set first goes first."""

    __slots__ = ("_count", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Callable[[Ns], None]]] = []
        self._count = 0

    def at(self, when_ns: int, call: Callable[[Ns], None]) -> None:
        """Have `call(when_ns)` made when the time comes."""
        self._count += 1
        heappush(self._heap, (when_ns, self._count, call))

    @property
    def next_ns(self) -> int:
        """When the next call is due; NEVER if there is none."""
        return self._heap[0][0] if self._heap else NEVER

    def run(self, until_ns: int) -> None:
        """Make every call that is due, each with its own time."""
        while self._heap and self._heap[0][0] <= until_ns:
            when, _, call = heappop(self._heap)
            call(Ns(when))
