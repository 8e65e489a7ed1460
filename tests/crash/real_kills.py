"""`pm venue` and `pm maker` as processes of their own; the maker is killed, again and again.

    python -m tests.crash.real_kills FOLDER --kills 100 --seed 1

After each kill the venue is asked what rests, and the journal on the disk must know each of those
orders. The last run ends in order, and its positions and cash must be the venue's. Prints JSON.
"""

import argparse
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import trio

from pmapp.maker_run.assembly import Ground, log_in
from pmapp.maker_run.consents import throwaway
from pmapp.maker_run.place import place_of
from pmcore import effects as ef
from pmcore.config import Config
from pmcore.ids import OUTCOMES
from pmcore.state import State
from pmcore.units import MICRO
from pmcore.wire.order_typed_data import POLY_GNOSIS_SAFE
from pmio.clock import WallClock
from pmio.network import TcpNetwork
from pmio.pacing import LEDGER, Pacing
from pmio.recovery import recovered
from pmio.rest import Rest
from pmio.roster import Roster
from pmio.sealing import Sealer
from tests.crash.agreement import asked_for
from tests.maker_run import processes
from tests.maker_run.processes import WINDOW, asked, local_venue

SETTINGS = Path(__file__).parents[2] / "examples" / "local-live.toml"
YOUNG = 0.3
"""The part that dies at any moment of its start, within `LIFE_S`; the others have quoted."""
LIFE_S = 3.0
BUSY_S = 1.5
"""Real seconds; at the venue's pace a quote is moved many times in them."""
START_S = 10.0
"""It is killed then although it has not quoted: a window whose strike it missed is not quoted."""
LAST_S = 40.0
"""Of the venue's time: how long the last run goes on."""
ENDS_S = 90.0
PLACED = b'"event": "place"'


