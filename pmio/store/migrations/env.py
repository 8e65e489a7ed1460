"""Run by alembic for every command: on the connection that `pmio.store.migrating` has opened."""

from alembic import context

from pmio.store.schema import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    # SQLite alters by making a table anew.
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    compare_server_default=True,
    # The whole way or none of it: the caller's transaction is the only one.
    transaction_per_migration=False,
)
context.run_migrations()
