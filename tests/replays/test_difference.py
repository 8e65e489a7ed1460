"""A replay that differs says where, in what, and what the core knew."""

import msgspec
import pytest

from pmapp.difference import lines
from pmapp.replay import replay
from pmapp.scene_journal import record_scene
from pmcore.effects import Note, PlaceOrder
from pmcore.events import KillAsked
from pmcore.state import new_state
from pmcore.step import step
from pmcore.units import Price
from pmio.journal import JournalHead, JournalReader, JournalWriter
from tests.replays.test_recordings import FOLDER


def copied(path, change):
    """A copy of `quiet` in which `change(number, event, effects)` gives each record."""
    number = 0
    with JournalWriter(path, JournalHead(run_id="copy")) as journal:
        for batch in JournalReader(FOLDER / "quiet.pmj"):
            effects = dict(batch.effects())
            for event in batch.events:
                number += 1
                journal.append(*change(number, event, effects.get(number, [])))
    return path


@pytest.fixture(scope="module")
def posted():
    """Number, event and effects of a record of `quiet` that posts more than one order."""
    for batch in JournalReader(FOLDER / "quiet.pmj"):
        for number, effects in batch.effects():
            if sum(isinstance(effect, PlaceOrder) for effect in effects) > 1 and number > 4_000:
                return number, batch.events[number - batch.first], effects
    raise LookupError


def changed_at(number, effects):
    return lambda n, event, recorded: (event, effects if n == number else recorded)


def test_copy_is_equal(tmp_path):
    found = replay(copied(tmp_path / "a.pmj", lambda _, event, effects: (event, effects)))
    assert found.equal
    assert found.digest == replay(FOLDER / "quiet.pmj").digest


def test_one_changed_field_is_found_and_explained(tmp_path, posted):
    number, event, effects = posted
    at = next(i for i, effect in enumerate(effects) if isinstance(effect, PlaceOrder))
    price = effects[at].price
    other = list(effects)
    other[at] = msgspec.structs.replace(other[at], price=Price(price - 100))
    found = replay(copied(tmp_path / "a.pmj", changed_at(number, other)))
    why = found.difference
    assert not found.equal
    assert (why.seq, why.index) == (number, at)
    assert why.event == {"type": type(event).__name__, "at_ns": event.at_ns}
    assert why.fields == [{"field": "price", "expected": price - 100, "got": price}]
    assert len(why.expected) == len(why.got) == len(effects)
    market = why.context["markets"]["btc-updown-5m-1793491200"]
    assert market["gate"] == ""
    assert 0 < market["q_up"] < 1
    assert market["reasons"]["Up 0"]
    told = "\n".join(lines(why))
    assert f"record {number}, after Beat(" in told
    assert f"price: expected {price - 100}, got {price}" in told
    assert "target_total" in told


def test_missing_and_surplus_effects_are_told(tmp_path, posted):
    number, _, effects = posted
    missing = replay(copied(tmp_path / "a.pmj", changed_at(number, effects[:-1]))).difference
    assert missing.fields[0]["expected"] == "nothing"
    assert missing.index == len(effects) - 1
    surplus = [*effects, Note("info", "made", "up")]
    surplus = replay(copied(tmp_path / "b.pmj", changed_at(number, surplus))).difference
    assert surplus.fields == [{"field": "type", "expected": "Note", "got": "nothing"}]
    assert surplus.index == len(effects)


def test_effects_where_none_were_recorded(tmp_path, posted):
    number = posted[0]
    found = replay(copied(tmp_path / "a.pmj", changed_at(number, []))).difference
    assert (found.seq, found.expected) == (number, [])
    assert "  expected  nothing" in lines(found)


def test_changed_event_is_found_where_it_first_matters(tmp_path):
    kill = KillAsked(at_ns=0, reason="test")

    def change(number, event, effects):
        return (
            msgspec.structs.replace(kill, at_ns=event.at_ns) if number == 6_000 else event
        ), effects

    why = replay(copied(tmp_path / "a.pmj", change)).difference
    assert why.seq == 6_000
    assert why.context["mode"] == "killed"
    assert why.context["why"] == "operator: test"


def test_only_the_first_difference_is_told(tmp_path, posted):
    number = posted[0]
    found = replay(
        copied(
            tmp_path / "a.pmj", lambda n, event, effects: (event, [] if n >= number else effects)
        )
    )
    assert found.difference.seq == number
    assert found.events < 10_000


def test_core_that_does_not_repeat_itself_is_told(tmp_path):
    calls = []

    def moody(state, event):
        calls.append(event)
        effects = step(state, event)
        return [Note("info", "mood", "bad")] if len(calls) == 3 else effects

    why = replay(FOLDER / "quiet.pmj", advance=moody).difference
    assert "not deterministic" in why.note
    assert "not deterministic" in lines(why)[-1]


def test_other_state_behind_equal_effects_is_noticed(tmp_path):
    record_scene("tick_change", tmp_path / "j", segment_bytes=20_000)

    def forgetful(state, event):
        state.totals.fills += 1
        return step(state, event)

    found = replay(tmp_path / "j", advance=forgetful)
    assert not found.equal
    assert found.difference.fields == [
        {"field": "totals", "expected": "as recorded", "got": "another"}
    ]
    assert "the frozen state in the journal is not" in lines(found.difference)[-1]


def test_rotated_journal_replays_over_its_snapshots(tmp_path):
    journal = record_scene("tick_change", tmp_path / "j", segment_bytes=20_000)
    found = replay(tmp_path / "j")
    assert found.equal
    assert found.snapshots > 2
    assert found.digest == journal.digest


def test_journal_whose_beginning_is_gone_replays_from_a_snapshot(tmp_path):
    record_scene("tick_change", tmp_path / "j", segment_bytes=20_000, budget_bytes=60_000)
    head = JournalReader(tmp_path / "j").head
    assert head.first > 1_000
    found = replay(tmp_path / "j")
    assert found.equal
    assert found.events == 1 + sum(1 for _ in events(FOLDER / "tick_change.pmj")) - head.first


def events(path):
    return (event for batch in JournalReader(path) for event in batch.events)


def test_empty_journal_is_equal(tmp_path):
    JournalWriter(tmp_path / "a.pmj", JournalHead(run_id="r")).close()
    found = replay(tmp_path / "a.pmj")
    assert (found.equal, found.events, found.effects) == (True, 0, 0)
    assert new_state().seq == 0
