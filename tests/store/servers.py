"""A PostgreSQL server for the tests: the one that is named, else one of our own.

All workers of a test run share it. Each registers in a folder under a file lock; the first starts
the server and the last stops it.
"""

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.house.tree import ROOT

SCRIPT = ROOT / "scripts" / "postgres_for_tests"
NAMED = "PM_TEST_PG_DSN"
ABSENT = "PostgreSQL absent: the storage tests ran on SQLite only"


def available() -> bool:
    """Whether there is a server, or one can be started."""
    if os.environ.get(NAMED):
        return True
    return subprocess.run([SCRIPT, "find"], capture_output=True, check=False).returncode == 0


@contextmanager
def server() -> Iterator[str]:
    """The address of the server's database `postgres`."""
    if named := os.environ.get(NAMED):
        yield named
        return
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:12]
    folder = Path(tempfile.gettempdir()) / f"pm-pg-{run}"
    users = folder.with_suffix(".users")
    me = users / str(os.getpid())
    with _locked(folder):
        users.mkdir(exist_ok=True)
        if not folder.exists():
            _call("start", folder)
        me.touch()
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        with _locked(folder) as lock:
            me.unlink(missing_ok=True)
            if not any(users.iterdir()):
                users.rmdir()
                _call("stop", folder)
                lock.unlink()


@contextmanager
def _locked(folder: Path) -> Iterator[Path]:
    lock = folder.with_suffix(".lock")
    while True:
        with lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # Whoever stopped the server has deleted the file that we were waiting for.
            if not lock.exists() or not os.path.samestat(os.fstat(file.fileno()), lock.stat()):
                continue
            yield lock
            return


def _call(what: str, folder: Path) -> None:
    done = subprocess.run([SCRIPT, what, folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def database_address(server_address: str, name: str) -> str:
    """The address of another database on the same server."""
    head, _, tail = server_address.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{tail}" if tail else "")
