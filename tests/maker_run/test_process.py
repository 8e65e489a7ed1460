"""The program itself, over real sockets: sessions that replay, money that is there, signals."""

import json
import signal
import urllib.request
from typing import Any

import pytest

from pmapp.replay import replay
from pmio.shell import EXIT_ABORTED, EXIT_UNSURE
from tests.maker_run.processes import BRIEF, WINDOW, asked, local_venue, pm
from tests.maker_run.test_observatory import samples

LIVE = ("maker", "--mode", "live", "--live", "--config", "brief.toml", "--journal", "journal")
SLOTS = 4


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "brief.toml").write_text(BRIEF)
    return tmp_path


def test_a_live_session_replays_and_its_money_is_there(folder):
    args = ("--venue", "local", "--speed", 8, "--start", WINDOW - 5, "--for", 280, "--json")
    with pm(*LIVE, *args, cwd=folder) as run:
        observe = run.until("begun")["observe"]
        run.until("fill")
        assert json.loads(asked(f"{observe}/healthz")[1])["mode"] == "live"
        found = samples(asked(f"{observe}/metrics")[1])
        assert found['pm_fills_total{role="maker"}'] >= 1
        assert json.loads(asked(f"{observe}/quotes")[1])["windows"]
        code, out, lines = run.ended()
    summary = json.loads(out)
    assert code == summary["exit_code"] == 0
    assert summary["balance"]["equal"], summary["balance"]
    assert summary["windows_settled"] >= 1
    assert summary["fills"] > 0
    assert summary["merges"] > 0
    assert lines[-1]["event"] == "ended"
    played = replay(folder / "journal")
    assert played.equal
    assert not played.torn
    assert (played.events, played.digest) == (summary["events"], summary["digest"])


def test_paper_needs_no_consent_and_adds_up(folder):
    args = ("--venue", "local", "--speed", 8, "--start", WINDOW - 5, "--for", 80)
    brief = ("--config", "brief.toml", "--set", "trading.live=false", "--set", "keys.source=none")
    with pm("maker", *args, *brief, "--journal", "journal", cwd=folder) as run:
        code, out, lines = run.ended()
    assert code == 0
    assert b"as the books say, to the micro-dollar" in out
    assert any(line["event"] == "fill" for line in lines)
    assert replay(folder / "journal").equal


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_one_signal_cancels_everything_and_ends_well(folder, number):
    with pm(*LIVE, "--venue", "local", "--start", WINDOW - 3, cwd=folder) as run:
        run.until("place")
        run.process.send_signal(number)
        code, out, lines = run.ended()
    assert code == 0
    assert stages(lines) == ["stop_asked", "all_cancelled", "ended"]
    assert b"as the books say, to the micro-dollar" in out
    assert not replay(folder / "journal").torn


def stages(lines: list[dict[str, Any]]) -> list[str]:
    """How the run ended, from the signal on, in the order of the log.

    Its five seconds are held on virtual time, in tests/shell/test_shutdown.py: here they would be
    those of a busy machine.
    """
    told = [line["event"] for line in lines]
    assert told[-1] == "ended"
    told = told[told.index("stop_asked") :]
    return [event for event in told if event in ("stop_asked", "all_cancelled", "ended")]


def test_two_signals_end_at_once_and_the_next_run_cleans_up(folder):
    with local_venue(folder, "--start", WINDOW - 3) as venue:
        faults = f"{venue['admin']}/faults"
        series = ("trading.slug_prefix=btc-updown-15m", "trading.window_seconds=900")
        again = (*LIVE, "--venue", "venue.json", "--set", series[0], "--set", series[1])
        again += ("--log-level", "debug")
        with pm(*again, cwd=folder) as run:
            run.until("order_accepted")
            asked(faults, {"kind": "answer", "on": "cancel", "fate": "silent"})
            run.process.send_signal(signal.SIGTERM)
            run.until("stop_asked")
            run.process.send_signal(signal.SIGTERM)
            code, _, lines = run.ended()
            assert code == EXIT_ABORTED
            assert stages(lines) == ["stop_asked", "ended"]
        left = resting(venue)
        assert left > 0, lines
        healed = urllib.request.Request(faults, method="DELETE")
        urllib.request.urlopen(healed, timeout=30).close()
        with pm(*again, cwd=folder) as run:
            assert run.until("recovered")["orderly"] is False
            run.until("order_accepted")
            assert resting(venue) <= left + SLOTS
            venue["process"].kill()
            run.until("feed_lost")
            run.process.send_signal(signal.SIGTERM)
            code, _, lines = run.ended()
            assert code == EXIT_UNSURE
            assert stages(lines) == ["stop_asked", "ended"]


def resting(venue: dict[str, Any]) -> int:
    """How many orders the venue shows."""
    state = json.loads(asked(f"{venue['admin']}/state")[1])
    return sum(wallet["orders"] for wallet in state["wallets"])


def test_a_venue_that_does_not_let_us_trade_is_not_traded_at(folder):
    with local_venue(folder, "--start", WINDOW - 3) as venue:
        faults = f"{venue['admin']}/faults"
        for kind, more, text in (
            ("geoblock", {}, b"geoblocked: US"),
            ("closed_only", {}, b"only close"),
            ("clock_skew", {"seconds": 60}, b"s behind the venue's"),
        ):
            assert asked(faults, {"kind": kind, "for_s": 3600} | more)[0] == 200
            with pm(*LIVE, "--venue", "venue.json", cwd=folder) as run:
                out, err = run.process.communicate()
            assert run.process.returncode == 2
            assert out == b""
            assert text in err
            healed = urllib.request.Request(faults, method="DELETE")
            urllib.request.urlopen(healed, timeout=30).close()
        assert resting(venue) == 0
        assert not list((folder / "journal").glob("*.pmj"))


def test_one_account_is_traded_by_one_maker_at_a_time(folder):
    with local_venue(folder, "--start", WINDOW - 3) as venue:
        with pm(*LIVE, "--venue", "venue.json", cwd=folder) as run:
            run.until("begun")
            with pm(*LIVE[:-1], "other", "--venue", "venue.json", cwd=folder) as second:
                out, err = second.process.communicate()
            assert second.process.returncode == 2
            assert b"another `pm maker` trades for this account; stop it" in err
            assert out == b""
            run.process.send_signal(signal.SIGTERM)
            assert run.ended()[0] == 0
        assert resting(venue) == 0
