"""The peers' own scripts on the same workload, in the same run, where they are installed.

`scripts/peers_setup` makes their environments under `out/peers`. What is missing is named in the
table, never guessed.
"""

import json
import subprocess
import sys
from pathlib import Path

from bench.workload import generator, peers_dir

ENVIRONMENTS = Path("out/peers")
PEERS = (
    ("plain Python, no engine", "", "bench_purepy.py", ()),
    ("hftbacktest", "hbt", "bench_hftbacktest.py", ("--style", "replace")),
    ("NautilusTrader", "nautilus", "bench_nautilus.py", ("--style", "replace")),
)


def run_peers(count: int, runs: int) -> list[dict[str, object]]:
    """One row per peer: name, median, min and max events/s and memory, or why there is none."""
    workload = Path("out") / f"w{count}.npz"
    workload.parent.mkdir(exist_ok=True)
    subprocess.run(
        [sys.executable, str(generator()), str(count), str(workload)],
        check=True,
        capture_output=True,
    )
    rows: list[dict[str, object]] = []
    for name, environment, script, options in PEERS:
        python = ENVIRONMENTS / environment / "bin" / "python" if environment else sys.executable
        if environment and not Path(python).exists():
            rows.append({"peer": name, "missing": "run scripts/peers_setup"})
            continue
        command = [str(python), str(peers_dir() / script), str(workload), "--runs", str(runs)]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode or not lines:
            rows.append({"peer": name, "missing": f"exit {done.returncode}"})
            continue
        result = json.loads(lines[-1])
        rows.append({**result, "peer": f"{name} {result.get('version', '')}".strip()})
    return rows
