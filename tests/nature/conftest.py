"""Everything about the synthetic market, as functions that tests can share."""

from functools import cache

import msgspec
import pytest

from pmcore.sim.nature import nature, scene
from pmcore.sim.nature_terms import NatureTerms

SHORT = NatureTerms(window_s=300, prefix="btc-updown-5m", lead_s=70)


@cache
def _facts(seed, terms):
    return tuple(nature(seed, terms))


@cache
def _scene(name, seed):
    return tuple(scene(name, seed))


@pytest.fixture(scope="session")
def facts():
    """`facts(seed, **changed terms)`: the facts of one 5-minute window, made once."""

    def made(seed=1, **changes):
        return _facts(seed, msgspec.structs.replace(SHORT, **changes))

    return made


@pytest.fixture(scope="session")
def scene_facts():
    """`scene_facts(name, seed)`: the facts of a named scene, made once."""
    return lambda name, seed=1: _scene(name, seed)
