"""Whoever reads the log may stand still: lines wait or are lost, the run goes on."""

import json
import os
import threading

from pmapp.maker_run import run_log
from pmapp.maker_run.run_log import RunLog
from pmapp.maker_run.scribe import Scribe

LINES = 3_000
"""Far more than a pipe holds."""


def test_a_full_pipe_holds_nothing_up_and_loses_nothing():
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb") as reader, os.fdopen(theirs, "w") as stream:
        log = RunLog("info", stream)
        with log.stream.apart():
            for number in range(LINES):
                log.info("place", order=number)
            told = [json.loads(reader.readline())["order"] for _ in range(LINES)]
        log.info("ended")
        assert json.loads(reader.readline())["event"] == "ended"
    assert told == list(range(LINES))
    assert log.stream.lost == 0


def test_lines_beyond_the_bound_are_lost_and_the_gap_is_told(monkeypatch):
    written, stands, goes_on, all_out = [], threading.Event(), threading.Event(), threading.Event()

    def write(line: str) -> None:
        stands.set()
        goes_on.wait()
        written.append(line)
        if len(written) == 3:
            all_out.set()

    log = RunLog("info")
    monkeypatch.setattr(run_log, "Scribe", lambda _: Scribe(write, most=2))
    with log.stream.apart():
        log.info("place", order=0)
        stands.wait()
        for number in range(1, 6):
            log.info("place", order=number)
        assert log.stream.lost == 3
        goes_on.set()
        all_out.wait()
        log.info("place", order=6)
    events = [json.loads(line) for line in written]
    assert [line.get("order") for line in events] == [0, 1, 2, 6, None]
    gap = events[-1]
    assert (gap["event"], gap["level"], gap["lines"]) == ("lines_lost", "warning", 3)
    assert gap["timestamp"].endswith("Z")


def test_a_reader_who_never_comes_back_does_not_keep_the_end():
    never = threading.Event()
    scribe = Scribe(lambda _: never.wait() and None)
    scribe.put("line")
    scribe.close(0.01)
    assert not never.is_set()
    never.set()
