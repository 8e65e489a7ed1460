"""What stands in the project's folder: the files that are, or would be, committed."""

import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("pmcore", "pmio", "pmapp")


@cache
def files() -> tuple[str, ...]:
    """Paths, from the root, of every tracked file and every new one that is not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    # A copy without its history: everything but hidden folders, caches and what a run has written.
    names = listed.stdout.split("\0") if listed.returncode == 0 else _walk()
    return tuple(sorted({name for name in names if name and (ROOT / name).is_file()}))


def _walk() -> Iterator[str]:
    skipped = {"__pycache__", "build", "dist", "out", ".git"}
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        hidden = parts[0].startswith(".") and parts[0] not in {".ci", ".github", ".gitignore"}
        if path.is_file() and not hidden and not skipped.intersection(parts):
            yield "/".join(parts)


def python(*tops: str) -> list[str]:
    """The Python files under the given top-level folders, or all of them."""
    return [
        name
        for name in files()
        if name.endswith(".py") and (not tops or name.split("/", 1)[0] in tops)
    ]


def text(name: str) -> str:
    """The text of a file, or nothing if its bytes are no text."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@cache
def pyproject() -> dict[str, object]:
    """The project's configuration."""
    return tomllib.loads(text("pyproject.toml"))
