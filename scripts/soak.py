"""Soak: a local venue and a live maker in two processes, for hours of windows, then the proofs.

    python -m scripts.soak --hours 1 --speed 20

Checked at the end: the maker stopped with exit code 0, its books equal the venue's balance to the
micro-dollar, its journal replays byte for byte, the venue's own ledger balances, and something was
filled, merged, rolled and settled. Prints one JSON object; exit code 0 if all of it holds.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from pmapp.replay import replay

PM = (sys.executable, "-m", "pmapp.cli")
SETTINGS = Path(__file__).parent.parent / "examples" / "local-live.toml"
GRACE_S = 120.0


def asked() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=1.0, help="of the venue's time")
    parser.add_argument("--speed", type=float, default=20.0, help="venue seconds per second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=1.0, help="of the synthetic market")
    parser.add_argument("--out", type=Path, help="folder for journal and log; default: a new one")
    parser.add_argument("--set", action="append", default=[], help="settings, as `pm maker --set`")
    return parser.parse_args()


def venue_state(admin: str) -> dict[str, Any]:
    """The venue's own view of everything."""
    with urllib.request.urlopen(f"{admin}/state", timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def trade(args: argparse.Namespace, folder: Path, line: Path) -> tuple[dict[str, Any], int]:
    """Run the maker to its end; its summary and its exit code."""
    command = [*PM, "maker", "--mode", "live", "--live", "--venue", str(line), "--json"]
    command += ["--config", str(SETTINGS), "--journal", str(folder / "journal")]
    command += ["--seed", str(args.seed), "--for", str(args.hours * 3_600)]
    for one in args.set:
        command += ["--set", one]
    with (folder / "maker.log").open("wb") as log:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=log,
            timeout=args.hours * 3_600 / args.speed + GRACE_S,
            check=False,
        )
    return json.loads(done.stdout or b"{}"), done.returncode


def proofs(
    summary: dict[str, Any], code: int, state: dict[str, Any], folder: Path
) -> dict[str, bool]:
    """What must hold, each by its name."""
    found = replay(folder / "journal")
    balance = summary.get("balance") or {}
    cash = [wallet["cash"] for wallet in state["wallets"]]
    return {
        "exit code 0": code == 0,
        "balance equal to the micro-dollar": balance.get("equal") is True,
        "venue's wallet equal to the micro-dollar": balance.get("expected") in cash,
        "no order rests": not any(wallet["orders"] for wallet in state["wallets"]),
        "venue's ledger balances": state["unbalanced"] == [],
        "journal replays byte for byte": found.equal and not found.torn,
        "replay has the run's digest": found.digest == summary.get("digest"),
        "filled": summary.get("fills", 0) > 0,
        "merged": summary.get("merges", 0) > 0,
        "settled": summary.get("windows_settled", 0) > 0,
    }


def main() -> int:
    """Soak as asked."""
    args = asked()
    folder = args.out or Path(tempfile.mkdtemp(prefix="pm-soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    line = folder / "venue.json"
    command = [*PM, "venue", "--seed", str(args.seed), "--speed", str(args.speed)]
    command += ["--rate", str(args.rate)]
    began = time.monotonic()
    with line.open("wb") as out:
        venue = subprocess.Popen(command, stdout=out)
    try:
        while not line.read_bytes().endswith(b"\n"):
            if venue.poll() is not None:
                raise SystemExit("the venue did not start")
            time.sleep(0.05)
        admin = json.loads(line.read_bytes())["admin"]
        summary, code = trade(args, folder, line)
        state = venue_state(admin)
    finally:
        venue.send_signal(signal.SIGTERM)
        venue.wait(timeout=30)
    proven = proofs(summary, code, state, folder)
    told = {
        "proven": proven,
        "wall_s": round(time.monotonic() - began, 1),
        "folder": str(folder),
        "summary": summary,
    }
    print(json.dumps(told, indent=2))
    return 0 if all(proven.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
