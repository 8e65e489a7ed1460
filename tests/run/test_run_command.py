"""`pm run`: the demonstration, a tape, bad input, and Ctrl-C."""

import json
import os
import signal
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from pmapp.cli import main


@pytest.fixture
def pm(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


def test_the_demonstration(pm, tmp_path):
    done = pm("run", "--seed", 1, "--hours", 0.1, "--no-plots")
    assert done.exit_code == 0, done.output
    for text in ("profit and loss", "both tokens quoted", "violations", "Windows with fills"):
        assert text in done.stdout
    lines = [line for line in done.stdout.splitlines() if " q_up " in line]
    assert len(lines) >= 5
    assert list((tmp_path / "out" / "run-1" / "journal").glob("*.pmj"))
    assert not (tmp_path / "out" / "run-1" / "plots").exists()
    again = pm("run", "--seed", 1, "--hours", 0.1, "--no-plots", "--json")
    assert json.loads(again.stdout)["fills"] > 0


def test_a_whole_window_settles(pm):
    sets = ("--set", "trading.window_seconds=300", "--set", "trading.slug_prefix=btc-updown-5m")
    short = ("--set", "trading.cutoff_seconds=30", "--set", "inventory.emergency_window_s=120")
    done = pm("run", "--json", "--no-plots", "--hours", 1 / 12, *sets, *short)
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["markets"] == report["outcomes_matched"] == 1
    assert report["fills"] > 0
    assert report["pairs_merged"] > 0
    assert report["markets_open"] == 0
    assert report["market_rows"][0]["outcome"] in ("Up", "Down")
    assert report["violations"] == 0


def test_a_tape_instead(pm, tiny):
    done = pm("run", tiny, "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["source"] == "tiny.tape"
    assert report["markets"] == 1
    assert [Path(name).parent.as_posix() for name in report["plots"]] == ["out/run-tiny/plots"] * 4
    assert all(Path(name).is_file() for name in report["plots"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nowhere.tape",), "nowhere.tape"),
        (("--seed", "-1"), "--seed"),
        (("--hours", "0"), "--hours"),
        (("--hours", "1000"), "--hours"),
        (("--hours", "nan"), "--hours"),
        (("--set", "trading.window_seconds=1"), "trading.window_seconds"),
        (("--cash", "much"), "--cash"),
        (("@", "--hours", "1"), "--hours"),
    ],
)
def test_bad_input_exits_2(pm, tiny, words, told):
    done = pm("run", *(tiny if word == "@" else word for word in words))
    assert done.exit_code == 2, done.output
    assert told in done.output
    assert "Traceback" not in done.output


def test_an_unusable_folder_is_told(pm, tmp_path):
    (tmp_path / "file").write_text("x")
    done = pm("run", "--hours", 0.1, "--out", tmp_path / "file" / "deeper")
    assert done.exit_code == 2
    assert "--out" in done.output


def test_ctrl_c_stops_with_the_report_so_far(pm):
    timer = threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        done = pm("run", "--hours", 24, "--no-plots", "--json")
    finally:
        timer.cancel()
    assert done.exit_code == 130
    report = json.loads(done.stdout)
    assert report["stopped"] is True
    assert report["events"] > 0
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
