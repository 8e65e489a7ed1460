"""A plot that cannot be written costs that plot: the report of hours of work comes first."""

import errno
import json

import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure

from pmapp.cli import main

COMMANDS = {
    "backtest": ("--jobs", "1", "--plots"),
    "calibrate": ("--plots",),
    "run": ("--out",),
}


@pytest.fixture
def full_disk(monkeypatch):
    """The first plot fits, and no other."""
    written = []
    savefig = Figure.savefig

    def save(figure, path, **options):
        if written:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        written.append(str(path))
        savefig(figure, path, **options)

    monkeypatch.setattr(Figure, "savefig", save)
    return written


def check_refused(done):
    assert done.exit_code == 2, done.output
    (told,) = done.stderr.strip().splitlines()[-1:]
    assert told.startswith("Error: ")
    assert "No space left on device (choose another place for the plots)" in told


@pytest.mark.parametrize("command", COMMANDS)
def test_the_report_lists_what_was_written(command, tiny, tmp_path, full_disk):
    words = [command, tiny, "--json", *COMMANDS[command], tmp_path]
    done = CliRunner().invoke(main, list(map(str, words)))
    check_refused(done)
    assert json.loads(done.stdout)["plots"] == full_disk
    assert len(full_disk) == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_tables_are_printed(command, tiny, tmp_path, full_disk):
    done = CliRunner().invoke(main, list(map(str, [command, tiny, *COMMANDS[command], tmp_path])))
    check_refused(done)
    assert len(done.stdout.splitlines()) > 10


def test_a_broken_law_outweighs_a_lost_plot(tiny, tmp_path, full_disk, monkeypatch):
    monkeypatch.setattr("pmapp.backtest_limits.violations", lambda *_: ["a law"])
    words = ["backtest", tiny, "--json", "--jobs", "1", "--plots", tmp_path]
    done = CliRunner().invoke(main, list(map(str, words)))
    assert done.exit_code == 1, done.output
    assert "No space left on device" in done.stderr
