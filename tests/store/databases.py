"""Fixtures: every storage test runs on both databases; each worker has its own PostgreSQL database.

The conftest of all tests takes them in, so that storage and API share one server."""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from pmio.store.migrating import upgrade
from pmio.store.opening import database_at
from pmio.store.place import place_of
from pmio.store.sql_store import SqlStore
from tests.store import servers

KINDS = ("sqlite", "postgresql")
Fresh = Callable[[], str]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a server, started if need be."""
    if servers.left_out():
        pytest.skip(servers.LEFT_OUT)
    if not servers.available():
        # Not a skip: half of the storage would be untested, and nobody would know.
        pytest.fail(servers.ABSENT, pytrace=False)
    with servers.server() as address:
        yield address


@pytest.fixture(scope="session")
def postgres_fresh(postgres_server: str) -> Iterator[Fresh]:
    """Makes empty databases, which are dropped at the end."""
    made: list[str] = []
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw")

    def fresh() -> str:
        name = f"pm_test_{worker}_{os.getpid()}_{len(made)}"
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        made.append(name)
        return servers.database_address(postgres_server, name)

    yield fresh
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        for name in made:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def postgres_migrated(postgres_fresh: Fresh) -> str:
    """One migrated database of this worker; each test empties it."""
    address = postgres_fresh()
    upgrade(place_of(address))
    return address


@pytest.fixture(scope="session")
def sqlite_migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.sqlite3"
    upgrade(place_of(f"sqlite:///{path}"))
    return path


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'fresh.sqlite3'}"
    return request.getfixturevalue("postgres_fresh")()


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated database without any row."""
    if request.param == "sqlite":
        path = tmp_path / "store.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_migrated"), path)
        return f"sqlite:///{path}"
    address = request.getfixturevalue("postgres_migrated")
    with psycopg.connect(address) as connection:
        connection.execute(
            "TRUNCATE markets, generations, scores_latest, recs_latest, cycles CASCADE"
        )
    return address


@pytest.fixture
async def store(address: str) -> AsyncIterator[SqlStore]:
    """A store without any row."""
    opened = SqlStore(database_at(place_of(address)))
    yield opened
    await opened.aclose()
