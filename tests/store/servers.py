"""A PostgreSQL server for the tests: the one that is named, else one of our own.

All workers of a test run share it. Each registers in a folder under a file lock; the first starts
the server and the last stops it. What a killed run has left behind is stopped by the next one.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.house.tree import ROOT

SCRIPT = ROOT / "scripts" / "postgres_for_tests"
NAMED = "PM_TEST_PG_DSN"
NONE = "none"
"""The name by which somebody says that he knowingly tests without."""
ABSENT = (
    "no PostgreSQL here, and the storage tests need one: `scripts/postgres_for_tests install`"
    " where this user may install packages; else ask for: apt-get install postgresql, or name a"
    f" server with {NAMED}=postgresql://USER@HOST/NAME, or leave these tests out: {NAMED}={NONE}"
)
LEFT_OUT = f"PostgreSQL left out by {NAMED}={NONE}"


def left_out() -> bool:
    """Whether whoever runs the tests wants them without PostgreSQL."""
    return os.environ.get(NAMED) == NONE


def available() -> bool:
    """Whether there is a server, or one can be started."""
    return bool(os.environ.get(NAMED)) or found()


def found() -> bool:
    """Whether PostgreSQL is installed here."""
    return subprocess.run([SCRIPT, "find"], capture_output=True, check=False).returncode == 0


@contextmanager
def own_server() -> Iterator[Path]:
    """The folder of a server that no other test uses, for those that stop and start it."""
    # Short, for its socket's sake, and where the server's user may enter.
    folder = Path(tempfile.gettempdir()) / f"pm-own-{os.getpid()}"
    try:
        call("start", folder)
        yield folder
    finally:
        call("stop", folder)


def address_in(folder: Path) -> str:
    """The address of the database `postgres` of the server in a folder."""
    return f"postgresql://postgres@/postgres?host={folder}"


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
    _stop_orphans(folder)
    with _locked(folder):
        users.mkdir(exist_ok=True)
        if not folder.exists():
            call("start", folder)
        me.touch()
    try:
        yield address_in(folder)
    finally:
        with _locked(folder) as lock:
            me.unlink(missing_ok=True)
            if not any(users.iterdir()):
                users.rmdir()
                call("stop", folder)
                lock.unlink()


def _stop_orphans(own: Path) -> None:
    """Stop servers whose users were all killed."""
    for users in Path(tempfile.gettempdir()).glob("pm-pg-*.users"):
        folder = users.with_suffix("")
        if folder == own:
            continue
        with _locked(folder) as lock, suppress(FileNotFoundError):
            if not any(Path("/proc", user.name).exists() for user in users.iterdir()):
                call("stop", folder)
                shutil.rmtree(users)
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


def call(what: str, folder: Path) -> None:
    """Let the script `start`, `halt`, `resume` or `stop` the server in a folder."""
    done = subprocess.run([SCRIPT, what, folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def database_address(server_address: str, name: str) -> str:
    """The address of another database on the same server."""
    head, _, tail = server_address.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{tail}" if tail else "")
