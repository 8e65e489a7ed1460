"""Where a command listens: `--host` and `--port`."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
HOST: Final = "127.0.0.1"
PORT: Final = 8_765


def listen_options(command: F) -> F:
    """`--host` and `--port`."""
    command = click.option(
        "--port",
        type=click.IntRange(0, 65_535),
        default=PORT,
        show_default=True,
        help="Port of the API; 0 takes a free one.",
    )(command)
    return click.option(
        "--host",
        default=HOST,
        show_default=True,
        help="Address to listen on; anything but the default opens the API to others.",
    )(command)
