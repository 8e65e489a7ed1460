"""Memory that is free goes back to the system.

A cycle makes and drops a million small objects in several threads. glibc keeps what lies between
those that stay, so that the process grows by a MiB a cycle for an hour before it levels off.
"""

import ctypes
from functools import cache
from typing import Any


def give_back() -> None:
    """Ask the C library to return free pages; nothing where it has no such call. Some ms."""
    if (trim := _trim()) is not None:
        trim(0)


@cache
def _trim() -> Any:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
