"""The journal: every event that the core saw and every effect that it asked for, in order.

    journal = JournalWriter(folder, JournalHead(run_id="7", config=text), snapshot=frozen_state)
    ...
    effects = step(state, event)
    journal.append(event, effects)      # into the buffer, before the effects are handed on
    ...
    journal.flush()                     # once per drained batch: one frame to the operating system

    for batch in JournalReader(folder): ...

The writer never holds more than a batch, never rewrites what it has written, keeps the folder
within its budget by taking the oldest segments, and never holds a secret: events have none.
"""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

import msgspec

from pmcore.effects import AnyEffect
from pmcore.events import AnyEvent
from pmio.journal_frame import (
    Batch,
    JournalError,
    JournalFoot,
    JournalHead,
    RunDigest,
    encode,
    pack_piece,
)
from pmio.journal_reader import JournalReader, segments_in
from pmio.journal_segment import SUFFIX, SegmentWriter

__all__ = [
    "Batch",
    "JournalError",
    "JournalFoot",
    "JournalHead",
    "JournalReader",
    "JournalWriter",
    "RunDigest",
]

SEGMENT_BYTES: Final = 64 << 20
BUDGET_BYTES: Final = 2048 << 20
BATCH_MAX: Final = 512
"""Events after which the buffer is flushed unasked."""


class JournalWriter:
    """Appends one run to a folder of segments, or to one file if `path` ends in `.pmj`.

    `snapshot` gives the frozen state after the last appended record; it is called where a segment
    begins, so that the run can be continued and replayed without the segments before. A run that
    continues an earlier state says so by `head.first > 1`, and then needs it at once. Raises
    JournalError when the disk does; no record may be acted upon after that.
    """

    def __init__(
        self,
        path: Path | str,
        head: JournalHead,
        segment_bytes: int = SEGMENT_BYTES,
        budget_bytes: int = BUDGET_BYTES,
        *,
        snapshot: Callable[[], bytes] | None = None,
        clock: Callable[[], int] | None = None,
        level: int = 3,
        fsync: bool = False,
    ) -> None:
        self.path = Path(path)
        self.events = 0
        self.effects = 0
        self._number = head.first - 1
        self._heard: list[AnyEvent] = []
        self._asked: list[tuple[int, list[AnyEffect]]] = []
        self._digest = RunDigest()
        self._alone = self.path.suffix == SUFFIX
        # At least the segment before the present one must fit beside it.
        self._segment_bytes = min(segment_bytes, budget_bytes // 2)
        self._budget_bytes = budget_bytes
        self._snapshot = snapshot
        self._clock = clock
        self._level = level
        self._fsync = fsync
        self._head = head
        self._kept: deque[tuple[Path, int]] = deque()
        self._kept_bytes = 0
        self._segment = self._begin(head)
        self.closed = False

    @property
    def digest(self) -> str:
        """Of every record that was flushed."""
        return self._digest.hexdigest()

    @property
    def pending(self) -> int:
        """Events in the buffer that are not flushed yet."""
        return len(self._heard)

    def append(self, event: AnyEvent, effects: list[AnyEffect]) -> None:
        """Put one record into the buffer: an event and the effects that its step led to."""
        self._number += 1
        self._heard.append(event)
        if effects:
            self._asked.append((self._number, effects))
            self.effects += len(effects)
        if len(self._heard) >= BATCH_MAX:
            self.flush()

    def flush(self) -> None:
        """Hand the buffer to the operating system as one frame; begin a new segment when due."""
        heard = self._heard
        if not heard:
            return
        heard_bytes = encode(heard)
        asked_bytes = encode(self._asked)
        first = self._number - len(heard) + 1
        self._segment.records(pack_piece(first, heard_bytes, asked_bytes))
        self._digest.add(heard_bytes, asked_bytes)
        self.events += len(heard)
        self._heard = []
        self._asked = []
        if not self._alone:
            if self._segment.size >= self._segment_bytes:
                self._rotate()
            self._keep_budget()

    def configured(self, config: str) -> None:
        """Let the heads of later segments carry a changed configuration."""
        self._head = msgspec.structs.replace(self._head, config=config)

    def close(self) -> None:
        """Flush, write the foot, and take no further records. Closing twice does nothing."""
        if not self.closed:
            self.flush()
            self._segment.close(self._foot(last=True))
            self._keep_budget()
            self.closed = True

    def abandon(self) -> None:
        """Let go of the file as a crash would: no foot, and what is not flushed is lost."""
        self._segment.abandon()
        self.closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _foot(self, last: bool) -> JournalFoot:
        return JournalFoot(events=self.events, effects=self.effects, digest=self.digest, last=last)

    def _rotate(self) -> None:
        self._segment.close(self._foot(last=False))
        head = msgspec.structs.replace(self._head, part=self._head.part + 1, first=self._number + 1)
        self._segment = self._begin(head)

    def _begin(self, head: JournalHead) -> SegmentWriter:
        if self._clock is not None:
            head = msgspec.structs.replace(head, created_ns=self._clock())
        self._head = head
        path = self.path
        try:
            (path.parent if self._alone else path).mkdir(parents=True, exist_ok=True)
            if not self._alone:
                self._kept = deque((old, old.stat().st_size) for old in segments_in(path))
                self._kept_bytes = sum(size for _, size in self._kept)
                number = int(self._kept[-1][0].stem) + 1 if self._kept else 1
                path = path / f"{number:08d}{SUFFIX}"
        except OSError as error:
            fault = error.strerror or str(error)
            raise JournalError(path, -1, fault, "choose another folder") from error
        segment = SegmentWriter(path, head, self._level, self._fsync)
        if self._snapshot is not None and head.first > 1:
            segment.snapshot(self._snapshot())
        return segment

    def _keep_budget(self) -> None:
        """Take the oldest segments, never the current one, while all together are too many."""
        while self._kept and self._kept_bytes + self._segment.size > self._budget_bytes:
            path, size = self._kept.popleft()
            path.unlink(missing_ok=True)
            self._kept_bytes -= size
