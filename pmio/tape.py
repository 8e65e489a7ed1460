"""A tape: market facts in the order in which they were heard, in one small checked file.

Every fact carries two times: `at_ns`, when it was heard, which orders the tape, and (where the
venue gave one) `venue_ns`. The file is, byte by byte (all numbers little-endian):

    head    8s magic, u16 format, u16 schema, u32 length, u32 CRC, then `length` bytes of JSON
    block   4s b"FACT", u32 facts, u32 length, u32 CRC, then `length` bytes of zlib over msgpack
    ...
    foot    4s b"FOOT", u32 blocks, u32 length, u32 CRC, then `length` bytes of JSON
    end     u64 offset of the foot, 8s magic reversed

A CRC covers what stands before it in its part and the payload after it, so one flipped bit anywhere
is noticed, and a tape without its end was torn. `docs/tape.md` has the reasons.
"""

import heapq
import os
import struct
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from operator import attrgetter
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

import msgspec

from pmcore.events import (
    MARKET_FACTS,
    SCHEMA,
    BookReset,
    FeedLost,
    FeedOpened,
    Garbled,
    LevelChanged,
    MarketListed,
    MarketResolved,
    OracleTicked,
    TickChanged,
    TouchQuoted,
    TradePrinted,
)
from pmio.tape_place import unfit

Fact: TypeAlias = (
    MarketListed
    | TickChanged
    | MarketResolved
    | FeedOpened
    | FeedLost
    | BookReset
    | LevelChanged
    | TouchQuoted
    | TradePrinted
    | OracleTicked
    | Garbled
)
"""What a tape may hold: `pmcore.events.MARKET_FACTS` as a type."""

FORMAT: Final = 1
MAGIC: Final = b"\x89PMTAPE\n"
FACTS_PER_BLOCK: Final = 512
HEAD: Final = struct.Struct("<8sHHII")
PART: Final = struct.Struct("<4sIII")
END: Final = struct.Struct("<Q8s")
TAGS: Final = (b"FACT", b"FOOT")
LENGTH_MAX: Final = 1 << 28
"""A part longer than this is damage, not data: it is refused before memory is asked for."""

AGAIN: Final = "import the tape again from its recording"
ELSEWHERE: Final = "choose another place, or make room"


class TapeError(Exception):
    """A tape, or a recording that was to become one, cannot be used.

    `path` is the file, `place` where (line, byte), `fault` what is wrong, `remedy` what helps.
    """

    def __init__(self, path: Path | str, place: str, fault: str, remedy: str) -> None:
        super().__init__(f"{path}: {place}: {fault} ({remedy})")
        self.path = Path(path)
        self.place = place
        self.fault = fault
        self.remedy = remedy

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path, self.place, self.fault, self.remedy)


class TapeMeta(msgspec.Struct, frozen=True, kw_only=True):
    """What the head says of a tape. `notes` are the assumptions of its import, in plain words."""

    source: str
    """The importer: `chainlink-day`, `bbo`, `raw-session`, `gamma-snapshots`, or another maker."""
    prefix: str
    """Series of its markets, for example `btc-updown-15m`; empty where it has none."""
    created_from: tuple[str, ...] = ()
    """Names of the source files, without their folders."""
    notes: tuple[str, ...] = ()
    counts: dict[str, int] = {}
    """What was met in the source: `rows`, `order_violations`, and counts of what was left out."""


class TapeSummary(msgspec.Struct, frozen=True):
    """What the foot says of a tape: how much there is and over which time (heard, ns)."""

    facts: int
    blocks: int
    first_ns: int
    last_ns: int
    kinds: dict[str, int]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Fact]).decode


def write_tape(path: Path | str, facts: Iterable[Fact], meta: TapeMeta) -> TapeSummary:
    """Write `facts`, which must come in heard order, and say what was written.

    The tape appears under its name only when it is whole: it is written beside it and renamed.
    Raises TapeError for a fact that a tape may not hold, a fact out of order, or an unfit place.
    """
    path = Path(path)
    if fault := unfit(path):
        raise TapeError(path, "writing", fault, ELSEWHERE)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with part.open("wb") as file:
                summary = _write(file, path, facts, meta)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise TapeError(path, "writing", error.strerror or str(error), ELSEWHERE) from error
    return summary


