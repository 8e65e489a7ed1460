"""A journal as it is read: the segments of one run in order, as far as they were written.

A folder may hold the journals of several runs, one after the other; a run is read alone. The disk
budget may have taken its first segments: then it is read from the first one that begins with a
snapshot.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pmio.journal_frame import Batch, JournalError, JournalFoot, JournalHead, RunDigest
from pmio.journal_segment import SUFFIX, Segment, is_torn_head

NAME: Final = re.compile(r"[0-9]{8}\.pmj")
"""Segments in a folder are numbered through all runs; other names are not ours to touch."""


def segments_in(folder: Path) -> list[Path]:
    """The segments of a folder, oldest first."""
    return sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name))


def heads_in(folder: Path) -> list[JournalHead]:
    """The heads of a folder's segments, oldest first; one that was cut in its head has none.

    Raises JournalError for a file that is no segment, or damaged in its head.
    """
    heads = []
    for path in segments_in(folder) if folder.is_dir() else ():
        try:
            heads.append(Segment(path).head)
        except JournalError:
            if not is_torn_head(path):
                raise
    return heads


class JournalReader:
    """Batches of one run: of a `.pmj` file, or of the last run in a folder (or of `run`).

    Iterating reads; afterwards `torn` says whether the run was not closed in order, `dropped` how
    many bytes of a torn tail were left out, `digest` what was read. Raises JournalError for a
    journal that is not there, not whole, or damaged elsewhere than at its end.
    """

    def __init__(self, path: Path | str, run: str = "") -> None:
        self.path = Path(path)
        self._digest = RunDigest()
        self.torn = False
        self.dropped = 0
        self.foot: JournalFoot | None = None
        """Of the last segment, if it has one."""
        if self.path.is_dir():
            self._segments, self._stub = _segments_of_run(self.path, run)
        else:
            self._segments, self._stub = [Segment(self.path)], 0
        if run and self.head.run_id != run:
            raise JournalError(self.path, -1, f"holds no run {run}", f"it is {self.head.run_id}")

    @property
    def head(self) -> JournalHead:
        """The head of the first segment that is there."""
        return self._segments[0].head

    @property
    def files(self) -> list[Path]:
        """The files that are read, oldest first."""
        return [segment.path for segment in self._segments]

    @property
    def digest(self) -> str:
        """Of the records that were read."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[Batch]:
        self._digest = RunDigest()
        whole = self.head.part == 1
        number = self.head.first
        for segment in self._segments:
            if segment.head.first != number:
                fault = f"begins with record {segment.head.first} where {number} should follow"
                raise JournalError(segment.path, 0, fault, "put the missing segment back")
            for batch in segment.batches():
                if number == self.head.first > 1 and not batch.frozen:
                    fault = "the segments before it are gone, and it begins with no snapshot"
                    raise JournalError(segment.path, 0, fault, "put the missing segments back")
                self._digest.add(batch.heard, batch.asked)
                number += len(batch.events)
                yield batch
            self._check_end(segment, whole)
        self.foot = self._segments[-1].foot
        self.torn = self.foot is None or not self.foot.last
        self.dropped = self._segments[-1].dropped + self._stub

    def _check_end(self, segment: Segment, whole: bool) -> None:
        if segment.foot is None and segment is not self._segments[-1]:
            fault = "has no end, though another segment of its run follows"
            raise JournalError(segment.path, -1, fault, "take another copy of the file")
        if whole and segment.foot is not None and segment.foot.digest != self.digest:
            fault = "the digest in its foot is not that of its records"
            raise JournalError(segment.path, -1, fault, "take another copy of the file")


def _segments_of_run(folder: Path, run: str) -> tuple[list[Segment], int]:
    """The segments of `run`, or of the last one, and the bytes of a stub that was cut in its head.

    A run begins with its part 1: what stands before it is another run, even one of the same name.
    Only the newest file can have been cut there: the process died while it was begun.
    """
    paths = segments_in(folder)
    stub = 0
    if len(paths) > 1 and is_torn_head(paths[-1]):
        stub = paths.pop().stat().st_size
    if not paths:
        raise JournalError(folder, -1, f"holds no segments (*{SUFFIX})", "give a journal's folder")
    segments: list[Segment] = []
    for path in reversed(paths):
        segment = Segment(path)
        wanted = run or (segments[0].head.run_id if segments else segment.head.run_id)
        if segment.head.run_id == wanted:
            segments.append(segment)
            if segment.head.part == 1:
                break
        elif segments:
            break
    if not segments:
        raise JournalError(folder, -1, f"holds no run {run}", "leave --run out for the last one")
    return segments[::-1], stub
