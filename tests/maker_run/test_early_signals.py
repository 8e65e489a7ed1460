"""A signal before trading has begun: nothing to cancel, an orderly end."""

import json
import signal
import socket

import pytest

from tests.maker_run.processes import BRIEF, pm

LIVE = ("--mode", "live", "--live")
PAPER = ("--set", "trading.live=false", "--set", "keys.source=none")


@pytest.fixture
def silent(tmp_path):
    """A venue that takes connections and never says a word, and its line."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        at = f"127.0.0.1:{listener.getsockname()[1]}"
        http = ("clob", "gamma", "data", "relayer", "admin", "geoblock")
        line = dict.fromkeys(http, f"http://{at}")
        line |= dict.fromkeys(("ws_market", "ws_user", "rtds", "polybolt"), f"ws://{at}")
        (tmp_path / "venue.json").write_text(json.dumps(line) + "\n")
        (tmp_path / "brief.toml").write_text(BRIEF)
        yield listener


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("mode", [LIVE, PAPER])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_the_venue_is_asked_ends_in_good_order(
    silent, tmp_path, mode, times, number
):
    args = ("--config", "brief.toml", "--venue", "venue.json", "--journal", "journal")
    with pm("maker", *mode, *args, cwd=tmp_path) as run:
        first, _ = silent.accept()
        with first:
            # It has asked, and waits for an answer that does not come.
            assert first.recv(1)
            for _ in range(times):
                run.process.send_signal(number)
            code, out, lines = run.ended()
    if times == 2 and code == -number:
        return  # the second came when all was over but the end of the process
    assert (code, out) == (0, b"")
    assert (lines[-1]["event"], lines[-1]["ended"]) == ("ended", "not begun")
    assert not list((tmp_path / "journal").glob("*.pmj"))
