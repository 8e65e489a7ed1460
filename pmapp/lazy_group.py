"""A command whose sub-commands are modules, each imported only when it is called."""

import importlib
from collections.abc import Mapping
from typing import Any

import click

Table = Mapping[str, tuple[str, str]]
"""Name -> module in `pmapp.commands` that holds the command under that name, and its help."""


class LazyGroup(click.Group):
    """A group that knows more members than it has imported: those of `table`, in its order."""

    def __init__(self, *args: Any, table: Table, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """What is declared at once, then the table: what a newcomer needs comes first in it."""
        return [*super().list_commands(ctx), *self.table]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported if need be; None for an unknown name."""
        if cmd_name not in self.table:
            return super().get_command(ctx, cmd_name)
        module = importlib.import_module(f"pmapp.commands.{self.table[cmd_name][0]}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's own
        formatter: click.HelpFormatter,
    ) -> None:
        """All of them, without importing any."""
        rows = [(name, command.get_short_help_str()) for name, command in self.commands.items()]
        rows += [(name, text) for name, (_, text) in self.table.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown name is answered with the ones that there are."""
        known = self.list_commands(ctx)
        named = bool(args) and not args[0].startswith("-") and not ctx.resilient_parsing
        if named and args[0] not in known:
            raise click.UsageError(f"no command {args[0]!r}; there are {', '.join(known)}", ctx)
        return super().resolve_command(ctx, args)
