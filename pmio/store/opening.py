"""Open a store by its address: migrate, then connect."""

from functools import partial

import trio

from pmio.store.database import Database
from pmio.store.migrating import upgrade
from pmio.store.place import Place, place_of
from pmio.store.postgres import PostgresDatabase
from pmio.store.sql_store import SqlStore
from pmio.store.sqlite import SqliteDatabase
from pmio.store.store import Store


async def open_store(address: str) -> Store:
    """The store at `sqlite:///FILE` or `postgresql://…`, brought to this program's schema.

    Raises PlaceError, SchemaMismatch (a newer database) and StoreUnavailable.
    """
    place = place_of(address)
    await trio.to_thread.run_sync(partial(upgrade, place))
    return SqlStore(database_at(place))


def database_at(place: Place) -> Database:
    """The database of a place, not connected yet."""
    if place.path is not None:
        return SqliteDatabase(place.path)
    return PostgresDatabase(place.conninfo)
