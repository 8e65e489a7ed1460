"""The measurements of 0002-observers-in-one-table.md: ns per dispatch, median (fastest .. slowest).

.venv/bin/python docs/decisions/measure_dispatch.py
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from pmcore import events as ev  # noqa: E402 - the project's folder must be on the path first
from pmcore.ids import MarketId  # noqa: E402
from pmcore.step import OBSERVERS  # noqa: E402
from pmcore.units import Cash, Ns  # noqa: E402

ROUNDS = 15
CALLS = 20_000


def by_match() -> Callable[[Any], None]:
    """A function with one `match` over all kinds, in the order of the table."""
    arm = "        case ev.{}():\n            return None\n"
    arms = "".join(arm.format(kind.__name__) for kind in OBSERVERS)
    source = f"def dispatch(event):\n    match event:\n{arms}"
    names: dict[str, Any] = {"ev": ev}
    exec(source, names)
    dispatch: Callable[[Any], None] = names["dispatch"]
    return dispatch


def main() -> None:
    """Time both for an early and the last kind."""
    table = {kind: lambda _: None for kind in OBSERVERS}
    matched = by_match()
    ways = {"table": lambda event: table[type(event)](event), "match": matched}
    level = ev.LevelChanged(Ns(1), Ns(1), MarketId(1), 0, 0, 1, 1)  # type: ignore[arg-type]
    last = ev.IncentivePaid(Ns(1), MarketId(1), Cash(1), True)
    for event in (level, last):
        for way, dispatch in ways.items():
            spent = []
            for _ in range(ROUNDS):
                begin = time.perf_counter_ns()
                for _ in range(CALLS):
                    dispatch(event)
                spent.append((time.perf_counter_ns() - begin) / CALLS)
            middle, low, high = statistics.median(spent), min(spent), max(spent)
            kind = type(event).__name__
            place = list(OBSERVERS).index(type(event)) + 1
            of = f"{kind} ({place} of {len(OBSERVERS)})"
            print(f"{way} {of:<26} {middle:>7,.0f} ({low:,.0f} .. {high:,.0f})")


if __name__ == "__main__":
    main()
