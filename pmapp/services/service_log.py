"""JSON logs of the services: one line a cycle, with its duration and its counts."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import structlog

Log = structlog.typing.FilteringBoundLogger
LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def service_log(level: str = "info", stream: TextIO | None = None) -> Log:
    """A logger that writes one JSON object a line to the standard error."""
    log: Log = structlog.wrap_logger(
        structlog.PrintLogger(stream or sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        cache_logger_on_first_use=True,
    )
    return log


class Span:
    """One measured stretch of work; what is put into `told` stands in its line."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self._begun = time.perf_counter()
        self._ended: float | None = None

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        return (self._ended or time.perf_counter()) - self._begun

    def end(self) -> None:
        """Stop measuring."""
        self._ended = time.perf_counter()


@contextmanager
def span(log: Log, name: str, *, quiet: bool = False) -> Iterator[Span]:
    """Measure a stretch and log it at its end: INFO, or DEBUG where `quiet` (hot paths)."""
    measured = Span()
    try:
        yield measured
    except Exception as error:
        measured.end()
        log.warning(
            name, outcome="failed", fault=f"{type(error).__name__}: {error}",
            duration_s=round(measured.seconds, 4), **measured.told,
        )  # fmt: skip
        raise
    measured.end()
    tell = log.debug if quiet else log.info
    tell(name, outcome="done", duration_s=round(measured.seconds, 4), **measured.told)
