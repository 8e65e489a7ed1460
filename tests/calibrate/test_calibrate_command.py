"""`pm calibrate` on a tiny tape and on the recorded day."""

import json

import pytest
from click.testing import CliRunner

from pmapp.calibration_run import CalibrationRun
from pmapp.cli import main
from pmcore.config import config_from
from pmcore.events import MarketListed, OracleTicked
from pmio.tape import TapeMeta, read_tape, write_tape

KEYS = {
    "brier_model",
    "brier_baseline",
    "brier_half",
    "brier_fixed_sigma",
    "brier_market",
    "log_loss_model",
    "reliability",
    "by_time_to_close",
    "margin_over_baseline",
    "margin_over_half",
    "n",
    "windows",
}


def pm(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def scores(day):
    done = pm("calibrate", day, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_keys_are_stable(tiny, tmp_path):
    done = pm("calibrate", tiny, "--json", "--plots", tmp_path / "p")
    assert done.exit_code == 0, done.output
    table = json.loads(done.stdout)
    assert table.keys() >= KEYS
    assert table["windows"] == 1
    assert table["n"] == 10
    assert 4 <= table["n_market"] <= 10
    assert len(table["reliability"]) == 10
    assert len(table["plots"]) == 2


def test_tables_are_not_cut(tiny, day):
    for tape, verdict in ((tiny, "By time to close"), (day, "not on this tape")):
        done = pm("calibrate", tape)
        assert done.exit_code == 0, done.output
        assert verdict in done.stdout
        assert "…" not in done.stdout


def test_the_recorded_day_is_scored(scores):
    assert scores["windows"] > 280
    assert scores["n"] > 2_700
    assert scores["unresolved"] == 0
    assert [row["left_s"] for row in scores["by_time_to_close"]][:3] == [240.0, 180.0, 120.0]


def test_the_model_beats_a_constant_and_the_one_who_is_ahead(scores):
    for margin in ("margin_over_half", "margin_over_baseline"):
        assert scores[margin]["mean"] > 5.0 * scores[margin]["standard_error"]


def test_the_model_knows_more_as_the_end_comes_near(scores):
    rows = scores["by_time_to_close"]
    assert rows[-1]["brier_model"] < 0.5 * rows[0]["brier_model"]


def test_windows_do_not_pile_up(day):
    trading = {"window_seconds": 300, "slug_prefix": "btc-updown-5m"}
    run = CalibrationRun(config_from({"trading": trading}))
    run.run(read_tape(day))
    assert run.listed == 292
    assert len(run.state.markets) < 5


def test_a_tape_without_prices_is_refused(tiny, tmp_path):
    silent = tmp_path / "silent.tape"
    facts = (fact for fact in read_tape(tiny) if not isinstance(fact, OracleTicked))
    write_tape(silent, facts, TapeMeta(source="test", prefix="btc-updown-5m"))
    done = pm("calibrate", silent)
    assert done.exit_code == 2
    assert "oracle prices" in done.output


def test_late_listings_are_sampled_from_then_on(tiny, tmp_path):
    facts = list(read_tape(tiny))
    listing = next(fact for fact in facts if isinstance(fact, MarketListed))
    half = listing.terms.start_ns + 200 * 10**9
    facts = [fact for fact in facts if fact is not listing and fact.at_ns > half]
    late = [MarketListed(facts[0].at_ns, listing.terms), *facts]
    write_tape(tmp_path / "late.tape", late, TapeMeta(source="test", prefix="btc-updown-5m"))
    done = pm("calibrate", tmp_path / "late.tape")
    assert done.exit_code == 2  # the strike was not seen, so nothing can be said


@pytest.mark.parametrize("words", [("nowhere.tape",), (__file__,), ()])
def test_bad_input_exits_2(words):
    done = pm("calibrate", *words)
    assert done.exit_code == 2
    assert "Traceback" not in done.output
