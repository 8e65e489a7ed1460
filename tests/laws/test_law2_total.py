"""Law 2: any well-formed event in any state, and never an exception."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from pmcore import events as ev
from pmcore.effects import AnyEffect
from pmcore.freeze import thaw
from pmcore.state import new_state
from pmcore.step import OBSERVERS, step
from tests.laws.anything import EVENT_OF, EVENTS, KINDS
from tests.laws.session import moments

STATES = st.sampled_from([frozen for seed in range(4) for frozen in moments(seed)])


def decide_after(state, event):
    """The event, and the beats that meet its consequences."""
    effects = [*step(state, event)]
    for later_ns in (0, 300_000_000):
        effects += step(state, ev.Beat(state.now_ns + later_ns))
    assert all(isinstance(effect, AnyEffect) for effect in effects)


def test_every_event_has_an_observer():
    assert set(OBSERVERS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_fresh_state_takes_any(kind):
    @settings(max_examples=15)
    @given(EVENT_OF[kind])
    def check(event):
        decide_after(new_state(), event)

    check()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_reached_states_take_any(kind):
    @settings(max_examples=25)
    @given(STATES, EVENT_OF[kind])
    def check(frozen, event):
        decide_after(thaw(frozen), event)

    check()


@settings(max_examples=250)
@given(STATES, st.lists(EVENTS, min_size=2, max_size=8), st.booleans())
def test_any_row_of_events(frozen, events, twice):
    state = thaw(frozen)
    for event in [*events, *events] if twice else events:
        decide_after(state, event)
    assert state.seq > 0
