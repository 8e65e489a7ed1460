"""One segment of a journal: written frame by frame, read up to its end or to where it was torn.

Whatever is cut off the end of a file, and whatever happens to its last frame, costs that frame and
nothing else. Damage with whole frames behind it is no accident of writing and is refused.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from pmcore.events import SCHEMA
from pmio.journal_frame import (
    FOOT,
    FORMAT,
    FRAME,
    HEAD,
    LENGTH_MAX,
    MAGIC,
    RECORDS,
    SNAPSHOT,
    Batch,
    JournalError,
    JournalFoot,
    JournalHead,
    batch_of,
    frame_at,
    next_frame,
    pack_frame,
    pack_head,
)

SUFFIX: Final = ".pmj"
UNDECODABLE: Final = (zlib.error, msgspec.DecodeError, struct.error, ValueError)


class SegmentWriter:
    """Appends frames to a new file. Raises JournalError if it exists or cannot be written.

    After a failed write the file may end in half a frame, so it takes no further ones. A file that
    was deleted takes every write and keeps none: that is a failure too.
    """

    __slots__ = ("_deflate", "_file", "_fsync", "_handle", "path", "size")

    def __init__(self, path: Path, head: JournalHead, level: int, fsync: bool) -> None:
        self.path = path
        self.size = 0
        self._fsync = fsync
        self._deflate = zlib.compressobj(level)
        try:
            self._file = path.open("xb", buffering=0)
            self._handle = self._file.fileno()
        except FileExistsError as error:
            raise JournalError(path, -1, "exists already", "choose another name") from error
        except OSError as error:
            raise _unwritable(path, 0, error) from error
        self._write(pack_head(head))

    def records(self, piece: bytes) -> None:
        """Append the records of one batch."""
        deflate = self._deflate
        body = deflate.compress(piece) + deflate.flush(zlib.Z_SYNC_FLUSH)
        self._write(pack_frame(RECORDS, body))

    def snapshot(self, frozen: bytes) -> None:
        """Append a frozen state."""
        self._write(pack_frame(SNAPSHOT, zlib.compress(frozen, 6)))

    def close(self, foot: JournalFoot) -> None:
        """Append the foot and close the file."""
        self._write(pack_frame(FOOT, msgspec.json.encode(foot)))
        self.abandon()

    def abandon(self) -> None:
        """Close the file as it is."""
        self._file.close()

    def _write(self, content: bytes) -> None:
        if self._file.closed:
            raise JournalError(self.path, self.size, "closed", "begin a new journal")
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[self._file.write(rest) :]
            if self._fsync:
                os.fsync(self._file.fileno())
        except OSError as error:
            self._file.close()
            raise _unwritable(self.path, self.size, error) from error
        self.size += len(content)
        if os.fstat(self._handle).st_nlink == 0:
            self._file.close()
            remedy = "begin a new journal, and leave its folder to the program"
            raise JournalError(self.path, self.size, "it was deleted while it was written", remedy)


class Segment:
    """One file of a journal. Reading it once tells whether it is `torn` and where it ends.

    Raises JournalError for a file that is no segment, of another schema, or damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.foot: JournalFoot | None = None
        self.torn = False
        self.dropped = 0
        """Bytes behind the last whole frame."""
        self.head, self._begin = _read_head(path)

    def batches(self) -> Iterator[Batch]:
        """The records in order, one frame at a time; raises JournalError where they are damaged."""
        content = _content(self.path)
        inflate = zlib.decompressobj()
        at = self._begin
        number = self.head.first
        frozen = b""
        self.foot = None
        while at < len(content) and self.foot is None:
            frame = frame_at(content, at)
            if frame is None:
                later = next_frame(content, at)
                if later >= 0:
                    fault = f"damaged here, and whole again at byte {later}"
                    raise JournalError(self.path, at, fault, _cut(at))
                break
            kind, body = frame
            try:
                taken = _decoded(kind, body, inflate)
            except UNDECODABLE as error:
                fault = f"cannot be decoded: {error}"
                raise JournalError(self.path, at, fault, _cut(at)) from error
            if isinstance(taken, Batch):
                if taken.first != number:
                    fault = f"record {taken.first} where {number} should follow"
                    raise JournalError(self.path, at, fault, _cut(at))
                number += len(taken.events)
                taken.frozen = frozen
                frozen = b""
                yield taken
            elif isinstance(taken, bytes):
                frozen = taken
            else:
                self.foot = taken
            at += FRAME.size + len(body)
        self.torn = self.foot is None
        self.dropped = len(content) - at
        if self.foot is not None and self.dropped:
            fault = "something stands behind the foot"
            raise JournalError(self.path, at, fault, _cut(at))


def is_torn_head(path: Path) -> bool:
    """Whether a segment was cut before anything was recorded in it."""
    content = _content(path)
    if len(content) >= HEAD.size:
        length = HEAD.unpack_from(content)[3]
        if len(content) >= HEAD.size + length:
            return False
    return next_frame(content, -1) < 0 and MAGIC.startswith(content[: len(MAGIC)])


def _read_head(path: Path) -> tuple[JournalHead, int]:
    try:
        with path.open("rb") as file:
            start = file.read(HEAD.size)
            length = HEAD.unpack(start)[3] if len(start) == HEAD.size else 0
            body = file.read(length) if length <= LENGTH_MAX else b""
    except OSError as error:
        fault = error.strerror or str(error)
        raise JournalError(path, -1, fault, "check the journal's name") from error
    if not start.startswith(MAGIC[: len(start)]):
        raise JournalError(path, 0, "not a journal", "give a folder or a .pmj file that pm wrote")
    if len(start) < HEAD.size or len(body) < length:
        if next_frame(_content(path), 0) >= 0:
            fault = "the head is damaged: its length does not fit"
            raise JournalError(path, 0, fault, "take another copy of the file")
        fault = "torn inside its head: nothing was recorded in it"
        raise JournalError(path, len(start) + len(body), fault, "delete it")
    _, form, schema, _, crc = HEAD.unpack(start)
    if zlib.crc32(body, zlib.crc32(start[:-4])) != crc:
        fault = "the head is damaged: its checksum does not fit"
        raise JournalError(path, 0, fault, "take another copy of the file")
    if (form, schema) != (FORMAT, SCHEMA):
        fault = f"format {form}, schema {schema}; this program reads {FORMAT} and {SCHEMA}"
        raise JournalError(path, 0, fault, "use the version of the program that wrote it")
    try:
        return msgspec.json.decode(body, type=JournalHead), HEAD.size + length
    except msgspec.DecodeError as error:
        fault = f"the head cannot be decoded: {error}"
        raise JournalError(path, HEAD.size, fault, "take another copy of the file") from error


def _content(path: Path) -> bytes:
    # A segment is tens of megabytes at most, and is let go before the next is read.
    try:
        return path.read_bytes()
    except OSError as error:
        fault = error.strerror or str(error)
        raise JournalError(path, -1, fault, "check the journal's name") from error


def _decoded(kind: int, body: bytes, inflate: Any) -> Batch | JournalFoot | bytes:
    """What a frame holds: records, the foot, or a frozen state."""
    if kind == RECORDS:
        return batch_of(inflate.decompress(body))
    if kind == SNAPSHOT:
        return zlib.decompress(body)
    return msgspec.json.decode(body, type=JournalFoot)


def _cut(at: int) -> str:
    return f"take another copy, or keep what is before it: truncate -s {at} FILE"


def _unwritable(path: Path, offset: int, error: OSError) -> JournalError:
    return JournalError(path, offset, error.strerror or str(error), "make room, or choose a folder")
