"""The benchmark's own functions: what they measure is what happened."""

import pytest

from bench.sweep import Timing, keep_timings, score_timings, timed
from pmio.ingest.rules import RulesCount
from pmio.store.migrating import downgrade
from pmio.store.place import place_of


def test_only_changed_texts_are_read_again(empty):
    timings, counts = keep_timings(300, empty)
    assert counts == [
        RulesCount(new=300),
        RulesCount(unchanged=300),
        RulesCount(changed=3, unchanged=297),
    ]
    assert len(timings) == 3
    assert all(timing.wall_s[0] > 0.0 for timing in timings.values())
    downgrade(place_of(empty), "base")


@pytest.mark.parametrize("warm", [True, False])
def test_each_run_is_timed(warm):
    calls: list[int] = []
    timing = timed(3, lambda: calls.append(1), warm=warm)
    assert (len(timing.wall_s), len(timing.cpu_s), len(calls)) == (3, 3, 3 + warm)


def test_scoring_is_timed():
    assert all(isinstance(one, Timing) for one in score_timings(100, 1).values())
