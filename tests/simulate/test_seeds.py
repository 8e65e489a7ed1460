"""What the simulation has found stays found: seeds by name, and the same digests everywhere."""

import json
import os
import subprocess
import sys

import pytest

from pmapp.simulate.play import play
from pmapp.simulate.seeds import simulate

FOUND = {
    22: "a restart while the venue was disabled: the mode was kept, and never quoted again",
    19: "posts and cancel-alls stuck on the way arrived together, the post last",
    83: "cancels confirmed before the fills that they came too late for",
    121: "fills told with dust: the venue kept orders that its exchange had filled",
    219: "the same, and the dust was not paid for",
}


@pytest.mark.parametrize("seed", FOUND)
def test_what_was_found_stays_mended(seed):
    assert play(seed).failures == [], FOUND[seed]


def test_a_seed_is_the_same_in_another_process_under_another_hash_seed():
    code = (
        "import json, sys\n"
        "from pmapp.simulate.play import play\n"
        "print(json.dumps([play(int(seed)).digest for seed in sys.argv[1:]]))\n"
    )
    seeds = ["2", "11"]
    told = []
    for hash_seed in ("0", "4711"):
        env = os.environ | {"PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", code, *seeds], env=env, capture_output=True, check=True
        )
        told.append(json.loads(done.stdout))
    here = [play(int(seed)).digest for seed in seeds]
    assert told == [here, here]
    assert here[0] != here[1]


def test_processes_change_nothing():
    done: list[int] = []
    alone = simulate(range(4, 7))
    together = simulate(range(4, 7), 2, done.append)
    assert alone.digest == together.digest
    assert alone.events == together.events
    assert sum(done) == alone.seeds == 3
