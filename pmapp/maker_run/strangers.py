"""What others say on the standard error becomes lines of the log, and so is cleared of secrets.

Libraries log through `logging`, Python warns and complains of exceptions in finalisers: each would
print a text of its own, as it is.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pmapp.maker_run.run_log import RunLog


class Lines(logging.Handler):
    """Records of `logging`, as lines: a warning stays one, anything graver is an error."""

    def __init__(self, log: RunLog) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Tell one record. Raises nothing: a library's mistake in its own text is not ours."""
        try:
            text = record.getMessage()
        except Exception as mistake:
            text = f"{record.msg!r} ({mistake!r})"
        tell = self._log.warning if record.levelno < logging.ERROR else self._log.error
        error = record.exc_info[1] if record.exc_info else None
        more: dict[str, Any] = {} if error is None else {"exc_info": error}
        tell("stranger", logger=record.name, text=text, **more)


@contextmanager
def told_to(log: RunLog) -> Iterator[None]:
    """Let `log` have what `logging`, `warnings` and finalisers say, until the block ends."""
    root, lines, unraisable = logging.getLogger(), Lines(log), sys.unraisablehook

    def ignored(about: Any) -> None:
        where = f"{about.err_msg or 'ignored in'} {type(about.object).__name__}"
        log.error("stranger", logger="python", text=where, exc_info=about.exc_value)

    root.addHandler(lines)
    logging.captureWarnings(True)
    sys.unraisablehook = ignored
    try:
        yield
    finally:
        sys.unraisablehook = unraisable
        logging.captureWarnings(False)
        root.removeHandler(lines)
