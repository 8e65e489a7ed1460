"""Recorded lines as objects; what cannot be read names its file and line."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from pmcore.wire.frames import FAULTS
from pmio.ingest.recorded_parquet import RecordingError


def json_rows(file: Path) -> Iterator[dict[str, Any]]:
    """The objects of a `.jsonl` or `.jsonl.gz` file, one a line; none if it is not there.

    Raises RecordingError for a damaged file, naming the line.
    """
    for number, line in _lines(file):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line)
        except FAULTS as error:
            raise RecordingError(
                f"{file}:{number}: not JSON: {error}; copy the file again"
            ) from None
        if not isinstance(row, dict):
            raise RecordingError(f"{file}:{number}: not an object; copy the file again")
        yield row


def csv_rows(file: Path, wanted: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Number and fields of each line of a `.csv.gz` file; none if it is not there.

    Raises RecordingError where the file is damaged, or lacks one of the `wanted` columns.
    """
    lines = _lines(file)
    _, first = next(lines, (0, b""))
    names = first.decode("utf-8", "replace").strip().split(",")
    missing = [name for name in wanted if name not in names]
    if first and missing:
        raise RecordingError(f"{file}:1: has no column {', '.join(missing)}")
    for number, line in lines:
        try:
            values = next(csv.reader([line.decode("utf-8")]), [])
        except (UnicodeDecodeError, csv.Error) as error:
            raise RecordingError(f"{file}:{number}: {error}; copy the file again") from None
        if len(values) != len(names):
            fault = f"{len(values)} fields instead of {len(names)}"
            raise RecordingError(f"{file}:{number}: {fault}; copy the file again")
        yield number, dict(zip(names, values, strict=True))


def json_document(file: Path) -> Any:
    """A whole `.json.gz` file. Raises RecordingError."""
    try:
        return msgspec.json.decode(gzip.decompress(file.read_bytes()))
    except FAULTS as error:
        raise RecordingError(f"{file}: not JSON: {error}; copy the file again") from None
    except (OSError, EOFError, zlib.error) as error:
        raise RecordingError(f"{file}: {error}; copy the file again") from None


def moment_ns(text: object) -> int:
    """ISO text as nanoseconds since the epoch, UTC where it has no zone; 0 if it is no time."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return 0
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()) * 1_000_000_000


def real(value: object) -> float | None:
    """A price in [0, 1] from a number or a text; None for anything else."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if 0.0 <= number <= 1.0 else None


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    if not file.is_file():
        return
    number = 0
    try:
        with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                yield number, line
    except (OSError, EOFError, zlib.error) as error:
        fault = getattr(error, "strerror", None) or error
        raise RecordingError(f"{file}:{number + 1}: {fault}; copy the file again") from None
