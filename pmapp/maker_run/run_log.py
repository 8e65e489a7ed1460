"""The log of a run: one JSON object a line on the standard error, without secrets.

Every line passes the scrubber last, after it was rendered, so that nothing that is put into it
(a venue's text, an exception with its traceback) can carry a secret out.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import structlog

from pmapp.maker_run.scribe import Scribe

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
NOTE_LEVELS: Final = {"info": "info", "warning": "warning", "alert": "error"}
"""Level of a note of the core -> level of its line."""
CLOSE_S: Final = 0.5
"""How long the end waits for a reader of the log who stands still."""


class Unbreakable:
    """A stream whose failure costs lines, never the run: orders rest while the log is full."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._scribe: Scribe | None = None
        self.lost = 0
        """Lines that could not be written."""
        self._untold = 0

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Until the block ends lines are written by a thread: who reads them may stand still."""
        self._scribe = scribe = Scribe(self._out)
        try:
            yield
        finally:
            self._scribe = None
            scribe.close(CLOSE_S)

    def write(self, line: str) -> int:
        """Write, or count what could not be written."""
        scribe = self._scribe
        if scribe is None:
            self._out(line)
        elif not scribe.put(line):
            self.lost += 1
            self._untold += 1
        elif self._untold:
            # The reader is back: a gap that nobody knows of would be read as silence.
            scribe.put(_gap(self._untold))
            self._untold = 0
        return len(line)

    def flush(self) -> None:
        """Nothing: each line is flushed."""

    def _out(self, line: str) -> None:
        # Looked up at each line: a live view puts its own in the place of the standard error.
        stream = self._stream or sys.stderr
        try:
            if stream is sys.__stderr__ and stream is not None:
                # Past Python's buffer, whose lock a write that waits would hold at the exit.
                rest = memoryview(line.encode(errors="replace"))
                while rest:
                    rest = rest[os.write(stream.fileno(), rest) :]
            else:
                stream.write(line)
                stream.flush()
        except (OSError, ValueError, AttributeError):
            self.lost += 1


def _gap(lines: int) -> str:
    at = datetime.now(tz=UTC).isoformat().replace("+00:00", "Z")
    told = {"lines": lines, "event": "lines_lost", "level": "warning", "timestamp": at}
    return json.dumps(told) + "\n"


class RunLog:
    """Writes lines of `level` and above. `hide` names the scrubber once the secrets are known."""

    def __init__(self, level: str = "info", stream: TextIO | None = None) -> None:
        self._scrub: Callable[[str], str] = str
        self.stream = Unbreakable(stream)
        self._threshold = LEVELS[level]
        self._log: Any = structlog.wrap_logger(
            structlog.WriteLogger(self.stream),  # type: ignore[arg-type]
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(default=str),
                self._clear,  # type: ignore[list-item]  # after the renderer it is a text
            ],
            wrapper_class=structlog.make_filtering_bound_logger(self._threshold),
            cache_logger_on_first_use=True,
        )

    def hide(self, scrub: Callable[[str], str]) -> None:
        """Clear every further line with `scrub`."""
        self._scrub = scrub

    def debug(self, event: str, **fields: Any) -> None:
        """What is only wanted when something is looked for."""
        self._log.debug(event, **fields)

    def info(self, event: str, **fields: Any) -> None:
        """What the run does."""
        self._log.info(event, **fields)

    def warning(self, event: str, **fields: Any) -> None:
        """What the world does to it."""
        self._log.warning(event, **fields)

    def error(self, event: str, **fields: Any) -> None:
        """What somebody must look at. `exc_info` takes an exception."""
        self._log.error(event, **fields)

    def told(self, level: str, event: str, **fields: Any) -> None:
        """A line whose level is a note's: info, warning or alert."""
        getattr(self._log, NOTE_LEVELS.get(level, "error"))(event, **fields)

    def _clear(self, _logger: object, _name: str, line: str) -> str:
        return self._scrub(line)
