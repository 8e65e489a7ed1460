"""What a run shows over HTTP, on the loopback address: health, readiness, metrics, reasons.

GET /healthz    200, or 503 where a person is needed: {"state", "reason", ...}
GET /readyz     200 while orders are wanted in the running window, else 503 and why not
GET /metrics    Prometheus's text format
GET /quotes     every slot of every window: what is wanted, what rests, and why
POST /kill      the operator's kill switch; ?reason=... is recorded
"""

from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec
import trio

from pmapp.local_venue.http import Answer, Request, error, ok
from pmapp.local_venue.http_server import serve_http
from pmapp.maker_run.condition import Condition, condition_of, quotes
from pmapp.maker_run.metrics import KIND, exposition
from pmapp.maker_run.run_log import RunLog
from pmapp.maker_run.tally import Tally
from pmcore.events import KillAsked
from pmcore.state import State
from pmio.shell import Shell

LOOPBACK: Final = "127.0.0.1"
REASON_MAX: Final = 200
PATHS: Final = ("/healthz", "/readyz", "/metrics", "/quotes", "/kill")


class Observatory:
    """Answers questions about one run. A mistake in an answer is its own, never the run's."""

    def __init__(self, shell: Shell, state: State, tally: Tally, log: RunLog) -> None:
        self._shell = shell
        self._state = state
        self._tally = tally
        self._log = log

    def ask(self, request: Request, hear: Callable[[Answer], None]) -> None:
        """Answer one request."""
        try:
            answer = self._answer(request)
        except Exception as mistake:
            self._log.error("observatory", path=request.path, exc_info=mistake)
            answer = error(500, "it cannot be told; the log says why")
        hear(answer)

    def _answer(self, request: Request) -> Answer:
        path, method = request.path, request.method
        if path not in PATHS:
            return error(404, f"there are {', '.join(PATHS)}")
        if (path == "/kill") != (method == "POST") or method not in ("GET", "POST"):
            return error(405, "POST for /kill, GET for everything else")
        if path == "/kill":
            return self._kill(request)
        if path == "/metrics":
            text = exposition(self._shell, self._state, self._tally)
            return Answer(200, text, (("content-type", KIND),))
        if path == "/quotes":
            return ok(quotes(self._state))
        condition = condition_of(self._shell, self._state)
        good = condition.healthy if path == "/healthz" else condition.ready
        return _shown(condition, good)

    def _kill(self, request: Request) -> Answer:
        # A page in a browser on this machine may post here too, but not without these.
        if request.header("origin") or request.header("sec-fetch-site"):
            return error(403, "not from a browser")
        reason = request.query.get("reason", "")[:REASON_MAX] or "an operator's command"
        self._shell.inbox.hear(KillAsked, reason)
        return ok({"killed": reason})


def _shown(condition: Condition, good: bool) -> Answer:
    return Answer(200 if good else 503, msgspec.json.encode(condition))


async def open_port(port: int) -> list[trio.SocketListener]:
    """Listeners on the loopback address; port 0 is any free one. Raises OSError."""
    return list(await trio.open_tcp_listeners(port, host=LOOPBACK))


def url_of(listeners: list[trio.SocketListener]) -> str:
    """Where it can be asked."""
    port = listeners[0].socket.getsockname()[1]
    return f"http://{LOOPBACK}:{port}"


async def serve(observatory: Observatory, listeners: list[trio.SocketListener]) -> None:
    """Answer until cancelled."""
    await trio.serve_listeners(
        partial(serve_http, service="observatory", ask=observatory.ask), listeners
    )