def _write(file: BinaryIO, path: Path, facts: Iterable[Fact], meta: TapeMeta) -> TapeSummary:
    head = msgspec.json.encode(meta)
    start = struct.pack("<8sHHI", MAGIC, FORMAT, SCHEMA, len(head))
    file.write(start + struct.pack("<I", zlib.crc32(head, zlib.crc32(start))) + head)
    kinds: Counter[str] = Counter()
    blocks = first_ns = last_ns = 0
    rest = iter(facts)
    while block := list(islice(rest, FACTS_PER_BLOCK)):
        if not blocks:
            first_ns = last_ns = block[0].at_ns
        for number, fact in enumerate(block, blocks * FACTS_PER_BLOCK + 1):
            if type(fact) not in MARKET_FACTS:
                fault = f"{type(fact).__name__} is not a market fact"
                raise TapeError(path, f"fact {number}", fault, "keep it in a journal")
            if fact.at_ns < last_ns:
                fault = f"heard {last_ns - fact.at_ns} ns before the fact in front of it"
                raise TapeError(path, f"fact {number}", fault, "sort the facts by at_ns")
            last_ns = fact.at_ns
            kinds[type(fact).__name__] += 1
        try:
            payload = zlib.compress(_encode(block), 6)
        except (OverflowError, UnicodeEncodeError) as error:
            place = f"facts {blocks * FACTS_PER_BLOCK + 1} and on"
            raise TapeError(path, place, str(error), "correct the recording") from error
        _write_part(file, TAGS[0], len(block), payload)
        blocks += 1
    told = dict(sorted(kinds.items()))
    summary = TapeSummary(kinds.total(), blocks, first_ns, last_ns, told)
    foot_at = file.tell()
    _write_part(file, TAGS[1], blocks, msgspec.json.encode(summary))
    file.write(END.pack(foot_at, MAGIC[::-1]))
    return summary


def _write_part(file: BinaryIO, tag: bytes, count: int, payload: bytes) -> None:
    start = struct.pack("<4sII", tag, count, len(payload))
    file.write(start + struct.pack("<I", zlib.crc32(payload, zlib.crc32(start))) + payload)


def read_tape(path: Path | str) -> Iterator[Fact]:
    """Every fact of a tape, in heard order, holding one block at a time.

    The head and the foot are checked at once, each block when it is reached; raises TapeError.
    """
    # chain is C: a generator's frame per fact would cost more than the decoding.
    return chain.from_iterable(read_blocks(path))


def read_blocks(path: Path | str) -> Iterator[list[Fact]]:
    """The facts of a tape in lists of at most `FACTS_PER_BLOCK`; raises TapeError."""
    return _blocks(Path(path), tape_summary(path))


def _blocks(path: Path, summary: TapeSummary) -> Iterator[list[Fact]]:
    with _open(path) as file:
        _read_head(file, path)
        facts = 0
        last_ns = summary.first_ns
        for number in range(1, summary.blocks + 1):
            place = f"block {number} of {summary.blocks}"
            count, payload = _read_part(file, path, TAGS[0], place)
            try:
                block = _decode(zlib.decompress(payload))
            except (zlib.error, msgspec.DecodeError) as error:
                raise TapeError(path, place, f"cannot be decoded: {error}", AGAIN) from error
            if len(block) != count or not block or block[0].at_ns < last_ns:
                raise TapeError(path, place, "count or order of its facts is wrong", AGAIN)
            last_ns = block[-1].at_ns
            facts += count
            yield block
        if facts != summary.facts or last_ns != summary.last_ns:
            fault = f"{facts} facts up to {last_ns} where the foot promises {summary.facts}"
            raise TapeError(path, "foot", f"{fault} up to {summary.last_ns}", AGAIN)


