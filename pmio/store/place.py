"""Where the database is: `sqlite:///FILE` or `postgresql://USER@HOST/NAME`.

An address may hold a password, in front of the host or among the parameters. Nothing here shows
it, not even where the address cannot be read: then none of the address is shown.
"""

from pathlib import Path
from typing import Final

import attrs
import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

DEFAULT: Final = "sqlite:///pm-sweep.sqlite3"
VARIABLE: Final = "PM_DATABASE_URL"
SECRETS: Final = frozenset(("password", "sslpassword", "passfile", "oauth_client_secret"))
"""Parameters of an address that are nobody else's business."""

ESCAPE: Final = "write @ : / in a password as %40 %3A %2F"


class PlaceError(ValueError):
    """The text is no address of a database that this program knows."""


@attrs.frozen
class Place:
    """One database. Exactly one of `path` and `url` says how its driver finds it."""

    path: Path | None
    conninfo: str = attrs.field(repr=False)
    """What psycopg is given, in libpq's own words; "" for SQLite."""
    shown: str
    """The address without its password."""
    sqlalchemy_url: URL = attrs.field(repr=False)
    """The same for SQLAlchemy, which wants the driver's name in it."""


def place_of(text: str) -> Place:
    """The place that an address names; raises PlaceError."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # A port that is no number is often a password with an @ or a / in it.
        raise PlaceError(_wanted(f"no database address ({ESCAPE})")) from None
    name = url.get_backend_name()
    if name != "sqlite" and text.partition("?")[0].count("@") > 1:
        raise PlaceError(_wanted(f"more than one @ in the address ({ESCAPE})"))
    shown = _shown(url)
    if name == "sqlite":
        if not url.database or url.database == ":memory:" or url.host:
            raise PlaceError(_wanted(f"{shown}: names no file"))
        return Place(Path(url.database), "", shown, url.set(drivername="sqlite"))
    if name in ("postgresql", "postgres"):
        driven = url.set(drivername="postgresql+psycopg")
        return Place(None, _conninfo(url, shown), shown, driven)
    raise PlaceError(_wanted(f"{shown}: {name} is not supported"))


def _shown(url: URL) -> str:
    hidden = {key: "***" for key in url.query if key in SECRETS}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


def _conninfo(url: URL, shown: str) -> str:
    """The address as libpq's parameters, which it has read; raises PlaceError."""
    given = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database}
    given |= {"password": url.password}
    given |= {key: one if isinstance(one, str) else ",".join(one) for key, one in url.query.items()}
    values = {key: str(one) for key, one in given.items() if one is not None and one != ""}
    try:
        return make_conninfo(**values)
    except psycopg.Error as error:
        raise PlaceError(f"{shown}: {' '.join(str(error).split())}") from None


def _wanted(fault: str) -> str:
    return f"{fault}; use sqlite:///FILE or postgresql://USER@HOST/NAME"
