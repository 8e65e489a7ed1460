"""Statements in a driver's own SQL, made from the tables once each."""

import re
from functools import cache
from typing import Final

from sqlalchemy import BigInteger, Double, SmallInteger, Table, Text

from pmio.store.schema import keys, names

_PARAMETER: Final = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_TYPES: Final[dict[type, str]] = {
    BigInteger: "int8",
    SmallInteger: "int2",
    Double: "float8",
    Text: "text",
}


@cache
def postgres_parameters(sql: str) -> str:
    """`:name` as psycopg's `%(name)s`; a `::type` stays."""
    return _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))


@cache
def insert_sql(table: Table) -> str:
    """SQLite's insert of one whole row, with `?` for each column."""
    marks = ", ".join("?" * len(names(table)))
    return f"INSERT INTO {table.name} ({', '.join(names(table))}) VALUES ({marks})"


@cache
def upsert_sql(table: Table) -> str:
    """SQLite's upsert of one whole row."""
    return f"{insert_sql(table)} {_conflict(table)}"


@cache
def stage_sql(table: Table) -> str:
    """PostgreSQL's temporary twin of a table, without keys and gone at the commit."""
    return f"CREATE TEMPORARY TABLE stage_{table.name} (LIKE {table.name}) ON COMMIT DROP"


@cache
def copy_sql(table: Table, target: str) -> str:
    """PostgreSQL's COPY of whole rows into a table with the columns of `table`."""
    return f"COPY {target} ({', '.join(names(table))}) FROM STDIN (FORMAT BINARY)"


@cache
def copy_types(table: Table) -> tuple[str, ...]:
    """The types of the columns, which a binary COPY does not convert."""
    return tuple(_TYPES[type(column.type)] for column in table.columns)


@cache
def unstage_sql(table: Table) -> str:
    """PostgreSQL's upsert of all that is staged.

    In the order of the keys, so that two writers take their row locks in the same order.
    """
    columns, order = ", ".join(names(table)), ", ".join(keys(table))
    return (
        f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM stage_{table.name}"
        f" ORDER BY {order} {_conflict(table)}"
    )


def _conflict(table: Table) -> str:
    key = keys(table)
    rest = [name for name in names(table) if name not in key]
    changes = ", ".join(f"{name} = excluded.{name}" for name in rest)
    return f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
