"""A recording: what an importer found, on its way to becoming a tape."""

from collections import Counter
from pathlib import Path

import msgspec

from pmio.tape import Fact, TapeMeta, TapeSummary, write_tape


class Recording(msgspec.Struct, kw_only=True):
    """Facts in the order of their source, and what is to be said about them.

    The facts are held in memory, because sources come out of order: about 100 bytes each.
    """

    source: str
    prefix: str
    files: tuple[Path, ...]
    facts: list[Fact]
    notes: list[str]
    counts: Counter[str]

    def save(self, path: Path) -> TapeSummary:
        """Write the tape: sorted by `at_ns`, facts of the same nanosecond in source order."""
        meta = TapeMeta(
            source=self.source,
            prefix=self.prefix,
            # A name may hold bytes that are not UTF-8.
            created_from=tuple(f.name.encode(errors="replace").decode() for f in self.files),
            notes=tuple(self.notes),
            counts=dict(sorted(self.counts.items())),
        )
        return write_tape(path, sorted(self.facts, key=lambda fact: fact.at_ns), meta)
