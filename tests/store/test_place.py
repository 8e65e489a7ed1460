"""Addresses of databases: what they name, and that no password is ever shown."""

import logging
import traceback
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from pmapp.cli import main
from pmio.store.database import StoreUnavailable
from pmio.store.opening import database_at
from pmio.store.place import PlaceError, place_of

SECRET = "hunter2"
ADDRESSES = (
    f"postgresql://me:{SECRET}@127.0.0.1:1/db",
    f"postgres://me:{SECRET}@127.0.0.1:1/db",
    f"postgresql+asyncpg://me:{SECRET}@127.0.0.1:1/db",
    f"postgresql://me:{SECRET}@127.0.0.1:port/db",
    f"postgresql://me:{SECRET}@[::1/db",
    f"postgresql://me:{SECRET}%zz@127.0.0.1:1/db",
    f"postgresql://me:{SECRET}",
    f"postgresql://me:a@b/{SECRET}@127.0.0.1:1/db",
    f"postgresql://me@127.0.0.1:1/db?password={SECRET}",
    f"postgresql://me@127.0.0.1:1/db?sslpassword={SECRET}&sslmode=disable",
    f"postgresql://me:{SECRET}@127.0.0.1:1/db?nope=1",
    f"postgresql://me:{SECRET}@127.0.0.1:1/db?connect_timeout={SECRET}",
    f"postgresql://me:{SECRET}@127.0.0.1:1/db?sslmode=bad",
    f"postgres//me:{SECRET}@h/d",
    f"mysql://me:{SECRET}@h/d",
    f"sqlite://me:{SECRET}@h/d",
)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("command", ["score", "database", "bench"])
def test_no_command_shows_the_password(address, command, caplog):
    caplog.set_level(logging.DEBUG)
    words = ["sweep", command, *(["--once"] if command == "score" else [])]
    words += ["--database", address] if command == "bench" else []
    done = CliRunner().invoke(main, words, env={"PM_DATABASE_URL": address})
    assert done.exit_code == 2, done.output
    assert done.output.startswith("Error: ")
    assert SECRET not in done.output.replace(f"connect_timeout={SECRET}", "")
    assert SECRET not in caplog.text


def test_help_does_not_show_the_environment():
    environment = {"PM_DATABASE_URL": ADDRESSES[0]}
    for command in ("run", "ingest", "score", "database"):
        done = CliRunner().invoke(main, ["sweep", command, "--help"], env=environment)
        assert done.exit_code == 0
        assert SECRET not in done.output


async def test_database_that_is_away_does_not_show_the_password():
    place = place_of(ADDRESSES[0])
    assert SECRET not in repr(place)
    database = database_at(place)
    with pytest.raises(StoreUnavailable) as caught:
        await database.read(lambda tx: tx.rows("SELECT 1"))
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    await database.aclose()


@given(st.text(min_size=1, max_size=20).filter(lambda text: "\x00" not in text))
def test_every_password_arrives_as_it_is_and_is_hidden(password):
    place = place_of(f"postgresql://me:{quote(password, safe='')}@127.0.0.1/db")
    assert place.shown == "postgresql://me:***@127.0.0.1/db"
    assert conninfo_to_dict(place.conninfo)["password"] == password
    assert place.sqlalchemy_url.password == password


@pytest.mark.parametrize(
    "address",
    ["", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://a@b/c", "sqlite://host/file"],
)
def test_addresses_that_name_no_database(address):
    with pytest.raises(PlaceError, match="use sqlite:///FILE or postgresql://"):
        place_of(address)


def test_unknown_parameter_is_named():
    with pytest.raises(PlaceError, match=r'me:\*\*\*@h/db.*invalid.*"nope"'):
        place_of("postgresql://me:secret@h/db?nope=1")


def test_sockets_and_parameters_survive():
    place = place_of("postgresql://me@/db?host=/run/there&application_name=x")
    parts = conninfo_to_dict(place.conninfo)
    assert (parts["host"], parts["user"], parts["dbname"]) == ("/run/there", "me", "db")
