"""Parts of the state, frozen and thawed as the whole of it is."""

from typing import TypeVar

import msgspec

from pmcore.freeze import rebuilt

PartT = TypeVar("PartT")


def thawed_copy(part: PartT) -> PartT:
    return rebuilt(type(part), msgspec.msgpack.decode(msgspec.msgpack.encode(part)))
