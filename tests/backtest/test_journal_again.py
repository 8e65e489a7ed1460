"""`pm backtest --journal DIR` again and again: every run is kept, and each can be replayed."""

import json

import pytest
from click.testing import CliRunner

from pmapp.cli import main
from pmio.journal import JournalHead, JournalWriter
from pmio.journal_reader import segments_in


def pm(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def backtested(tiny, journal):
    done = pm("backtest", tiny, "--json", "--jobs", 1, "--journal", journal)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def replayed(journal, run=""):
    done = pm("replay", journal, "--run", run)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_second_run_is_read_alone_and_the_first_is_kept(tiny, tmp_path):
    first, second = backtested(tiny, tmp_path), backtested(tiny, tmp_path)
    assert first["digest"] == second["digest"]
    for run, name in (("", "backtest-middle-2"), ("backtest-middle", "backtest-middle")):
        told = replayed(tmp_path, run)
        assert f"run {name}: equal" in told
        assert first["digest"] in told


def test_a_run_after_one_that_was_stopped(tiny, tmp_path):
    backtested(tiny, tmp_path)
    (path,) = segments_in(tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    backtested(tiny, tmp_path)
    assert "run backtest-middle-2: equal" in replayed(tmp_path)
    assert "the run was not closed in order" in replayed(tmp_path, "backtest-middle")


def test_a_run_after_one_that_was_cut_in_its_head(tiny, tmp_path):
    backtested(tiny, tmp_path)
    (path,) = segments_in(tmp_path)
    path.write_bytes(path.read_bytes()[:30])
    backtested(tiny, tmp_path)
    assert "equal" in replayed(tmp_path)


@pytest.mark.parametrize("mode", ["paper", "live"])
def test_the_journal_of_a_maker_is_left_alone(tiny, tmp_path, mode):
    # The maker would take the backtest for its own last run, and believe its orders and positions.
    with JournalWriter(tmp_path, JournalHead(run_id=f"{mode}-1", mode=mode)):
        pass
    (path,) = segments_in(tmp_path)
    before = path.read_bytes()
    done = pm("backtest", tiny, "--jobs", 1, "--journal", tmp_path)
    assert done.exit_code == 2, done.output
    assert f"{tmp_path}: holds the journal of a maker" in done.output
    assert "another folder" in done.output
    assert [p.read_bytes() for p in segments_in(tmp_path)] == [before]
