"""PostgreSQL through psycopg in threads: rows arrive by COPY, upserts by way of a staged table."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeVar
from zlib import crc32

import psycopg
from sqlalchemy import Table

from pmio.store.connections import Connections
from pmio.store.database import Row, StoreUnavailable, Transaction, deduplicated
from pmio.store.driver_sql import copy_sql, copy_types, postgres_parameters, stage_sql, unstage_sql
from pmio.store.schema import keys, names

T = TypeVar("T")
READERS: Final = 4
WRITERS: Final = 2
CONNECT_S: Final = 5
LIMITS: Final = (
    "-c statement_timeout=60000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000"
)
"""Milliseconds after which the server gives up for us."""
NETWORK: Final = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""Seconds and milliseconds after which a silent network is an outage instead of a wait."""
OUTAGES: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    # A server that only reads, a standby say; and one whose inner state is out of order.
    psycopg.InternalError,
    # Somebody is migrating it, or has taken our rights away: both can be undone beside us.
    psycopg.errors.UndefinedTable,
    psycopg.errors.InsufficientPrivilege,
)
"""What may pass without a change of ours; any other error of the driver is our fault."""
LOCK_SPACE: Final = 0x706D
"""First half of our advisory locks' keys, so that they meet nobody else's."""


class PostgresTransaction:
    """A transaction of psycopg."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._cursor = connection.cursor()

    def rows(self, sql: str, **values: object) -> list[Row]:
        """All rows of a query."""
        return self._cursor.execute(_query(sql), values).fetchall()

    def run(self, sql: str, **values: object) -> int:
        """Execute one statement."""
        return self._cursor.execute(_query(sql), values).rowcount

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows whose keys are new, straight into the table."""
        self._copy(table, table.name, rows)

    def upsert(self, table: Table, rows: Sequence[Row]) -> None:
        """Add or overwrite rows; a key that came twice in one statement would be refused."""
        if not rows:
            return
        order = names(table)
        places = [order.index(name) for name in keys(table)]
        self._cursor.execute(_raw(stage_sql(table)))
        self._copy(table, f"stage_{table.name}", deduplicated(rows, places))
        self._cursor.execute(_raw(unstage_sql(table)))
        # It would go at the commit; a second batch of the same transaction needs the name.
        self._cursor.execute(_raw(f"DROP TABLE stage_{table.name}"))

    def among(self, column: str, name: str = "ids") -> str:
        """An array in one parameter."""
        return f"{column} = ANY(:{name})"

    def listed(self, values: Sequence[str]) -> object:
        """A list, which psycopg sends as an array."""
        return list(values)

    def analyze(self, table: Table) -> None:
        """Its keys are what plans hang on; all columns would take a second."""
        self._cursor.execute(_raw(f"ANALYZE {table.name} ({', '.join(keys(table))})"))

    def lock(self, name: str) -> None:
        """An advisory lock until the end of the transaction."""
        key = crc32(name.encode()) - 2**31
        self._cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK_SPACE, key))

    def _copy(self, table: Table, target: str, rows: Sequence[Row]) -> None:
        with self._cursor.copy(_raw(copy_sql(table, target))) as copy:
            copy.set_types(copy_types(table))
            write = copy.write_row
            for row in rows:
                write(row)


class PostgresDatabase:
    """A server's database by libpq's parameters, which may hold a password: they are not shown."""

    kind = "postgresql"

    def __init__(self, conninfo: str) -> None:
        self._writers = Connections(WRITERS, partial(_opened, conninfo), _closed, _survives)
        self._readers = Connections(READERS, partial(_opened, conninfo), _closed, _survives)

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on one snapshot."""
        begin = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        return await self._readers.run(partial(_within, begin, work))

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` and commit."""
        return await self._writers.run(partial(_within, "", work))

    async def aclose(self) -> None:
        """Close all."""
        await self._readers.aclose()
        await self._writers.aclose()


def _raw(sql: str) -> Any:
    # psycopg asks for literals, as a guard against text from outside; ours is all made here.
    return sql


def _query(sql: str) -> Any:
    return postgres_parameters(sql)


def _opened(conninfo: str) -> psycopg.Connection[Row]:
    try:
        return psycopg.connect(
            conninfo,
            connect_timeout=CONNECT_S,
            options=LIMITS,
            application_name="pm-sweep",
            **NETWORK,  # type: ignore[arg-type]
        )
    except psycopg.Error as error:
        raise StoreUnavailable(f"postgresql: {' '.join(str(error).split())}") from error


def _closed(connection: psycopg.Connection[Row]) -> None:
    connection.close()


def _survives(connection: psycopg.Connection[Row], error: BaseException) -> bool:
    # After an outage a fresh one may reach another server, or the same one under other settings:
    # a session that began on a standby can stay read-only for as long as it lives.
    outage = isinstance(error, StoreUnavailable)
    return not outage and not connection.closed and not connection.broken


def _within(begin: str, work: Callable[[Transaction], T], connection: psycopg.Connection[Row]) -> T:
    try:
        with connection.transaction():
            if begin:
                connection.execute(_raw(begin))
            return work(PostgresTransaction(connection))
    except OUTAGES as error:
        raise StoreUnavailable(f"postgresql: {' '.join(str(error).split())}") from error
