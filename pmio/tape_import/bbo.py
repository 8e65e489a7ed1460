"""Best bid and ask of both tokens about every 2.8 s, with a candle per window (`bbo_5m_*`).

What the recording does not say, and what is assumed instead:

- One stamp per snapshot: it is both the venue's time and the time heard.
- The depth columns are totals of a side. The size at the touch is unknown; the total stands for
  it, which makes a queue at the touch look longer than it was (pessimistic for a maker).
- `btc_price` has two decimals and no named origin: it is an exchange's price, so it becomes a
  Binance tick, which only warns. With `stand_in` it is told as Chainlink too, so that a maker
  quotes at all; outcomes recomputed from it are then estimates.
- Terms and token ids: `tape_import/terms.py`. The outcome is heard a minute after the end.
"""

from collections import Counter
from pathlib import Path
from typing import Final

from pmcore.events import FeedOpened, MarketListed, MarketResolved, OracleTicked, TouchQuoted
from pmcore.ids import BINANCE, BINANCE_FEED, CHAINLINK, CHAINLINK_FEED, DOWN, MARKET_FEED, UP
from pmcore.market import Market
from pmcore.units import SECOND, Ns, Price, Shares
from pmio.tape import Fact, TapeError
from pmio.tape_import.recording import Recording
from pmio.tape_import.source import (
    csv_rows,
    moment,
    near,
    only_prefix,
    oracle_price,
    refuse,
    split_slug,
    whole,
)
from pmio.tape_import.terms import LISTED_EARLY_NS, assumed_market

RESOLVED_LATE_NS: Final = Ns(60 * SECOND)
"""The venue closes a market about 0.9 minutes after its end (venue reference, section 7)."""
CANDLE: Final = ("candle_id", "condition_id", "slug", "end_time", "winner")
TOUCH: Final = ("best_bid", "bid_depth", "best_ask", "ask_depth")
SNAPSHOT: Final = (
    "candle_id",
    "timestamp",
    *(f"{name}_{column}" for name in ("up", "down") for column in TOUCH),
    "btc_price",
)
PAYOUTS: Final = {"up": Price(10_000), "down": Price(0), "": None}


def read(
    snapshots: Path, candles: Path, prefix: str | None = None, stand_in: bool = False
) -> Recording:
    """The two CSV files as one recording; raises TapeError with file and line."""
    counts: Counter[str] = Counter(rows=0, order_violations=0, windows_without_outcome=0)
    windows, payouts, prefix = _read_candles(candles, prefix, counts)
    quotes: list[Fact] = []
    last_ns = 0
    for line, row in csv_rows(snapshots, SNAPSHOT):
        candle, stamp, *touches, btc = row
        if candle not in windows:
            refuse(snapshots, line, f"candle_id {candle[:20]!r} is not in {candles.name}")
        market = windows[candle]
        if market is None:
            counts["rows_of_other_series"] += 1
            continue
        counts["rows"] += 1
        nanos = near(snapshots, line, "timestamp", stamp, 9)
        at_ns = moment(snapshots, line, "timestamp", nanos, 1)
        counts["order_violations"] += at_ns < last_ns
        last_ns = at_ns
        pico = near(snapshots, line, "btc_price", btc, 12)
        price = oracle_price(snapshots, line, "btc_price", pico)
        quotes.append(OracleTicked(at_ns, at_ns, BINANCE, price))
        if stand_in:
            quotes.append(OracleTicked(at_ns, at_ns, CHAINLINK, price))
        for outcome, columns in ((UP, touches[:4]), (DOWN, touches[4:])):
            bid, bid_size = _side(snapshots, line, columns[0], columns[1])
            ask, ask_size = _side(snapshots, line, columns[2], columns[3])
            quotes.append(
                TouchQuoted(at_ns, at_ns, market.id, outcome, bid, bid_size, ask, ask_size)
            )
    if not quotes:
        raise TapeError(snapshots, "end", "no snapshot of that series", "check both files")
    first_ns = min(quote.at_ns for quote in quotes)
    feeds = [MARKET_FEED, BINANCE_FEED, *([CHAINLINK_FEED] if stand_in else [])]
    facts: list[Fact] = [FeedOpened(first_ns, feed) for feed in feeds]
    # A recorder that was restarted has two candles of one window.
    listed = {market.id: market for market in windows.values() if market is not None}
    for market in listed.values():
        listed_ns = Ns(max(market.start_ns - LISTED_EARLY_NS, first_ns))
        facts.append(MarketListed(listed_ns, market))
    facts += quotes
    for market in listed.values():
        if (payout := payouts[market.id]) is not None:
            heard_ns = Ns(market.end_ns + RESOLVED_LATE_NS)
            facts.append(MarketResolved(heard_ns, market.end_ns, market.id, payout))
    notes = [
        "one stamp per snapshot: venue time equals heard time",
        "size at the touch is the recorded depth of its whole side",
        "btc_price has no named origin: told as Binance" + (" and Chainlink" if stand_in else ""),
        "fees, settlement, tick and minimum size assumed by date; token ids made up",
        "outcomes are the recorder's winner column, heard 60 s after the end",
    ]
    return Recording(
        source="bbo",
        prefix=prefix,
        files=(snapshots, candles),
        facts=facts,
        notes=notes,
        counts=counts,
    )


def _read_candles(
    path: Path, asked: str | None, counts: Counter[str]
) -> tuple[dict[str, Market | None], dict[int, Price | None], str]:
    """Market of each candle (None: of another series), payout of each window, and the series."""
    rows = []
    for line, (candle, condition, slug, end, winner) in csv_rows(path, CANDLE):
        series = split_slug(slug)
        if series is None:
            refuse(path, line, f"not an up/down slug: {slug[:60]!r}")
        if winner not in PAYOUTS:
            refuse(path, line, f"winner should be up, down or empty, not {winner[:20]!r}")
        whole(path, line, "candle_id", candle)
        rows.append((line, candle, condition, series, end, PAYOUTS[winner]))
    prefix = only_prefix(path, [row[3][0] for row in rows], asked)
    windows: dict[str, Market | None] = {}
    payouts: dict[int, Price | None] = {}
    for line, candle, condition, (series_prefix, start_s), end, payout in rows:
        if candle in windows:
            refuse(path, line, f"candle_id {candle} comes twice")
        if series_prefix != prefix:
            windows[candle] = None
            continue
        market = assumed_market(prefix, start_s, condition)
        if near(path, line, "end_time", end, 9) != market.end_ns:
            refuse(path, line, f"end_time {end[:20]} does not fit the slug")
        windows[candle] = market
        known = payouts.get(market.id)
        if known is not None and payout is not None and known != payout:
            refuse(path, line, f"window {market.slug} has two winners")
        payouts[market.id] = known if payout is None else payout
    counts["windows_without_outcome"] = sum(payout is None for payout in payouts.values())
    return windows, payouts, prefix


def _side(path: Path, line: int, price_text: str, size_text: str) -> tuple[Price, Shares]:
    """Price and size of one side; both 0 where the recording has none."""
    if price_text == "":
        return Price(0), Shares(0)
    price = near(path, line, "price", price_text, 4)
    if not 0 <= price <= 10_000:
        refuse(path, line, f"a price should lie within 0 and 1, not {price_text[:20]!r}")
    size = near(path, line, "depth", size_text or "0", 6)
    if not 0 <= size < 1 << 62:
        refuse(path, line, f"depth is not a size: {size_text[:20]!r}")
    if price in (0, 10_000) or size == 0:
        return Price(0), Shares(0)
    return Price(price), Shares(size)
