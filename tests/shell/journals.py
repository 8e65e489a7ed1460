"""A journal in memory, and the ways in which one can go wrong."""

from pathlib import Path

import trio

from pmcore.effects import AnyEffect
from pmcore.events import AnyEvent
from pmio.journal import JournalError


class MemoryJournal:
    """Keeps records; `written` counts those that were flushed."""

    def __init__(self) -> None:
        self.records: list[tuple[AnyEvent, list[AnyEffect]]] = []
        self.written = 0
        self.end = ""
        self.broken = False
        self.slow_s = 0.0
        self.now_s = 0.0

    @property
    def pending(self) -> int:
        return len(self.records) - self.written

    @property
    def events(self) -> list[AnyEvent]:
        return [event for event, _ in self.records]

    @property
    def effects(self) -> list[AnyEffect]:
        return [effect for _, effects in self.records for effect in effects]

    def append(self, event: AnyEvent, effects: list[AnyEffect]) -> None:
        assert not self.end
        self.records.append((event, effects))

    def flush(self) -> None:
        if self.broken:
            raise JournalError(Path("journal"), 0, "No space left on device", "make room")
        self.now_s += self.slow_s
        self.written = len(self.records)

    def close(self) -> None:
        self.flush()
        self.end = "closed"

    def abandon(self) -> None:
        self.end = "abandoned"

    def stopwatch(self) -> float:
        """Trio's time, and how long this journal has held it up."""
        return trio.current_time() + self.now_s
