"""A standard output that cannot be written to costs the summary, not the exit code."""

import os
import sys

import pytest

from pmapp import last_word
from tests.maker_run.processes import BRIEF, WINDOW, pm

PAPER = ("--set", "trading.live=false", "--set", "keys.source=none")


def test_a_reader_who_has_gone_is_told_of_and_the_exit_is_quiet(monkeypatch):
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert last_word.said("words") == "Broken pipe"
        stream.flush()


def test_what_is_said_is_said(capsys):
    assert last_word.said("words") == ""
    assert capsys.readouterr().out == "words\n"


@pytest.mark.parametrize("there", [True, False])
def test_a_standard_output_that_is_closed_is_no_terminal(monkeypatch, there):
    monkeypatch.setattr(sys, "stdout", sys.__stdout__ if there else None)
    assert last_word.heard_on_a_terminal() in (there, False)


def test_a_maker_that_nobody_listens_to_ends_well(tmp_path):
    (tmp_path / "brief.toml").write_text(BRIEF)
    args = ("--venue", "local", "--speed", 8, "--start", WINDOW - 5, "--for", 20)
    with pm("maker", *args, "--config", "brief.toml", *PAPER, cwd=tmp_path) as run:
        assert run.process.stdout is not None
        run.process.stdout.close()
        code, _, lines = run.ended()
    assert code == 0
    assert [line["event"] for line in lines[-2:]] == ["ended", "summary_lost"]
