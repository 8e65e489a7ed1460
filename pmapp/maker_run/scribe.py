"""A thread that writes lines, so that whoever reads them can hold up nothing else.

A pipe whose reader stands still, a terminal that is held by Ctrl-S or whose connection is gone: a
write to one of them waits for ever, and would hold the loop with orders at the venue.
"""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final

LINES_MAX: Final = 10_000
"""Lines that wait for a slow reader; more are lost."""


class Scribe:
    """Hands lines to `write` in their order, in a thread of its own. `write` raises nothing."""

    def __init__(self, write: Callable[[str], None], most: int = LINES_MAX) -> None:
        self._write = write
        self._most = most
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        # A daemon: a write that never returns must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="scribe", daemon=True)
        self._thread.start()

    def put(self, line: str) -> bool:
        """Leave a line to be written; False where too many wait already. Never waits."""
        if self._lines.qsize() >= self._most:
            return False
        self._lines.put(line)
        return True

    def close(self, within_s: float) -> None:
        """Wait for what is left to be written, but no longer than that."""
        self._lines.put(None)
        self._thread.join(within_s)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            self._write(line)
