"""A scorer as a program of its own: `python -m tests.store.scorer_process ADDRESS CYCLES WALL_S`.

It scores as of a fixed moment, with its wall clock ahead by so many seconds, and prints one line
for each cycle: the generation and how many rows, or why there is none.
"""

import json
import sys
import time

import trio

from pmapp.services.score import Scorer
from pmapp.services.service_log import service_log
from pmapp.services.service_settings import SweepSettings
from pmio.ingest.as_of_clock import AsOfClock
from pmio.store.database import StoreUnavailable
from pmio.store.generations import Superseded
from pmio.store.opening import open_store
from tests.store.rows import NOW, SECOND


async def main(address: str, cycles: int, ahead_s: int) -> None:
    """Score again and again, without a pause."""
    store = await open_store(address)
    clock = AsOfClock(NOW, NOW, 1.0)
    scorer = Scorer(
        store,
        clock,
        lambda: time.time_ns() + ahead_s * SECOND,
        SweepSettings(),
        service_log("error"),
    )
    for _ in range(cycles):
        try:
            count = await scorer.cycle()
            told = {"generation": count.generation, "stored": count.stored, "reason": count.reason}
        except (Superseded, StoreUnavailable) as error:
            # As the loop does: the next cycle tries again.
            told = {"generation": 0, "stored": 0, "reason": type(error).__name__}
        print(json.dumps(told), flush=True)
    await store.aclose()


if __name__ == "__main__":
    trio.run(main, sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
