"""What every event is: a frozen, flat fact that begins with the moment we heard of it."""

from typing import Final

import msgspec

from pmcore.units import Ns, Price, Shares

SCHEMA: Final = 1
"""Schema number of events and effects, written at the head of every journal and tape."""

Levels = tuple[tuple[Price, Shares], ...]
"""Book levels as (price, size), in any order."""


class Event(msgspec.Struct, frozen=True, array_like=True, tag=True, gc=False):
    """What every fact has: when we heard of it."""

    at_ns: Ns
