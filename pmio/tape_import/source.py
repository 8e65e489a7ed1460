"""A source file of a recording, plain or gzip, read line by line with every fault placed.

Whatever is wrong (a cut gzip stream, bytes that are not UTF-8, a row with too few columns, a
number that is none) becomes a `TapeError` with the file and the line, so that the user can go and
look. A rejected value is quoted, shortened.
"""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn, cast

import msgspec

from pmcore.units import SECOND, Ns, OraclePrice, parse_decimal
from pmio.tape import TapeError

LINE_MAX: Final = 1 << 26
"""Bytes; a longer line is not one of these recordings, and must not fill the memory."""
MEND: Final = "repair or remove that line, or copy the file again"
NS_MAX: Final = (1 << 63) - 1
PREFIX: Final = re.compile(r"[a-z0-9]+-updown-([0-9]{1,3})([mh])")
_SLUG: Final = re.compile(r"(.+)-([0-9]{9,11})")


def refuse(path: Path, line: int, fault: str, remedy: str = MEND) -> NoReturn:
    """Raise TapeError for a line, counted from 1."""
    raise TapeError(path, f"line {line}", fault, remedy)


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Number and text (without its end) of every line that is not blank; raises TapeError."""
    number = 0
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            file = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if zipped else raw
            while line := file.readline(LINE_MAX):
                number += 1
                if len(line) == LINE_MAX:
                    refuse(path, number, f"longer than {LINE_MAX} bytes")
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                if text:
                    yield number, text
    except UnicodeDecodeError as error:
        refuse(path, number, f"not UTF-8: {error.reason} at byte {error.start + 1} of the line")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        fault = f"the gzip stream is cut or damaged after this line: {error}"
        refuse(path, number, fault, "copy the file again")
    except OSError as error:
        fault = error.strerror or str(error)
        raise TapeError(path, "opening", fault, "check the file's name") from error


def csv_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Line number and the wanted `columns` of every row below the header, in the order asked.

    Columns are found by name, so more of them, or another order, does no harm.
    """
    last = 0

    def texts() -> Iterator[str]:
        nonlocal last
        for number, text in lines(path):
            last = number
            yield text

    reader = csv.reader(texts(), strict=True)
    try:
        header = next(reader, [])
        missing = [column for column in columns if column not in header]
        if missing:
            fault = f"no column {', '.join(missing)}; the header has {', '.join(header)[:200]!r}"
            refuse(path, max(last, 1), fault, "give the file that has these columns")
        places = [header.index(column) for column in columns]
        for row in reader:
            if len(row) != len(header):
                refuse(path, last, f"{len(row)} columns where the header has {len(header)}")
            yield last, [row[place] for place in places]
    except csv.Error as error:
        refuse(path, last, f"not CSV: {error}")


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and object of every line of a JSON-lines file."""
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    for number, text in lines(path):
        try:
            yield number, decode(text)
        except (msgspec.DecodeError, RecursionError) as error:
            refuse(path, number, f"not a JSON object: {error}")


def field(path: Path, line: int, obj: dict[str, Any], name: str, kind: type) -> Any:
    """`obj[name]`, which must be there and be a `kind`."""
    value = obj.get(name)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        fault = f"{name} should be {kind.__name__}, not {str(value)[:60]!r}"
        refuse(path, line, fault)
    return value


def whole(path: Path, line: int, name: str, text: str) -> int:
    """A number without sign, point or exponent."""
    if not (text.isascii() and text.isdigit() and len(text) < 40):
        refuse(path, line, f"{name} is not a whole number: {text[:40]!r}")
    return int(text)


def near(path: Path, line: int, name: str, text: str, places: int) -> int:
    """A decimal as the nearest count of `10**-places`, halves up.

    Recordings that went through binary floats write 21778.645399999998 for 21778.6454: to drop
    digits, as for a live frame, would be wrong here.
    """
    try:
        return (parse_decimal(text, places + 3) + 500) // 1000
    except ValueError:
        refuse(path, line, f"{name} is not a decimal number: {text[:40]!r}")


def moment(path: Path, line: int, name: str, amount: int, unit_ns: int) -> Ns:
    """`amount` units since 1970 as nanoseconds; refused outside the years 2001 to 2262."""
    ns = amount * unit_ns
    if not 1_000_000_000_000_000_000 <= ns <= NS_MAX:
        refuse(path, line, f"{name} is not a time of our age: {amount}")
    return Ns(ns)


def utc_ns(text: str) -> Ns:
    """An ISO time as nanoseconds; without an offset it is UTC. Raises ValueError."""
    when = datetime.fromisoformat(text)
    if not 2001 < when.year < 2262:
        raise ValueError(f"not a time of our age: {text[:40]!r}")
    when = when.replace(tzinfo=when.tzinfo or UTC)
    return Ns(int(when.timestamp()) * SECOND + when.microsecond * 1000)


def oracle_price(path: Path, line: int, name: str, pico: int) -> OraclePrice:
    """Picodollars as an oracle price: above zero, and within 63 bits."""
    if not 0 < pico <= NS_MAX:
        refuse(path, line, f"{name} is not a price: {pico / 1e12:.6g} USD")
    return OraclePrice(pico)


def split_slug(slug: str) -> tuple[str, int] | None:
    """Series prefix and window start (Unix s) of an up/down slug; None for any other slug."""
    match = _SLUG.fullmatch(slug)
    if match is None or PREFIX.fullmatch(match[1]) is None:
        return None
    return match[1], int(match[2])


def window_ns(prefix: str) -> Ns:
    """Length of the windows of a series: `btc-updown-15m` has 900 s.

    Raises ValueError where the prefix is not of that form.
    """
    match = PREFIX.fullmatch(prefix)
    if match is None:
        raise ValueError(f"not an up/down series: {prefix[:40]!r}")
    return Ns(int(match[1]) * (60 if match[2] == "m" else 3600) * 1_000_000_000)


def only_prefix(path: Path, present: Sequence[str], asked: str | None) -> str:
    """The series to import: the one asked for, or the only one of Bitcoin; raises TapeError."""
    series = sorted(dict.fromkeys(present))
    listed = ", ".join(series) or "none"
    if asked is not None:
        if asked not in series:
            fault = f"no market of {asked}; the series here: {listed}"
            raise TapeError(path, "markets", fault, "give one of these with --prefix")
        return asked
    found = [prefix for prefix in series if prefix.startswith("btc-")]
    if len(found) != 1:
        fault = f"{len(found)} Bitcoin series where one is expected; the series here: {listed}"
        raise TapeError(path, "markets", fault, "choose one with --prefix")
    return found[0]