def tape_meta(path: Path | str) -> TapeMeta:
    """The head of a tape; raises TapeError also where its foot is missing."""
    return _ends(Path(path))[0]


def tape_summary(path: Path | str) -> TapeSummary:
    """The foot of a tape: counts and span, without reading its facts; raises TapeError."""
    return _ends(Path(path))[1]


def merge_tapes(paths: Iterable[Path | str]) -> Iterator[Fact]:
    """The facts of several tapes of one series as one run, in heard order.

    Facts heard at the same nanosecond come in the order of `paths`. Raises TapeError where two
    tapes are of different series: their markets would share numbers.
    """
    tapes = [Path(path) for path in paths]
    named = [(path, meta.prefix) for path in tapes if (meta := tape_meta(path)).prefix]
    for path, prefix in named:
        if prefix != named[0][1]:
            fault = f"its markets are {prefix}, those of {named[0][0].name} are {named[0][1]}"
            raise TapeError(path, "head", fault, "run tapes of one series together")
    if len(tapes) == 1:
        return read_tape(tapes[0])
    return heapq.merge(*(read_tape(path) for path in tapes), key=attrgetter("at_ns"))


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise TapeError(path, "opening", error.strerror or "", "check the tape's name") from error


def _ends(path: Path) -> tuple[TapeMeta, TapeSummary]:
    with _open(path) as file:
        meta = _read_head(file, path)
        after_head = file.tell()
        size = file.seek(0, os.SEEK_END)
        file.seek(max(after_head, size - END.size))
        end = file.read(END.size)
        foot_at, magic = END.unpack(end) if len(end) == END.size else (0, b"")
        if magic != MAGIC[::-1] or not after_head <= foot_at < size:
            raise TapeError(path, f"byte {size}", "the tape is torn: it has no end", AGAIN)
        file.seek(foot_at)
        blocks, payload = _read_part(file, path, TAGS[1], "foot")
        try:
            summary = msgspec.json.decode(payload, type=TapeSummary)
        except msgspec.DecodeError as error:
            raise TapeError(path, "foot", f"cannot be decoded: {error}", AGAIN) from error
        if blocks != summary.blocks or file.tell() != size - END.size:
            raise TapeError(path, "foot", "does not fit the file around it", AGAIN)
        return meta, summary


def _read_head(file: BinaryIO, path: Path) -> TapeMeta:
    start = file.read(HEAD.size)
    if len(start) < HEAD.size or not start.startswith(MAGIC):
        raise TapeError(path, "head", "not a tape", "make one with `pm tape import`")
    _, form, schema, length, crc = HEAD.unpack(start)
    payload = file.read(length) if length <= LENGTH_MAX else b""
    if len(payload) < length or zlib.crc32(payload, zlib.crc32(start[:-4])) != crc:
        raise TapeError(path, "head", "damaged: its checksum does not fit", AGAIN)
    if (form, schema) != (FORMAT, SCHEMA):
        fault = f"format {form}, schema {schema}; this program reads {FORMAT} and {SCHEMA}"
        raise TapeError(path, "head", fault, AGAIN)
    try:
        return msgspec.json.decode(payload, type=TapeMeta)
    except msgspec.DecodeError as error:
        raise TapeError(path, "head", f"cannot be decoded: {error}", AGAIN) from error


def _read_part(file: BinaryIO, path: Path, tag: bytes, place: str) -> tuple[int, bytes]:
    place = f"{place}, byte {file.tell()}"
    start = file.read(PART.size)
    if len(start) < PART.size:
        raise TapeError(path, place, "the tape is torn here", AGAIN)
    found, count, length, crc = PART.unpack(start)
    payload = file.read(length) if found == tag and length <= LENGTH_MAX else b""
    if len(payload) < length or zlib.crc32(payload, zlib.crc32(start[:-4])) != crc:
        raise TapeError(path, place, "damaged: its checksum does not fit", AGAIN)
    return int(count), payload
