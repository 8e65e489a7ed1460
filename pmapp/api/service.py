"""The API as a service: opened, served until a signal, closed in order."""

import gc
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from pmapp.api.serving import address_of, listener, opened_api, serve_api
from pmapp.refused import Refused, refusal_in
from pmapp.services.service_log import Log
from pmapp.services.service_settings import SweepSettings
from pmio.clock import WallClock
from pmio.store.database import StoreUnavailable
from pmio.store.migrating import SchemaMismatch
from pmio.store.opening import open_store
from pmio.store.place import PlaceError
from pmio.store.store import Store

CLOSE_S = 20.0
SWITCH_S = 0.001
"""How long a thread may keep the interpreter while another waits: what loads new scores in the
background must not hold up the answers five times (the default is 5 ms) in each."""


@attrs.frozen
class ServeStart:
    """What the command line says."""

    address: str
    """Of the database."""
    host: str
    port: int
    settings: SweepSettings
    log: Log
    tell: Callable[[dict[str, Any]], None]
    """Takes the address when the API is ready."""
    until_input_ends: bool = False
    """Stop when the standard input ends: whoever started us holds its other end, and when that
    process dies, however it dies, we do not stay behind."""


def serve_until_signal(start: ServeStart) -> None:
    """Serve in a Trio loop of its own until SIGTERM or SIGINT. Raises Refused."""
    sys.setswitchinterval(SWITCH_S)
    try:
        trio.run(_main, start)
    except BaseExceptionGroup as group:
        if refused := refusal_in(group):
            raise refused from None
        raise


async def _main(start: ServeStart) -> None:
    with listener(start.host, start.port) as listening:
        address = address_of(listening)
        # The signals first: a database may take its time to open.
        async with trio.open_nursery() as nursery:
            await nursery.start(_cancel_at_signal, nursery.cancel_scope, start.log)
            if start.until_input_ends:
                nursery.start_soon(_cancel_at_end_of_input, nursery.cancel_scope)
            clock = WallClock()
            async with (
                _opened_store(start) as store,
                opened_api(store, start.settings, clock.now_ns, start.log) as opened,
                trio.open_nursery() as serving,
            ):
                await serving.start(serve_api, opened, listening)
                # What is there now stays; looking through it again and again takes 60 ms a time.
                gc.collect()
                gc.freeze()
                start.log.info("api.serving", url=address, database=store.kind)
                start.tell({"cycle": "serve", "ok": True, "url": address})


@asynccontextmanager
async def _opened_store(start: ServeStart) -> AsyncIterator[Store]:
    try:
        store = await open_store(start.address)
    except (PlaceError, SchemaMismatch, StoreUnavailable) as error:
        raise Refused(str(error)) from None
    try:
        yield store
    finally:
        with trio.move_on_after(CLOSE_S, shield=True):
            await store.aclose()
        start.log.info("api.closed")


async def _cancel_at_signal(
    scope: trio.CancelScope, log: Log, *, task_status: trio.TaskStatus[None]
) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for number in signals:
            log.info("api.stopping", signal=signal.Signals(number).name)
            scope.cancel()


async def _cancel_at_end_of_input(scope: trio.CancelScope) -> None:
    async with trio.lowlevel.FdStream(sys.stdin.fileno()) as stream:
        while await stream.receive_some(1_024):
            pass
    scope.cancel()
