"""The sub-commands of `pm sweep` that are imported only when called: databases load slowly."""

from typing import Final

from pmapp.lazy_group import Table

MEMBERS: Final[Table] = {
    "ingest": ("sweep_services", "Keep markets, quotes and rule texts up to date."),
    "score": ("sweep_services", "Score what is stored, again and again."),
    "serve": ("sweep_serve", "Serve what is stored over HTTP, read only."),
    "run": ("sweep_services", "Ingest, score and serve with one command."),
    "evaluate": ("sweep_evaluate", "Score recorded history as if live, and compare."),
    "database": ("sweep_database", "Show or change the schema of the database."),
    "config": ("sweep_config", "Show or check the scanner's configuration."),
    "bench": ("sweep_bench", "Measure scoring and storing with synthetic markets."),
}
