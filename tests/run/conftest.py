"""A tape that several tests run; made once."""

from pathlib import Path

import pytest

from tests.backtest.tapes import tiny_tape


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_tape(tmp_path_factory.mktemp("tiny") / "tiny.tape")
