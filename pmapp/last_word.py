"""The standard output of a command that has done its work: a reader who has gone changes nothing.

A closed pipe, a full disk or a terminal that is no more costs the text, never the exit code, by
which a supervisor decides what to do next.
"""

import os
import sys
from contextlib import suppress

import click


def said(text: str) -> str:
    """Write `text` to the standard output; why it could not be done, or ""."""
    try:
        click.echo(text)
    except OSError as error:
        _let_go()
        return error.strerror or str(error)
    return ""


def heard_on_a_terminal() -> bool:
    """Whether the standard output is one: it may be closed altogether."""
    return sys.stdout is not None and sys.stdout.isatty()


def _let_go() -> None:
    """What is left in the buffer would fail again at the exit, and give it a code of its own."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
