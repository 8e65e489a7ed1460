"""The schema goes up and down on both databases, and a newer one is refused."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from pmio.store import migrating
from pmio.store.database import StoreUnavailable
from pmio.store.migrating import SchemaMismatch
from pmio.store.place import place_of
from pmio.store.schema import METADATA


def tables(address: str) -> set[str]:
    engine = create_engine(place_of(address).sqlalchemy_url)
    try:
        return set(inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


def execute(address: str, statement: str) -> None:
    engine = create_engine(place_of(address).sqlalchemy_url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def filled(table: str, values: dict[str, str]) -> str:
    """An INSERT of one row: `values`, and 1 in each other column that must have something."""
    columns = [column for column in METADATA.tables[table].columns if not column.nullable]
    row = {column.name: "1" for column in columns} | values
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def counted(address: str, table: str) -> int:
    engine = create_engine(place_of(address).sqlalchemy_url)
    with engine.connect() as connection:
        count = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()
    engine.dispose()
    return count


def test_up_and_down_again(empty):
    place = place_of(empty)
    assert migrating.revision_of(place) == ""
    seen = []
    for revision in migrating.revisions():
        assert migrating.upgrade(place, revision) == revision
        seen.append(tables(empty))
    assert seen[-1] == set(METADATA.tables)
    for revision, before in zip(reversed(migrating.revisions()[:-1]), seen[-2::-1], strict=True):
        assert migrating.downgrade(place, revision) == revision
        assert tables(empty) == before
    assert migrating.downgrade(place, "base") == ""
    assert tables(empty) == set()
    assert migrating.upgrade(place) == migrating.revisions()[-1]


def test_each_step_can_be_taken_back_and_again(empty):
    place = place_of(empty)
    migrating.upgrade(place)
    for before, revision in zip(
        ["base", *migrating.revisions()], migrating.revisions(), strict=False
    ):
        migrating.downgrade(place, before)
        assert migrating.upgrade(place, revision) == revision
        migrating.upgrade(place)
        assert migrating.drift(place) == []


def test_upgrade_keeps_the_rows(empty):
    place = place_of(empty)
    first = migrating.revisions()[0]
    migrating.upgrade(place, first)
    execute(empty, filled("markets", {"status": "'open'"}))
    migrating.upgrade(place)
    migrating.downgrade(place, first)
    assert counted(empty, "markets") == 1


def test_scores_are_kept_without_their_foreign_keys_and_with_them(empty):
    place = place_of(empty)
    migrating.upgrade(place, "v0004")
    execute(empty, filled("generations", {"finished_ns": "5"}))
    execute(empty, filled("markets", {"status": "'open'"}))
    for table in ("scores_latest", "recs_latest"):
        execute(empty, filled(table, {}))
    for move in (migrating.upgrade, partial(migrating.downgrade, revision="v0004")):
        move(place)
        for table in ("scores_latest", "recs_latest"):
            assert counted(empty, table) == 1


def test_code_and_database_agree(empty):
    place = place_of(empty)
    migrating.upgrade(place)
    assert migrating.drift(place) == []


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE markets ADD COLUMN extra TEXT",
        "ALTER TABLE markets DROP COLUMN resolution_source",
        "DROP INDEX ix_quotes_latest_as_of_ns",
        "CREATE TABLE stranger (a BIGINT)",
    ],
)
def test_drift_is_seen(empty, change):
    place = place_of(empty)
    migrating.upgrade(place)
    execute(empty, change)
    assert migrating.drift(place)


def test_newer_database_is_refused(empty):
    place = place_of(empty)
    migrating.upgrade(place)
    execute(empty, "UPDATE alembic_version SET version_num = 'v9999'")
    for act in (migrating.upgrade, migrating.revision_of):
        with pytest.raises(SchemaMismatch, match=r"v9999.*only up to v0005.*newer version"):
            act(place)
    with pytest.raises(SchemaMismatch):
        migrating.downgrade(place, "base")
    assert tables(empty) == set(METADATA.tables)


def test_failed_upgrade_leaves_nothing_behind(empty):
    place = place_of(empty)
    # The last table that the migrations make is in the way.
    execute(empty, "CREATE TABLE cycles (a BIGINT)")
    with pytest.raises(Exception, match="exists"):
        migrating.upgrade(place)
    assert tables(empty) == {"cycles"}


def test_two_programs_may_upgrade_at_once(empty):
    place = place_of(empty)
    with ThreadPoolExecutor(4) as pool:
        revisions = list(pool.map(lambda _: migrating.upgrade(place), range(4)))
    assert set(revisions) == {migrating.revisions()[-1]}


def test_database_that_is_not_there(tmp_path: Path):
    absent = place_of(f"postgresql://nobody@/nothing?host={tmp_path}")
    with pytest.raises(StoreUnavailable, match="postgresql://nobody"):
        migrating.upgrade(absent)
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreUnavailable, match="unable to open"):
        migrating.upgrade(place_of(f"sqlite:///{tmp_path / 'folder'}"))
