"""An in-memory database that reads Parquet files, with its errors named after the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pmio.ingest.recorded_parquet import RecordingError


@contextmanager
def parquet_reader(file: Path) -> Iterator[Any]:
    """A DuckDB connection in UTC. Raises RecordingError for whatever DuckDB finds wrong."""
    try:
        import duckdb
    except ImportError as error:
        remedy = "install the extra: pip install 'pm-trader[parquet]'"
        raise RecordingError(f"{file}: reading Parquet needs DuckDB; {remedy}") from error
    try:
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as base:
            base.execute("set timezone = 'UTC'")
            base.execute("set enable_progress_bar = false")
            yield base
    except duckdb.Error as error:
        fault = " ".join(str(error).split())[:200]
        raise RecordingError(f"{file}: {fault}; copy the file again") from error
