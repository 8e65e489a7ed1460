"""The metrics of a run in Prometheus's text format (version 0.0.4).

Names are stable. Money is in dollars and time in seconds, as Prometheus wants base units.

Nothing is counted here: at each question the families are made from what shell, state and tally
hold, so that being measured costs the run nothing in between. What is not known is left out: a
0 would be believed.
"""

import resource
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.registry import Collector

from pmapp.maker_run.condition import condition_of
from pmapp.maker_run.histogram import Histogram
from pmapp.maker_run.money import in_flight
from pmapp.maker_run.tally import Tally
from pmapp.screen_words import estimated
from pmcore.account.day_result import day_pnl, total_realised
from pmcore.order import LIVE
from pmcore.state import State
from pmcore.units import MICRO, ONE_DOLLAR, SECOND
from pmio.gauges import Reading, gauges
from pmio.shell import Shell

PREFIX: Final = "pm_"
KIND: Final = "text/plain; version=0.0.4; charset=utf-8"
STATES: Final = ("starting", "quoting", "paused", "killed", "halted", "stopping")
SHELL_TEXTS: Final = {
    "inbox_events": "Events that wait to be stepped.",
    "inbox_events_peak": "The most events that have waited.",
    "events_total": "Events stepped.",
    "beats_total": "Decisions taken.",
    "decision_seconds_p50": "From the first event of a batch to handing on what it led to, median.",
    "decision_seconds_p99": "The same, 99th percentile of the latest batches.",
    "quoting_allowed": "1 once the account is reconciled and a price has come.",
    "lane_acts": "Acts in a lane.",
    "lane_acts_peak": "The most acts that have waited in a lane.",
    "lane_acts_total": "Acts that a lane has done.",
    "lane_seconds_p50": "From offer to answer, median of the latest acts.",
    "lane_seconds_p95": "From offer to answer, 95th percentile of the latest acts.",
    "feed_open": "1 while a feed is connected.",
    "feed_lost_total": "Losses of a feed.",
    "feed_frames_total": "Frames heard.",
    "feed_events_total": "Facts heard.",
    "feed_garbled_total": "Frames that could not be read.",
    "feed_lag_seconds": "From the venue's stamp of the last fact to ours.",
}
"""The names of `pmio.gauges` without labels, and what they say."""
COUNT_TEXTS: Final = {
    "orders_placed": "Orders asked for.",
    "orders_accepted": "Orders that the venue took.",
    "orders_unknown": "Orders whose fate had to be found out.",
    "cancels_asked": "Cancels asked for.",
    "cancel_alls_asked": "Cancels of everything asked for.",
    "strays_cancelled": "Orders at the venue that were not ours to know.",
    "merges": "Merges confirmed.",
    "merges_failed": "Merges that failed.",
    "redemptions": "Redemptions confirmed.",
    "redemptions_failed": "Redemptions that failed.",
    "heartbeats": "Heartbeats accepted.",
    "heartbeats_missed": "Heartbeats refused or not answered.",
    "views": "Views of the account taken.",
    "views_failed": "Views of the account that failed.",
    "resyncs_asked": "Books read again.",
    "windows_done": "Windows that are settled and let go.",
}
REGIME_TEXT: Final = "Bits: 1 stale oracle, 2 stale Binance, 4 fast move, 8 oracles disagree."


class RunMetrics(Collector):
    """The families of one run, as they are whenever they are collected."""

    def __init__(self, shell: Shell, state: State, tally: Tally) -> None:
        self._shell = shell
        self._state = state
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        """Everything, in the order in which it is shown."""
        yield from _of_shell(self._shell)
        yield from _of_counts(self._tally)
        yield from _of_state(self._shell, self._state, self._tally)
        yield _submits(self._tally.submits)
        yield from _of_process()


def exposition(shell: Shell, state: State, tally: Tally) -> bytes:
    """Everything, as the answer to `GET /metrics`."""
    registry = CollectorRegistry()
    registry.register(RunMetrics(shell, state, tally))
    return generate_latest(registry)


def _one(name: str, text: str, value: float) -> Metric:
    """A family of one number; a name that ends in `_total` is a counter's."""
    family = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
    return family(PREFIX + name, text, value)


def _by(label: str, name: str, text: str, values: Iterable[tuple[str, float]]) -> Metric:
    """A family of one number for each value of a label."""
    family = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
    found = family(PREFIX + name, text, labels=[label])
    for of, value in values:
        found.add_metric([of], value)
    return found


def _of_shell(shell: Shell) -> Iterator[Metric]:
    """The readings of `pmio.gauges`, by family."""
    families: dict[str, list[Reading]] = {}
    for reading in gauges(shell):
        families.setdefault(reading.name, []).append(reading)
    for name, (first, *others) in families.items():
        if first.label:
            values = ((one.of, one.value) for one in (first, *others))
            yield _by(first.label, name, SHELL_TEXTS[name], values)
        else:
            yield _one(name, SHELL_TEXTS[name], first.value)


