"""`pm backtest` on a tiny tape: keys, sums, digests, exit codes."""

import json

import msgspec
import pytest
from click.testing import CliRunner

from pmapp.backtest import begin, run_one
from pmapp.backtest_job import facts_of, fitted, tape_job
from pmapp.cli import main
from pmapp.maker_settings import MAKER
from pmapp.settings import settings_from
from pmcore.config import config_text
from pmcore.sim.assumptions import MIDDLE
from pmcore.units import MICRO, SECOND, Cash
from pmio.journal import JournalReader
from tests.backtest.tapes import TINY, tiny_tape

KEYS = {
    "events",
    "events_per_s",
    "markets",
    "outcomes_recomputable",
    "outcomes_matched",
    "fills",
    "pairs_merged",
    "pnl_usdc",
    "pnl_split",
    "markouts_usdc",
    "markouts_shares",
    "violations",
    "digest",
}
PARTS = {"spread", "rebate", "reward", "fee", "gas", "adverse_selection", "settlement"}


def pm(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def report(tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    done = pm(
        "backtest", tiny, "--json", "--jobs", 1, "--plots", folder / "p", "--journal", folder / "j"
    )
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_keys_are_stable(report):
    assert report.keys() >= KEYS
    assert list(report["assumptions"]) == ["pessimistic", "middle", "optimistic"]
    for run in report["assumptions"].values():
        assert run.keys() >= KEYS - {"markets", "outcomes_recomputable", "outcomes_matched"}
        assert run["pnl_split"].keys() == PARTS
    assert report["digest"] == report["assumptions"]["middle"]["digest"]


def test_the_split_sums_to_the_result(report):
    for run in report["assumptions"].values():
        parts = sum(round(part * 1e6) for part in run["pnl_split"].values())
        assert parts == round(run["pnl_usdc"] * 1e6)
        rows = sum(round(row["pnl_usdc"] * 1e6) for row in run["market_rows"])
        assert rows == parts


def test_the_window_was_traded_and_settled(report):
    assert report["markets"] == 1
    assert report["outcomes_recomputable"] == report["outcomes_matched"] == 1
    assert report["violations"] == 0
    assert all(run["fills"] > 0 for run in report["assumptions"].values())
    quoting = report["quoting"]
    whole = quoting["two_sided_s"] + quoting["one_sided_s"] + quoting["none_s"]
    assert quoting["in_windows_s"] == pytest.approx(300.0, abs=1.0)
    assert whole == pytest.approx(quoting["in_windows_s"], abs=0.01)
    tokens = sum(quoting["quoted_token_s"].values()) + sum(quoting["missing_token_s"].values())
    assert tokens == pytest.approx(2.0 * whole, abs=0.1)


def test_plots_are_drawn(report):
    assert [name.rpartition("/")[2] for name in report["plots"]] == [
        "inventory.png",
        "profit.png",
        "quotes.png",
        "reliability.png",
    ]
    for name in report["plots"]:
        with open(name, "rb") as file:
            assert file.read(8) == b"\x89PNG\r\n\x1a\n"


def test_the_journal_holds_the_same_run(report):
    journal = JournalReader(report["journal"])
    events = sum(len(batch.events) for batch in journal)
    assert events == report["events"]
    assert journal.digest == report["digest"]


def test_neither_slices_nor_journals_change_a_run(tiny, report):
    job, prefix = tape_job([tiny])
    config = fitted(settings_from(MAKER, None, {}, []), prefix)
    cash = Cash(1_000 * MICRO)
    result, _ = run_one(job, config_text(config), MIDDLE, cash)
    facts, _ = facts_of(job)
    run = begin(job, facts, config, MIDDLE, cash, None)
    run.advance(0)
    while not run.over:
        run.advance(run.now_ns + 7 * SECOND + 1)
    assert result.digest == report["digest"]
    sliced = run.result(1.0)
    assert (sliced.pnl, sliced.fills) == (result.pnl, result.fills)


def test_two_processes_give_the_same(tiny, report, monkeypatch):
    monkeypatch.setattr("pmapp.backtest.FEW_FACTS", 0)
    done = pm("backtest", tiny, "--json", "--jobs", 2)
    assert done.exit_code == 0, done.output
    both = json.loads(done.stdout)["assumptions"]
    assert {n: r["digest"] for n, r in both.items()} == {
        n: r["digest"] for n, r in report["assumptions"].items()
    }


def test_tables_have_a_fixed_shape(tiny):
    done = pm("backtest", tiny, "--jobs", 1)
    assert done.exit_code == 0, done.output
    for text in ("pessimistic", "adverse selection (30 s)", "both tokens quoted", "violations"):
        assert text in done.stdout
    assert "…" not in done.stdout


def test_settings_reach_the_maker(tiny):
    done = pm("backtest", tiny, "--json", "--jobs", 1, "--set", "trading.cutoff_seconds=299")
    report = json.loads(done.stdout)
    assert done.exit_code == 0
    assert report["quoting"]["missing_token_s"]["cutoff"] > 550.0


def test_flow_puts_a_book_around_the_prices(tmp_path, tiny):
    done = pm("backtest", tiny, "--flow", 5, "--jobs", 1, "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["fills"] > 0
    assert report["markets"] == 1


def test_flow_needs_a_whole_window(tmp_path):
    half = tiny_tape(tmp_path / "half.tape", msgspec.structs.replace(TINY, until_s=150))
    done = pm("backtest", half, "--flow", 5)
    assert done.exit_code == 2
    assert "no whole window" in done.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nowhere.tape",), "nowhere.tape"),
        ((__file__,), "not a tape"),
        (("@", "--set", "trading.ladder_levels=99"), "trading.ladder_levels"),
        (("@", "--set", "trading.no_such_key=1"), "no_such_key"),
        (("@", "--set", "nonsense"), "nonsense"),
        (("@", "--cash", "-1"), "--cash"),
        (("@", "--cash", "nan"), "--cash"),
        (("@", "--plots", "@"), "--plots"),
        ((), "TAPE"),
    ],
)
def test_bad_input_is_told_and_exits_2(tiny, words, told):
    done = pm("backtest", *(tiny if word == "@" else word for word in words))
    assert done.exit_code == 2, done.output
    assert told in done.output
    assert "Traceback" not in done.output


def test_a_torn_tape_is_refused(tiny, tmp_path):
    torn = tmp_path / "torn.tape"
    torn.write_bytes(tiny.read_bytes()[:-100])
    done = pm("backtest", torn)
    assert done.exit_code == 2
    assert "torn" in done.output
