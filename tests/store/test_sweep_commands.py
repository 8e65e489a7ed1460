"""The commands as they are called: one cycle, a signal, an old database, a benchmark."""

import json
import os
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from pmapp.cli import main
from pmio.store.migrating import upgrade
from pmio.store.place import place_of
from tests.recordings import shared_data

ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("PM")}


def call(*words: str):
    return CliRunner().invoke(main, ["sweep", *words], env={"PM_DATABASE_URL": None})


def summaries(output: str) -> dict[str, dict[str, object]]:
    return {one["cycle"]: one for one in map(json.loads, output.splitlines())}


def test_run_once(recording, empty):
    words = ("--venue", "recorded", "--data", str(recording), "--database", empty, "--once")
    first = call("run", *words)
    assert first.exit_code == 0, first.output
    told = summaries(first.stdout)
    assert list(told) == ["discovery", "rules", "quotes", "score"]
    assert told["score"]["stored"] == 3
    # A second run goes on; a scorer alone needs no venue of its own.
    assert summaries(call("ingest", *words).stdout)["discovery"]["known"] == 3
    assert summaries(call("score", *words).stdout)["score"]["generation"] == 2


def test_as_of_beyond_the_recording(recording, empty):
    words = ("--venue", "recorded", "--data", str(recording), "--database", empty, "--once")
    refused = call("run", *words, "--as-of", "2030-01-01")
    assert refused.exit_code == 2
    assert "the recording ends at 2026-10-01T12:02:00" in refused.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--database", "mysql://x"), "use sqlite:///FILE or postgresql://"),
        (("--venue", "recorded"), "needs --data"),
        (("--data", "x"), "--data: only for recordings; add --venue recorded"),
        (("--as-of", "2026-10-01", "--speed", "2"), "--as-of, --speed: only for recordings"),
        (("--venue", "recorded", "--data", "."), "holds none of"),
        (("--set", "cadence.score_s=0"), "cadence.score_s: 0.0 is outside"),
        (("--set", "nothing.at_all=1"), "nothing: unknown section"),
    ],
)
def test_what_cannot_be_done_is_refused(words, says, tmp_path):
    given = words if "--database" in words else (*words, "--database", f"sqlite:///{tmp_path}/x")
    refused = call("run", *given, "--once")
    assert refused.exit_code == 2
    assert says in refused.output


def test_venue_that_is_away(empty):
    """Summaries only on the standard output, JSON only on the standard error, and 1 at the end."""
    away = ("ingest.gamma_url=http://127.0.0.1:1", "ingest.attempts=2")
    words = [word for key in away for word in ("--set", key)]
    done = call("ingest", "--database", empty, "--once", "--log-level", "debug", *words)
    assert done.exit_code == 1
    told = summaries(done.stdout)
    assert {name: one["ok"] for name, one in told.items()} == {
        "discovery": False,
        "rules": True,
        "quotes": True,
    }
    assert told["discovery"]["fault"].startswith("VenueDown: http://127.0.0.1:1/markets/keyset")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    retries = [line for line in lines if line["event"] == "venue.retry"]
    assert [(line["attempt"], line["level"]) for line in retries] == [(1, "debug")]
    assert retries[0]["wait_s"] > 0.0


def test_file_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    refused = call("score", "--database", f"sqlite:///{tmp_path}/file/x", "--once")
    assert refused.exit_code == 2
    assert "file/x: " in refused.output


@pytest.mark.parametrize("command", ["score", "database", "bench"])
def test_file_that_is_no_database(command, tmp_path):
    (tmp_path / "letter").write_text("Dear Sir or Madam, " * 100, encoding="utf-8")
    words = ("--once",) if command == "score" else ()
    refused = call(command, "--database", f"sqlite:///{tmp_path}/letter", *words)
    assert refused.exit_code == 2
    assert "letter: file is not a database" in refused.output


def test_newer_database_is_refused_by_every_command(recording, empty):
    place = place_of(empty)
    upgrade(place)
    engine = create_engine(place.sqlalchemy_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'v9999'"))
    engine.dispose()
    words = ("--venue", "recorded", "--data", str(recording), "--database", empty, "--once")
    for command in ("run", "ingest", "score"):
        refused = call(command, *words)
        assert refused.exit_code == 2
        assert "a newer version wrote it" in refused.output
    assert call("database", "--database", empty).exit_code == 2


def test_database_command(empty):
    shown = json.loads(call("database", "--database", empty, "--json").stdout)
    assert (shown["revision"], shown["drift"]) == ("", [])
    newest = shown["newest"]
    shown = json.loads(call("database", "--database", empty, "--upgrade", "--json").stdout)
    assert (shown["revision"], shown["drift"]) == (newest, [])
    words = ("database", "--database", empty, "--downgrade", "base")
    assert "schema none" in call(*words).stdout
    assert "no such revision" in call(*words[:-1], "v7").output


def test_signal_ends_in_order(recording, empty):
    words = ("--venue", "recorded", "--data", str(recording), "--database", empty)
    process = subprocess.Popen(
        [sys.executable, "-m", "pmapp.cli", "sweep", "run", *words, "--speed", "50", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    for line in process.stdout:
        if json.loads(line)["cycle"] == "score":
            break
    process.send_signal(signal.SIGTERM)
    _, logged = process.communicate(timeout=30)
    assert process.returncode == 0, logged
    events = [json.loads(line)["event"] for line in logged.splitlines()]
    # A cycle that was at its end may still say so in between.
    assert events.count("services.stopping") == 1
    assert events[-1] == "services.closed"
    assert "Traceback" not in logged


def test_bench(empty):
    words = ("bench", "--markets", "300", "--cycles", "3", "--json", "--database", empty)
    first = call(*words)
    assert first.exit_code == 0, first.output
    found = json.loads(first.stdout)
    assert {"score_s", "store_s", "total_s", "rss_mib", "database"} <= set(found)
    assert (found["scored"], found["markets"]) == (300, 300)
    assert call(*words).exit_code == 0


def test_bench_refuses_a_database_in_use(recording, empty):
    call("run", "--venue", "recorded", "--data", str(recording), "--database", empty, "--once")
    refused = call("bench", "--markets", "10", "--database", empty)
    assert refused.exit_code == 2
    assert "not empty" in refused.output


def test_the_real_recordings(empty):
    folder = shared_data("data", "B_markets")
    words = ("--venue", "recorded", "--data", str(folder), "--database", empty, "--once")
    told = summaries(call("run", *words).stdout)
    assert told["discovery"]["seen"] > 500
    assert told["score"]["stored"] > 100
