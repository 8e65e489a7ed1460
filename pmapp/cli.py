"""`pm`: one word for each thing the program does; each is imported only when it is called."""

import importlib
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import click

from pmapp.interrupted import INTERRUPTED, by_ctrl_c

COMMANDS: Final = {
    "run": "Demonstrate the maker: a seeded market, offline, with a report at the end.",
    "tape": "Recorded markets as tapes: import and show.",
    "backtest": "Run the maker over tapes, with three assumptions about fills.",
    "calibrate": "Compare the model's probability with what came true.",
    "replay": "Step through a journal again and compare every effect, byte for byte.",
    "stress": "Drive the core with a journal or a synthetic flow and measure it.",
    "maker": "Trade: on paper (the default) or live, at Polymarket or at a local venue.",
    "venue": "A Polymarket on localhost, to run and break a bot against, offline.",
    "simulate": "Bot and local venue on virtual time, with faults by seed: what must never happen.",
    "sweep": "The endgame scanner: what in a market's rules can be contested, and why.",
    "config": "Show or check the configuration.",
}
"""Sub-commands with their one-line help, so that `pm --help` imports none of them. Each is the
attribute of its own name in the module of that name in `pmapp.commands`."""


class Commands(click.Group):
    """A group whose members are modules, found by name when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own
        """In the order of the table: what a newcomer needs comes first."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's own
        cmd_name: str,
    ) -> click.Command | None:
        """Import the command; None for a name that is not in the table."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"pmapp.commands.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's own
        formatter: click.HelpFormatter,
    ) -> None:
        """The table itself."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown name is answered with the ones that there are."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            known = ", ".join(COMMANDS)
            raise click.UsageError(f"no command {args[0]!r}; there are {known}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """As click does, but Ctrl-C has an exit code of its own, whatever the command."""
        try:
            return super().invoke(ctx)
        except BaseException as error:
            if not by_ctrl_c(error):
                raise
            click.echo("stopped by Ctrl-C: nothing is reported", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None


def _print_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        try:
            number = version("pm-trader")
        except PackageNotFoundError:
            number = "not installed"
        click.echo(f"pm {number}")
        ctx.exit()


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Show the version and exit.",
)
def main() -> None:
    """A deterministic market maker for Polymarket's short BTC markets.

    `pm run` is the place to begin: it needs no keys and no network. `pm COMMAND --help` says what
    a command takes. Exit codes: 0 done, 1 done and the answer is no (a replay that differs, a law
    that was broken), 2 it could not be done as asked, 130 stopped by Ctrl-C.
    """


if __name__ == "__main__":
    main()
