"""`pm sweep` in a process of its own, and where it serves."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("PM")}


class Served:
    """A process that has told its address."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self.told: list[dict[str, object]] = []

    def await_cycle(self, name: str) -> dict[str, object]:
        """Read the standard output up to the summary of a cycle."""
        for line in self.process.stdout:
            summary = json.loads(line)
            self.told.append(summary)
            if summary["cycle"] == name:
                return summary
        raise AssertionError(f"ended without {name}: {self.process.stderr.read()}")

    def end(self, signal: int) -> tuple[int, list[dict[str, object]]]:
        """Send a signal: the exit code, and the log."""
        self.process.send_signal(signal)
        _, logged = self.process.communicate(timeout=30)
        assert "Traceback" not in logged, logged
        return self.process.returncode, [json.loads(line) for line in logged.splitlines()]


@contextmanager
def sweep(*words: str) -> Iterator[Served]:
    """Start `pm sweep ...`; what is left of it at the end is killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pmapp.cli", "sweep", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    try:
        yield Served(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
