"""The sub-commands of `pm sweep`, each imported only when it is called: databases load slowly."""

import importlib
from typing import Final

import click

MEMBERS: Final = {
    "ingest": ("sweep_services", "Keep markets, quotes and rule texts up to date."),
    "score": ("sweep_services", "Score what is stored, again and again."),
    "serve": ("sweep_serve", "Serve what is stored over HTTP, read only."),
    "run": ("sweep_services", "Ingest, score and serve with one command."),
    "evaluate": ("sweep_evaluate", "Score recorded history as if live, and compare."),
    "database": ("sweep_database", "Show or change the schema of the database."),
    "config": ("sweep_config", "Show or check the scanner's configuration."),
    "bench": ("sweep_bench", "Measure scoring and storing with synthetic markets."),
}
"""Name -> module in `pmapp.commands` that holds the command under that name, and its help."""


class SweepCommands(click.Group):
    """A group that knows more members than it has imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """What is declared at once, then the table."""
        return [*super().list_commands(ctx), *MEMBERS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command; None for an unknown name."""
        if cmd_name not in MEMBERS:
            return super().get_command(ctx, cmd_name)
        module = importlib.import_module(f"pmapp.commands.{MEMBERS[cmd_name][0]}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's own
        formatter: click.HelpFormatter,
    ) -> None:
        """All of them, without importing any."""
        rows = [(name, self.commands[name].get_short_help_str()) for name in self.commands]
        rows += [(name, entry[1]) for name, entry in MEMBERS.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
