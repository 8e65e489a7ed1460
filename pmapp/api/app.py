"""The endpoints as a web application: Quart on Trio. The only file of the API that knows it."""

import time
from collections.abc import Awaitable, Callable
from typing import Final

import attrs
from quart import Response, g, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException

from pmapp.api.endpoints import Endpoints
from pmapp.api.exchange import SECURITY, Answer, Ask
from pmapp.api.metrics import Metrics
from pmapp.api.problems import CONTENT_TYPE, Problem
from pmapp.api.rates import Rates
from pmapp.services.service_log import Log

TARGET_MAX: Final = 4_096
"""Bytes of path and query."""
UNMETERED: Final = ("/healthz", "/readyz")
"""Whoever watches over us must not be turned away."""
OTHER: Final = "other"


@attrs.frozen
class Limits:
    """What one server takes."""

    rates: Rates
    in_flight: int
    cors_origin: str = ""
    """The one origin whose pages may read the answers; "" for none."""


def application(endpoints: Endpoints, limits: Limits, log: Log) -> QuartTrio:
    """The application, to be served or to be called by tests."""
    app = QuartTrio("pm-sweep", static_folder=None)
    _add_routes(app, endpoints)
    door = _Door(limits, endpoints.metrics)
    app.before_request(door.admit)
    app.after_request(door.finish)
    app.teardown_request(door.leave)

    async def confess(error: Exception) -> Response:
        log.error("api.fault", path=request.path, exc_info=error)
        return await _tell(Problem(500, "internal-error", "the request failed; it was logged"))

    app.register_error_handler(Problem, _tell)
    app.register_error_handler(HTTPException, _refuse)
    app.register_error_handler(Exception, confess)
    return app


def _add_routes(app: QuartTrio, endpoints: Endpoints) -> None:
    def route(path: str, endpoint: Callable[..., Awaitable[Answer]]) -> None:
        async def view(**named: str) -> Response:
            return _response(await endpoint(_ask(), **named))

        app.add_url_rule(path, path, view, methods=["GET"])

    route("/v1/opportunities", endpoints.opportunities)
    route("/v1/market/<market_id>", endpoints.market)
    route("/v1/config", endpoints.configuration)
    route("/healthz", endpoints.alive)
    route("/readyz", endpoints.ready)
    route("/metrics", endpoints.measures)
    route("/openapi.json", endpoints.openapi)


class _Door:
    """What every request passes on its way in and out; it counts those that are inside."""

    def __init__(self, limits: Limits, metrics: Metrics) -> None:
        self._limits = limits
        self._metrics = metrics
        self._under_way = 0

    async def admit(self) -> None:
        """Let a request in, or raise the Problem that it is answered with."""
        g.begun = time.perf_counter()
        self._under_way += 1
        g.counted = True
        if request.path not in UNMETERED:
            self._meter()
        if len(request.query_string) + len(request.path) > TARGET_MAX:
            raise Problem(414, "uri-too-long", f"path and query are limited to {TARGET_MAX} bytes")
        if _brings_body():
            raise Problem(413, "no-body-wanted", "this API is read only and takes no body")

    def _meter(self) -> None:
        """Raise the Problem of too many requests: at a time, or from one address."""
        if self._under_way > self._limits.in_flight:
            retry = (("Retry-After", "1"),)
            raise Problem(503, "overloaded", "too many requests at a time", headers=retry)
        if wait_s := self._limits.rates.wait_s(_client()):
            seconds = f"{max(1, round(wait_s + 0.5))}"
            told = "more requests a second than one address may ask"
            raise Problem(429, "too-many-requests", told, headers=(("Retry-After", seconds),))

    async def finish(self, response: Response) -> Response:
        """Measure an answer, whatever it is, and give it the headers that all have."""
        route = request.url_rule.rule if request.url_rule is not None else OTHER
        seconds = time.perf_counter() - g.begun
        self._metrics.note_request(route, response.status_code, seconds)
        for name, value in SECURITY:
            response.headers[name] = value
        if self._limits.cors_origin:
            response.headers["Access-Control-Allow-Origin"] = self._limits.cors_origin
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if _brings_body():
            # It is answered before the body is there, and what comes of it is not read.
            response.headers["Connection"] = "close"
        return response

    async def leave(self, _error: BaseException | None) -> None:
        """A request is over, also one that was never answered."""
        if g.pop("counted", False):
            self._under_way -= 1


async def _tell(problem: Problem) -> Response:
    headers = (*problem.headers, ("Cache-Control", "no-store"))
    body = problem.body(request.path)
    return _response(Answer(problem.status, body, CONTENT_TYPE, headers))


async def _refuse(error: HTTPException) -> Response:
    status = error.code or 500
    if status == 404:
        return await _tell(Problem(404, "not-found", "nothing is served here"))
    if status == 405:
        allow = (("Allow", "GET, HEAD, OPTIONS"),)
        return await _tell(Problem(405, "read-only", "this API is read only", headers=allow))
    return await _tell(Problem(status, "refused", error.description or "refused"))


def _brings_body() -> bool:
    return bool(request.content_length) or "transfer-encoding" in request.headers


def _ask() -> Ask:
    headers = {name.lower(): value for name, value in request.headers.items()}
    pairs = list(request.args.items(multi=True))
    kinds = request.accept_mimetypes
    prefers_csv = bool(kinds) and kinds.best_match(["application/json", "text/csv"]) == "text/csv"
    return Ask(request.path, pairs, headers, prefers_csv)


def _client() -> str:
    # The peer itself: what a header says about it can be made up.
    client = request.scope.get("client")
    return str(client[0]) if client else ""


def _response(answer: Answer) -> Response:
    response = Response(answer.content, answer.status, content_type=answer.content_type)
    for name, value in answer.headers:
        response.headers[name] = value
    return response
