"""A whole run against the lawless venue, chosen by a seeded generator: events to replay at will."""

from functools import cache
from random import Random
from typing import Any

import msgspec

from pmcore import events as ev
from pmcore.effects import AnyEffect
from pmcore.freeze import freeze
from pmcore.ids import OUTCOMES
from pmcore.state import State, new_state
from pmcore.step import step
from tests.laws.lawless import Lawless

DRAWS: dict[str, tuple[float, Any]] = {
    "wait": (3, lambda r: (r.choice((0, 1, 100, 260, 1_000, 3_000)),)),
    "jump": (0.3, lambda r: (r.choice((6, 20, 61, 300)),)),
    "answer": (4, lambda r: (r.randrange(100), r.randrange(120), r.random() < 0.5)),
    "answer_everything": (5, lambda r: (r.choice((0, 0, 0, 0, 2, 12)),)),
    "deliver": (2, lambda r: (r.randrange(100),)),
    "repeat": (1, lambda r: (r.randrange(100),)),
    "fill": (4, lambda r: (r.randrange(100), r.randrange(11), r.choice((0, 0, -7, 5)))),
    "progress": (3, lambda r: (r.randrange(100), r.choice((1, 2, 3, 4)))),
    "arrive": (1, lambda r: (r.randrange(100),)),
    "expire": (1, lambda r: (r.randrange(100),)),
    "books_move": (2, lambda r: (_price(r), r.randrange(1, 5))),
    "book_moves": (1, lambda r: (r.choice(OUTCOMES), _price(r), _price(r) * r.randrange(2))),
    "level_changes": (
        1,
        lambda r: (r.choice(OUTCOMES), r.randrange(100), _price(r), r.randrange(4)),
    ),
    "tick_changes": (0.3, lambda r: (r.choice(OUTCOMES), r.choice((10, 50, 100)))),
    "oracle_ticks": (2, lambda r: (r.uniform(-40, 40), r.choice((0, 0, 1)), r.randrange(9))),
    "market_is_well": (6, lambda r: (r.randrange(30, 69),)),
    "feed_is_lost": (0.3, lambda r: (r.randrange(4),)),
    "feed_opens": (1.5, lambda r: (r.randrange(4),)),
    "venue_mode_changes": (0.5, lambda r: (r.choice(("normal", "normal", "restarting")),)),
    "heartbeat": (1, lambda r: (r.random() < 0.9,)),
    "operator_kills": (0.1, lambda r: ()),
    "operator_resumes": (1, lambda r: ()),
    "window_resolves": (1, lambda r: (r.choice((0, 5_000, 10_000)),)),
}
EVENTS: msgspec.msgpack.Decoder[list[Any]] = msgspec.msgpack.Decoder(list[ev.AnyEvent])
ENCODE = msgspec.msgpack.encode


def _price(random: Random) -> int:
    return random.randrange(1, 99) * 100


def misbehave(seed: int, misdeeds: int, checked: bool = False) -> Lawless:
    """A machine after so many seeded misdeeds; `checked` looks at the invariants after each."""
    random = Random(seed)
    machine = Lawless()
    machine.open(resume=True, levels=2, user=True)
    names = list(DRAWS)
    weights = [DRAWS[name][0] for name in names]
    for name in random.choices(names, weights, k=misdeeds):
        getattr(machine, name)(*DRAWS[name][1](random))
        if checked:
            machine.core_is_sound()
    return machine


@cache
def session(seed: int, misdeeds: int = 150) -> tuple[ev.Event, ...]:
    """The events of one run."""
    return tuple(misbehave(seed, misdeeds).venue.events)


def run(events: tuple[ev.Event, ...], state: State | None = None) -> tuple[bytes, bytes]:
    """The effects of these events as bytes, and the frozen state after them."""
    state = state or new_state()
    effects: list[list[AnyEffect]] = [step(state, event) for event in events]
    return ENCODE(effects), freeze(state)


@cache
def moments(seed: int, every: int = 40) -> tuple[bytes, ...]:
    """Frozen states along a session."""
    state, found = new_state(), []
    for index, event in enumerate(session(seed)):
        step(state, event)
        if index % every == 0:
            found.append(freeze(state))
    return tuple(found)
