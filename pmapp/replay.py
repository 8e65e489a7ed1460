"""Replay: the journal's events through the same step, and its effects compared byte for byte.

Effects are not decoded to be compared: those of a frame are encoded again and must be the very
bytes that were written. Only when they are not, the journal is read a second time up to that frame
to find the first record that differs and what the core knew there.
"""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from pmapp.difference import Difference, context, difference
from pmcore.effects import AnyEffect
from pmcore.events import AnyEvent, Beat
from pmcore.freeze import freeze, thaw
from pmcore.state import State, new_state
from pmcore.step import Step, step
from pmio.journal import Batch, JournalError, JournalReader, RunDigest
from pmio.journal_frame import encode


class Replayed(msgspec.Struct, kw_only=True):
    """What a replay found. Rates are wall time, reading the journal included."""

    run_id: str
    equal: bool
    events: int = 0
    """Records of the journal, beats included."""
    beats: int = 0
    effects: int = 0
    digest: str = ""
    """Of the recorded events and the effects that the replay led to."""
    seconds: float = 0.0
    events_per_s: float = 0.0
    facts_per_s: float = 0.0
    """Events without beats, over the same time (which the beats' decisions dominate)."""
    torn: bool = False
    """The journal was not closed in order; what could be read was replayed."""
    dropped: int = 0
    """Bytes of its torn tail."""
    snapshots: int = 0
    """Frozen states met on the way, each equal to the state of the replay."""
    difference: Difference | None = None


def first_state(reader: JournalReader, batch: Batch) -> State:
    """The state before the first batch: new, or thawed from the snapshot in front of it."""
    if not batch.frozen:
        return new_state()
    try:
        return thaw(batch.frozen)
    except (msgspec.DecodeError, ValueError) as error:
        fault = f"its snapshot cannot be thawed: {error}"
        remedy = "use the version of the program that wrote it"
        raise JournalError(reader.files[0], -1, fault, remedy) from error


def replay(
    path: Path | str,
    run: str = "",
    advance: Step = step,
    hear: Callable[[State, AnyEvent], None] | None = None,
) -> Replayed:
    """Step through a journal and compare. `hear` is called with each event before its step.

    Stops at the first difference. Raises JournalError.
    """
    reader = JournalReader(path, run)
    found = Replayed(run_id=reader.head.run_id, equal=True)
    digest = RunDigest()
    state: State | None = None
    began = time.perf_counter()
    with _no_collections():
        for number, batch in enumerate(reader):
            if state is None:
                state = first_state(reader, batch)
            elif batch.frozen:
                found.snapshots += 1
                if batch.frozen != freeze(state):
                    found.equal = False
                    found.difference = _other_state(state, batch)
                    break
            heard = batch.events if hear is None else _told(batch.events, state, hear)
            got = _stepped(state, heard, advance)
            asked = encode(got)
            digest.add(batch.heard, asked)
            found.events += len(batch.events)
            found.beats += sum(event.__class__ is Beat for event in batch.events)
            found.effects += sum(len(effects) for _, effects in got)
            if asked != batch.asked:
                found.equal = False
                found.difference = _first_difference(path, run, number, advance)
                break
    found.seconds = time.perf_counter() - began
    found.digest = digest.hexdigest()
    found.torn, found.dropped = reader.torn, reader.dropped
    if found.seconds > 0:
        found.events_per_s = found.events / found.seconds
        found.facts_per_s = (found.events - found.beats) / found.seconds
    return found


def _stepped(state: State, events: Any, advance: Step) -> list[tuple[int, list[AnyEffect]]]:
    """Step every event; the effects by record number, as the journal has them."""
    got = []
    for event in events:
        effects = advance(state, event)
        if effects:
            got.append((state.seq, effects))
    return got


def _told(
    events: list[AnyEvent], state: State, hear: Callable[[State, AnyEvent], None]
) -> Iterator[AnyEvent]:
    for event in events:
        hear(state, event)
        yield event


def _first_difference(
    path: Path | str,
    run: str,
    number: int,
    advance: Step,
) -> Difference:
    """Replay up to batch `number` again and find the record in it that differs."""
    reader = JournalReader(path, run)
    state: State | None = None
    for batch in islice(reader, number + 1):
        if state is None:
            state = first_state(reader, batch)
        if number:
            number -= 1
            _stepped(state, batch.events, advance)
            continue
        expected = dict(batch.effects())
        for event in batch.events:
            effects = advance(state, event)
            if encode(effects) != encode(expected.pop(state.seq, [])):
                wanted = dict(batch.effects()).get(state.seq, [])
                return difference(state, event, wanted, effects)
    assert state is not None
    note = "a second replay of the same records did agree: the core itself is not deterministic"
    return Difference(state.seq, {"type": "nothing"}, [], [], 0, [], context(state, []), note)


def _other_state(state: State, batch: Batch) -> Difference:
    """The frozen state of the journal is not the replay's, though every effect was the same."""
    there = thaw(batch.frozen)
    names = [field.name for field in fields(State)]
    differing = [
        {"field": name, "expected": "as recorded", "got": "another"}
        for name in names
        if name != "config" and encode(getattr(there, name)) != encode(getattr(state, name))
    ]
    note = "the effects up to here are equal, the frozen state in the journal is not"
    known = context(state, list(state.markets.values()))
    return Difference(state.seq, {"type": "snapshot"}, [], [], 0, differing, known, note)


@contextmanager
def _no_collections() -> Iterator[None]:
    """Without the cycle collector: the records make no cycles, and it would walk them all."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
