"""The options by which a command is told its configuration."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from pmapp.refused import Refused
from pmapp.settings import C, Program, Settings, SettingsError, settings_from

F = TypeVar("F", bound=Callable[..., Any])


def settings_options(program: Program[C]) -> Callable[[F], F]:
    """Give a command `--config` and `--set`; it receives `settings: Settings`."""

    def gather(ctx: click.Context, _: click.Parameter, sets: tuple[str, ...]) -> Settings[C]:
        try:
            return settings_from(program, ctx.params.pop("config_file", None), os.environ, sets)
        except SettingsError as error:
            lines = "\n  ".join(error.problems)
            remedy = f"see `{program.shown_by}` for every key and its range"
            raise Refused(f"{program.title} cannot be used ({remedy}):\n  {lines}") from None

    def decorate(command: F) -> F:
        chosen = click.option(
            "--set",
            "settings",
            multiple=True,
            metavar="SECTION.KEY=VALUE",
            callback=gather,
            help=f"Overrule one key of {program.title}; may be repeated.",
        )(command)
        return click.option(
            "--config",
            "config_file",
            type=click.Path(path_type=Path),
            is_eager=True,
            help=f"Configuration file in TOML. Default: ./{program.file_name} if there is one.",
        )(chosen)

    return decorate
