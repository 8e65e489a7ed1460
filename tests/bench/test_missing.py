"""`make bench` without the recordings says what it needs, and measures nothing."""

import sys

import pytest

from bench import __main__ as program
from bench.workload import generate


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PM_SHARED", str(tmp_path / "nowhere"))
    monkeypatch.setattr(sys, "argv", ["bench", "--quick"])
    return tmp_path


def check_told(error, capsys, path):
    assert error.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"bench: {path} is missing; let PM_SHARED name the folder")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("begin", [program.main, lambda: generate(5)], ids=["all", "one"])
def test_what_is_missing_is_told(begin, nowhere, capsys):
    with pytest.raises(SystemExit) as error:
        begin()
    check_told(error, capsys, nowhere / "nowhere" / "peers_bench" / "gen_workload.py")
    assert list(nowhere.iterdir()) == []


def test_a_run_that_fails_ends_with_its_own_words(capsys):
    with pytest.raises(SystemExit) as error:
        program.repeat(1, "interpreted", "bench.no_such_part")
    assert error.value.code == 2
    assert "No module named bench.no_such_part" in capsys.readouterr().err
