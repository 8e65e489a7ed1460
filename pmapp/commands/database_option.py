"""`--database`: where the scanner's tables are."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from pmio.store.place import DEFAULT, VARIABLE

F = TypeVar("F", bound=Callable[..., Any])


def database_option(command: F) -> F:
    """`--database`, from the environment or a file in the working folder."""
    return click.option(
        "--database",
        envvar=VARIABLE,
        default=DEFAULT,
        show_default=True,
        metavar="URL",
        help=f"sqlite:///FILE or postgresql://USER@HOST/NAME; also ${VARIABLE}.",
    )(command)
