"""The compiled core is the same core: what it asks for and what it remembers, byte for byte.

It is made here where it is not there yet, which takes a minute or two. Without a C compiler that
can be had, these tests are skipped, and say so: the program needs no compiled core.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import compile_core
from scripts.compile_core import BUILD, LAUNCHER, NO_COMPILER, ROOT
from tests.time_limit import limited

JOURNALS = sorted((ROOT / "replays").glob("*.pmj"))
DIGESTS = json.loads((ROOT / "replays" / "digests.json").read_text())


def ran(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*map(str, command)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def pm() -> Path:
    """`pm` on the compiled core."""
    with limited(900):  # instead of the usual limit
        made = ran(sys.executable, "-m", "scripts.compile_core")
    if made.returncode == NO_COMPILER:
        pytest.skip(made.stderr)
    assert made.returncode == 0, made.stderr
    return BUILD / "pm"


@pytest.mark.parametrize("journal", JOURNALS, ids=lambda path: path.stem)
def test_every_recording_replays_on_it(pm, journal):
    done = ran(pm, "replay", journal, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["equal"]
    assert found["digest"] == DIGESTS[journal.stem]["digest"]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_storm_is_the_same_storm(pm, seed):
    storm = ("-m", "tests.compiled.storm", str(seed))
    sources = ran(sys.executable, *storm, PYTHONHASHSEED="1")
    compiled = ran(sys.executable, "-P", *storm, PYTHONPATH=f"{BUILD}{os.pathsep}{ROOT}")
    assert sources.returncode == compiled.returncode == 0, sources.stderr + compiled.stderr
    there, here = json.loads(compiled.stdout), json.loads(sources.stdout)
    assert there.pop("file").endswith(".so")
    assert here.pop("file").endswith(".py")
    assert there == here
    assert here["violations"] == 0
    assert here["effects"] > 100


@pytest.mark.parametrize("module", compile_core.modules(compile_core.CORE + compile_core.VENUE))
def test_no_compiled_module_defines_a_struct(module):
    """mypyc would drop the options of its class: frozen, array_like."""
    assert "msgspec.Struct" not in (ROOT / module).read_text()


def test_it_is_not_compiled_again_while_nothing_changes(pm):
    assert compile_core.is_current()
    before = pm.stat().st_mtime_ns
    assert ran(sys.executable, "-m", "scripts.compile_core").stderr == ""
    assert pm.stat().st_mtime_ns == before


def test_a_core_of_other_sources_is_refused(pm, tmp_path):
    """A compiled core that silently outlives an edit would trade by rules that nobody reads."""
    build = tmp_path / "build" / "compiled"
    for name in ("scripts", "pmcore", "bench"):
        shutil.copytree(ROOT / name, tmp_path / name)
    build.mkdir(parents=True)
    shutil.copy(BUILD / compile_core.MADE_OF, build)
    told = {"python": sys.executable, "build": str(build), "root": str(tmp_path)}
    launcher = tmp_path / "pm"
    launcher.write_text(LAUNCHER.format(**told))
    assert ran(sys.executable, launcher, "--help").returncode == 0
    with (tmp_path / "pmcore" / "maker" / "risk.py").open("a") as file:
        file.write("# an edit\n")
    done = ran(sys.executable, launcher, "--help")
    assert done.returncode == 2
    assert done.stderr == (
        f"pm: {build} was made of other sources, or by another Python; run: make compiled\n"
    )


def test_without_a_compiler_it_says_what_to_ask_for(tmp_path):
    command = "from scripts.compile_core import install_compiler; install_compiler()"
    done = ran(sys.executable, "-c", command, PATH=str(tmp_path), CC="no-such-compiler")
    assert done.returncode == NO_COMPILER
    assert "apt-get install gcc" in done.stderr
    assert "Traceback" not in done.stderr
