"""`pm`: one word for each thing the program does; each is imported only when it is called."""

from importlib.metadata import PackageNotFoundError, version
from typing import Final

import click

from pmapp.interrupted import INTERRUPTED, by_ctrl_c
from pmapp.lazy_group import LazyGroup, Table

COMMANDS: Final[Table] = {
    "run": ("run", "Demonstrate the maker: a seeded market, offline, with a report at the end."),
    "tape": ("tape", "Recorded markets as tapes: import and show."),
    "backtest": ("backtest", "Run the maker over tapes, with three assumptions about fills."),
    "calibrate": ("calibrate", "Compare the model's probability with what came true."),
    "replay": ("replay", "Step through a journal again and compare every effect, byte for byte."),
    "stress": ("stress", "Drive the core with a journal or a synthetic flow and measure it."),
    "maker": ("maker", "Trade: on paper (the default) or live, at Polymarket or at a local venue."),
    "venue": ("venue", "A Polymarket on localhost, to run and break a bot against, offline."),
    "simulate": (
        "simulate",
        "Bot and local venue on virtual time, with faults by seed: what must never happen.",
    ),
    "sweep": ("sweep", "The endgame scanner: read markets, score them, explain and serve."),
    "config": ("config", "Show or check the configuration."),
}
"""So that `pm --help` imports none of them."""


class Program(LazyGroup):
    """All commands together, and what ends each of them alike."""

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


@click.command(
    cls=Program, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Show the version and exit.",
)
def main() -> None:
    """A deterministic market maker for Polymarket's short BTC markets, and a scanner (sweep).

    `pm run` is the place to begin: it needs no keys and no network. `pm COMMAND --help` says what
    a command takes. Exit codes: 0 done, 1 done and the answer is no (a replay that differs, a law
    that was broken), 2 it could not be done as asked, 130 stopped by Ctrl-C.
    """


if __name__ == "__main__":
    main()
