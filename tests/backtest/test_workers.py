"""What goes wrong in a worker of `pm backtest` is told as if it had gone wrong here."""

import pytest
from click.testing import CliRunner

from pmapp.cli import main


@pytest.fixture
def pm(monkeypatch):
    # So that a tiny tape too is run in processes.
    monkeypatch.setattr("pmapp.backtest.FEW_FACTS", 0)
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


def check_refused(done, *told):
    assert done.exit_code == 2, done.output
    assert all(text in done.output for text in told), done.output
    assert done.output.strip().splitlines()[-1].startswith("Error: ")
    assert done.output.count("Error: ") == 1


def test_a_damaged_block(pm, tiny, tmp_path):
    # Head and foot are read here, blocks only where the tape is run.
    damaged = bytearray(tiny.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path = tmp_path / "damaged.tape"
    path.write_bytes(damaged)
    check_refused(pm("backtest", path), "damaged.tape: block ", "its checksum does not fit")


def test_a_journal_that_cannot_be_written(pm, tiny):
    check_refused(pm("backtest", tiny, "--journal", tiny / "journal"), str(tiny), "another folder")


def test_a_journal_that_is_there_already(pm, tiny, tmp_path):
    path = tmp_path / "one.pmj"
    path.write_bytes(b"precious")
    check_refused(pm("backtest", tiny, "--journal", path), "one.pmj: exists already")
    assert path.read_bytes() == b"precious"
