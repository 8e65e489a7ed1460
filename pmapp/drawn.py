"""The plots of a report: which were written, and why others were not."""

from collections.abc import Iterable
from pathlib import Path

import click
import msgspec

from pmapp.refused import Refused


class Drawn(msgspec.Struct, frozen=True):
    """The files that were written, and what ended the drawing before all were."""

    paths: tuple[Path, ...] = ()
    fault: Refused | None = None

    def names(self) -> list[str]:
        """The files as a report lists them."""
        return [str(path) for path in self.paths]

    def end(self, code: int = 0) -> None:
        """End a command whose report is out: with `code`, or 2 where only a plot went wrong."""
        if self.fault is not None:
            if not code:
                raise self.fault
            self.fault.show()
        if code:
            raise click.exceptions.Exit(code)


def drawn(plots: Iterable[Path]) -> Drawn:
    """Draw `plots`, which are files as they are written. A full disk costs them, never a report."""
    paths = []
    try:
        for path in plots:
            paths.append(path)  # noqa: PERF402 - keeps what was written before a fault
    except Refused as fault:
        return Drawn(tuple(paths), fault)
    return Drawn(tuple(paths))
