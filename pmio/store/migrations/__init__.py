"""The schema's history, run by alembic; `pmio.store.migrating` is the way in."""
