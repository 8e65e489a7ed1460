"""What another configuration would have wanted, on the recorded world."""

import json

import pytest
from click.testing import CliRunner

from pmapp.cli import main
from pmapp.replay import replay
from pmapp.scene_journal import record_scene
from pmapp.settings import SettingsError
from pmapp.what_if import WhatIf
from pmcore.step import stepper
from tests.replays.test_recordings import FOLDER


def compared(name, *sets, rows=5):
    what_if = WhatIf(sets, rows)
    found = replay(FOLDER / f"{name}.pmj", "", stepper(what_if.policy), what_if.hear)
    assert found.equal, "the recorded run must not feel that it is compared"
    return what_if


def test_the_same_configuration_differs_nowhere():
    for name in ("breakout", "late_fill"):
        what_if = compared(name, "trading.ladder_levels=2")
        assert what_if.decisions > 500
        assert (what_if.differing, what_if.rows) == (0, [])


def test_lower_pair_price_lowers_bids_and_says_why():
    what_if = compared("quiet", "trading.target_total_base=0.975")
    assert 0 < what_if.differing <= what_if.decisions
    assert what_if.slots_differing >= what_if.differing
    assert len(what_if.rows) == 5
    assert sum(what_if.by_reason.values()) == what_if.slots_differing
    assert ("best_bid", "cap") in what_if.by_reason
    row = what_if.rows[0]
    assert row.recorded != row.changed
    assert row.market == "btc-updown-5m-1793491200"
    assert row.slot in ("Up 0", "Up 1", "Down 0", "Down 1")


def test_more_rungs_are_new_slots():
    what_if = compared("quiet", "trading.ladder_levels=3")
    assert set(what_if.by_reason) >= {("unused", "rung_below")}
    assert all(pair[0] == "unused" for pair in what_if.by_reason)


def test_longer_cutoff_closes_the_gate():
    what_if = compared("flip_at_end", "trading.cutoff_seconds=120")
    assert any(pair[1] == "cutoff" for pair in what_if.by_reason)


def test_estimates_are_made_again_from_the_same_prices():
    what_if = compared("breakout", "alpha.vol_halflife_s=5")
    assert what_if.differing > 0
    what_if = compared("breakout", "alpha.fast_move_threshold_bps=1000", "alpha.fast_var_per_s=0")
    assert any("fewer_rungs_in_fast_move" in pair[0] for pair in what_if.by_reason)


def test_stale_limit_is_part_of_the_plan():
    what_if = compared("quiet", "oracle.chainlink_stale_ms=1500")
    assert any(pair[1] == "stale_oracle" for pair in what_if.by_reason)


def test_what_cannot_differ_is_said():
    told = compared("tick_change", "risk.max_rejects=9", "trading.window_seconds=900").result()
    assert any("risk.max_rejects acts after the plan" in note for note in told["notes"])
    assert any("other markets" in note for note in told["notes"])
    assert told["differing"] == 0


def test_it_begins_at_a_snapshot_too(tmp_path):
    record_scene("tick_change", tmp_path / "j", segment_bytes=20_000, budget_bytes=60_000)
    what_if = WhatIf(("trading.base_size_shares=20",))
    found = replay(tmp_path / "j", "", stepper(what_if.policy), what_if.hear)
    assert found.equal
    assert what_if.differing > 0


def test_unknown_key_is_refused():
    with pytest.raises(SettingsError, match="unknown key"):
        compared("quiet", "trading.levels=3")


def call(*words):
    return CliRunner().invoke(main, ["replay", *map(str, words)])


def test_command_says_equal():
    done = call(FOLDER / "quiet.pmj")
    assert done.exit_code == 0
    assert "run quiet: equal" in done.output
    told = json.loads(call(FOLDER / "quiet.pmj", "--json").output)
    assert {"equal", "events", "effects", "digest", "events_per_s", "seconds", "torn"} <= set(told)
    assert told["difference"] is None
    assert 0 < told["beats"] < told["events"]


def test_command_says_different(tmp_path):
    from tests.replays.test_difference import copied

    path = copied(tmp_path / "a.pmj", lambda n, e, effects: (e, [] if n > 5_000 else effects))
    done = call(path)
    assert done.exit_code == 1
    assert "DIFFERENT" in done.output
    assert "first difference at record 5" in done.output
    done = call(path, "--json", "--set", "trading.ladder_levels=3")
    assert done.exit_code == 1
    assert json.loads(done.output)["difference"]["seq"] > 5_000


def test_command_compares():
    done = call(FOLDER / "quiet.pmj", "--set", "trading.target_total_base=0.975", "--rows", "3")
    assert done.exit_code == 0
    assert "what if trading.target_total_base=0.975" in done.output
    assert "best_bid -> cap" in done.output
    assert done.output.count("btc-updown-5m") == 3
    told = json.loads(call(FOLDER / "quiet.pmj", "--set", "trading.k_vol=0.02", "--json").output)
    assert {"decisions", "differing", "first", "by_reason", "notes"} <= set(told["what_if"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("gone.pmj",), "gone.pmj: No such file"),
        ((FOLDER / "README.md",), "not a journal"),
        ((FOLDER / "quiet.pmj", "--run", "other"), "holds no run other"),
        ((FOLDER / "quiet.pmj", "--set", "trading.x=1"), "trading.x: unknown key"),
        ((FOLDER / "quiet.pmj", "--set", "x"), "section.key=value"),
    ],
)
def test_command_refuses_in_plain_words(words, told):
    done = call(*words)
    assert done.exit_code == 2
    assert told in done.output
    assert "Traceback" not in done.output


def test_torn_journal_is_replayed_as_far_as_it_goes(tmp_path):
    content = (FOLDER / "quiet.pmj").read_bytes()
    (tmp_path / "a.pmj").write_bytes(content[: len(content) // 2])
    done = call(tmp_path / "a.pmj")
    assert done.exit_code == 0
    assert "torn" in done.output
