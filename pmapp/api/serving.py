"""The API on a socket, for as long as the surrounding scope lives."""

import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import attrs
import trio
from hypercorn.config import Config
from hypercorn.trio import serve
from quart_trio import QuartTrio

from pmapp.api.app import Limits, application
from pmapp.api.endpoints import Endpoints
from pmapp.api.exchange import SECURITY
from pmapp.api.metrics import Metrics
from pmapp.api.problems import CONTENT_TYPE, Problem
from pmapp.api.rankings import Rankings
from pmapp.api.rates import Rates
from pmapp.api.readings import Readings
from pmapp.api.shown import ShownPages
from pmapp.api.watch import Watch
from pmapp.refused import Refused
from pmapp.services.service_log import Log
from pmapp.services.service_settings import SweepSettings
from pmio.store.store import Store

GRACE_S: Final = 1.0
"""Requests under way when the end comes have so long."""
IDLE_S: Final = 30.0
HEAD_MAX: Final = 16 << 10
"""Bytes of a request's head."""
BACKLOG: Final = 1_024


@attrs.frozen
class OpenApi:
    """An application whose background task runs."""

    app: QuartTrio
    endpoints: Endpoints


@asynccontextmanager
async def opened_api(
    store: Store, settings: SweepSettings, wall_ns: Callable[[], int], log: Log
) -> AsyncIterator[OpenApi]:
    """The application over a store, with the task that watches the store."""
    keys = settings.serve
    async with trio.open_nursery() as nursery:
        readings = Readings(nursery, keys.answer_s, keys.reads_at_once)
        metrics = Metrics()
        overdue_s = max(2.5 * settings.cadence.score_s, settings.core.eligible.quote_stale_max_sec)
        rankings = Rankings(store, readings, keys.ranked_max)
        watch = Watch(store, readings, metrics, wall_ns, overdue_s, log, rankings)
        pages = ShownPages(keys.memory_mib << 20)
        endpoints = Endpoints(
            store, store.kind, settings.core, readings, watch, metrics, rankings, pages
        )
        rates = Rates(keys.rate_per_s, keys.burst, trio.current_time)
        limits = Limits(rates, keys.in_flight, keys.cors_origin)
        await watch.look(health=True)
        nursery.start_soon(watch.run, keys.look_s)
        yield OpenApi(application(endpoints, limits, log), endpoints)
        nursery.cancel_scope.cancel()


def listener(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises Refused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        # The standard library adds the address to some of its messages.
        told = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise Refused(f"cannot listen on {host}:{port}: {told}; choose another --port") from None


def address_of(listening: socket.socket) -> str:
    """The address that a browser is given."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve_api(
    opened: OpenApi,
    listening: socket.socket,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve on a socket, which is closed at the end. When cancelled, finish what is under way."""
    stop = trio.Event()
    app: Any = http_only(whole_sends(opened.app))

    async def shielded(*, task_status: trio.TaskStatus[list[str]]) -> None:
        # Hypercorn ends in order when it is asked to, not when it is cancelled.
        with trio.CancelScope(shield=True):
            await serve(
                app, _config(listening), shutdown_trigger=stop.wait, task_status=task_status
            )

    async with trio.open_nursery() as nursery:
        try:
            await nursery.start(shielded)
            task_status.started()
            await trio.sleep_forever()
        finally:
            stop.set()


def http_only(app: Any) -> Any:
    """`app`, with 404 for whoever asks for a websocket: none is served, at no path.

    Quart has no answer to one that would pass through our handlers: it would be 500, and a
    traceback on the log for each.
    """

    async def served(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            await app(scope, receive, send)
            return
        body = Problem(404, "not-found", "no websocket is served here").body(scope["path"])
        headers = [
            (b"content-type", CONTENT_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            *((name.lower().encode(), value.encode()) for name, value in SECURITY),
        ]
        start = {"type": "websocket.http.response.start", "status": 404, "headers": headers}
        await send(start)
        await send({"type": "websocket.http.response.body", "body": body})

    return served


def whole_sends(app: Any) -> Any:
    """`app` with sends that are carried out whole once they are begun.

    The last send of an answer also readies or closes its connection. Quart-Trio cancels a request
    as soon as it hears that it is over, which that very send tells it (hypercorn 0.18, quart-trio
    0.12): a connection whose request body was still on its way stayed open then, and deaf.
    """

    async def shielded(scope: Any, receive: Any, send: Any) -> None:
        async def whole(message: Any) -> None:
            with trio.CancelScope(shield=True):
                await send(message)

        await app(scope, receive, whole)

    return shielded


def _config(listening: socket.socket) -> Config:
    config = Config()
    config.bind = [f"fd://{listening.detach()}"]
    # The application logs for itself, in JSON.
    config.accesslog = None
    config.errorlog = None
    config.include_server_header = False
    config.graceful_timeout = GRACE_S
    config.keep_alive_timeout = IDLE_S
    config.keep_alive_max_requests = 1_000_000
    config.h11_max_incomplete_size = HEAD_MAX
    return config
