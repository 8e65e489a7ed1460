"""What is known of each chain operation, on disk before it is sent: the memory that a crash needs.

One JSON line for each step of an operation, appended and never rewritten. The nonce is written
before the request leaves, because a wallet executes each nonce once: sending the same request
again after a crash can then never merge twice.
"""

import os
from pathlib import Path
from typing import Final

import msgspec

from pmcore.ids import MarketId, OpId

PLANNED: Final = "planned"
"""The nonce is chosen; the request may or may not have left."""
SENT: Final = "sent"
"""The relayer has named its transaction."""
DONE: Final = "done"
"""Confirmed."""
FAILED: Final = "failed"
"""Proven not to have happened."""
KEPT_MAX: Final = 256


class OpRecord(msgspec.Struct, frozen=True):
    """One operation as it stands."""

    op: OpId
    kind: str
    """`merge` or `redeem`."""
    market: MarketId
    size: int
    step: str
    nonce: int
    transaction: str = ""
    up: int = 0
    """Shares of Up that a redemption redeems: what it pays is known after a restart too."""
    down: int = 0


class OpLog:
    """The operations of one folder. Without a path it is kept in memory only (paper, tests)."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._records: dict[OpId, OpRecord] = {}
        if path is not None and path.is_file():
            for line in path.read_bytes().splitlines():
                try:
                    record = msgspec.json.decode(line, type=OpRecord)
                except msgspec.MsgspecError:
                    continue  # torn by a crash: what it would say was not acted upon yet
                self._keep(record)

    def get(self, op: OpId, market: MarketId) -> OpRecord | None:
        """What is known of an operation; None if it never got so far as to have a nonce."""
        record = self._records.get(op)
        return record if record is not None and record.market == market else None

    def write(self, record: OpRecord) -> None:
        """Append one step. Raises OSError: what cannot be recorded must not be sent."""
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                _append(handle, msgspec.json.encode(record) + b"\n")
            finally:
                os.close(handle)
        self._keep(record)

    def _keep(self, record: OpRecord) -> None:
        self._records.pop(record.op, None)
        self._records[record.op] = record
        while len(self._records) > KEPT_MAX:
            del self._records[next(iter(self._records))]


def _append(handle: int, line: bytes) -> None:
    """Write a whole line, on a line of its own: a crash may have torn the one before."""
    size = os.fstat(handle).st_size
    if size and os.pread(handle, 1, size - 1) != b"\n":
        line = b"\n" + line
    while line:
        line = line[os.write(handle, line) :]
