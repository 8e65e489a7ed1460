"""`pm` as a process of its own, over real sockets on the loopback address."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LIMIT_S = 90.0
"""A process that takes longer is stuck, and killed."""
BRIEF = """
[trading]
live = true
slug_prefix = "btc-updown-2m"
window_seconds = 120
cutoff_seconds = 20
[inventory]
emergency_window_s = 30
taker_window_s = 25
[risk]
allow_auto_resume = true
auto_resume_after_s = 1
[heartbeats]
grace_ms = 60000
[oracle]
chainlink_stale_ms = 60000
binance_stale_ms = 60000
market_ws_stale_ms = 60000
[keys]
source = "throwaway"
wallet_type = "safe"
"""
"""Windows of two minutes, and the consents that a file can give. At speed a busy machine is late in
the venue's seconds, which must not be what these tests are about: silence is borne for a minute."""
WINDOW = 1_800_000_000
"""A moment at which windows of 15 and of 2 minutes begin."""


class Running:
    """A process whose standard error is JSON lines, or is not read."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []

    def until(self, event: str) -> dict[str, Any]:
        """Read its log to a line of this event."""
        assert self.process.stderr is not None
        for raw in self.process.stderr:
            line = json.loads(raw)
            self.lines.append(line)
            if line["event"] == event:
                return line
        raise AssertionError(f"it ended without {event}: {self.lines[-3:]}")

    def ended(self) -> tuple[int, bytes, list[dict[str, Any]]]:
        """Exit code, standard output, every line of the log."""
        out, err = self.process.communicate()
        self.lines += [json.loads(raw) for raw in err.splitlines()]
        return self.process.returncode, out, self.lines


@contextmanager
def pm(*args: object, cwd: Path) -> Iterator[Running]:
    """Run `pm`, and leave nothing of it behind."""
    environ = {name: text for name, text in os.environ.items() if not name.startswith("PM_")}
    # The tests may run under nohup: its deafness to SIGHUP is handed down, and the maker keeps it.
    ours = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "pmapp.cli", *map(str, args)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )
    finally:
        signal.signal(signal.SIGHUP, ours)
    limit = threading.Timer(LIMIT_S, process.kill)
    limit.start()
    try:
        yield Running(process)
    finally:
        limit.cancel()
        process.kill()
        process.communicate()


@contextmanager
def local_venue(folder: Path, *args: object) -> Iterator[dict[str, Any]]:
    """A `pm venue` and its addresses, which are in `venue.json` of the folder too."""
    with pm("venue", *args, cwd=folder) as venue:
        assert venue.process.stdout is not None
        line = venue.process.stdout.readline()
        (folder / "venue.json").write_bytes(line)
        addresses: dict[str, Any] = json.loads(line)
        yield addresses | {"process": venue.process}


def asked(url: str, body: dict[str, Any] | None = None) -> tuple[int, bytes]:
    """GET, or POST with a body."""
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data), timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
