"""What the simulation has found, each as the shortest plan that shows it."""

import pytest
from msgspec.structs import replace

from pmapp.local_venue.storms import Spell
from pmapp.simulate.plan import CRASH, DEATHS, RESTART, STALL, Death, Plan, Trouble, plan_of
from pmapp.simulate.play import play_plan

CALM = plan_of(8)


def check(plan: Plan) -> None:
    found = play_plan(plan)
    assert found.failures == [], found.log


@pytest.mark.parametrize("end", [CRASH, RESTART])
def test_the_venues_mode_is_forgotten_by_a_restart(end):
    disabled = Spell("mode", 6.0, 12.0, {"mode": "disabled"})
    check(replace(CALM, spells=(disabled,), deaths=(Death(end, 10.0, 0.5),)))


def test_dust_is_paid_and_leaves_no_order_open():
    dust = Spell("dust", 1.0, CALM.storm_s - 1.0, {"p": 1.0})
    found = play_plan(replace(CALM, spells=(dust,)))
    assert found.failures == [], found.log
    assert found.fills > 0


@pytest.mark.parametrize("start_s", [4.0, 5.0])
def test_posts_that_were_given_up_do_not_arrive_after_their_cancel(start_s):
    stuck = Trouble(STALL, "clob", start_s, 10.0, "out", 0.0)
    check(replace(CALM, troubles=(stuck,)))


@pytest.mark.parametrize("kind", DEATHS)
@pytest.mark.parametrize("at_s", [0.3, 9.0])
def test_every_end_is_survived(kind, at_s):
    check(replace(CALM, deaths=(Death(kind, at_s, 1.0), Death(kind, at_s + 8.0, 1.0))))
