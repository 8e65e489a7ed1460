"""`pm simulate` as it is typed."""

import json

import pytest
from click.testing import CliRunner, Result

from pmapp.cli import main
from pmapp.simulate import play, seeds
from pmapp.simulate.outcome import LIVENESS, Failure, Played, command_of


def pm(*words: str) -> Result:
    return CliRunner().invoke(main, ["simulate", *words])


def broken(seed: int) -> Played:
    failure = Failure(seed, LIVENESS, 12.5, "it stands still", command_of(seed))
    return Played(seed=seed, failures=[failure] if seed == 4 else [])


def test_a_fine_seed_exits_with_0_and_names_its_figures():
    done = pm("--seeds", "8..9", "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert told["failures"] == []
    assert (told["seeds"], told["first"], told["end"]) == (1, 8, 9)
    assert told["events"] > 1_000
    assert told["fills"] > 0
    assert told["virtual_seconds"] > 20.0
    assert told["seconds"] > 0.0
    assert set(told["quoting_after_s"]) == {"p50", "p99", "max"}


def test_a_failure_exits_with_1_and_one_command_shows_it_again(monkeypatch):
    monkeypatch.setattr(seeds, "play", broken)
    done = pm("--seeds", "3..6", "--jobs", "1")
    assert done.exit_code == 1
    assert "FAILED seed 4, liveness, 12.5 s in:" in done.stdout
    assert "again: pm simulate --seeds 4..5 --verbose" in done.stdout
    told = json.loads(pm("--seeds", "3..6", "--jobs", "1", "--json").stdout)
    assert told["seeds"] == 3
    assert [failure["seed"] for failure in told["failures"]] == [4]
    assert told["failures"][0]["command"] == "pm simulate --seeds 4..5 --verbose"


def test_the_command_that_shows_it_again_is_one(monkeypatch):
    def show(seed: int, folder: object) -> Played:
        return broken(seed)

    monkeypatch.setattr(play, "play", show)
    done = pm(*command_of(4).split()[2:])
    assert done.exit_code == 1
    assert "seed 4: " in done.stdout
    assert "it stands still" in done.stdout


def test_seconds_are_of_the_wall_where_runs_are_watched_too(monkeypatch, tmp_path):
    monkeypatch.setattr(play, "play", lambda seed, _: Played(seed=seed, cpu_s=100.0))
    told = json.loads(pm("--seeds", "3..5", "--journals", str(tmp_path), "--json").stdout)
    assert told["cpu_seconds"] == 200.0
    assert 0.0 <= told["seconds"] < 100.0


@pytest.mark.parametrize(
    ("text", "told"), [("5..5", "holds no seed"), ("9..3", "holds no seed"), ("a..b", "not A..B")]
)
def test_a_range_that_is_none_is_refused(text, told):
    done = pm("--seeds", text)
    assert done.exit_code == 2
    assert told in done.stderr


def test_kept_journals_replay(tmp_path):
    done = pm("--seeds", "2", "--journals", str(tmp_path))
    assert done.exit_code == 0
    again = CliRunner().invoke(main, ["replay", str(tmp_path / "seed-2"), "--json"])
    assert again.exit_code == 0
    assert json.loads(again.stdout)["equal"] is True
    twice = pm("--seeds", "2", "--journals", str(tmp_path))
    assert twice.exit_code == 2
    assert "is not empty" in twice.stderr
