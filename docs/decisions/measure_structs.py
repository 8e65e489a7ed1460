"""The measurements of 0001-msgspec-structs.md, in ns per object.

    .venv/bin/python docs/decisions/measure_structs.py [JOURNAL]

The events are those of one committed recording. Each class is mirrored with attrs, field by field,
so both sides carry the same values. A figure is the median of 15 rounds, with the fastest and the
slowest round; rounds of all candidates are interleaved, so that a busy machine slows all alike.
"""

import statistics
import sys
import time
from collections.abc import Callable
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any, get_type_hints

import attrs
import msgspec
from cattrs.preconf.msgpack import make_converter
from cattrs.strategies import configure_tagged_union

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from pmcore import events as ev  # noqa: E402 - the project's folder must be on the path first
from pmcore.freeze import freeze, thaw  # noqa: E402
from pmcore.state import new_state  # noqa: E402
from pmcore.step import step  # noqa: E402
from pmio.journal import JournalReader  # noqa: E402

ROUNDS = 15
COUNT = 5_000
NESTED = (ev.MarketListed, ev.Reconciled)
"""Rare events that hold structs of their own; left out of the mirror."""


def mirror(kind: type[Any], frozen: bool) -> type[Any]:
    """An attrs class with the name, fields and types of a struct."""
    hints = get_type_hints(kind)
    fields = {name: attrs.field(type=hints[name]) for name in kind.__struct_fields__}
    return attrs.make_class(kind.__name__, fields, frozen=frozen, slots=True)


def values(thing: Any) -> tuple[Any, ...]:
    """The fields of a struct in order."""
    return tuple(getattr(thing, name) for name in thing.__struct_fields__)


def mirrored(thing: Any, classes: dict[type[Any], type[Any]]) -> Any:
    """A whole tree of structs as attrs objects."""
    if isinstance(thing, msgspec.Struct):
        kind = type(thing)
        if kind not in classes:
            fields = {name: attrs.field() for name in kind.__struct_fields__}
            classes[kind] = attrs.make_class(kind.__name__, fields, slots=True)
        return classes[kind](*(mirrored(value, classes) for value in values(thing)))
    if isinstance(thing, dict):
        return {key: mirrored(value, classes) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return type(thing)(mirrored(value, classes) for value in thing)
    return thing


def compare(title: str, per: int, candidates: dict[str, Callable[[], object]]) -> None:
    """Time the candidates in turns and print one row each."""
    spent: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(ROUNDS):
        for name, work in candidates.items():
            begin = time.perf_counter_ns()
            work()
            spent[name].append((time.perf_counter_ns() - begin) / per)
    for name, each in spent.items():
        low, middle, high = min(each), statistics.median(each), max(each)
        print(f"{title:<10} {name:<26} {middle:>10,.0f}  ({low:,.0f} .. {high:,.0f})")


def main(path: Path) -> None:
    """Print every comparison."""
    heard = [event for batch in JournalReader(path) for event in batch.events]
    state = new_state()
    for event in heard[: len(heard) // 2]:
        step(state, event)

    flat = [event for event in heard if not isinstance(event, NESTED)][-COUNT:]
    kinds = sorted({type(event) for event in flat}, key=lambda kind: kind.__name__)
    twins = {kind: mirror(kind, frozen=True) for kind in kinds}
    rows = [(type(event), twins[type(event)], values(event)) for event in flat]
    twin_flat = [twin(*row) for _, twin, row in rows]
    print(f"{path.name}: {len(flat)} events of {len(kinds)} kinds, {ROUNDS} rounds; ns per event")
    compare(
        "construct",
        len(rows),
        {
            "msgspec.Struct, frozen": lambda: [kind(*row) for kind, _, row in rows],
            "attrs.frozen, slots": lambda: [twin(*row) for _, twin, row in rows],
        },
    )

    converter = make_converter()
    configure_tagged_union(reduce(or_, twins.values()), converter)
    union = list[reduce(or_, twins.values())]  # type: ignore[misc]
    encoder = msgspec.msgpack.Encoder()
    decoder = msgspec.msgpack.Decoder(list[reduce(or_, kinds)])  # type: ignore[misc]
    packed = encoder.encode(flat)
    twin_packed = converter.dumps(twin_flat, union)
    assert decoder.decode(packed) == flat
    assert converter.loads(twin_packed, union) == twin_flat
    print(f"bytes per event: {len(packed) / len(flat):.0f} and {len(twin_packed) / len(flat):.0f}")
    compare(
        "encode",
        len(flat),
        {
            "msgspec.Struct": lambda: encoder.encode(flat),
            "attrs, msgspec, no tag": lambda: encoder.encode(twin_flat),
            "attrs, cattrs": lambda: converter.dumps(twin_flat, union),
        },
    )
    compare(
        "decode",
        len(flat),
        {
            "msgspec.Struct": lambda: decoder.decode(packed),
            "attrs, cattrs": lambda: converter.loads(twin_packed, union),
        },
    )

    frozen = freeze(state)
    twin_state = mirrored(msgspec.structs.replace(state, config=None), {})
    print(f"a state of {len(frozen):,} bytes; us per state")
    compare(
        "freeze",
        20 * 1_000,
        {
            "msgspec.Struct": lambda: [freeze(state) for _ in range(20)],
            "attrs, cattrs": lambda: [converter.dumps(twin_state) for _ in range(20)],
        },
    )
    compare("thaw", 20 * 1_000, {"msgspec.Struct": lambda: [thaw(frozen) for _ in range(20)]})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "replays" / "late_fill.pmj")
