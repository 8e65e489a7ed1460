"""SQLite: one writing connection, a few that read its snapshots, write-ahead log."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Table

from pmio.store.connections import Connections
from pmio.store.database import Row, StoreUnavailable, Transaction, deduplicated
from pmio.store.driver_sql import insert_sql, upsert_sql
from pmio.store.schema import keys, names

T = TypeVar("T")
READERS: Final = 4
BUSY_MS: Final = 5_000
CACHE_KIB: Final = 16_384
"""Page cache of a connection; there are up to five of them."""
LOG_PAGES: Final = 8_000
"""Pages of 4 KiB in the write-ahead log before they are carried into the file. A scoring cycle
writes the same pages of its indexes again and again: at the default of 1,000 it takes a fifth more
time over 200,000 markets."""


class SqliteTransaction:
    """A transaction of the standard library's driver."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, **values: object) -> list[Row]:
        """All rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, **values: object) -> int:
        """Execute one statement."""
        return self._connection.execute(sql, values).rowcount

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows whose keys are new."""
        self._connection.executemany(insert_sql(table), rows)

    def upsert(self, table: Table, rows: Sequence[Row]) -> None:
        """Add or overwrite rows."""
        order = names(table)
        places = [order.index(name) for name in keys(table)]
        self._connection.executemany(upsert_sql(table), deduplicated(rows, places))

    def among(self, column: str, name: str = "ids") -> str:
        """SQLite has no arrays; JSON holds any number of texts in one parameter."""
        return f"{column} IN (SELECT value FROM json_each(:{name}))"

    def listed(self, values: Sequence[str]) -> object:
        """A JSON array."""
        return json.dumps(list(values))

    def analyze(self, table: Table) -> None:
        """Nothing to do: without statistics SQLite trusts the indexes, which is right here."""

    def lock(self, name: str) -> None:
        """Nothing to do: SQLite lets one writer in at a time."""


class SqliteDatabase:
    """A file. Its readers never wait for its writer."""

    kind = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = Connections(1, partial(_opened, path), _closed, _survives)
        self._readers = Connections(READERS, partial(_opened, path), _closed, _survives)

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on one snapshot."""
        return await self._readers.run(partial(_within, "BEGIN", work))

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` and commit."""
        return await self._writer.run(partial(_within, "BEGIN IMMEDIATE", work))

    async def aclose(self) -> None:
        """Close all; the last connection folds the log into the file."""
        await self._readers.aclose()
        await self._writer.aclose()


def _opened(path: Path) -> sqlite3.Connection:
    try:
        # isolation_level=None: transactions begin and end where this file says.
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection)
        except BaseException:
            # A damaged file opens; only the first pragma tells.
            connection.close()
            raise
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{path}: {error}") from error
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")


def _closed(connection: sqlite3.Connection) -> None:
    connection.close()


def _survives(connection: sqlite3.Connection, error: BaseException) -> bool:
    # After a refused statement the connection is good; after a fault of the file it may not be.
    return not isinstance(error, StoreUnavailable) and not connection.in_transaction


def _within(begin: str, work: Callable[[Transaction], T], connection: sqlite3.Connection) -> T:
    try:
        connection.execute(begin)
        try:
            result = work(SqliteTransaction(connection))
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    except sqlite3.DatabaseError as error:
        # The general name means a damaged file; its other children are faults of ours.
        if not (
            isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError
        ):
            raise
        raise StoreUnavailable(f"sqlite: {error}") from error
    return result
