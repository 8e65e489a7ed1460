"""The journal of a run with a witness: each step is checked, and the bot may die as it writes."""

from collections.abc import Callable

from pmapp.simulate.plan import AFTER_FLUSH, TORN_FLUSH
from pmcore.effects import AnyEffect, Effects
from pmcore.events import AnyEvent
from pmio.journal import JournalWriter
from pmio.journal_reader import segments_in

Stepped = Callable[[AnyEvent, Effects], None]


class Killed(Exception):  # noqa: N818 - it is what the plan wanted
    """The bot was killed inside a write."""


class WitnessedJournal:
    """A journal that tells `stepped` of each record and dies when it is armed to."""

    def __init__(self, writer: JournalWriter, stepped: Stepped, cut: int) -> None:
        self.writer = writer
        self.armed = ""
        """How to die at the next write that something is to be done after; empty for not at all."""
        self.dead: Callable[[], None] | None = None
        """Called at the moment of that death."""
        self._stepped = stepped
        self._cut = cut
        self._gone = False
        self._asked = False

    @property
    def pending(self) -> int:
        """Events in the buffer."""
        return self.writer.pending

    def append(self, event: AnyEvent, effects: list[AnyEffect]) -> None:
        """Put a record into the buffer, and have the step looked at."""
        if self._gone:
            return
        self.writer.append(event, effects)
        self._asked = self._asked or bool(effects)
        self._stepped(event, effects)

    def flush(self) -> None:
        """Write the buffer out, or die of it. Raises Killed."""
        if self._gone:
            return
        if self.armed and self._asked:
            self._die()
        self._asked = False
        self.writer.flush()

    def close(self) -> None:
        """End the journal in order."""
        if not self._gone:
            self.writer.close()

    def abandon(self) -> None:
        """Leave it as it is."""
        self.gone()

    def gone(self) -> None:
        """Nothing is written from now on: the process is no more."""
        if not self._gone:
            self._gone = True
            self.writer.abandon()

    def _die(self) -> None:
        before = segments_in(self.writer.path)[-1]
        size = before.stat().st_size
        if self.armed in (TORN_FLUSH, AFTER_FLUSH):
            self.writer.flush()
        if self.armed == TORN_FLUSH:
            _tear(self, size)
        self.gone()
        assert self.dead is not None
        self.dead()
        raise Killed(self.armed)


def _tear(journal: WitnessedJournal, size: int) -> None:
    """Cut the last frame somewhere, from its first byte to its last but one."""
    path = segments_in(journal.writer.path)[-1]
    whole = path.stat().st_size
    kept = size + journal._cut % max(1, whole - size)
    with path.open("r+b") as file:
        file.truncate(kept)
