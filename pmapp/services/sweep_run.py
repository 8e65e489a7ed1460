"""The scanner's services joined: opened, run until a signal, closed in order."""

import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import attrs
import trio

from pmapp.refused import Refused, refusal_in
from pmapp.services.ingest import Ingest
from pmapp.services.loops import Shop, Tell, cycle_once, loop
from pmapp.services.score import ScoreCount, Scorer
from pmapp.services.service_log import Log
from pmapp.services.service_settings import SweepSettings
from pmapp.services.venues import OpenVenue, VenueChoice, open_venue
from pmio.clock import WallClock
from pmio.store.database import StoreUnavailable
from pmio.store.migrating import SchemaMismatch
from pmio.store.opening import open_store
from pmio.store.place import PlaceError

FIRST_QUOTES_S: Final = 30.0
"""How long the first scoring waits for the first quotes."""
CLOSE_S: Final = 20.0


@attrs.frozen
class Services:
    """Everything that runs, for whoever joins in (the pages, say)."""

    shop: Shop
    venue: OpenVenue
    ingest: Ingest
    scorer: Scorer


Joined = Callable[[Services], Awaitable[None]]


@attrs.frozen
class Start:
    """What the command line says."""

    address: str
    """Of the database."""
    venue: VenueChoice
    settings: SweepSettings
    log: Log
    tell: Tell


@asynccontextmanager
async def opened_services(start: Start) -> AsyncIterator[Services]:
    """The store and the venue, closed at the end whatever happens. Raises Refused."""
    settings, log = start.settings, start.log
    clock = WallClock()
    try:
        store = await open_store(start.address)
    except (PlaceError, SchemaMismatch, StoreUnavailable) as error:
        raise Refused(str(error)) from None
    try:
        venue = await open_venue(start.venue, store, settings, clock.now_ns, log)
        shop = Shop(store, venue.clock, clock.now_ns, settings, log, start.tell)
        scorer = Scorer(
            store, venue.clock, clock.now_ns, settings, log, empty_rules=venue.empty_rules
        )
        try:
            ingest = Ingest(shop, venue.client, empty_rules=venue.empty_rules)
            yield Services(shop, venue, ingest, scorer)
        finally:
            with trio.move_on_after(CLOSE_S, shield=True):
                await venue.client.aclose()
    finally:
        with trio.move_on_after(CLOSE_S, shield=True):
            await store.aclose()
        log.info("services.closed")


async def run_once(services: Services, *, ingest: bool, score: bool) -> bool:
    """Each cycle once, in order; whether all succeeded."""
    done = await services.ingest.once() if ingest else True
    if score:
        done = await cycle_once(services.shop, "score", services.scorer.cycle) and done
    return done


async def run_for_ever(
    services: Services,
    *,
    ingest: bool,
    score: bool,
    also: Sequence[Joined] = (),
) -> None:
    """All loops until cancelled. What is being written then is finished or rolled back."""
    quoted = trio.Event()
    async with trio.open_nursery() as nursery:
        if ingest:
            nursery.start_soon(services.ingest.run, quoted.set)
        if score:
            nursery.start_soon(_score, services, quoted if ingest else None)
        for more in also:
            nursery.start_soon(more, services)


async def _score(services: Services, quoted: trio.Event | None) -> None:
    if quoted is not None:
        with trio.move_on_after(FIRST_QUOTES_S):
            await quoted.wait()
    cadence_s = services.shop.settings.cadence.score_s

    async def cycle() -> ScoreCount:
        # Two scorers take turns, not both at once: who comes within half a cadence stands back.
        return await services.scorer.cycle(gap_s=cadence_s / 2.0)

    await loop(services.shop, "score", cadence_s, cycle)


async def _cancel_at_signal(signals: AsyncIterator[int], scope: trio.CancelScope, log: Log) -> None:
    async for number in signals:
        log.info("services.stopping", signal=signal.Signals(number).name)
        scope.cancel()


def runner(
    start: Start, *, ingest: bool, score: bool, once: bool, also: Sequence[Joined] = ()
) -> bool:
    """Run in a Trio loop of its own until SIGTERM or SIGINT; whether all went well. Raises Refused.

    `also` runs beside the loops (not with `once`). With `once` a signal leaves cycles undone, and
    that is not all well.
    """

    async def work() -> bool:
        async with opened_services(start) as services:
            if once:
                return await run_once(services, ingest=ingest, score=score)
            await run_for_ever(services, ingest=ingest, score=score, also=also)
            return True

    async def main() -> bool:
        done = not once
        # Heard from the very first: opening may take seconds.
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async with trio.open_nursery() as nursery:
                scope = nursery.cancel_scope
                nursery.start_soon(_cancel_at_signal, signals, scope, start.log)
                done = await work()
                scope.cancel()
        return done

    try:
        return trio.run(main)
    except BaseExceptionGroup as group:
        if refused := refusal_in(group):
            raise refused from None
        raise
