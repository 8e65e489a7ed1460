"""Ctrl-C, which ends every command that does not take it as its signal to stop."""

from typing import Final

INTERRUPTED: Final = 130
"""As a shell counts it. click's own 1 would be read as "done, and the answer is no"."""


def by_ctrl_c(error: BaseException) -> bool:
    """Whether nothing but Ctrl-C raised it; tasks that were running raise it in a group."""
    if isinstance(error, BaseExceptionGroup):
        return error.split(KeyboardInterrupt)[1] is None
    return isinstance(error, KeyboardInterrupt)
