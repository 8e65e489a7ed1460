"""`pm sweep explain`: the words in their context for people, the offsets for programs."""

import gzip
import json

import pytest
from click.testing import CliRunner

from pmapp.cli import main

TEXT = "Ties are settled at our “sole” discretion. İzmir decides.\n"
RULES = "This market will resolve to Yes at our discretion. The source is the register."


def explain(*arguments, **more):
    return CliRunner().invoke(main, ["sweep", "explain", *map(str, arguments)], **more)


@pytest.fixture
def recordings(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    row = {"conditionId": "0xabc", "raw": {"id": 7, "question": "A tie?", "description": RULES}}
    with gzip.open(folder / "some.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    return tmp_path


def test_people_see_words_codes_and_reasons(tmp_path):
    file = tmp_path / "rules.txt"
    file.write_text(RULES, encoding="utf-8")
    done = explain("--text", file)
    assert done.exit_code == 0
    assert "discretionary_settlement" in done.output
    assert "»at our discretion«" in done.output
    assert "by their own judgement" in done.output


def test_programs_get_offsets(tmp_path):
    file = tmp_path / "rules.txt"
    file.write_text(RULES, encoding="utf-8")
    report = json.loads(explain("--text", file, "--json").output)
    assert 0.0 < report["definition_risk_score"] <= 1.0
    (flag,) = [f for f in report["flags"] if f["code"] == "discretionary_settlement"]
    assert flag["severity"] == "high"
    (span,) = flag["evidence_spans"]
    assert RULES[span["start"] : span["end"]] == "at our discretion"


def test_text_may_come_by_standard_input():
    report = json.loads(explain("--text", "-", "--json", input=TEXT.encode()).output)
    assert {"definition_risk_score", "flags"} == set(report)


@pytest.mark.parametrize("market", ["0xabc", "7"])
def test_recorded_market_is_found_by_either_id(recordings, market):
    done = explain(market, "--data", recordings)
    assert done.exit_code == 0
    assert done.output.startswith("A tie?\n")


def test_recorded_markets_of_the_venue(shared_data):
    root = shared_data("data", "B_markets")
    market = "0x7f3c6b9029a1a4a932509c147a2cc0762e1116b7a4568cde472908b29dd4889d"
    report = json.loads(explain(market, "--data", root, "--json").output)
    assert {flag["code"] for flag in report["flags"]} >= {"vague_source", "judgement_call"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give either a MARKET_ID"),
        (("0xabc", "--text", "x"), "give either a MARKET_ID"),
        (("0xabc", "--database", "sqlite:///gone.sqlite3"), "gone.sqlite3: no such file"),
        (("0xabc", "--database", "mysql://x"), "use sqlite:///FILE"),
        (("--text", "gone.txt"), "gone.txt: cannot be read"),
        (("0xabc", "--data", "gone"), "gone: has no folder rules/"),
    ],
)
def test_what_cannot_be_done_is_said(arguments, said):
    done = explain(*arguments)
    assert done.exit_code == 2
    assert said in done.output


def test_unknown_market_and_broken_files_are_said(recordings):
    assert "0xdef: not among" in explain("0xdef", "--data", recordings).output
    (recordings / "rules" / "a.jsonl.gz").write_bytes(b"not gzip")
    done = explain("0xabc", "--data", recordings)
    assert done.exit_code == 2
    assert "a.jsonl.gz" in done.output


def test_undecodable_text_is_said(tmp_path):
    file = tmp_path / "rules.txt"
    file.write_bytes(b"\xff\xfe")
    done = explain("--text", file)
    assert done.exit_code == 2
    assert "UTF-8" in done.output


def test_a_file_cut_short_and_a_record_without_its_object_are_said(recordings):
    file = recordings / "rules" / "a.jsonl.gz"
    file.write_bytes(gzip.compress(b'{"conditionId": "0x1", "raw": {}}\n' * 99)[:-12])
    done = explain("0xabc", "--data", recordings)
    assert (done.exit_code, "a.jsonl.gz" in done.output) == (2, True)
    file.write_bytes(gzip.compress(b'{"conditionId": "0x1"}\n'))
    done = explain("0xabc", "--data", recordings)
    assert done.exit_code == 2
    assert "a.jsonl.gz, line 1: has no raw" in done.output


def test_what_would_steer_a_terminal_is_not_shown(tmp_path):
    file = tmp_path / "rules.txt"
    file.write_text("It is settled \x1b]0;gone\x07 at our sole discretion \x9b31m today.")
    done = explain("--text", file)
    assert done.exit_code == 0
    assert "discretion" in done.output
    assert not set(done.output) & set("\x1b\x07\x9b")
