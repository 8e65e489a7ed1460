"""The metrics of a run in Prometheus's text format (version 0.0.4).

Names are stable. Money is in dollars and time in seconds, as Prometheus wants base units.
"""

import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from pmapp.maker_run.condition import condition_of
from pmapp.maker_run.histogram import Histogram
from pmapp.maker_run.money import in_flight
from pmapp.maker_run.tally import Tally
from pmcore.maker.risk import day_pnl, total_realised
from pmcore.order import LIVE
from pmcore.state import State
from pmcore.units import MICRO, SECOND
from pmio.gauges import gauges
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


class Sample(msgspec.Struct, frozen=True):
    """One number; `labels` is "" or what stands between the braces."""

    labels: str
    value: float


def exposition(shell: Shell, state: State, tally: Tally) -> bytes:
    """Everything, as the answer to `GET /metrics`."""
    lines: list[str] = []
    for family in (*_of_shell(shell), *_of_counts(tally), *_of_state(shell, state, tally)):
        lines += family
    lines += _histogram("submit_seconds", "From asking for an order to its answer.", tally.submits)
    lines += _of_process()
    return ("\n".join(lines) + "\n").encode()


def _family(name: str, kind: str, text: str, samples: list[Sample]) -> list[str]:
    name = PREFIX + name
    head = [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
    return head + [f"{name}{one.labels} {_number(one.value)}" for one in samples]


def _number(value: float) -> str:
    """A whole number without a point, anything else with all its digits."""
    return str(int(value)) if value == int(value) else repr(float(value))


def _of_shell(shell: Shell) -> Iterator[list[str]]:
    """The readings of `pmio.gauges`, by family."""
    families: dict[str, list[Sample]] = {}
    for name, value in gauges(shell).items():
        plain, brace, labels = name.partition("{")
        families.setdefault(plain, []).append(Sample(brace + labels, float(value)))
    for name, samples in families.items():
        kind = "counter" if name.endswith("_total") else "gauge"
        yield _family(name, kind, SHELL_TEXTS[name], samples)


def _of_counts(tally: Tally) -> Iterator[list[str]]:
    for name, text in COUNT_TEXTS.items():
        yield _family(f"{name}_total", "counter", text, [Sample("", tally.counts[name])])
    ledger = tally.ledger
    fills = [
        Sample('{role="maker"}', ledger.maker_fills),
        Sample('{role="taker"}', ledger.fills - ledger.maker_fills),
    ]
    yield _family("fills_total", "counter", "Fills of ours.", fills)
    rejects = [Sample(f'{{code="{code}"}}', n) for code, n in sorted(tally.rejects.items())]
    yield _family("rejects_total", "counter", "Orders that the venue refused, by code.", rejects)
    pairs = [Sample("", tally.pairs_merged / MICRO)]
    yield _family("pairs_merged_total", "counter", "Pairs turned back into cash.", pairs)


def _of_state(shell: Shell, state: State, tally: Tally) -> Iterator[list[str]]:
    """What the core believes."""
    word = condition_of(shell, state).state
    states = [Sample(f'{{state="{name}"}}', name == word) for name in STATES]
    yield _family("state", "gauge", "1 for the state that the run is in.", states)
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
        ("pnl_dollars", "Result of this run, open shares at their mid.", tally.ledger.total(state)),
        ("cash_dollars", "The account's collateral at the last view.", state.cash),
        ("fees_dollars", "Taker fees paid.", fees),
        ("rebates_dollars", "Rebates received.", rebates),
        (
            "rebate_estimate_dollars",
            "Rebates that the maker fills should earn.",
            tally.ledger.rebate_estimate(),
        ),
        ("unpaired_shares", "Shares without their other half, over all windows.", unpaired),
    )
    for name, text, micros in plain:
        yield _family(name, "gauge", text, [Sample("", micros / MICRO)])
    counts = (
        ("orders_open", "Orders that may still take money.", len(orders)),
        ("orders_live", "Orders that rest, as we believe.", sum(o.status == LIVE for o in orders)),
        ("chain_operations", "Merges and redemptions in flight.", in_flight(state)),
        ("regime", "Bits: 1 stale oracle, 2 stale Binance, 4 fast move, 8.", state.alpha.regime),
        ("heartbeat_age_seconds", "Since the last accepted one.", _age(state.now_ns, beat_ns)),
        ("view_age_seconds", "Since the last view.", _age(state.now_ns, state.reconciled_ns)),
    )
    for name, text, value in counts:
        yield _family(name, "gauge", text, [Sample("", value)])
    yield from _of_windows(state)


def _of_windows(state: State) -> Iterator[list[str]]:
    """Per window, under its slug: few at a time, and gone when it is settled."""
    readings = (
        ("window_q_up", "Probability that Up wins.", lambda m: m.q_up),
        (
            "window_pair_may_cost",
            "What a pair of top bids may cost.",
            lambda m: m.target_total / 1e4,
        ),
        ("window_quoted", "1 while nothing forbids quotes.", lambda m: not m.gate),
        ("window_unpaired_shares", "Up minus Down.", lambda m: m.inventory.unpaired / MICRO),
        ("window_realised_dollars", "Realised result.", lambda m: m.inventory.realised / MICRO),
    )
    for name, text, read in readings:
        samples = [
            Sample(f'{{market="{market.terms.slug}"}}', read(market))
            for market in state.markets.values()
        ]
        yield _family(name, "gauge", text, samples)


def _age(now_ns: int, then_ns: int) -> float:
    """Seconds since; 0 for what has not happened."""
    return (now_ns - then_ns) / SECOND if then_ns else 0.0


def _histogram(name: str, text: str, spans: Histogram) -> list[str]:
    name = PREFIX + name
    lines = [f"# HELP {name} {text}", f"# TYPE {name} histogram"]
    lines += [f'{name}_bucket{{le="{bound}"}} {n}' for bound, n in spans.cumulative()]
    return [*lines, f"{name}_sum {spans.total!r}", f"{name}_count {spans.count}"]


def _of_process() -> list[str]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu = [Sample("", usage.ru_utime + usage.ru_stime)]
    lines = _family("process_cpu_seconds_total", "counter", "CPU time used.", cpu)
    resident = _resident()
    if resident:
        text = "Memory that is held."
        lines += _family("process_resident_bytes", "gauge", text, [Sample("", resident)])
    return lines


def _resident() -> int:
    """Bytes, from where Linux tells them; 0 elsewhere."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * resource.getpagesize()
