"""The rows of a generation hang on it by the program's care alone: asking the database for every
row whether its market and its generation exist took most of the time of storing a pass."""

from typing import Final

from alembic import op

revision = "v0005"
down_revision = "v0004"
branch_labels = None
depends_on = None

TABLES: Final = ("scores_latest", "recs_latest")
OWNERS: Final = {"generation": "generations", "market_id": "markets"}
NARROW: Final = {"sqlite_with_rowid": False}


def upgrade() -> None:
    """Take away the foreign keys, and the index that only their cascade needed."""
    for table in TABLES:
        op.drop_index(f"ix_{table}_market_id", table)
        with op.batch_alter_table(table, table_kwargs=NARROW) as batch:
            for column in OWNERS:
                batch.drop_constraint(f"fk_{table}_{column}", type_="foreignkey")


def downgrade() -> None:
    """Bring them back."""
    for table in TABLES:
        with op.batch_alter_table(table, table_kwargs=NARROW) as batch:
            for column, owner in OWNERS.items():
                batch.create_foreign_key(
                    f"fk_{table}_{column}", owner, [column], [column], ondelete="CASCADE"
                )
        op.create_index(f"ix_{table}_market_id", table, ["market_id"])
