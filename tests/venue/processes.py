"""`pm venue` as a process of its own, on real sockets."""

import json
import signal
import subprocess
import sys
from contextlib import contextmanager

from tests.house.tree import ROOT


@contextmanager
def venue_process(*options):
    """The addresses of a running `pm venue`; it must end in order when it is told to."""
    command = [sys.executable, "-m", "pmapp.cli", "venue", *options]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline()
        if not line:
            raise AssertionError(process.stderr.read())
        yield json.loads(line)
        process.send_signal(signal.SIGTERM)
        out, errors = process.communicate(timeout=20)
        assert (process.returncode, out, errors) == (0, "", "")
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
