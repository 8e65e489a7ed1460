"""Law 4: frozen and thawed at any moment, a run goes on as if nothing had happened."""

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import example, given, settings

from pmcore import events as ev
from pmcore.config import config_of
from pmcore.freeze import freeze, thaw
from pmcore.state import new_state
from pmcore.step import step
from tests.core.stage import T0, WINDOW
from tests.laws.anything import BIG, EVENTS
from tests.laws.session import ENCODE, moments, run, session

HUGE_TRADE = ev.TradeReported(T0, "t", 0, WINDOW, 0, 0, BIG, BIG, 0, True, ev.MATCHED)


@pytest.mark.parametrize("seed", range(4))
def test_thawed_after_every_event_it_continues_identically(seed):
    state, effects = new_state(), []
    for event in session(seed):
        state = thaw(freeze(state))
        effects.append(step(state, event))
    assert (ENCODE(effects), freeze(state)) == run(session(seed))


@settings(max_examples=25)
@given(st.integers(0, 3), st.floats(0, 1))
def test_thawed_once_it_continues_identically(seed, share):
    events = session(seed)
    cut = int(share * len(events))
    state = new_state()
    for event in events[:cut]:
        step(state, event)
    copy = thaw(freeze(state))
    assert run(events[cut:], state) == run(events[cut:], copy)


@pytest.mark.parametrize("seed", range(4))
def test_thaw_is_the_inverse_of_freeze(seed):
    for frozen in moments(seed):
        assert freeze(thaw(frozen)) == frozen


def test_thawed_state_shares_nothing_with_its_origin():
    state = thaw(moments(0)[-1])
    copy = thaw(freeze(state))
    run(session(1), copy)
    assert freeze(state) == moments(0)[-1]


def test_configuration_travels_with_the_state():
    state = thaw(moments(0)[-1])
    assert state.config == config_of(state_config(moments(0)[-1]))
    assert state.rules.max_unpaired == 40_000_000


def state_config(frozen):
    return msgspec.msgpack.decode(frozen)[0]


def test_other_bytes_are_refused():
    with pytest.raises(msgspec.DecodeError):
        thaw(moments(0)[-1][:-1])


@settings(max_examples=150)
@given(st.sampled_from(moments(1)), st.lists(EVENTS, min_size=1, max_size=5))
@example(moments(1)[-1], [HUGE_TRADE])
def test_any_event_leaves_a_state_that_can_be_frozen(frozen, events):
    state = thaw(frozen)
    for event in events:
        step(state, event)
        step(state, ev.Beat(state.now_ns))
    again = freeze(state)
    assert freeze(thaw(again)) == again


@pytest.mark.parametrize(
    "spoil",
    [
        lambda plain: plain.pop("rules"),
        lambda plain: plain.update(now_ns="soon"),
        lambda plain: plain.update(alpha=7),
        lambda plain: plain["alpha"].update(volatility=[]),
        lambda plain: plain.update(feeds=None),
    ],
)
def test_bytes_that_are_no_state_are_told_so(spoil):
    text, plain = msgspec.msgpack.decode(freeze(new_state()))
    spoil(plain)
    with pytest.raises(msgspec.DecodeError, match="not a State of this program"):
        thaw(msgspec.msgpack.encode((text, plain)))
