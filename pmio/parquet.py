"""An in-memory database that reads Parquet files; what it finds wrong, the caller words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

Refusal = Callable[[Path, str, str, str], Exception]
"""File, place in it, fault and remedy -> the error that the caller raises for it."""
REMEDY: Final = "install the extra: .venv/bin/pip install -r requirements/parquet.txt"
FAULT_MAX: Final = 200
"""Characters of what DuckDB says, which may quote a whole query."""


@contextmanager
def parquet_reader(file: Path, refusal: Refusal) -> Iterator[Any]:
    """A DuckDB connection in UTC, to be asked about `file` and closed at the end.

    Raises what `refusal` makes of a missing DuckDB, and of any of its errors in the block.
    """
    try:
        import duckdb
    except ImportError as error:
        raise refusal(file, "opening", "reading Parquet needs DuckDB", REMEDY) from error
    try:
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as base:
            base.execute("set timezone = 'UTC'")
            base.execute("set enable_progress_bar = false")
            yield base
    except duckdb.Error as error:
        fault = " ".join(str(error).split())[:FAULT_MAX]
        raise refusal(file, "reading", fault, "copy the file again") from error
