"""Soak: a local venue and a live maker in two processes, for hours of windows, then the proofs.

    python -m scripts.soak --hours 1 --speed 20
    python -m scripts.soak --hours 1 --speed 10 --faults

With `--faults` every kind of fault that the venue knows is switched on in turn, and afterwards
everything that was written, logged, shown and printed is searched for the run's secrets.

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
from typing import Any, Final

from pmapp.replay import replay
from scripts.leaks import leaks

PM: Final = (sys.executable, "-m", "pmapp.cli")
SETTINGS: Final = Path(__file__).parent.parent / "examples" / "local-live.toml"
GRACE_S: Final = 120.0
FAULT_S: Final = 15.0
"""Of the venue's time, each."""
LASTING: Final = ("closed_only", "banned")
"""They halt the run until a person restarts it: left out."""
PATIENT: Final = (
    "risk.max_rejects=1000",
    "risk.max_auth_failures=100",
    "risk.auto_resume_after_s=1",
)
"""Settings of a run that is to survive faults which would halt it otherwise."""


def asked() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=1.0, help="of the venue's time")
    parser.add_argument("--speed", type=float, default=20.0, help="venue seconds per second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=1.0, help="of the synthetic market")
    parser.add_argument("--faults", action="store_true", help="every kind of fault in turn")
    parser.add_argument("--out", type=Path, help="folder for journal and log; default: a new one")
    parser.add_argument("--set", action="append", default=[], help="settings, as `pm maker --set`")
    return parser.parse_args()


def command_of(args: argparse.Namespace, folder: Path, line: Path) -> list[str]:
    """The maker's command line."""
    command = [*PM, "maker", "--mode", "live", "--live", "--venue", str(line), "--json"]
    command += ["--config", str(SETTINGS), "--journal", str(folder / "journal")]
    command += ["--seed", str(args.seed), "--for", str(args.hours * 3_600)]
    for one in (*args.set, *(PATIENT if args.faults else ())):
        command += ["--set", one]
    return command


def trade(
    args: argparse.Namespace, folder: Path, line: Path, admin: str
) -> tuple[dict[str, Any], int]:
    """Run the maker to its end; its summary and its exit code."""
    limit_s = args.hours * 3_600 / args.speed + GRACE_S
    with (folder / "maker.log").open("wb") as log, (folder / "summary.json").open("wb") as out:
        maker = subprocess.Popen(command_of(args, folder, line), stdout=out, stderr=log)
    try:
        if args.faults:
            break_everything(admin, args.speed, folder)
        maker.wait(timeout=limit_s)
    finally:
        maker.kill()
        maker.wait(timeout=30)
    return json.loads((folder / "summary.json").read_bytes() or b"{}"), maker.returncode


def break_everything(admin: str, speed: float, folder: Path) -> None:
    """Switch on every kind of fault, one after the other, and keep what is shown meanwhile."""
    known = list(asked_of(f"{admin}/faults")["kinds"])
    time.sleep(60.0 / speed)
    observe = json.loads((folder / "maker.log").read_bytes().splitlines()[0])["observe"]
    with (folder / "shown").open("wb") as shown:
        for kind in [kind for kind in known if kind not in LASTING]:
            asked_of(f"{admin}/faults", {"kind": kind, "for_s": FAULT_S})
            time.sleep(FAULT_S / speed)
            for path in ("metrics", "quotes"):
                with urllib.request.urlopen(f"{observe}/{path}", timeout=30) as answer:
                    shown.write(answer.read())


def asked_of(url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """GET, or POST with a body: the JSON of the answer."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data), timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


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
        summary, code = trade(args, folder, line, admin)
        state = asked_of(f"{admin}/state")
        found = leaks(folder, line.read_bytes(), args.seed)
    finally:
        venue.send_signal(signal.SIGTERM)
        venue.wait(timeout=30)
    proven = proofs(summary, code, state, folder) | {"no secret was left behind": not found}
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
