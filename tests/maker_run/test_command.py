"""What `pm maker` refuses: a message with thing, place and remedy, exit code 2, nothing begun."""

import json
import socket

import pytest
from click.testing import CliRunner

from pmapp.cli import main
from pmapp.commands import maker as command

LINE = {
    "clob": "http://127.0.0.1:9",
    "gamma": "http://127.0.0.1:9",
    "ws_market": "ws://127.0.0.1:9/ws/market",
    "ws_user": "ws://127.0.0.1:9/ws/user",
    "rtds": "ws://127.0.0.1:9",
    "admin": "http://127.0.0.1:9/admin",
}
NOT_YET = 75
"""Nobody answers: a supervisor may try again."""
LIVE = ("--mode", "live", "--live", "--set", "trading.live=true")


@pytest.fixture
def refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("PM_WALLET_KEY", "PM_RELAYER_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run(*args: str, code: int = 2) -> str:
        got = CliRunner().invoke(main, ["maker", *args])
        assert got.exit_code == code, got.output
        assert got.stdout == ""
        return got.stderr

    return run


@pytest.fixture
def line(tmp_path):
    path = tmp_path / "venue.json"
    path.write_text(json.dumps(LINE) + "\n")
    return str(path)


def test_live_needs_three_consents(refused):
    told = refused("--mode", "live", "--venue", "local")
    for part in ("add --live", "trading.live=true", "keys.source is none", "file:/absolute/path"):
        assert part in told


@pytest.mark.parametrize("venue", ["polymarket", "local"])
def test_a_throwaway_key_or_two_consents_are_not_enough(refused, venue):
    told = refused("--mode", "live", "--venue", venue, "--set", "keys.source=throwaway")
    assert "--live" in told
    assert "trading.live" in told
    assert ("on this machine only" in told) is (venue == "polymarket")


def test_a_consent_without_the_mode_is_a_mistake(refused):
    assert "add --mode live" in refused("--live", "--venue", "local")


def test_a_venue_that_is_no_venue(refused, tmp_path):
    assert "No such file" in refused("--venue", "nowhere.json")
    for text in ("", "{}", "not json\n", '{"clob": 1}', "\xff"):
        (tmp_path / "bad.json").write_text(text)
        assert "first line" in refused("--venue", "bad.json")


def test_a_venue_that_is_not_there(refused, line):
    assert "start `pm venue`" in refused("--venue", line)


@pytest.mark.parametrize("admin", ["", "http://127.0.0.1:9/admin"])
def test_a_venue_elsewhere_must_say_who_knows_whether_this_place_may_trade(
    refused, tmp_path, monkeypatch, admin
):
    monkeypatch.setenv("PM_WALLET_KEY", "0x" + "1" * 64)
    keys = ("--set", "keys.source=env", "--set", "keys.wallet_type=safe")
    # TEST-NET-1: where this is not refused at once, nobody answers.
    elsewhere = LINE | {"clob": "http://192.0.2.1:9", "admin": admin}
    path = tmp_path / "elsewhere.json"
    path.write_text(json.dumps(elsewhere) + "\n")
    told = refused("--venue", str(path), *LIVE, *keys)
    for part in ("elsewhere.json", "geoblock", "https://polymarket.com/api/geoblock"):
        assert part in told
    # On this machine there is nothing to ask about, and the next question is asked.
    path.write_text(json.dumps(LINE) + "\n")
    assert "no API key could be had" in refused("--venue", str(path), *LIVE, *keys, code=NOT_YET)


def test_options_of_a_venue_that_is_started_here(refused, line):
    assert "--rate" in refused("--venue", line, "--rate", "2")
    assert "--start" in refused("--start", "1800000000")
    assert "--speed" in refused("--speed", "2")
    assert "--speed 2" in refused("--venue", line, "--speed", "2")


def test_a_port_that_is_taken(refused):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"--port {port}" in refused("--venue", "local", "--port", port)


def test_a_journal_of_a_venue_that_is_gone(refused, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "00000001.pmj").write_bytes(b"")
    assert "knows nothing" in refused("--venue", "local", "--journal", "old")


def test_every_fault_of_the_configuration_is_told_at_once(refused):
    told = refused("--set", "trading.live=perhaps", "--set", "nothing.at=1", "--venue", "local")
    assert "trading.live" in told
    assert "nothing" in told


def test_a_place_that_gives_no_key_is_not_traded_at(refused, line):
    told = refused("--venue", line, *LIVE, "--set", "keys.source=throwaway", code=NOT_YET)
    assert "no API key could be had" in told
    assert "http://127.0.0.1:9" in told
    assert "start again" in told


@pytest.mark.parametrize("mode", [(), LIVE])
def test_a_secret_in_the_place_of_its_source_goes_nowhere(refused, tmp_path, mode):
    secret = "0x" + "5ec2e7" * 10
    told = refused("--venue", "local", "--set", f"keys.source={secret}", *mode)
    assert "keys.source" in told
    assert secret not in told
    assert not list(tmp_path.iterdir())


def test_paper_has_no_key_for_polybolt(refused):
    told = refused("--venue", "local", "--set", "oracle.price_source=polybolt")
    assert "oracle.price_source" in told
    assert "rtds" in told


def test_the_journal_is_named_after_mode_and_venue(line):
    place = command.place_of(line, 1.0)
    assert command._folder(None, "live", place).name == "live-127.0.0.1-9"
    assert command._folder(None, "paper", None).name == "paper-local"
    real = command.place_of("polymarket", 1.0)
    assert command._folder(None, "paper", real).name == "paper-polymarket"
    assert real is not None
    assert not real.local
    assert place is not None
    assert place.local
