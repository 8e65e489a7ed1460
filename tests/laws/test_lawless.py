"""A venue may be late, forgetful and repetitive: the core stays sound, and recovers.

A failure prints its steps as they came. `HYPOTHESIS_PROFILE=dev` shrinks them too, which takes
minutes: each try is a whole run.
"""

import os

import pytest
from hypothesis import Phase, settings

from tests.laws.lawless import Lawless
from tests.laws.session import misbehave

PHASES = [Phase.explicit, Phase.reuse, Phase.generate]
if os.environ.get("HYPOTHESIS_PROFILE") == "dev":
    PHASES.append(Phase.shrink)

TestLawless = Lawless.TestCase
TestLawless.settings = settings(max_examples=60, stateful_step_count=50, phases=PHASES)


@pytest.mark.parametrize("seed", range(20))
def test_long_seeded_run_stays_sound_and_recovers(seed):
    machine = misbehave(seed, 150, checked=True)
    assert machine.recovers(), machine.illness()


def test_seeded_runs_reach_what_they_should():
    machines = [misbehave(seed, 150) for seed in range(12)]
    trades = [trade for machine in machines for trade in machine.venue.trades]
    assert len({trade.status for trade in trades}) == 5
    effects = {type(effect).__name__ for machine in machines for effect in machine.venue.effects}
    assert effects >= {"PlaceOrder", "CancelOrder", "CancelAll", "AskScoring"}
