"""Killed at a journal's every kind of write and between any two steps: nothing lost or doubled.

Two sessions die about fifty times each, and each restart is compared with the venue that lived on.
`scripts/crash_runs` dies at every write there is; a fault names the death to look at alone.
"""

import json
import subprocess
import sys

import pytest


def deaths_of(folder, *options: str) -> dict:
    # A process of its own: it forks, which a test runner with threads must not.
    command = [sys.executable, "-m", "tests.crash.session", str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("seed", "span_s", "writes", "steps"), [(1, 70, 75, 4_500), (2, 200, 130, 6_000)]
)
def test_wherever_it_dies_nothing_is_lost_and_nothing_doubled(
    seed, span_s, writes, steps, tmp_path
):
    found = deaths_of(
        tmp_path, f"--seed={seed}", f"--span={span_s}", f"--writes={writes}", f"--steps={steps}"
    )
    assert found["faults"] == []
    assert found["deaths"]["write"] >= 28
    assert found["deaths"]["step"] >= 5


def test_a_journal_that_loses_what_was_acted_upon_is_found_out(tmp_path):
    found = deaths_of(tmp_path, "--seed=1", "--span=12", "--writes=20", "--forget=6000")
    assert any("in no journal" in fault for fault in found["faults"])
    assert any("untracked" in fault for fault in found["faults"])


def test_real_processes_killed_and_started_again(tmp_path):
    command = [sys.executable, "-m", "tests.crash.real_kills", str(tmp_path), "--kills", "5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["kills_with_orders_resting"] >= 1
    assert found["balance"]["equal"]
