"""Any well-formed event and effect, built from the types of their fields."""

import types
import typing

import msgspec
from hypothesis import strategies as st

from pmcore.effects import AnyEffect, CancelOrder, Note
from pmcore.events import AnyEvent, Beat

PLAIN = {
    int: st.integers(-(2**62), 2**62),
    str: st.text(max_size=12),
    bool: st.booleans(),
    float: st.floats(allow_nan=False),
}


def of_type(kind: object) -> st.SearchStrategy:
    """Any value of a field's type."""
    if isinstance(kind, typing.NewType):
        return of_type(kind.__supertype__)
    if kind in PLAIN:
        return PLAIN[kind]
    if typing.get_origin(kind) is tuple:
        parts = typing.get_args(kind)
        if parts[-1] is Ellipsis:
            return st.lists(of_type(parts[0]), max_size=3).map(tuple)
        return st.tuples(*(of_type(part) for part in parts))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = typing.get_type_hints(kind)
        names = kind.__struct_fields__
        return st.tuples(*(of_type(hints[name]) for name in names)).map(lambda args: kind(*args))
    raise TypeError(kind)


def kinds(union: types.UnionType) -> tuple[type, ...]:
    """The members of a union."""
    return typing.get_args(union)


EVENTS = st.one_of(*(of_type(kind) for kind in kinds(AnyEvent)))
EFFECTS = st.one_of(*(of_type(kind) for kind in kinds(AnyEffect)))
RECORDS = st.lists(st.tuples(EVENTS, st.lists(EFFECTS, max_size=3)), max_size=12)


def plain_records(count: int) -> list[tuple[AnyEvent, list[AnyEffect]]]:
    """So many beats, every third with effects; each record is another."""
    return [
        (
            Beat(number),
            [CancelOrder(number, "moved"), Note("info", "n", "x")] if not number % 3 else [],
        )
        for number in range(1, count + 1)
    ]
