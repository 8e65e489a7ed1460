"""A service's loop: one cycle after the other, whatever fails; the next one tries again."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

import attrs
import msgspec
import trio

from pmapp.services.service_log import Log, span
from pmapp.services.service_settings import SweepSettings
from pmcore.units import SECOND
from pmio.ingest.as_of_clock import ServiceClock
from pmio.ingest.venue_client import VenueDown, VenueRefused
from pmio.store.database import StoreUnavailable
from pmio.store.generations import Superseded
from pmio.store.store import Store

EXPECTED: Final = (VenueDown, VenueRefused, StoreUnavailable, Superseded)
"""What an outage looks like. Anything else is a fault of ours, and is logged with its traceback."""
RETRIES_DOUBLED: Final = 3
Cycle = Callable[[], Awaitable[msgspec.Struct]]
Tell = Callable[[dict[str, Any]], None]


@attrs.frozen
class Shop:
    """What every loop works with."""

    store: Store
    clock: ServiceClock
    wall_ns: Callable[[], int]
    settings: SweepSettings
    log: Log
    tell: Tell
    """Takes one summary for each cycle."""


async def cycle_once(shop: Shop, name: str, cycle: Cycle) -> bool:
    """One cycle, told and logged; whether it succeeded. Only a cancellation gets out."""
    summary: dict[str, Any] = {"cycle": name, "ok": False, "duration_s": 0.0}
    begun = trio.current_time()
    try:
        with span(shop.log, f"{name}.cycle") as measured:
            count = await cycle()
            measured.told.update(msgspec.to_builtins(count))
        summary |= {"ok": True, **measured.told}
    except EXPECTED as error:
        summary["fault"] = f"{type(error).__name__}: {error}"
    except Exception as error:
        shop.log.error(f"{name}.fault", exc_info=True)
        summary["fault"] = f"{type(error).__name__}: {error}"
    summary["duration_s"] = round(trio.current_time() - begun, 4)
    shop.tell(summary)
    await _note(shop, name, summary)
    return bool(summary["ok"])


async def loop(
    shop: Shop, name: str, cadence_s: float, cycle: Cycle, first_after_s: float = 0.0
) -> None:
    """Cycles for ever: each begins `cadence_s` after the one before began, sooner after a
    failure, and never twice at a time.

    After failures in a row the pause doubles up to eight times `retry_s`: a venue that refuses the
    same page for ever is not to be asked for all the others every few seconds.
    """
    await shop.clock.sleep(first_after_s)
    failures = 0
    while True:
        begun_ns = shop.clock.now_ns()
        failures = 0 if await cycle_once(shop, name, cycle) else failures + 1
        patience_s = shop.settings.cadence.retry_s * 2.0 ** min(failures - 1, RETRIES_DOUBLED)
        wait_s = min(cadence_s, patience_s) if failures else cadence_s
        taken_s = (shop.clock.now_ns() - begun_ns) / SECOND
        await shop.clock.sleep(max(wait_s - taken_s, 0.05))


async def _note(shop: Shop, name: str, summary: dict[str, Any]) -> None:
    """Leave word in the database for whoever serves from another process.

    A word that cannot be left is lost; it must never end the service that wanted to leave it.
    """
    told = summary.get("fault") or json.dumps(summary, default=str)
    try:
        await shop.store.note_cycle(name, shop.wall_ns(), bool(summary["ok"]), str(told))
    except StoreUnavailable as error:
        shop.log.warning(f"{name}.note", outcome="failed", fault=str(error))
    except Exception:
        shop.log.error(f"{name}.note", outcome="failed", exc_info=True)
