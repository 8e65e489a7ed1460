"""Captures of Gamma's market list, one row per market and sweep, as Parquet (`updown_snapshots_*`).

All columns are Gamma's own strings. What is assumed:

- A row's stamp is that of the whole sweep; it is both the venue's time and the time heard.
- `best_bid` and `best_ask` are the Up token's; the Down token's are their mirror. Sizes are
  unknown: each touch is told as `NOMINAL` shares.
- A window is listed when it is first captured; terms and token ids: `tape_import/terms.py`.
- Outcomes, where a CSV with `market_id, end_date, outcome_real` is given, are heard a minute after
  the end; where two of its rows contradict each other the window has none.

Parquet is read through DuckDB (the extra `[parquet]`), a few thousand rows at a time.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NoReturn

from pmcore.events import FeedOpened, MarketListed, MarketResolved, TouchQuoted
from pmcore.ids import DOWN, MARKET_FEED, UP
from pmcore.market import Market
from pmcore.units import SECOND, Ns, Price, Shares, complement, parse_decimal
from pmio.parquet import parquet_reader
from pmio.tape import Fact, TapeError
from pmio.tape_import.recording import Recording
from pmio.tape_import.source import csv_rows, refuse, split_slug, utc_ns, window_ns
from pmio.tape_import.terms import assumed_market

NOMINAL: Final = Shares(100_000_000)
"""100 shares: what is said to lie at a touch of unknown size."""
RESOLVED_LATE_NS: Final = Ns(60 * SECOND)
ROWS_AT_ONCE: Final = 4096
COLUMNS: Final = (
    "timestamp_utc",
    "market_id",
    "condition_id",
    "slug",
    "end_date",
    "best_bid",
    "best_ask",
)
OUTCOME_COLUMNS: Final = ("market_id", "end_date", "outcome_real")
PAYOUTS: Final = {"YES": Price(10_000), "UP": Price(10_000), "NO": Price(0), "DOWN": Price(0)}
MEND: Final = "repair or remove that row"


def read(snapshots: Path, prefix: str, outcomes: Path | None = None) -> Recording:
    """The captures of one series as one recording; raises TapeError with file and row."""
    span_ns = window_ns(prefix)
    counts: Counter[str] = Counter(rows=0, order_violations=0, crossed=0, rows_after_end=0)
    facts: list[Fact] = []
    windows: dict[int, tuple[str, Market]] = {}
    last_ns = 0
    for row, values in parquet_rows(snapshots, COLUMNS, prefix):
        stamp, venue_market, condition, slug, end, bid_text, ask_text = values
        series = split_slug(slug)
        if series is None or series[0] != prefix:
            counts["rows_of_other_series"] += 1
            continue
        counts["rows"] += 1
        at_ns = _moment(snapshots, row, "timestamp_utc", stamp)
        counts["order_violations"] += at_ns < last_ns
        last_ns = at_ns
        end_ns = Ns(series[1] * SECOND + span_ns)
        if _moment(snapshots, row, "end_date", end) != end_ns:
            _refuse(snapshots, row, f"end_date {end[:30]!r} does not fit the slug {slug}")
        if series[1] not in windows:
            windows[series[1]] = (venue_market, assumed_market(prefix, series[1], condition))
        market = windows[series[1]][1]
        bid = _price(snapshots, row, "best_bid", bid_text)
        ask = _price(snapshots, row, "best_ask", ask_text)
        counts["crossed"] += bool(bid and ask and bid >= ask)
        counts["rows_after_end"] += at_ns > end_ns
        facts.append(_touch(at_ns, market, UP, bid, ask))
        mirrored_ask = complement(bid) if bid else bid
        facts.append(_touch(at_ns, market, DOWN, complement(ask) if ask else ask, mirrored_ask))
    if not facts:
        raise TapeError(snapshots, "end", f"no row of {prefix}", "choose the series with --prefix")
    opening = _listings(facts, [market for _, market in windows.values()])
    if outcomes is not None:
        payouts = _read_outcomes(outcomes, counts)
        for venue_market, market in windows.values():
            payout = payouts.get((venue_market, market.end_ns))
            if payout is not None:
                heard_ns = Ns(market.end_ns + RESOLVED_LATE_NS)
                facts.append(MarketResolved(heard_ns, market.end_ns, market.id, payout))
                counts["outcomes"] += 1
    notes = [
        "one stamp per sweep over all markets: venue time equals heard time",
        "sizes unknown: each touch is told as 100 shares; Down mirrored from Up",
        "fees, settlement, tick and minimum size assumed by date; token ids made up",
        "no oracle prices",
    ]
    return Recording(
        source="gamma-snapshots",
        prefix=prefix,
        files=(snapshots,) if outcomes is None else (snapshots, outcomes),
        facts=opening + facts,
        notes=notes,
        counts=counts,
    )


def parquet_rows(
    path: Path, columns: Sequence[str], prefix: str
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Row number (from 1) and the wanted columns as text ("" for null), in file order.

    Only rows whose `slug` begins with `prefix`. Raises TapeError, also where DuckDB is missing.
    """
    if not path.is_file():
        raise TapeError(path, "opening", "no such file", "check the file's name")
    source = "read_parquet(?, file_row_number = true)"
    with parquet_reader(path, TapeError) as base:
        named = base.execute(f"describe select * from {source}", [str(path)]).fetchall()
        present = [str(column[0]) for column in named]
        if missing := [column for column in columns if column not in present]:
            fault = f"no column {', '.join(missing)}; it has {', '.join(present)[:200]}"
            raise TapeError(path, "columns", fault, "give the file that has these columns")
        wanted = ", ".join(f"coalesce(cast({column} as varchar), '')" for column in columns)
        asked = f"select file_row_number, {wanted} from {source} where starts_with(slug, ?)"
        base.execute(f"{asked} order by file_row_number", [str(path), f"{prefix}-"])
        while rows := base.fetchmany(ROWS_AT_ONCE):
            for number, *values in rows:
                yield number + 1, tuple(values)


