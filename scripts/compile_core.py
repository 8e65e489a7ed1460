"""`python -m scripts.compile_core`: the hot half of `pmcore` through mypyc, into `build/compiled`.

What is made there is a second `pmcore`, the same sources beside extension modules made of them,
and `pm`, which runs the program on it, for the interpreter that runs this and no other. Nothing is
compiled again while the sources are the same. The C compiler and Python's headers are installed by
apt where they are missing and this user may. Exit code 3: there are none.
`docs/decisions/0014-compiled-core.md` says why, and what may be written in a compiled module.
"""

import ast
import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "compiled"
MADE_OF = ".made_of"
"""Digest of the sources that the compiled ones were made of, and the interpreter."""
NO_COMPILER = 3

CORE = (
    "ids.py",
    "units.py",
    "order.py",
    "rules.py",
    "market_state.py",
    "state.py",
    "step.py",
    "laws.py",
    "account/*.py",
    "book/*.py",
    "maker/*.py",
    "model/*.py",
    "observe/*.py",
)
"""Every module that a step runs through, but those that hold nothing except msgspec structs."""
VENUE = tuple(
    f"sim/{name}.py"
    for name in (
        "accounts",
        "carrier",
        "chain",
        "desk",
        "exchange",
        "floor",
        "incentives",
        "matching",
        "outside",
        "pit",
        "queue",
        "stream",
        "submits",
        "trades",
        "validity",
        "watch",
        "weather",
        "world",
    )
)
"""The simulated venue and the world around it; what makes synthetic markets stays interpreted."""
LADDER = "bench/shared_policy.py"
"""The policy that `bench` runs in place of ours, compiled as ours is."""

LAUNCHER = """#!{python}
\"\"\"`pm` on the compiled core; refuses to run when the sources have changed since.\"\"\"
import sys

sys.path[:0] = [{build!r}, {root!r}]
from scripts.compile_core import is_current

if not is_current():
    told = "was made of other sources, or by another Python; run: make compiled"
    print("pm: {build}", told, file=sys.stderr)
    raise SystemExit(2)
from pmapp.cli import main

if __name__ == "__main__":
    main()
"""


def made_of() -> str:
    """A digest of all sources of `pmcore` and of the interpreter they are compiled for."""
    digest = hashlib.sha256(f"{sys.version} {sysconfig.get_platform()}".encode())
    for path in (Path(__file__), ROOT / LADDER, *sorted((ROOT / "pmcore").rglob("*.py"))):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current() -> bool:
    """Whether what lies in `build/compiled` was made of the present sources for this Python."""
    try:
        return (BUILD / MADE_OF).read_text() == made_of()
    except OSError:
        return False


def modules(patterns: tuple[str, ...]) -> list[str]:
    """The sources to compile, relative to the root; packages' `__init__` stay as they are."""
    core = ROOT / "pmcore"
    found = sorted(path for pattern in patterns for path in core.glob(pattern))
    return [str(p.relative_to(ROOT)) for p in found if p.name != "__init__.py"]


def hints() -> str:
    """What `pmcore/hints.py` says in the compiled core: the annotations of its dataclasses."""
    lines = []
    for source in modules(CORE):
        module = source.removesuffix(".py").replace("/", ".")
        for node in ast.parse((ROOT / source).read_text()).body:
            if isinstance(node, ast.ClassDef) and "dataclass" in map(_name, node.decorator_list):
                fields = {
                    ast.unparse(line.target): ast.unparse(line.annotation)
                    for line in node.body
                    if isinstance(line, ast.AnnAssign)
                }
                lines.append(f"import {module}\nHINTS[{module}.{node.name}] = {fields!r}\n")
    return "".join(lines)


def _name(decorator: ast.expr) -> str:
    return ast.unparse(decorator).partition("(")[0]


def install_compiler() -> None:
    """Have a C compiler and this Python's headers, or end with what to ask for."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    header = Path(sysconfig.get_path("include"), "Python.h")
    wanted = [] if shutil.which(compiler) else ["gcc", "libc6-dev"]
    if not header.exists():
        wanted.append(f"python3.{sys.version_info.minor}-dev")
    if not wanted:
        return
    packages = " ".join(wanted)
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (
        sudo and subprocess.run([*sudo, "true"], check=False).returncode
    ):
        end(
            f"no C compiler or no {header} here, and this user may not install it. "
            f"Ask for: apt-get install {packages}"
        )
    say(f"installing {packages}")
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y"]
    subprocess.run([*sudo, *quiet, "update"], check=False, stdin=subprocess.DEVNULL)
    command = [*sudo, *quiet, "install", "--no-install-recommends", *wanted]
    subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    if not shutil.which(compiler) or not header.exists():
        end(f"apt-get could not install {packages}; install a C compiler and {header} by hand")


def compile_into(folder: Path) -> None:
    """Compile in `folder`, a fresh copy of the sources, each extension beside its source."""
    from mypyc.build import mypycify
    from setuptools import Distribution

    for package in ("pmcore", "bench"):
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    # No file of settings: `make lint` holds the sources to the strict ones already.
    core, venue = modules(CORE), modules(VENUE)
    extensions = mypycify(
        ["--config-file=", *core, *venue, LADDER],
        opt_level="2",
        target_dir="c",
        separate=[(core, "pmcore_core"), ([*venue, LADDER], "pmcore_venue")],
    )
    for extension in extensions:
        # A fused multiply-add rounds once where Python rounds twice: the same bytes everywhere.
        extension.extra_compile_args.append("-ffp-contract=off")
    distribution = Distribution({"name": "pmcore", "packages": [], "ext_modules": extensions})
    command = distribution.get_command_obj("build_ext")
    command.inplace = True
    command.parallel = os.cpu_count()
    distribution.run_command("build_ext")
    with (folder / "pmcore" / "hints.py").open("a") as file:
        file.write(hints())


def main() -> None:
    """Compile if anything has changed."""
    BUILD.parent.mkdir(exist_ok=True)
    with (BUILD.parent / ".compiling").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two at once: the second waits, and finds it done
        if not is_current():
            install_compiler()
            make()


def make() -> None:
    """Compile beside the old result, which stays until the new one is whole."""
    say("compiling the core, a minute or two")
    of = made_of()  # before, so that an edit while it compiles makes the result stale
    fresh = BUILD.with_name("compiling")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    log = fresh / "log"
    with log.open("wb") as file:
        done = subprocess.run(
            [sys.executable, "-m", "scripts.compile_core", str(fresh)],
            cwd=ROOT,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    if done.returncode:
        sys.stderr.write("".join(log.read_text(errors="replace").splitlines(keepends=True)[-20:]))
        end(f"the compiler failed; all it said is in {log}", 1)
    for leftover in ("c", "build", ".mypy_cache"):
        shutil.rmtree(fresh / leftover, ignore_errors=True)
    text = LAUNCHER.format(python=sys.executable, build=str(BUILD), root=str(ROOT))
    (fresh / "pm").write_text(text)
    (fresh / "pm").chmod(0o755)
    (fresh / MADE_OF).write_text(of)
    shutil.rmtree(BUILD, ignore_errors=True)
    fresh.rename(BUILD)
    say(f"done: {(BUILD / 'pm').relative_to(ROOT)} is `pm` on the compiled core")


def say(text: str) -> None:
    """Tell people."""
    print(f"compile_core: {text}", file=sys.stderr)


def end(text: str, code: int = NO_COMPILER) -> None:
    """Tell people and end."""
    say(text)
    raise SystemExit(code)


if __name__ == "__main__":
    compile_into(Path(sys.argv[1])) if sys.argv[1:] else main()
