"""`python -m bench.sweep_api_server ADDRESS [--serve] [--score]`: what `bench.sweep_api` asks.

With `--serve` the API, whose address is printed; with `--score` a scorer that never rests: new
quotes of all markets, a scoring cycle, and again. Both together share one process, which is what
`pm sweep run` does not do, and the reason why. Ends when the standard input does.
"""

import argparse
import gc
import json
import sys
import time

import attrs
import trio

from pmapp.api.service import SWITCH_S
from pmapp.api.serving import address_of, listener, opened_api, serve_api
from pmapp.services.score import Scorer
from pmapp.services.service_keys import Serve
from pmapp.services.service_log import service_log
from pmapp.services.service_settings import SweepSettings
from pmapp.services.sweep_bench import BEGIN_NS
from pmapp.services.synthetic_markets import batches, requoted
from pmcore.units import SECOND
from pmio.ingest.as_of_clock import AsOfClock
from pmio.ingest.rules import parser_digest
from pmio.store.opening import open_store
from pmio.store.store import Store

BATCH = 2_000
UNBOUNDED = attrs.evolve(SweepSettings(), serve=Serve(rate_per_s=1e6, burst=1e6))


async def fill(store: Store, count: int) -> list[str]:
    """Synthetic markets, with one generation of scores."""
    ids: list[str] = []
    for batch in batches(count, 1, BEGIN_NS, parser_digest(), BATCH):
        await store.put_markets(batch.markets, batch.outcomes)
        await store.put_quotes(batch.quotes)
        await store.put_rules(batch.rules)
        ids += [market.market_id for market in batch.markets]
    scorer, _ = scorer_of(store)
    await scorer.cycle()
    return ids


def scorer_of(store: Store) -> tuple[Scorer, AsOfClock]:
    """A scorer at the synthetic markets' moment."""
    clock = AsOfClock(BEGIN_NS, BEGIN_NS + 365 * 86_400 * SECOND, speed=1e-9)
    return Scorer(store, clock, time.time_ns, UNBOUNDED, service_log("warning")), clock


async def score_for_ever(store: Store) -> None:
    """Cycles without a pause; each tells how long it took."""
    scorer, clock = scorer_of(store)
    count = (await store.health()).open_markets
    made = batches(count, 1, BEGIN_NS, "", BATCH)
    ids = [market.market_id for batch in made for market in batch.markets]
    seed = 1
    while True:
        began = time.perf_counter()
        count = await scorer.cycle()
        told = {"scored": count.stored, "cycle_s": time.perf_counter() - began}
        print(json.dumps(told), flush=True)
        part = ids[(seed * BATCH) % len(ids) :][:BATCH]
        await store.put_quotes(list(requoted(part, seed, clock.now_ns())))
        clock.step(1)
        seed += 1


async def _main(address: str, serve: bool, score: bool) -> None:
    store = await open_store(address)
    log = service_log("warning")
    async with (
        opened_api(store, UNBOUNDED, time.time_ns, log) as opened,
        trio.open_nursery() as nursery,
    ):
        if serve:
            listening = listener("127.0.0.1", 0)
            url = address_of(listening)
            await nursery.start(serve_api, opened, listening)
            gc.collect()
            gc.freeze()
            print(json.dumps({"url": url}), flush=True)
        if score:
            nursery.start_soon(score_for_ever, store)
        async with trio.lowlevel.FdStream(sys.stdin.fileno()) as stream:
            while await stream.receive_some(1_024):
                pass
        nursery.cancel_scope.cancel()
    await store.aclose()


def main() -> None:
    """Run until the standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--score", action="store_true")
    options = parser.parse_args()
    if options.serve:
        sys.setswitchinterval(SWITCH_S)
    trio.run(_main, options.address, options.serve, options.score)


if __name__ == "__main__":
    main()