def _listings(facts: list[Fact], markets: list[Market]) -> list[Fact]:
    """The feed's opening, and each market when it was first captured."""
    seen: dict[int, Ns] = {}
    for fact in facts:
        if isinstance(fact, TouchQuoted):
            seen[fact.market] = Ns(min(fact.at_ns, seen.get(fact.market, fact.at_ns)))
    opened: list[Fact] = [FeedOpened(min(seen.values()), MARKET_FEED)]
    return opened + [MarketListed(seen[market.id], market) for market in markets]


def _read_outcomes(path: Path, counts: Counter[str]) -> dict[tuple[str, int], Price]:
    """Payout of Up by the venue's market number and end."""
    payouts: dict[tuple[str, int], Price] = {}
    conflicts: dict[tuple[str, int], None] = {}
    for line, (venue_market, end, outcome) in csv_rows(path, OUTCOME_COLUMNS):
        if outcome == "":
            continue
        payout = PAYOUTS.get(outcome.upper())
        if payout is None:
            refuse(path, line, f"outcome_real should be YES or NO, not {outcome[:20]!r}")
        try:
            end_ns = utc_ns(end)
        except ValueError:
            refuse(path, line, f"end_date is not a time: {end[:40]!r}")
        key = (venue_market, int(end_ns))
        if payouts.setdefault(key, payout) != payout:
            conflicts[key] = None
    for key in conflicts:
        del payouts[key]
    counts["outcomes"] = 0
    counts["outcomes_in_conflict"] = len(conflicts)
    return payouts


def _touch(at_ns: Ns, market: Market, outcome: int, bid: Price, ask: Price) -> TouchQuoted:
    sizes = [NOMINAL if price else Shares(0) for price in (bid, ask)]
    side = UP if outcome == UP else DOWN
    return TouchQuoted(at_ns, at_ns, market.id, side, bid, sizes[0], ask, sizes[1])


def _price(path: Path, row: int, name: str, text: str) -> Price:
    """Basis points; 0 for a side that is empty: no text, or a price that cannot be traded."""
    if text == "":
        return Price(0)
    try:
        price = (parse_decimal(text, 7) + 500) // 1000
    except ValueError:
        _refuse(path, row, f"{name} is not a decimal number: {text[:40]!r}")
    if not 0 <= price <= 10_000:
        _refuse(path, row, f"{name} should lie within 0 and 1, not {text[:40]!r}")
    return Price(price % 10_000)


def _moment(path: Path, row: int, name: str, text: str) -> Ns:
    try:
        return utc_ns(text)
    except ValueError:
        _refuse(path, row, f"{name} is not a time: {text[:40]!r}")


def _refuse(path: Path, row: int, fault: str) -> NoReturn:
    raise TapeError(path, f"row {row}", fault, MEND)
