"""The same journal in another process, under another hash seed: the same bytes."""

import json
import os
import subprocess
import sys

import pytest

from pmapp.scene_journal import RECIPES, record_scene
from pmcore.sim.nature import scene
from tests.house.tree import ROOT
from tests.replays.test_recordings import DIGESTS, FOLDER

SEEDS = ("0", "1", "271828", "31337", "4294967295", "random")


@pytest.mark.parametrize(("name", "hash_seed"), list(zip(RECIPES, SEEDS, strict=True)))
def test_replays_equal_under_another_hash_seed(name, hash_seed):
    done = subprocess.run(
        [sys.executable, "-m", "pmapp.cli", "replay", str(FOLDER / f"{name}.pmj"), "--json"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["equal"] is True
    golden = DIGESTS[name]
    assert {key: told[key] for key in ("events", "effects", "digest")} == {
        key: golden[key] for key in ("events", "effects", "digest")
    }


def test_a_scene_is_recorded_alike_in_another_process(tmp_path):
    record_scene("tick_change", tmp_path / "here.pmj")
    script = (
        "import sys; from pathlib import Path; from pmapp.scene_journal import record_scene\n"
        "record_scene('tick_change', Path(sys.argv[1]))"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "there.pmj")],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        check=True,
    )
    assert (tmp_path / "here.pmj").read_bytes() == (tmp_path / "there.pmj").read_bytes()


def test_scenes_are_not_empty():
    assert all(next(scene(name, 1), None) is not None for name in RECIPES)
