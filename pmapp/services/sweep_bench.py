"""The scanner's benchmark: synthetic markets in a real database, scored again and again."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import trio

from pmapp.refused import Refused
from pmapp.services.score import ScoreCount, Scorer
from pmapp.services.service_log import Log
from pmapp.services.service_settings import SweepSettings
from pmapp.services.synthetic_markets import batches, requoted
from pmcore.units import SECOND, Ns
from pmio.ingest.as_of_clock import AsOfClock
from pmio.ingest.rules import parser_digest
from pmio.store.migrating import downgrade
from pmio.store.opening import open_store
from pmio.store.place import place_of
from pmio.store.store import Store

BEGIN_NS: Final = Ns(1_790_000_000 * SECOND)
"""A fixed moment: the same seed gives the same scores on every day."""
STEP_S: Final = 120
BATCH: Final = 2_000


async def benchmark(
    address: str, markets: int, cycles: int, seed: int, settings: SweepSettings, log: Log
) -> dict[str, Any]:
    """Fill an empty database, then quote and score it `cycles` times; medians of the seconds.

    Everything is deleted at the end, tables too. Raises Refused for a database that is not empty.
    """
    store = await open_store(address)
    try:
        if (await store.health()).open_markets or await store.latest_generation():
            raise Refused(f"{place_of(address).shown}: not empty; name a database for benchmarks")
        began = time.perf_counter()
        ids = await _fill(store, markets, seed)
        fill_s = time.perf_counter() - began
        clock = AsOfClock(BEGIN_NS, BEGIN_NS + 365 * 86_400 * SECOND, speed=1e-9)
        scorer = Scorer(store, clock, time.time_ns, settings, log)
        found: list[ScoreCount] = []
        totals: list[float] = []
        quotes: list[float] = []
        worked: list[float] = []
        resident: list[float] = []
        for number in range(cycles):
            quotes.append(await _timed(partial(_quote, store, ids, seed + number, clock)))
            began, busy = time.perf_counter(), time.process_time()
            found.append(await scorer.cycle())
            totals.append(time.perf_counter() - began)
            worked.append(time.process_time() - busy)
            resident.append(_resident_mib())
            clock.step(STEP_S)
    finally:
        await store.aclose()
    await trio.to_thread.run_sync(partial(downgrade, place_of(address), "base"))
    return {
        "database": store.kind,
        "markets": markets,
        "cycles": cycles,
        "scored": found[-1].stored,
        "score_s": _median([one.score_s for one in found]),
        "store_s": _median([one.store_s for one in found]),
        "total_s": _median(totals),
        "read_s": _median([one.read_s for one in found]),
        "quotes_s": _median(quotes),
        "fill_s": round(fill_s, 3),
        "total_s_least": round(min(totals), 3),
        "total_s_worst": round(max(totals), 3),
        "cpu_s": _median(worked),
        "cpu_s_least": round(min(worked), 3),
        "cpu_s_worst": round(max(worked), 3),
        "rss_mib": round(_peak_mib(), 1),
        "rss_mib_first": round(resident[min(2, cycles - 1)], 1),
        "rss_mib_last": round(resident[-1], 1),
        "rss_mib_by_cycle": [round(one) for one in resident],
    }


async def _fill(store: Store, markets: int, seed: int) -> list[str]:
    ids: list[str] = []
    for batch in batches(markets, seed, BEGIN_NS, parser_digest(), BATCH):
        await store.put_markets(batch.markets, batch.outcomes)
        await store.put_quotes(batch.quotes)
        await store.put_rules(batch.rules)
        ids += [market.market_id for market in batch.markets]
    return ids


async def _quote(store: Store, ids: list[str], seed: int, clock: AsOfClock) -> None:
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        await store.put_quotes(list(requoted(part, seed + start, clock.now_ns())))


async def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


def _median(values: list[float]) -> float:
    return round(statistics.median(values), 4)


def _resident_mib() -> float:
    """Memory in use now; Linux tells it in pages of 4 KiB."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4 / 1024


def _peak_mib() -> float:
    """The most that was ever in use. `getrusage` would count the shell that started us."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
