"""The bytes of a journal: the head of a segment, its frames, and the digest of its records.

A segment is, byte by byte (all numbers little-endian):

    head    8s magic, u16 format, u16 schema, u32 length, u32 CRC, then `length` bytes of JSON
    frame   3s mark, u8 kind, u32 length, u32 CRC, then `length` bytes
    ...

The CRC covers what stands before it in its part and the bytes after it. Frames of kind RECORDS are
consecutive pieces of one zlib stream, each flushed so that it can be inflated without the next:
small batches then compress as well as large ones. Inflated, a piece is

    u64 number of its first record, u32 length, then `length` bytes of msgpack: the events,
    then msgpack: for each event that led to effects, its number and its effects

so a replay decodes events, and compares effects without decoding them. `docs/journal.md` says why.
"""

import struct
import zlib
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import msgspec

from pmcore.effects import AnyEffect
from pmcore.events import SCHEMA, AnyEvent

FORMAT: Final = 1
MAGIC: Final = b"\x89PMJRNL\n"
MARK: Final = b"\xf5PJ"
RECORDS: Final = 1
SNAPSHOT: Final = 2
"""A frozen state, compressed by itself, from which the records after it continue."""
FOOT: Final = 3
KINDS: Final = (RECORDS, SNAPSHOT, FOOT)
HEAD: Final = struct.Struct("<8sHHII")
FRAME: Final = struct.Struct("<3sBII")
PIECE: Final = struct.Struct("<QI")
LENGTH_MAX: Final = 1 << 28
"""A frame longer than this is damage, not data: it is refused before memory is asked for."""

Asked = list[tuple[int, list[AnyEffect]]]
"""Effects by the number of the record whose event led to them; records without any are left out."""


class JournalError(Exception):
    """A journal that cannot be written or read.

    `path` is the file, `offset` the byte in it (-1 where no byte is at fault), `fault` what is
    wrong there, `remedy` what to do about it.
    """

    def __init__(self, path: Path, offset: int, fault: str, remedy: str) -> None:
        place = f"byte {offset}: " if offset >= 0 else ""
        super().__init__(f"{path}: {place}{fault} ({remedy})")
        self.path = path
        self.offset = offset
        self.fault = fault
        self.remedy = remedy

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path, self.offset, self.fault, self.remedy)


class JournalHead(msgspec.Struct, frozen=True, kw_only=True):
    """What the head of a segment says of its run."""

    run_id: str
    mode: str = "sim"
    config: str = "{}"
    """The configuration of the run when the segment was begun, as JSON; never a secret."""
    part: int = 1
    """1 for the first segment of a run, one more for each after it."""
    first: int = 1
    """Number of the first record of this segment; the records of a new state count from 1."""
    created_ns: int = 0
    """When the segment was begun, Unix ns; 0 where it is made without a clock."""
    note: str = ""
    """How a committed recording was made."""


class JournalFoot(msgspec.Struct, frozen=True, kw_only=True):
    """The last frame of a segment that was closed in order. Counts are of the run so far."""

    events: int
    effects: int
    digest: str
    """Of the run up to here; see `RunDigest`."""
    last: bool
    """Whether the run ended here; otherwise a next segment was begun."""


class Batch(msgspec.Struct, gc=False):
    """The records of one frame."""

    first: int
    """Number of the first record."""
    events: list[AnyEvent]
    heard: bytes
    """The events as they were encoded."""
    asked: bytes
    """The effects as they were encoded: `Asked` in msgpack."""
    frozen: bytes = b""
    """The state before the first record, where a segment begins with it."""

    def effects(self) -> Asked:
        """The effects decoded; raises msgspec.DecodeError."""
        return _decode_asked(self.asked)


class RunDigest:
    """BLAKE2b over the encoded events, and over the encoded effects with their numbers.

    It does not depend on how the records were cut into batches, frames and segments.
    """

    __slots__ = ("_asked", "_heard")

    def __init__(self) -> None:
        self._heard = blake2b(digest_size=16)
        self._asked = blake2b(digest_size=16)

    def add(self, heard: bytes, asked: bytes) -> None:
        """Count one batch: its events and its effects, each an encoded list."""
        self._heard.update(memoryview(heard)[_list_head(heard) :])
        self._asked.update(memoryview(asked)[_list_head(asked) :])

    def hexdigest(self) -> str:
        """32 hexadecimal digits."""
        both = self._heard.digest() + self._asked.digest()
        return blake2b(both, digest_size=16).hexdigest()


encode: Final = msgspec.msgpack.Encoder().encode
"""Events and effects, or lists of them, as the journal writes them."""
_decode_events = msgspec.msgpack.Decoder(list[AnyEvent]).decode
_decode_asked = msgspec.msgpack.Decoder(Asked).decode


def pack_head(head: JournalHead) -> bytes:
    """The bytes with which a segment begins."""
    body = msgspec.json.encode(head)
    start = HEAD.pack(MAGIC, FORMAT, SCHEMA, len(body), 0)[:-4]
    return start + struct.pack("<I", zlib.crc32(body, zlib.crc32(start))) + body


def pack_frame(kind: int, body: bytes) -> bytes:
    """One frame. Raises ValueError for a body longer than `LENGTH_MAX`."""
    if len(body) > LENGTH_MAX:
        raise ValueError(f"a frame of {len(body)} bytes")
    start = FRAME.pack(MARK, kind, len(body), 0)[:-4]
    return start + struct.pack("<I", zlib.crc32(body, zlib.crc32(start))) + body


def frame_at(content: bytes, offset: int) -> tuple[int, bytes] | None:
    """Kind and body of the frame that begins at `offset`; None if no whole frame stands there."""
    end = offset + FRAME.size
    if end > len(content):
        return None
    mark, kind, length, crc = FRAME.unpack_from(content, offset)
    if mark != MARK or kind not in KINDS or length > LENGTH_MAX or end + length > len(content):
        return None
    body = content[end : end + length]
    if zlib.crc32(body, zlib.crc32(content[offset : end - 4])) != crc:
        return None
    return kind, body


def next_frame(content: bytes, offset: int) -> int:
    """Where the first whole frame after `offset` begins; -1 if there is none."""
    at = content.find(MARK, offset + 1)
    while at >= 0 and frame_at(content, at) is None:
        at = content.find(MARK, at + 1)
    return at


def pack_piece(first: int, heard: bytes, asked: bytes) -> bytes:
    """The records of one frame before they are compressed."""
    return PIECE.pack(first, len(heard)) + heard + asked


def batch_of(piece: bytes) -> Batch:
    """The inverse of `pack_piece`.

    Raises msgspec.DecodeError or struct.error for bytes that are no piece of this schema.
    """
    first, length = PIECE.unpack_from(piece)
    heard = piece[PIECE.size : PIECE.size + length]
    return Batch(first, _decode_events(heard), heard, piece[PIECE.size + length :])


def _list_head(encoded: bytes) -> int:
    """How many bytes tell the length of an encoded list."""
    return 1 if encoded[0] < 0xDC else 3 if encoded[0] == 0xDC else 5
