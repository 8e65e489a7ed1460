"""`pm tape show`: counts, gaps, delays and books of a tape, for people and as JSON."""

import json

import pytest

from pmio.tape import write_tape
from tests.tape.facts import META, T0, S, small_run
from tests.tape.sources import pm_tape


@pytest.fixture
def path(tmp_path):
    write_tape(tmp_path / "small.tape", small_run(), META)
    return tmp_path / "small.tape"


def show(path, *more):
    result = pm_tape("show", path, "--json", *more)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_profile_of_a_small_run(path):
    shown = show(path)
    assert (shown["tape"], shown["prefix"], shown["facts"]) == ("small.tape", META.prefix, 13)
    assert (shown["first"], shown["last"]) == (
        "2026-07-24T00:00:00.000Z",
        "2026-07-24T00:16:00.000Z",
    )
    assert (shown["first_ns"], shown["span_s"]) == (T0, 960.0)
    assert shown["kinds"]["OracleTicked"] == 4
    assert shown["books"] == {"looked_at": 3, "crossed": 1, "one_sided": 1, "empty": 0}
    assert shown["markets"] == {
        "listed": 1,
        "quoted": 1,
        "outcomes_known": 1,
        "up": 1,
        "down": 0,
        "split": 0,
    }
    assert shown["order_violations"] == 0


def test_gaps_and_delays_are_those_of_each_feed(path):
    feeds = show(path)["feeds"]
    assert feeds["chainlink"] == {
        "facts": 3,
        "gaps": 1,
        "longest_gap_s": 18.0,
        "lost": 0,
        "garbled": 0,
        "delay_ms_p50": 1000.0,
        "delay_ms_p99": 1000.0,
    }
    assert (feeds["market"]["lost"], feeds["market"]["garbled"]) == (1, 1)
    assert feeds["market"]["gaps"] == 1
    assert feeds["binance"]["delay_ms_p50"] == 0.0
    assert show(path, "--gap", 30)["feeds"]["chainlink"]["gaps"] == 0


def test_keys_are_stable(path):
    assert sorted(show(path)) == [
        *("books", "bytes", "created_from", "facts", "feeds", "first", "first_ns", "format"),
        *("gap_threshold_s", "kinds", "last", "last_ns", "markets", "notes", "order_violations"),
        *("prefix", "schema", "source", "source_counts", "span_s", "tape"),
    ]


def test_people_see_the_same(path):
    result = pm_tape("show", path)
    assert result.exit_code == 0
    for words in (
        "btc-updown-15m",
        "1 listed, 1 quoted",
        "1 crossed",
        "chainlink",
        "4 OracleTicked",
    ):
        assert words in result.stdout


def test_an_empty_tape_can_be_shown(tmp_path):
    write_tape(tmp_path / "empty.tape", [], META)
    assert show(tmp_path / "empty.tape")["first"] == ""
    assert pm_tape("show", tmp_path / "empty.tape").exit_code == 0


def test_a_torn_tape_is_refused_without_a_traceback(path):
    path.write_bytes(path.read_bytes()[:-1])
    result = pm_tape("show", path)
    assert result.exit_code == 2
    assert "the tape is torn" in result.stderr
    assert pm_tape("show", path.parent / "gone.tape").exit_code == 2


def test_times_are_utc(path):
    from pmio.tape_import.profile import iso

    assert iso(T0 + S // 2) == "2026-07-24T00:00:00.500Z"
