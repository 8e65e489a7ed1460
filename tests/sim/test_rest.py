"""A core that answers every answer with a new act is stopped, not run for ever."""

import pytest

from pmcore.effects import Reconcile
from pmcore.events import OracleTicked
from pmcore.ids import CHAINLINK, OpId
from pmcore.sim.exchange import Exchange
from pmcore.sim.latency import NO_LATENCY
from pmcore.sim.world import World
from pmcore.units import Ns, OraclePrice


class Restless:
    """A state that is nothing but a counter."""

    now_ns = 0
    asked = 0


def step(state, event):
    state.now_ns = event.at_ns
    state.asked += 1
    return [Reconcile(OpId(state.asked), "again")]


def test_restless_core_is_stopped():
    facts = iter([OracleTicked(Ns(10), Ns(10), CHAINLINK, OraclePrice(1))])
    world = World(step, Restless(), facts, Exchange(), latency=NO_LATENCY)
    with pytest.raises(RuntimeError, match="does not come to rest"):
        world.run()
