"""The import contracts are in force: each of them turns red on the import that it forbids."""

import subprocess
import sys

import pytest

from tests.house.tree import ROOT

# The console command puts the working folder first on the path; so does this.
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"

BREACHES = {
    "the core looks up": ("pmcore/one.py", "import pmio", "pmapp > pmio > pmcore"),
    "the shell looks up": ("pmio/one.py", "import pmapp", "pmapp > pmio > pmcore"),
    "maker sees sweep": ("pmcore/maker/one.py", "import pmcore.sweep", "blind to each other"),
    "sweep sees maker": ("pmcore/sweep/one.py", "import pmcore.maker", "blind to each other"),
    "maker sees sim": ("pmcore/maker/one.py", "import pmcore.sim", "blind to each other"),
    "the core has a clock": ("pmcore/one.py", "import time", "pmcore is pure"),
    "the core has a path": ("pmcore/one.py", "import os.path", "pmcore is pure"),
}


@pytest.mark.parametrize(("place", "line", "contract"), BREACHES.values(), ids=BREACHES.keys())
def test_contract_bites(tmp_path, place, line, contract):
    for package in ("pmcore", "pmcore/maker", "pmcore/sweep", "pmcore/sim", "pmio", "pmapp"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("", encoding="utf-8")
    (tmp_path / place).write_text(line + "\n", encoding="utf-8")
    configuration = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(configuration, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    broken = [row for row in run.stdout.splitlines() if row.endswith(" BROKEN")]
    assert run.returncode == 1
    assert len(broken) == 1
    assert contract in broken[0]