def _of_counts(tally: Tally) -> Iterator[Metric]:
    for name, text in COUNT_TEXTS.items():
        yield _one(f"{name}_total", text, tally.counts[name])
    ledger = tally.ledger
    fills = (("maker", ledger.maker_fills), ("taker", ledger.fills - ledger.maker_fills))
    yield _by("role", "fills_total", "Fills of ours.", fills)
    rejects = sorted(tally.rejects.items())
    yield _by("code", "rejects_total", "Orders that the venue refused, by code.", rejects)
    yield _one("pairs_merged_total", "Pairs turned back into cash.", tally.pairs_merged / MICRO)


def _of_state(shell: Shell, state: State, tally: Tally) -> Iterator[Metric]:
    """What the core believes."""
    word = condition_of(shell, state).state
    states = ((name, name == word) for name in STATES)
    yield _by("state", "state", "1 for the state that the run is in.", states)
    inventories = [market.inventory for market in state.markets.values()]
    orders = [o for market in state.markets.values() for o in market.orders.values()]
    totals = state.totals
    fees = totals.fees + sum(inventory.fees for inventory in inventories)
    rebates = totals.rebates + sum(inventory.rebates for inventory in inventories)
    unpaired = sum(abs(inventory.unpaired) for inventory in inventories)
    beat_ns = state.safety.heartbeat_ns
    plain = (
        ("realised_pnl_dollars", "Realised result since the journal began.", total_realised(state)),
        ("day_pnl_dollars", "Realised result of the present UTC day.", day_pnl(state)),
        (
            "pnl_dollars",
            "Result since the journal began, open shares at their mid.",
            tally.ledger.total(state),
        ),
        (
            "cash_dollars",
            "The account's collateral: the last view, and what came and went since.",
            state.cash if state.cash_known else None,
        ),
        ("fees_dollars", "Taker fees paid since the journal began.", fees),
        ("rebates_dollars", "Rebates received since the journal began.", rebates),
        (
            "rebate_estimate_dollars",
            "Rebates that the maker fills should earn.",
            tally.ledger.rebate_estimate(),
        ),
        ("unpaired_shares", "Shares without their other half, over all windows.", unpaired),
    )
    for name, text, micros in plain:
        if micros is not None:
            yield _one(name, text, micros / MICRO)
    counts = (
        ("orders_open", "Orders that may still take money.", len(orders)),
        ("orders_live", "Orders that rest, as we believe.", sum(o.status == LIVE for o in orders)),
        ("chain_operations", "Merges and redemptions in flight.", in_flight(state)),
        ("regime", REGIME_TEXT, state.alpha.regime),
        ("heartbeat_age_seconds", "Since the last accepted one.", _age(state.now_ns, beat_ns)),
        ("view_age_seconds", "Since the last view.", _age(state.now_ns, state.reconciled_ns)),
    )
    for name, text, value in counts:
        if value is not None:
            yield _one(name, text, value)
    yield from _of_windows(state)


def _of_windows(state: State) -> Iterator[Metric]:
    """Per window, under its slug: few at a time, and gone when it is settled."""
    markets = list(state.markets.values())
    present = [market for market in markets if estimated(market)]
    yield _by(
        "market",
        "window_q_up",
        "Probability that Up wins, while nothing forbids quotes.",
        [(market.terms.slug, market.q_up) for market in present],
    )
    yield _by(
        "market",
        "window_pair_may_cost",
        "What a pair of top bids may cost, while nothing forbids quotes.",
        [(market.terms.slug, market.target_total / ONE_DOLLAR) for market in present],
    )
    readings = (
        ("window_quoted", "1 while nothing forbids quotes.", lambda m: not m.gate),
        ("window_unpaired_shares", "Up minus Down.", lambda m: m.inventory.unpaired / MICRO),
        ("window_realised_dollars", "Realised result.", lambda m: m.inventory.realised / MICRO),
    )
    for name, text, read in readings:
        values = [(market.terms.slug, read(market)) for market in markets]
        yield _by("market", name, text, values)


def _age(now_ns: int, then_ns: int) -> float | None:
    """Seconds since; None for what has not happened, which a 0 would call just now."""
    return (now_ns - then_ns) / SECOND if then_ns else None


def _submits(spans: Histogram) -> Metric:
    text = "From asking for an order to its answer."
    return HistogramMetricFamily(
        f"{PREFIX}submit_seconds", text, spans.cumulative(), sum_value=spans.total
    )


def _of_process() -> Iterator[Metric]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    yield _one("process_cpu_seconds_total", "CPU time used.", usage.ru_utime + usage.ru_stime)
    resident = _resident()
    if resident:
        yield _one("process_resident_bytes", "Memory that is held.", resident)


def _resident() -> int:
    """Bytes, from where Linux tells them; 0 elsewhere."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * resource.getpagesize()
