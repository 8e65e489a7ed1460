"""One transaction is one function on one thread; a `Database` runs it and tells what went wrong.

Calls into a thread cannot be cancelled, so whoever is cancelled in the middle still finishes the
transaction in hand: it commits or rolls back, never half of it. No transaction spans an await.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import Table

T = TypeVar("T")
Row = tuple[Any, ...]


class StoreUnavailable(Exception):  # noqa: N818 - it is an outcome
    """The database did not answer or is busy for too long; the same call may work later."""


class Transaction(Protocol):
    """What the queries of this package need of a driver. SQL has named parameters, `:name`."""

    def rows(self, sql: str, **values: object) -> list[Row]:
        """All rows of a query; bounded by its LIMIT or by its keys."""

    def run(self, sql: str, **values: object) -> int:
        """Execute one statement: the number of rows it touched."""

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, each with all columns of `table` in their order; keys must be new."""

    def upsert(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows or overwrite those of the same key; of one key's rows the last one counts."""

    def among(self, column: str, name: str = "ids") -> str:
        """The condition that `column` is one of parameter `:name`, which `listed` has packed."""

    def listed(self, values: Sequence[str]) -> object:
        """Texts packed as the parameter of `among`."""

    def analyze(self, table: Table) -> None:
        """Let the planner look at a table that has changed a lot."""

    def lock(self, name: str) -> None:
        """Let no second transaction past the lock of this name until this one ends."""


Work = Callable[[Transaction], T]


class Database(Protocol):
    """A database that runs transactions for Trio tasks."""

    kind: str
    """`sqlite` or `postgresql`."""

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on one snapshot of the data. Raises StoreUnavailable."""

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` and commit, or roll back if it raises. Raises StoreUnavailable."""

    async def aclose(self) -> None:
        """Close every connection, after the transactions in hand."""


def deduplicated(rows: Sequence[Row], places: Sequence[int]) -> Sequence[Row]:
    """The last row of each key, by the key's places in a row; the order of first appearance."""
    if len(places) == 1:
        at = places[0]
        latest: dict[Any, Row] = {row[at]: row for row in rows}
    else:
        latest = {tuple(row[at] for at in places): row for row in rows}
    return rows if len(latest) == len(rows) else list(latest.values())
