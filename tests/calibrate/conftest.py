"""Tapes that several tests read; each is made once."""

from pathlib import Path

import pytest

from tests.backtest.tapes import day_tape, tiny_tape


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_tape(tmp_path_factory.mktemp("tiny") / "tiny.tape")


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return day_tape(tmp_path_factory.mktemp("day") / "day.tape")
