"""Hypothesis profiles, a limit of time for each test, the recordings and how many missed them."""

import os
import signal
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from hypothesis import settings

import pmcore.step
from tests import recordings
from tests.ingest.captures import recording  # noqa: F401 - a fixture
from tests.store.databases import (  # noqa: F401 - fixtures
    address,
    empty,
    postgres_fresh,
    postgres_migrated,
    postgres_server,
    sqlite_migrated,
    store,
)
from tests.time_limit import limited

os.environ.setdefault("MPLBACKEND", "Agg")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Whoever runs us in the background may have had it ignored; some tests press Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("ci", derandomize=True, database=None, deadline=None, print_blob=True)
settings.register_profile("dev", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture
def shared_data() -> Callable[..., Path]:
    """`shared_data("data", "A_updown")`: that path of the recordings, or a loud skip."""
    return recordings.shared_data


def pytest_configure() -> None:
    """`make test-compiled` must not pass on the sources."""
    if os.environ.get("PM_TEST_COMPILED") and not pmcore.step.__file__.endswith(".so"):
        raise pytest.UsageError(f"not the compiled core: {pmcore.step.__file__}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None]:
    """Nor does a fixture hang."""
    with limited():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    """No test hangs: it fails with its stacks."""
    with limited():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    """Nor does what is made ready to go."""
    with limited():
        return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once how many tests were skipped for want of the recordings."""
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(recordings.ABSENT in str(report.longrepr) for report in skipped)
    if count:
        where = recordings.shared_root()
        tests = "test" if count == 1 else "tests"
        terminalreporter.write_line(
            f"{count} {tests} skipped: {recordings.ABSENT} {where}", yellow=True
        )
