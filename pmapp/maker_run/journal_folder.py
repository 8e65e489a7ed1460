"""The folder of a run's journal: one owner at a time, continued by the account that began it.

    00000001.pmj ...   the journal's segments (docs/journal.md)
    ops.jsonl          chain operations, written before they are sent
    account.json       whose journal it is, and the money at its beginning
    lock               held by the process that writes

A journal of another account, of another series, or of paper, is never continued: its orders and
positions would be believed to be this one's.
"""

import fcntl
import os
from pathlib import Path
from typing import Final

import msgspec

from pmapp.refused import NotYet, Refused
from pmcore.config import Config, config_text
from pmcore.freeze import freeze
from pmcore.state import State
from pmcore.units import SECOND, Cash, Ns
from pmio.clock import Clock
from pmio.journal import JournalError, JournalHead, JournalWriter
from pmio.journal_reader import segments_in
from pmio.recovery import Recovered, prepare, recovered

LOCK: Final = "lock"
OWNER: Final = "account.json"
OPS: Final = "ops.jsonl"
MIB: Final = 1 << 20
AHEAD_NS_MAX: Final = Ns(60 * SECOND)
"""How far the clock may have been set back since the last run: so long its time stands at most."""


class Owner(msgspec.Struct, frozen=True):
    """Whose journal it is. `base` is the account's cash in micro-dollars before its first order."""

    mode: str
    account: str
    """The wallet's address; "" on paper."""
    base: Cash


class JournalFolder:
    """A folder that this process holds until it ends. Raises Refused where it cannot."""

    def __init__(self, path: Path, *, afresh: bool = False) -> None:
        """With `afresh` what an earlier run left is taken away."""
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if afresh:
                for old in (*path.glob("*.pmj"), path / OPS, path / OWNER):
                    old.unlink(missing_ok=True)
        except BlockingIOError:
            remedy = "stop it, or choose another --journal"
            raise Refused(f"{path}: another `pm maker` writes here; {remedy}") from None
        except OSError as error:
            raise Refused(f"{path}: {error.strerror or error}; choose another --journal") from None

    @property
    def ops(self) -> Path:
        """The file of chain operations."""
        return self.path / OPS

    @property
    def begun(self) -> bool:
        """Whether a run was recorded here."""
        return bool(segments_in(self.path))

    def _owner(self) -> Owner | None:
        """Who began it; None where nobody has."""
        try:
            return msgspec.json.decode((self.path / OWNER).read_bytes(), type=Owner)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise Refused(f"{self.path / OWNER}: {error}; choose another --journal") from None

    def claim(self, owner: Owner, *, continued: bool) -> Owner:
        """Who owns it from now on: `owner`, or the first one where its run is continued.

        Raises Refused for the journal of another account.
        """
        first = self._owner()
        if first is None and self.begun:
            remedy = "choose another --journal"
            raise Refused(f"{self.path}: a journal without {OWNER} is not of `pm maker`; {remedy}")
        if first is not None and (first.mode, first.account) != (owner.mode, owner.account):
            theirs = f"{first.mode} {first.account}".strip()
            fault = f"its journal is of another account ({theirs})"
            raise Refused(f"{self.path}: {fault}; choose another --journal")
        if first is not None and continued:
            return first
        draft = self.path / f"{OWNER}.new"
        try:
            draft.write_bytes(msgspec.json.encode(owner))
            draft.replace(self.path / OWNER)
        except OSError as error:
            fault = error.strerror or str(error)
            raise Refused(f"{self.path}: {fault}; choose another --journal") from None
        return owner

    def recovered(self, clock: Clock, series: str) -> Recovered | None:
        """What the last run here led to, ready to be continued; None where there was none.

        Raises Refused for a journal of another series: windows are known by their start alone, so
        its window would be quoted on as one of this series, by another coin's price.
        """
        try:
            found = recovered(self.path)
        except JournalError as error:
            raise Refused(str(error)) from None
        first = found.state.config.trading.slug_prefix if found is not None else series
        if found is not None and found.state.run_id and first != series:
            fault = f"its journal is of the series {first}, and this run would trade {series}"
            remedy = "choose another --journal; what it still holds is settled by a run of its own"
            raise Refused(f"{self.path}: {fault} (trading.slug_prefix); {remedy}")
        if found is not None:
            self._check_time(found, clock)
            prepare(found, max(clock.now_ns(), found.state.now_ns))
        return found

    def _check_time(self, found: Recovered, clock: Clock) -> None:
        """Raise NotYet where the last run's time was far ahead: ours would stand until it comes."""
        ahead_ns = found.state.now_ns - clock.now_ns()
        if ahead_ns <= AHEAD_NS_MAX:
            return
        fault = f"its last record is {ahead_ns / SECOND:,.0f} s ahead of the clock"
        remedy = "check the clock (timedatectl), start again when that time has come"
        raise NotYet(f"{self.path}: {fault}; {remedy}, or choose another --journal")

    def writer(
        self, run_id: str, mode: str, config: Config, state: State, clock: Clock
    ) -> JournalWriter:
        """A journal that continues `state`. Raises Refused where the disk does."""
        infra = config.infra
        head = JournalHead(
            run_id=run_id, mode=mode, config=config_text(config), first=state.seq + 1
        )
        try:
            return JournalWriter(
                self.path,
                head,
                infra.journal_segment_mib * MIB,
                infra.journal_max_mib * MIB,
                snapshot=lambda: freeze(state),
                clock=clock.now_ns,
            )
        except JournalError as error:
            raise Refused(str(error)) from None

    def release(self) -> None:
        """Let go of the folder."""
        os.close(self._lock)
