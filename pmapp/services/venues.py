"""The venue that a command names, with the clock that belongs to it."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import attrs
import trio
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from pmapp.refused import Refused
from pmapp.services.service_log import Log
from pmapp.services.service_settings import SweepSettings
from pmcore.units import SECOND, Ns
from pmio.ingest.as_of_clock import AsOfClock, LiveClock, ServiceClock
from pmio.ingest.polymarket import PolymarketClient, PolymarketOptions
from pmio.ingest.recorded import RecordedClient
from pmio.ingest.recorded_captures import recording_of
from pmio.ingest.recorded_parquet import RecordingError
from pmio.ingest.venue_client import VenueClient
from pmio.network import TcpNetwork
from pmio.store.store import Store

POLYMARKET: Final = "polymarket"
RECORDED: Final = "recorded"
VENUES: Final = (POLYMARKET, RECORDED)


@attrs.frozen
class VenueChoice:
    """What the command line says about the venue."""

    name: str
    data: Path | None = None
    as_of: datetime | None = None
    speed: float = 1.0


@attrs.frozen
class OpenVenue:
    """A client, the time it lives in, and whether its recordings lack texts."""

    client: VenueClient
    clock: ServiceClock
    empty_rules: bool


async def open_venue(
    choice: VenueChoice,
    store: Store,
    settings: SweepSettings,
    wall_ns: Callable[[], Ns],
    log: Log,
) -> OpenVenue:
    """The live venue, or a recording that is read now. Raises Refused."""
    if choice.name == POLYMARKET:
        return OpenVenue(_live(store, settings, wall_ns, log), LiveClock(wall_ns), False)
    if choice.data is None:
        raise Refused("--venue recorded needs --data DIR: the folder with the recordings")
    try:
        recording = await trio.to_thread.run_sync(partial(recording_of, choice.data))
    except RecordingError as error:
        raise Refused(str(error)) from None
    start_ns = recording.start_ns if choice.as_of is None else _moment_ns(choice.as_of)
    if start_ns > recording.end_ns:
        last = datetime.fromtimestamp(recording.end_ns / SECOND, UTC).isoformat()
        raise Refused(f"--as-of: the recording ends at {last}")
    # A store that was filled before goes on where it stopped: quotes never get older.
    latest = await store.latest_generation()
    if choice.as_of is None and latest is not None:
        start_ns = Ns(min(max(start_ns, latest.as_of_ns), recording.end_ns))
    clock = AsOfClock(start_ns, recording.end_ns, choice.speed)
    log.info(
        "venue.recorded", markets=len(recording.markets), texts=len(recording.texts),
        skipped=len(recording.skips), as_of=start_ns, until=recording.end_ns, speed=choice.speed,
    )  # fmt: skip
    return OpenVenue(RecordedClient(recording, clock.now_ns), clock, True)


def _live(
    store: Store, settings: SweepSettings, wall_ns: Callable[[], Ns], log: Log
) -> VenueClient:
    keys = settings.ingest
    options = PolymarketOptions(
        gamma_url=keys.gamma_url.rstrip("/"),
        clob_url=keys.clob_url.rstrip("/"),
        page_size=keys.page_size,
        books_at_once=keys.books_at_once,
        timeout_s=keys.timeout_s,
        attempts=keys.attempts,
        reference_shares=settings.core.entry.reference_shares,
    )

    def changed(name: str, state: str) -> None:
        log.warning("breaker", peer=name, state=state)

    def retried(details: RetryDetails) -> None:
        fault, wait_s = str(details.caused_by), round(details.wait_for, 3)
        log.debug("venue.retry", attempt=details.retry_num, wait_s=wait_s, fault=fault)

    # Its own hook would print on the standard output, among the summaries.
    set_on_retry_hooks([retried])
    return PolymarketClient(TcpNetwork(), store.tokens_of, wall_ns, options, changed)


def _moment_ns(moment: datetime) -> Ns:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Ns(int(aware.timestamp()) * SECOND)
