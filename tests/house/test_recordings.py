"""Recordings are found where they are said to be, and their absence is loud."""

from types import SimpleNamespace

import pytest

from tests import recordings
from tests.conftest import pytest_terminal_summary
from tests.house.tree import ROOT


def test_recordings_are_where_the_environment_says(monkeypatch, tmp_path, shared_data):
    monkeypatch.setenv("PM_SHARED", str(tmp_path))
    (tmp_path / "data").mkdir()
    assert shared_data("data") == tmp_path / "data"
    with pytest.raises(pytest.skip.Exception, match=f"{recordings.ABSENT} {tmp_path}/gone/x"):
        shared_data("gone", "x")


def test_recordings_stand_beside_the_project(monkeypatch):
    monkeypatch.delenv("PM_SHARED", raising=False)
    assert recordings.shared_root() == ROOT.parent / "shared"


@pytest.mark.parametrize(("absent", "said"), [(0, []), (1, ["1 test "]), (3, ["3 tests "])])
def test_absence_is_told_in_one_last_line(absent, said):
    lines = []
    reports = [SimpleNamespace(longrepr=("f", 1, f"Skipped: {recordings.ABSENT} x"))] * absent
    other = SimpleNamespace(longrepr=("f", 1, "Skipped: another reason"))
    reporter = SimpleNamespace(
        stats={"skipped": [other, *reports]},
        write_line=lambda line, **_: lines.append(line),
    )
    pytest_terminal_summary(reporter)
    wanted = [f"{start}skipped: {recordings.ABSENT} {recordings.shared_root()}" for start in said]
    assert lines == wanted
