"""A plan is a function of its seed, and the plans together leave nothing out."""

from pmapp.local_venue.fault_kinds import KINDS
from pmapp.simulate.plan import DEATHS, TROUBLES, plan_of
from pmapp.simulate.spells import EVERY

PLANS = [plan_of(seed) for seed in range(2_000)]


def test_every_fault_of_the_venue_is_drawn_with_parameters_that_it_has():
    drawn = {spell.kind for plan in PLANS for spell in plan.spells}
    assert drawn == set(EVERY) == set(KINDS)
    for plan in PLANS:
        for spell in plan.spells:
            assert set(spell.params) <= set(KINDS[spell.kind].params), spell


def test_every_trouble_and_every_death_is_drawn():
    assert {trouble.kind for plan in PLANS for trouble in plan.troubles} == set(TROUBLES)
    assert {death.kind for plan in PLANS for death in plan.deaths} == set(DEATHS)


def test_everything_begins_within_the_storm_and_spells_end_with_it():
    for plan in PLANS:
        for spell in plan.spells:
            assert spell.start_s >= 0.0
            assert spell.start_s + spell.for_s <= plan.storm_s + 0.01
        assert all(trouble.start_s < plan.storm_s for trouble in plan.troubles)
        assert all(death.at_s < plan.storm_s for death in plan.deaths)


def test_a_seed_names_one_plan():
    assert plan_of(7) == plan_of(7)
    assert plan_of(7) != plan_of(9)
    assert not plan_of(8).spells
    assert len(plan_of(9).lines()) == 1 + sum(
        map(len, (plan_of(9).spells, plan_of(9).troubles, plan_of(9).deaths))
    )
