"""The recordings that are read, where they are there, and never copied into the project."""

import os
from pathlib import Path

import pytest

ABSENT = "recordings absent at"


def shared_root() -> Path:
    """The folder of the recordings: `$PM_SHARED`, else `shared` beside the project's folder."""
    named = os.environ.get("PM_SHARED")
    return Path(named) if named else Path(__file__).resolve().parents[2] / "shared"


def shared_data(*parts: str) -> Path:
    """A file or folder of the recordings; skips the calling test, loudly, if it is not there."""
    path = shared_root().joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{ABSENT} {path}")
    return path
