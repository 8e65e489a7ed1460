"""Names, slots, and the lists of all events and effects."""

from itertools import product
from typing import get_args, get_type_hints

import msgspec
import pytest

from pmcore import events as ev
from pmcore import ids
from pmcore.config import config_from
from pmcore.effects import AnyEffect
from pmcore.maker.want import TAKER_RUNG
from pmcore.rules import rules_of
from pmcore.state import slots_in_use

EVENTS = get_args(ev.AnyEvent)
EFFECTS = get_args(AnyEffect)


def test_slots_are_one_for_each_rung_of_each_outcome():
    slots = [ids.slot_of(outcome, rung) for outcome, rung in product(ids.OUTCOMES, range(8))]
    assert sorted(slots) == list(range(ids.MAX_SLOTS))


@pytest.mark.parametrize("levels", range(1, 8))
def test_slots_in_use_start_with_the_tops_and_spare_the_taker(levels):
    slots = slots_in_use(rules_of(config_from({"trading": {"ladder_levels": levels}})))
    assert slots[:2] == (0, 8)
    assert len(set(slots)) == 2 * levels
    assert not any(slot & 7 == TAKER_RUNG for slot in slots)


def test_other_turns_round():
    assert [ids.other(outcome) for outcome in ids.OUTCOMES] == [ids.DOWN, ids.UP]


def test_names_match_their_numbers():
    assert ids.OUTCOME_NAMES[ids.UP] == "Up"
    assert ids.FEED_NAMES[ids.USER_FEED] == "user"
    assert ids.SOURCE_NAMES[ids.TWAP_60] == "twap_60"
    assert ids.SIDE_NAMES[ids.SELL] == "SELL"


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_event_is_frozen_flat_and_begins_with_its_moment(kind):
    assert issubclass(kind, ev.Event)
    assert kind.__struct_fields__[0] == "at_ns"
    config = kind.__struct_config__
    assert (config.frozen, config.array_like) == (True, True)
    assert config.tag == kind.__name__
    assert kind.__doc__


@pytest.mark.parametrize("kind", EFFECTS, ids=lambda kind: kind.__name__)
def test_effect_is_frozen_and_says_what_it_is(kind):
    config = kind.__struct_config__
    assert (config.frozen, config.array_like) == (True, True)
    assert config.tag == kind.__name__
    assert kind.__doc__


def test_no_event_carries_a_float():
    for kind in EVENTS:
        assert float not in get_type_hints(kind).values()


def test_events_and_effects_never_share_a_name():
    names = [kind.__name__ for kind in (*EVENTS, *EFFECTS)]
    assert len(set(names)) == len(names)


def test_facts_of_a_tape_are_never_about_our_account():
    assert set(ev.MARKET_FACTS) < set(EVENTS)
    fields = {name for kind in ev.MARKET_FACTS for name in kind.__struct_fields__}
    assert not fields & {"order", "op", "trade", "cash"}


def test_unknown_tags_are_refused():
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'["Nonsense", 1]', type=ev.AnyEvent)
