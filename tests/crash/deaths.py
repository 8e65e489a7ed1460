"""Where a process can die, and dying there: at each write of a journal, and at each task's step.

A session runs once. At the moments that are wanted the process forks: the child dies there as
`kill -9` would have it (its files hold what was written up to then, or a part of the last write)
and lives through the restart; the parent goes on as if nothing had happened. So a death costs no
more than what comes after it, and no two deaths disturb each other.
"""

import gc
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from unittest import mock

import msgspec
import trio

from pmio.journal_segment import SegmentWriter
from pmio.op_log import OpLog, OpRecord
from tests.crash.forked_loop import part_from_parent

LONGEST_S = 120
"""Real seconds after which a child that does not end is ended."""
WRITE, STEP = "write", "step"


class KilledError(Exception):
    """The process is dead from here on: nobody performs what was asked."""


class Death(msgspec.Struct):
    """One death: the moment's number, and how many bytes of its write were kept."""

    number: int
    kind: str
    file: str = ""
    wrote: int = 0
    keep: int = 0

    def __str__(self) -> str:
        where = f" {self.keep} of {self.wrote} bytes of {self.file}" if self.file else ""
        return f"{self.kind}:{self.number}:{self.keep}{where}"


class Outcome(msgspec.Struct):
    """What became of one death; `fault` is "" where all was well."""

    death: Death
    fault: str


class Forks:
    """Children at work, at most `jobs` at a time, and what they found."""

    def __init__(self, folder: Path, jobs: int) -> None:
        self.outcomes: list[Outcome] = []
        self._folder = folder
        self._jobs = jobs
        self._running: dict[int, tuple[Death, Path]] = {}

    def fork(self, death: Death, living: Path) -> Path | None:
        """In the child: a copy of the living process's files. In the parent: None."""
        while len(self._running) >= self._jobs:
            self._reap()
        own = self._folder / f"{death.kind}-{death.number}-{death.keep}"
        pid = os.fork()
        if pid:
            self._running[pid] = (death, own)
            return None
        part_from_parent()
        signal.alarm(LONGEST_S)
        gc.disable()  # it lives for a moment, and would copy the parent's memory
        shutil.copytree(living, own / "journal")
        return own / "journal"

    def finish(self, own: Path, fault: str) -> None:
        """In the child: leave word, and be gone without any clean-up of the parent's things."""
        (own.parent / "fault").write_text(fault)
        os._exit(0)

    def wait(self) -> list[Outcome]:
        """Every outcome, when all children have ended."""
        while self._running:
            self._reap()
        return sorted(self.outcomes, key=lambda one: (one.death.kind, one.death.number))

    def _reap(self) -> None:
        pid, status = os.waitpid(-1, 0)
        death, own = self._running.pop(pid)
        word = own / "fault"
        fault = word.read_text() if word.exists() else f"ended with status {status} and no word"
        self.outcomes.append(Outcome(death, fault))
        shutil.rmtree(own, ignore_errors=True)


Wanted = Callable[[Death], list[int]]
"""Of a moment: how many bytes of its write to keep, once for each death that is wanted there."""


def one_in(spacing: int, seed: int, tears: int = 1) -> Wanted:
    """About one write in `spacing`: before it, after it, and torn at `tears` random bytes.

    None at all for a spacing of 0.
    """
    chance = Random(f"writes {seed}")

    def wanted(death: Death) -> list[int]:
        if not spacing or chance.randrange(spacing):
            return []
        torn = {chance.randrange(1, death.wrote) for _ in range(tears)} if death.wrote > 1 else ()
        return [0, *sorted(torn), death.wrote]

    return wanted


@contextmanager
def watched_writes(hear: Callable[[Path, int], None]) -> Iterator[None]:
    """Have every write to a journal or an operation log told: which file, how many bytes."""
    to_segment, to_log = SegmentWriter._write, OpLog.write

    def write(self: SegmentWriter, content: bytes) -> None:
        to_segment(self, content)
        hear(self.path, len(content))

    def log(self: OpLog, record: OpRecord) -> None:
        path = self._path
        before = path.stat().st_size if path is not None and path.exists() else 0
        to_log(self, record)
        if path is not None:
            hear(path, path.stat().st_size - before)

    with mock.patch.object(SegmentWriter, "_write", write), mock.patch.object(OpLog, "write", log):
        yield


class Steps(trio.abc.Instrument):
    """Tells before each step of a task, in which nothing has been sent yet."""

    def __init__(self, hear: Callable[[], None]) -> None:
        self._hear = hear

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self._hear()