class Scene:
    """One venue, one journal, one maker after the other."""

    def __init__(self, folder: Path, venue: dict[str, Any], seed: int) -> None:
        self.folder = folder
        self.venue = venue
        self.seed = seed
        self.journal = folder / "journal"
        self.faults: list[str] = []

    def maker(self, *more: str) -> subprocess.Popen[bytes]:
        """Start the maker."""
        command = [sys.executable, "-m", "pmapp.cli", "maker", "--mode", "live", "--live"]
        command += ["--venue", "venue.json", "--config", str(SETTINGS), "--json", "--no-view"]
        command += ["--journal", str(self.journal), "--seed", str(self.seed), *more]
        with (self.folder / "maker.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=self.folder, stdout=subprocess.PIPE, stderr=log,
                env={"PYTHONPATH": str(SETTINGS.parents[1])},
            )  # fmt: skip

    def die(self, chance: Random) -> int:
        """Kill a maker at some moment, and look: how many orders it left behind."""
        log = self.folder / "maker.log"
        before = log.stat().st_size if log.exists() else 0
        with self.maker() as process:
            try:
                if chance.random() < YOUNG:
                    process.wait(chance.uniform(0.0, LIFE_S))
                else:
                    until = time.monotonic() + START_S
                    while PLACED not in log.read_bytes()[before:] and time.monotonic() < until:
                        with suppress(subprocess.TimeoutExpired):
                            process.wait(0.05)
                    process.wait(chance.uniform(0.0, BUSY_S))
                last = log.read_bytes()[-300:].decode("utf-8", "replace")
                self.faults.append(f"it ended by itself with {process.returncode}: {last}")
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
        found = recovered(self.journal)
        return trio.run(self.look, found.state if found is not None else None)

    async def look(self, state: State | None) -> int:
        """Each order that rests at the venue is one that the journal tracks."""
        place = place_of(str(self.folder / "venue.json"), 1.0)
        assert place is not None
        network, clock = TcpNetwork(), WallClock()
        ground = Ground(
            Config(), place.addresses, network, clock, Random(1), lambda *_: None,
            chain_id=place.chain_id,
        )  # fmt: skip
        account = await log_in(ground, throwaway(self.seed), POLY_GNOSIS_SAFE)
        rest = Rest(network, Pacing(), clock.now_ns)
        reply = await rest.read(
            LEDGER, f"{place.addresses.clob}/data/orders", sign=account.credentials.key.headers
        )
        await rest.aclose()
        resting = {row["id"] for row in json.loads(reply.body)["data"]}
        roster = Roster()
        tracked: set[str] = set()
        if state is not None:
            roster.recall(state, Sealer(account.signer, account.wallet))
            orders = {order for market in state.markets.values() for order in market.orders}
            tracked = {name for name, order in roster.orders.items() if order in orders}
        if resting - tracked:
            self.faults.append(f"{len(resting - tracked)} orders rest untracked")
        return len(resting)

    def end(self) -> dict[str, Any]:
        """The last run, to its end in order; its summary."""
        with self.maker("--for", str(LAST_S)) as process:
            try:
                out, _ = process.communicate(timeout=ENDS_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        summary: dict[str, Any] = json.loads(out)
        if process.returncode != 0:
            self.faults.append(f"the last run ended with {process.returncode}: {summary}")
        elif not summary["balance"]["equal"]:
            self.faults.append(f"cash: {summary['balance']}")
        self.compare()
        return summary

    def compare(self) -> None:
        """Positions, orders and what was asked for, after everything has ended."""
        found = recovered(self.journal)
        assert found is not None
        wallets = json.loads(asked(f"{self.venue['admin']}/state")[1])["wallets"]
        owner = json.loads((self.journal / "account.json").read_bytes())["account"]
        wallet = next(one for one in wallets if one["address"] == owner)
        if wallet["orders"]:
            self.faults.append(f"{wallet['orders']} orders rest at the end")
        rows = json.loads(asked(f"{self.venue['data']}/v2/positions?user={wallet['address']}")[1])[
            "data"
        ]
        held = {row["token_id"]: round(row["current_size"] * MICRO) for row in rows}
        for market in found.state.markets.values():
            for outcome in OUTCOMES:
                believed = market.inventory.shares[outcome]
                there = held.get(market.terms.tokens[outcome], 0)
                if believed != there:
                    self.faults.append(f"{market.terms.slug}: {believed} believed, {there} held")
        placed = [one for _, one in asked_for(self.journal) if isinstance(one, ef.PlaceOrder)]
        twice = [order for order, n in Counter(one.order for one in placed).items() if n > 1]
        if twice:
            self.faults.append(f"orders asked for twice: {twice}")


def play(folder: Path, kills: int, seed: int, speed: float, budget_s: float) -> dict[str, Any]:
    """Kill up to `kills` makers in about `budget_s`; what was found."""
    chance = Random(seed)
    args = ("--seed", seed, "--speed", speed, "--start", WINDOW - 20)
    begun = time.monotonic()
    processes.LIMIT_S = ENDS_S + kills * (START_S + BUSY_S)
    with local_venue(folder, *args) as venue:
        scene = Scene(folder, venue, seed)
        left: list[int] = []
        while len(left) < kills and time.monotonic() - begun < budget_s:
            left.append(scene.die(chance))
        summary = scene.end()
    return {
        "kills": len(left),
        "kills_with_orders_resting": sum(map(bool, left)),
        "orders_left_resting": sum(left),
        "fills": summary["fills"],
        "merges": summary["merges"],
        "balance": summary["balance"],
        "faults": scene.faults,
        "took_s": round(time.monotonic() - begun),
    }


def main(arguments: Sequence[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="tests.crash.real_kills")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget", type=float, default=3_600.0, help="seconds, for all kills")
    parser.add_argument("--speed", type=float, default=8.0)
    options = parser.parse_args(arguments)
    # Told to end, it takes its processes with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    found = play(options.folder, options.kills, options.seed, options.speed, options.budget)
    sys.stdout.write(json.dumps(found) + "\n")
    return 1 if found["faults"] else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
