"""Law 1: the same events give the same effects and the same state, byte for byte, anywhere."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from pmcore.state import new_state
from pmcore.step import step
from tests.house.forbidden import forbidden_world
from tests.laws.session import ENCODE, EVENTS, run, session

ROOT = Path(__file__).resolve().parents[2]
CHILD = """
import sys
from hashlib import sha256
from tests.laws.session import EVENTS, run
effects, state = run(tuple(EVENTS.decode(sys.stdin.buffer.read())))
sys.stdout.write(sha256(effects).hexdigest() + sha256(state).hexdigest())
"""


def digest(events):
    effects, state = run(events)
    return sha256(effects).hexdigest() + sha256(state).hexdigest()


@pytest.mark.parametrize("seed", range(3))
def test_same_events_same_bytes_in_one_process(seed):
    events = session(seed)
    assert run(events) == run(events)


def test_sessions_do_something():
    effects = b"".join(run(session(seed))[0] for seed in range(4))
    names = (b"PlaceOrder", b"CancelOrder", b"CancelAll", b"Reconcile", b"ResyncBook")
    assert all(name in effects for name in names)


def test_another_session_gives_other_bytes():
    assert digest(session(0)) != digest(session(1))


def test_events_survive_their_journal_form():
    events = session(1)
    assert tuple(EVENTS.decode(ENCODE(events))) == events


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_same_bytes_in_another_process(hash_seed):
    events = session(2)
    child = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=ENCODE(events),
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
    )
    assert child.stdout.decode() == digest(events)


def test_core_runs_where_the_world_is_out_of_reach():
    events = session(3)
    plain = run(events)
    with forbidden_world():
        forbidden = run(events)
    assert forbidden == plain


def test_events_are_not_changed_by_the_core():
    events = session(0)
    before = ENCODE(events)
    state = new_state()
    for event in events:
        step(state, event)
    assert ENCODE(events) == before
