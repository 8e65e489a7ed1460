"""Bring a database to this program's schema, or refuse one that is newer than the program."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import psycopg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError

from pmio.store.database import StoreUnavailable
from pmio.store.place import Place
from pmio.store.schema import METADATA

SCRIPTS: Final = Path(__file__).parent / "migrations"
LOCK: Final = 0x706D_5343
BUSY_S: Final = 30.0
CONNECT_S: Final = 5
OUTAGES: Final = (OperationalError, InterfaceError, InternalError)
REFUSALS: Final = (psycopg.errors.InsufficientPrivilege,)
"""Of the driver: whoever runs the server can take them back."""


class SchemaMismatch(Exception):  # noqa: N818 - it is an outcome
    """The database's schema is not one that this program can work with."""


def upgrade(place: Place, revision: str = "head") -> str:
    """Migrate up to `revision` in one transaction; the revision that is now in force.

    Two programs may try at the same time: the second waits and finds nothing left to do. Raises
    SchemaMismatch for a database that is newer than this program, and StoreUnavailable.
    """
    with _connected(place) as connection:
        _refuse_newer(connection, place)
        command.upgrade(_config(connection), revision)
        return _current(connection) or ""


def downgrade(place: Place, revision: str) -> str:
    """Migrate down to `revision` (`base`: no tables at all). Data of what goes is lost."""
    with _connected(place) as connection:
        _refuse_newer(connection, place)
        command.downgrade(_config(connection), revision)
        return _current(connection) or ""


def revision_of(place: Place) -> str:
    """The revision in force; "" for an empty database. Refuses one that is newer."""
    with _connected(place) as connection:
        _refuse_newer(connection, place)
        return _current(connection) or ""


def drift(place: Place) -> list[str]:
    """What the tables in the database and the ones declared in code disagree on."""
    with _connected(place) as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return [str(difference) for difference in compare_metadata(context, METADATA)]


def revisions() -> list[str]:
    """All revisions, the first one first."""
    script = ScriptDirectory(str(SCRIPTS))
    return [step.revision for step in script.walk_revisions()][::-1]


def _refuse_newer(connection: Connection, place: Place) -> None:
    current = _current(connection)
    if current is not None and current not in revisions():
        raise SchemaMismatch(
            f"the database {place.shown} has schema {current}, and this program knows only up to "
            f"{revisions()[-1]}: a newer version wrote it. Update this program, or name another "
            "database with --database"
        )


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", re.sub("%", "%%", str(SCRIPTS)))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connected(place: Place) -> Iterator[Connection]:
    """A connection in one transaction that no other migration can enter."""
    if place.path is not None:
        try:
            place.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"{place.shown}: {error.strerror}") from None
    engine = _engine(place)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            yield connection
    except DBAPIError as error:
        # SQLite calls a file that is no database, or a damaged one, by its most general name.
        outage = isinstance(error, OUTAGES) or isinstance(error.orig, REFUSALS)
        if not (outage or type(error.orig) is sqlite3.DatabaseError):
            raise
        raise StoreUnavailable(f"{place.shown}: {' '.join(str(error.orig).split())}") from error
    finally:
        engine.dispose()


def _engine(place: Place) -> Engine:
    if place.path is None:
        connect = partial(psycopg.connect, place.conninfo, connect_timeout=CONNECT_S)
        return create_engine(place.sqlalchemy_url, creator=connect)
    engine = create_engine(place.sqlalchemy_url, connect_args={"timeout": BUSY_S})

    # The driver would commit before each change of a table; here all of them are one transaction.
    @event.listens_for(engine, "connect")
    def _own_transactions(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
