"""What a command says when it cannot be done as asked: one message, exit code 2, no traceback."""

import click


class Refused(click.ClickException):
    """The message names the thing, the place and the remedy. Anything unexpected is not caught."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        # A file's name may hold bytes that are not UTF-8, and must be printable all the same.
        super().__init__(message.encode(errors="replace").decode())


class NotYet(Refused):
    """Refused for want of an answer: what was asked for is right, and may be done later.

    Of the codes that sysexits.h has, the one that asks a supervisor to try again.
    """

    exit_code = 75


def refusal_in(group: BaseExceptionGroup[BaseException]) -> Refused | None:
    """The first refusal among what tasks have raised together; None if there is none."""
    found: BaseException | None = group.subgroup(Refused)
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found if isinstance(found, Refused) else None
