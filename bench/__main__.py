"""`python -m bench [--quick]`: everything that is claimed about speed, measured in one go.

Each row is one process, run several times; the table gives median, least and most. Nothing here is
asserted: a claim is what this prints, with the machine it printed it on.
"""

import argparse
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.peers import run_peers
from bench.workload import generator, peers_dir
from scripts.compile_core import BUILD, ROOT


def machine() -> str:
    """The machine in one line."""
    try:
        cpu = Path("/proc/cpuinfo").read_text()
        model = next(
            line.split(":")[1].strip() for line in cpu.splitlines() if "model name" in line
        )
    except (OSError, StopIteration):
        model = platform.processor()
    load = os.getloadavg()[0]
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f}"


CORES = ("compiled", "interpreted")


def compile_core() -> tuple[str, ...]:
    """The cores that can be measured here: without a C compiler only the interpreted one."""
    made = subprocess.run([sys.executable, "-m", "scripts.compile_core"], check=False)
    return CORES if made.returncode == 0 else CORES[1:]


def repeat(runs: int, core: str, *arguments: str) -> list[dict[str, object]]:
    """Run `python -m ARGUMENTS` on a core several times; each prints one JSON line last."""
    first = [str(BUILD)] if core == "compiled" else []
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*first, str(ROOT)]),
        "PM_SHARED": str(peers_dir().parent),
    }
    rows = []
    for _ in range(runs):
        done = subprocess.run(
            [sys.executable, "-P", "-m", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.stderr.write(done.stderr)
            raise SystemExit(2)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
    return rows


def spread(rows: list[dict[str, object]], key: str) -> str:
    """`median (least .. most)` of one number over the runs."""
    values = [float(str(row[key])) for row in rows]
    middle = statistics.median(values)
    return f"{middle:,.0f} ({min(values):,.0f} .. {max(values):,.0f})"


def main() -> None:
    """Measure, print, and leave the numbers in out/bench.json."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer runs and smaller sizes")
    parser.add_argument("--no-peers", action="store_true", help="only our own")
    options = parser.parse_args()
    generator()  # before the first measurement, not in the middle of them
    cores = compile_core()
    runs = 2 if options.quick else 5
    sizes = (20_000, 100_000) if options.quick else (20_000, 200_000, 500_000, 1_000_000)
    console = Console(width=140)
    console.print(f"[bold]machine[/]: {machine()}")
    results: dict[str, object] = {"machine": machine()}

    table = Table(title="decision core with risk, diff and simulated exchange, shared workload")
    for head in ("core", "ladder", "events", "events/s", "acts", "fills", "peak MiB"):
        table.add_column(head, justify="left" if head in ("core", "ladder") else "right")
    ladders = (("maker", "our maker"), ("shared", "the peers' ladder"))
    for core, (policy, name) in itertools.product(cores, ladders):
        for size in sizes:
            rows = repeat(2 if size >= 1_000_000 else runs, core, "bench.core", str(size), policy)
            results[f"core {core} {policy} {size}"] = rows
            last = rows[-1]
            table.add_row(
                core,
                name,
                f"{size:,}",
                spread(rows, "events_per_s"),
                f"{last['acts']:,}",
                str(last["fills"]),
                str(last["peak_rss_mib"]),
            )
    console.print(table)

    for core in cores:
        rows = repeat(runs, core, "bench.reaction", str(sizes[1]))
        results[f"reaction {core}"] = rows
        keys = [key for key in rows[0] if key.endswith("_us")]
        told = ", ".join(f"{key[:-3]} {spread(rows, key)} µs" for key in keys)
        console.print(f"book event → desired quotes, {core} core: {told}")
    if not options.no_peers:
        peers = run_peers(sizes[1], 2 if options.quick else 3)
        results["peers"] = peers
        table = Table(title=f"peers, same workload, same run ({sizes[1]:,} events)")
        for head in ("peer", "events/s", "peak MiB"):
            table.add_column(head)
        for row in peers:
            speed = row.get("missing") or (
                f"{row['median_ev_per_s']:,} ({row['min']:,} .. {row['max']:,})"
            )
            table.add_row(str(row["peer"]), str(speed), str(row.get("peak_rss_mib", "")))
        console.print(table)
    Path("out").mkdir(exist_ok=True)
    Path("out/bench.json").write_text(json.dumps(results, indent=1))
    console.print("numbers: out/bench.json")


if __name__ == "__main__":
    main()
