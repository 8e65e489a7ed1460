"""`pm sweep evaluate` on a folder whose results are known by hand."""

import json
import struct

import pytest
from click.testing import CliRunner

from pmapp.cli import main
from tests.evaluate.folders import captures, jsonl, question, questions, us_quotes

KEYS = ("markets", "recommended", "hit_rate", "realised_yield", "baseline", "deciles", "flags")


def evaluate(*arguments):
    return CliRunner().invoke(main, ["sweep", "evaluate", *map(str, arguments)])


@pytest.fixture
def recordings(tmp_path):
    """Six questions at 0.94 or its mirror, half a spread of 0.01: bought at 0.95, fee 0.0114.

    Three win as Yes, one as No, one loses, one is not settled.
    """
    root = tmp_path / "recordings"
    rows = [question(number, 0.94, number, frozen="2026-04-25T00:00:00") for number in range(1, 5)]
    rows += [
        question(number, price, number, frozen="2026-04-25T00:00:00")
        for number, price in ((5, 0.06), (6, 0.94), (7, 0.5))
    ]
    questions(root, rows, [(1, 1.0), (2, 1.0), (3, 1.0), (4, 0.0), (5, 0.0)])
    return root


def test_json_holds_what_can_be_worked_out_by_hand(recordings):
    done = evaluate("--data", recordings, "--half-spread", "0.01", "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert all(key in report for key in KEYS)
    assert report["markets"] == 7
    assert report["recommended"] == 6  # the fifth as No
    assert (report["settled"], report["unsettled"], report["clusters"]) == (5, 1, 5)
    assert report["hit_rate"] == 0.8
    assert report["break_even_hit_rate"] == pytest.approx(0.9614)
    assert report["realised_yield"] == pytest.approx(0.8 - 0.9614)
    assert report["worst_loss"] == pytest.approx(0.9614)
    assert report["at_bare_price"] == 5
    assert report["baseline"]["realised_yield"] == pytest.approx(0.8 - 0.9614)
    assert report["margin_over_baseline"]["mean"] == 0.0
    assert len(report["deciles"]) == 5
    assert report["other_venue"] is None
    assert "no edge shown" in " ".join(report["verdicts"])


def test_flags_are_those_of_the_texts_that_were_bought(recordings):
    rows = [
        question(1, 0.94, 1, text="Settled at our sole discretion."),
        question(2, 0.94, 2, text="Settled at our sole discretion."),
        question(3, 0.94, 3),
    ]
    questions(recordings, rows, [(1, 1.0), (2, 0.0), (3, 1.0)])
    report = json.loads(evaluate("--data", recordings, "--json").stdout)
    flagged = {row["code"]: row for row in report["flags"]}
    assert flagged["discretionary_settlement"]["settled"] == 2
    assert flagged["discretionary_settlement"]["hit_rate"] == 0.5
    assert flagged["discretionary_settlement"]["margin_over_unflagged"]["mean"] == -0.5


def test_contested_markets_give_precision_and_recall(recordings):
    texts = ["Settled at our sole discretion.", "Settled at our sole discretion.", "It rains."]
    rows = [question(number, 0.94, 1, text=text) for number, text in enumerate(texts, 1)]
    questions(recordings, rows, [])
    case = {
        "label_source": "https://example.org/1",
        "conditionIds_with_rule_text": [rows[0]["id"], rows[2]["id"]],
    }
    file = recordings / "disputes" / "disputes_labelled.jsonl"
    file.parent.mkdir()
    file.write_text(json.dumps(case) + "\n\n", encoding="utf-8")
    found = json.loads(evaluate("--data", recordings, "--json").stdout)["contested"]
    row = {one["name"]: one for one in found["quality"]}["discretionary_settlement"]
    assert (row["precision"], row["recall"]) == (0.5, 0.5)
    assert (found["texts"], found["families"]) == (3, 2)
    assert (found["labelled"], found["published"], found["published_families"]) == (2, 2, 2)


def test_tables_say_all_of_it(recordings):
    captures(recordings, [("2026-05-01T10:00:00+00:00", 9, "e", "2026-05-02T16:00:00", "0.9", "1")])
    slug = "aec-mlb-a-b-2026-07-11"
    us_quotes(
        recordings,
        "2026-07-11",
        [("2026-07-11 10:00:00", slug, 0.95, 0.96)],
        [(slug, 0, "api")],
    )
    done = evaluate("--data", recordings)
    assert done.exit_code == 0, done.output
    for words in (
        "closing within 14 days",
        "whenever it closes",
        "no edge shown",
        "another venue, Polymarket US",
        "By score, lowest decile first",
        "by the spread at which it was bought",
        "if no spread were too wide",
        "By flag of the rule text",
        "nothing to measure flags by",
        "assumed half spread of 0.005",
    ):
        assert words in done.stdout
    assert "…" not in done.stdout


def test_configuration_is_obeyed(recordings):
    report = json.loads(
        evaluate("--data", recordings, "--json", "--set", "eligible.min_entry_price=0.97").stdout
    )
    assert report["recommended"] == 0
    assert report["hit_rate"] is None
    assert report["baseline"]["bought"] == 0  # 0.945 is below the baseline's price too


def test_spread_rule_is_judged_beside_what_it_takes_away(recordings):
    """Every book there is 0.02 wide: under a limit of 0.01 nothing is bought, but beside."""
    given = ("--data", recordings, "--half-spread", "0.01", "--json")
    free, limited = (
        json.loads(evaluate(*given, "--set", f"eligible.max_spread={limit}").stdout)
        for limit in (1, 0.01)
    )
    assert (free["recommended"], limited["recommended"], limited["tight"]["bought"]) == (6, 0, 0)
    for key in ("any_spread", "baseline", "baseline_after_fee", "spreads"):
        assert limited[key] == free[key]
    assert free["any_spread"]["realised_yield"] == free["realised_yield"]
    assert free["margin_over_any_spread"]["mean"] == 0.0
    assert limited["margin_over_any_spread"]["mean"] is None
    assert [row["bought"] for row in limited["spreads"]] == [0, 6, 0, 0, 0]


def size(path):
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", head[16:24])


def test_plots_are_drawn(recordings, tmp_path):
    jsonl(recordings / "disputes" / "ignored.jsonl.gz", [])
    one = tmp_path / "new" / "one.png"
    done = evaluate("--data", recordings, "--png", one, "--plots", tmp_path / "plots", "--json")
    assert done.exit_code == 0, done.output
    folder = tmp_path / "plots"
    assert json.loads(done.stdout)["plots"] == [str(folder / "evaluate.png"), str(one)]
    assert min(size(one)) > 500
    assert size(one) == size(folder / "evaluate.png")


def test_plot_that_cannot_be_written_is_refused(recordings, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = evaluate("--data", recordings, "--png", tmp_path / "file" / "one.png")
    assert done.exit_code == 2
    assert "choose another place" in done.stderr
    assert "no edge shown" in done.stdout  # the report is worth more than its picture


def test_missing_folder_is_refused_by_name(tmp_path):
    done = evaluate("--data", tmp_path / "nowhere")
    assert done.exit_code == 2
    assert f"{tmp_path / 'nowhere'}: no such folder; give --data DIR" in done.stderr


def test_damage_is_refused_by_file_and_line(recordings):
    file = recordings / "disputes" / "disputes_labelled.jsonl"
    file.parent.mkdir()
    file.write_text("{}\n{", encoding="utf-8")
    done = evaluate("--data", recordings)
    assert done.exit_code == 2
    assert f"{file}:2: not JSON" in done.stderr


def test_default_folder_is_the_shared_one(recordings, monkeypatch):
    monkeypatch.setenv("PM_SHARED", str(recordings))
    assert json.loads(evaluate("--json").stdout)["folder"] == str(recordings)
