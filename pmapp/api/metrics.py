"""What Prometheus is told, in a registry of our own.

The API serves from another process than the one that ingests and scores, so what those did is
read from the database: each of their cycles leaves its summary in the table `cycles`.
"""

import re
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from pmcore.units import SECOND
from pmio.store.upkeep import Health

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_REQUEST_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_ROUND_S: Final = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0)
_FOUND: Final = ("new", "known", "skipped")


class Metrics:
    """Counters and gauges of one server."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "pm_api_requests_total", "Requests answered.", ("route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "pm_api_request_seconds", "Time to an answer.", ("route",), buckets=_REQUEST_S,
            registry=registry,
        )  # fmt: skip
        self._markets = Counter(
            "pm_ingest_markets_total", "Markets that discoveries have seen.", ("outcome",),
            registry=registry,
        )  # fmt: skip
        self._quote_latency = Histogram(
            "pm_ingest_quote_latency_seconds",
            "Time of one round of quotes, from asking for the first to storing the last.",
            buckets=_ROUND_S,
            registry=registry,
        )
        self._scored = Counter(
            "pm_score_opportunities_total", "Rows that scoring cycles have stored.",
            registry=registry,
        )  # fmt: skip
        self._freshness = Gauge(
            "pm_quote_freshness_seconds", "Age of the newest quote, by the scorer's clock.",
            registry=registry,
        )  # fmt: skip
        self._lag = Gauge(
            "pm_scoring_lag_seconds", "Time since the newest scores were begun.", registry=registry
        )
        self._open = Gauge("pm_markets_open", "Markets that are open.", registry=registry)
        self._failures = Gauge(
            "pm_cycle_failures", "Failures in a row of a loop.", ("cycle",), registry=registry
        )
        self._up = Gauge("pm_database_up", "1 while the database answers.", registry=registry)
        for found in _FOUND:
            self._markets.labels(found)
        self._told: dict[str, int] = {}
        self._looked = False

    def note_request(self, route: str, status: int, seconds: float) -> None:
        """One answer. `route` is one of ours, never what somebody made up."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def note_database(self, reachable: bool) -> None:
        """Whether the database answered."""
        self._up.set(float(reachable))

    def note_health(self, health: Health, wall_ns: int) -> None:
        """The state of the data, and what the cycles since the last look have done."""
        self._open.set(health.open_markets)
        newest = health.generation
        if newest is not None:
            lag_ns = wall_ns - newest.begun_ns
            self._lag.set(max(lag_ns, 0) / SECOND)
            if health.quoted_ns is not None:
                # The scorer's clock may live in a recording: it stood at `as_of` at `begun`.
                self._freshness.set(max(newest.as_of_ns + lag_ns - health.quoted_ns, 0) / SECOND)
        for name, cycle in health.cycles.items():
            self._failures.labels(name).set(cycle.failures)
            if cycle.succeeded_ns is None or cycle.succeeded_ns == self._told.get(name):
                continue
            self._told[name] = cycle.succeeded_ns
            # What the very first look finds was done before this server began, and belongs to no
            # counter of it; a cycle that it did not find has begun since, so its first one counts.
            if self._looked and cycle.failures == 0:
                self._note_cycle(name, cycle.told)
        self._looked = True

    def _note_cycle(self, name: str, told: str) -> None:
        if name == "discovery":
            for found in _FOUND:
                self._markets.labels(found).inc(_number(told, found))
        elif name == "score":
            self._scored.inc(_number(told, "stored"))
        elif name == "quotes":
            self._quote_latency.observe(_number(told, "duration_s"))

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)


def _number(told: str, name: str) -> float:
    """A number of a summary, which may have been cut off; 0 if it is not there."""
    found = re.search(rf'"{name}": ([0-9.]+)', told)
    return float(found[1]) if found else 0.0
