"""Events are due at their pace; what is late is counted, not forgiven."""

import pytest

from pmapp.pace import Clock, Pace

MS = 1_000_000


class Told:
    """A clock that moves only when it is asked to sleep, looked at, or told."""

    def __init__(self):
        self.now = 5 * MS
        self.slept = 0

    def now_ns(self):
        self.now += 1_000
        return self.now

    def sleep(self, span_ns):
        self.slept += span_ns
        self.now += span_ns


@pytest.mark.parametrize(("speed", "expected"), [(1.0, 90 * MS), (5.0, 18 * MS)])
def test_events_wait_until_they_are_due(speed, expected):
    clock = Told()
    pace = Pace(speed, clock)
    begun = clock.now
    for at_ms in range(0, 100, 10):
        pace.wait(1_000 * MS + at_ms * MS)
    assert expected <= clock.now - begun < expected + MS
    assert pace.lags.longest < 10_000
    assert (clock.slept > 0) == (speed == 1.0), "short waits are spent looking"


def test_slow_steps_make_a_queue_and_a_lag():
    clock = Told()
    times = [ms * MS for ms in range(100)]
    pace = Pace(1.0, clock, times)
    for at_ns in times:
        pace.wait(at_ns)
        clock.now += 2 * MS
    assert 45 <= pace.queue_max <= 52
    assert pace.lags.longest == pytest.approx(99 * MS, rel=0.02)
    assert clock.slept == 0


def test_quick_steps_leave_no_queue():
    clock = Told()
    times = [ms * MS for ms in range(50)]
    pace = Pace(1.0, clock, times)
    for at_ns in times:
        pace.wait(at_ns)
    assert pace.queue_max == 1


def test_burst_is_a_queue():
    clock = Told()
    pace = Pace(1.0, clock, [0] * 40)
    for _ in range(40):
        pace.wait(0)
    assert pace.queue_max == 40


def test_wall_clock_does_not_fall():
    clock = Clock()
    before = clock.now_ns()
    clock.sleep(0)
    assert clock.now_ns() >= before
