"""Where the database is: `sqlite:///FILE` or `postgresql://USER@HOST/NAME`."""

from pathlib import Path
from typing import Final

import attrs
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

DEFAULT: Final = "sqlite:///pm-sweep.sqlite3"
VARIABLE: Final = "PM_DATABASE_URL"


class PlaceError(ValueError):
    """The text is no address of a database that this program knows."""


@attrs.frozen
class Place:
    """One database. Exactly one of `path` and `url` says how its driver finds it."""

    path: Path | None
    url: str
    """What psycopg is given; "" for SQLite."""
    shown: str
    """The address without its password."""

    @property
    def sqlalchemy_url(self) -> str:
        """The same for SQLAlchemy, which wants the driver's name in it."""
        if self.path is not None:
            return f"sqlite:///{self.path}"
        return "postgresql+psycopg:" + self.url.partition(":")[2]


def place_of(text: str) -> Place:
    """The place that an address names; raises PlaceError."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise PlaceError(_wanted("no database address")) from None
    shown = url.render_as_string(hide_password=True)
    name = url.get_backend_name()
    if name == "sqlite":
        if not url.database or url.database == ":memory:" or url.host:
            raise PlaceError(_wanted(f"{shown}: names no file"))
        return Place(Path(url.database), "", shown)
    if name in ("postgresql", "postgres"):
        return Place(None, "postgresql:" + text.partition(":")[2], shown)
    raise PlaceError(_wanted(f"{shown}: {name} is not supported"))


def _wanted(fault: str) -> str:
    return f"{fault}; use sqlite:///FILE or postgresql://USER@HOST/NAME"
