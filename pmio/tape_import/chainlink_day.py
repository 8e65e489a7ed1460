"""One day of the Chainlink BTC/USD stream, and the listings of that day's windows.

Two files: prices as CSV (`feed_ts_ms, full_accuracy_value` in 1e-18 USD, `recv_ms`) and one JSON
object per market (the whole Gamma object under `raw`). There are no books on such a tape.

What the listings say was captured after the windows had closed, so it is set back to what it was:

- `accepting`, `active` true and `closed` false; the tick is 0.01, at which these windows open (a
  tick of 0.001 in the capture is what a move beyond 0.04 or 0.96 left behind).
- A window is listed 300 s before its start, never before the tape begins.
- The outcome is heard at `closedTime`, or a minute after the end where that is missing.

Fees and settlement (instant or averaged, by `resolutionSource`) are the listing's own.
"""

from collections import Counter
from pathlib import Path
from typing import Any, Final

import msgspec

from pmcore.events import FeedOpened, MarketListed, MarketResolved, OracleTicked
from pmcore.ids import CHAINLINK, CHAINLINK_FEED
from pmcore.market import Market
from pmcore.units import MILLISECOND, SECOND, Ns, Price
from pmcore.wire.frames import WireError
from pmcore.wire.gamma import decode_market
from pmio.tape import Fact, TapeError
from pmio.tape_import.recording import Recording
from pmio.tape_import.source import (
    csv_rows,
    field,
    json_lines,
    moment,
    only_prefix,
    oracle_price,
    refuse,
    split_slug,
    utc_ns,
    whole,
    window_ns,
)
from pmio.tape_import.terms import LISTED_EARLY_NS, OPEN_TICK

PRICE_COLUMNS: Final = ("feed_ts_ms", "full_accuracy_value", "recv_ms")
RESOLVED_LATE_NS: Final = Ns(60 * SECOND)
PAYOUTS: Final = {("1", "0"): Price(10_000), ("0", "1"): Price(0), ("0.5", "0.5"): Price(5_000)}
NOTES: Final = (
    "listings were captured after the close: flags and tick (0.01) set back to the opening",
    "each window listed 300 s before its start, or where the tape begins",
    "outcomes heard at closedTime, or 60 s after the end where it is missing",
    "oracle prices only: no books, no trades",
)


def read(prices: Path, markets: Path, prefix: str | None = None) -> Recording:
    """The two files as one recording; raises TapeError with file and line."""
    counts: Counter[str] = Counter(rows=0, order_violations=0, heard_before_venue=0)
    ticks = _read_ticks(prices, counts)
    if not ticks:
        raise TapeError(prices, "end", "no price below the header", "check the file")
    first_ns = min(tick.at_ns for tick in ticks)
    facts: list[Fact] = [FeedOpened(first_ns, CHAINLINK_FEED)]
    resolved: list[Fact] = []
    listed, prefix = _read_markets(markets, prefix, counts)
    for line, market, obj in listed:
        listed_ns = Ns(max(market.start_ns - LISTED_EARLY_NS, first_ns))
        facts.append(MarketListed(listed_ns, market))
        payout = _payout(markets, line, obj)
        if payout is None:
            counts["windows_without_outcome"] += 1
            continue
        closed_ns = _closed_ns(markets, line, obj["raw"], market)
        resolved.append(MarketResolved(closed_ns, closed_ns, market.id, payout))
    return Recording(
        source="chainlink-day",
        prefix=prefix,
        files=(prices, markets),
        facts=facts + ticks + resolved,
        notes=list(NOTES),
        counts=counts,
    )


def _read_ticks(path: Path, counts: Counter[str]) -> list[Fact]:
    ticks: list[Fact] = []
    last_ns = 0
    for line, (feed, full, recv) in csv_rows(path, PRICE_COLUMNS):
        feed_ms = whole(path, line, "feed_ts_ms", feed)
        venue_ns = moment(path, line, "feed_ts_ms", feed_ms, MILLISECOND)
        at_ns = moment(path, line, "recv_ms", whole(path, line, "recv_ms", recv), MILLISECOND)
        # 1e-18 USD down to 1e-12: the floor, as for a live frame.
        pico = whole(path, line, "full_accuracy_value", full) // 1_000_000
        price = oracle_price(path, line, "full_accuracy_value", pico)
        counts["order_violations"] += at_ns < last_ns
        counts["heard_before_venue"] += at_ns < venue_ns
        last_ns = at_ns
        ticks.append(OracleTicked(at_ns, venue_ns, CHAINLINK, price))
    counts["rows"] = len(ticks)
    return ticks


def _read_markets(
    path: Path, asked: str | None, counts: Counter[str]
) -> tuple[list[tuple[int, Market, dict[str, Any]]], str]:
    """Line, market as it was when open, and object of every window of the series."""
    rows = []
    for line, obj in json_lines(path):
        slug = field(path, line, obj, "slug", str)
        series = split_slug(slug)
        if series is None:
            refuse(path, line, f"not an up/down slug: {slug[:60]!r}")
        rows.append((line, series, obj))
    prefix = only_prefix(path, [series[0] for _, series, _ in rows], asked)
    listed: dict[int, tuple[int, Market, dict[str, Any]]] = {}
    for line, (series_prefix, start_s), obj in rows:
        if series_prefix != prefix:
            counts["markets_of_other_series"] += 1
            continue
        if start_s in listed:
            refuse(path, line, f"window {start_s} came before, on line {listed[start_s][0]}")
        try:
            market = decode_market(field(path, line, obj, "raw", dict), prefix)
        except WireError as error:
            refuse(path, line, f"not a Gamma market: {error}")
        if market.start_ns != start_s * SECOND or market.end_ns != start_s * SECOND + window_ns(
            prefix
        ):
            refuse(path, line, f"the times of {obj['slug']} do not fit its slug")
        was = msgspec.structs.replace(
            market, accepting=True, active=True, closed=False, tick=OPEN_TICK
        )
        listed[start_s] = (line, was, obj)
    return [listed[start_s] for start_s in sorted(listed)], prefix


def _payout(path: Path, line: int, obj: dict[str, Any]) -> Price | None:
    """The official payout of Up; None while the prices are not those of a resolution."""
    prices = field(path, line, obj, "outcome_prices", list)
    names = obj["raw"].get("outcomes")
    try:
        order = msgspec.json.decode(names, type=list[str]) if isinstance(names, str) else names
    except msgspec.DecodeError:
        order = None
    if order not in (["Up", "Down"], ["Down", "Up"]) or len(prices) != 2:
        refuse(path, line, "outcomes should be Up and Down with a price each")
    if order[0] == "Down":
        prices = prices[::-1]
    return PAYOUTS.get((str(prices[0]), str(prices[1])))


def _closed_ns(path: Path, line: int, raw: dict[str, Any], market: Market) -> Ns:
    text = raw.get("closedTime")
    if not text:
        return Ns(market.end_ns + RESOLVED_LATE_NS)
    try:
        # Gamma writes "2026-07-24 00:00:16+00".
        return utc_ns(str(text))
    except ValueError:
        refuse(path, line, f"closedTime is not a time: {str(text)[:40]!r}")
