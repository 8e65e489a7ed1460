"""A session of raw frames (`raw_sessions_*`), one recorded frame per line, decoded as live ones.

A folder with `raw_messages.jsonl` (`source, recv_wall_ts` ms, `recv_mono_ns, ingest_seq, payload`)
and `markets.jsonl`, each plain or gzip. Told from it:

- `polymarket_clob`: REST books and the market channel; `polymarket_rtds_chainlink`: the old price
  feed, with the minute of history that answers each subscription; `binance`: trades, at their
  price. Other sources, and other markets and coins than those of the series, are counted only.
- A frame that cannot be decoded becomes `Garbled`, as it would live.
- The recorder connects for a few seconds and goes away again. Where a source is silent for more
  than 5 s its feed is told as lost right after the last frame, and opened with the next: what lies
  between was not heard, so books are invalid until their next snapshot. At the end all are lost.
- A market is listed with the first frame, its terms from `markets.jsonl`. No outcomes are known.
"""

from collections import Counter
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from pmcore.events import FeedLost, FeedOpened, Garbled, MarketListed, OracleTicked
from pmcore.ids import (
    BINANCE,
    BINANCE_FEED,
    CHAINLINK_FEED,
    DOWN,
    MARKET_FEED,
    UP,
    Feed,
    MarketId,
    Outcome,
)
from pmcore.market import FeeTerms, Market, RewardTerms
from pmcore.units import MILLISECOND, SECOND, Ns, Price, Shares
from pmcore.wire import clob_rest, clob_ws, rtds
from pmcore.wire.frames import FAULTS, WireError, excerpt_of, moment, oracle_price
from pmio.tape import Fact, TapeError
from pmio.tape_import import source
from pmio.tape_import.recording import Recording
from pmio.tape_import.source import field, json_lines, only_prefix, refuse, split_slug
from pmio.tape_import.terms import settlement_on

SILENCE_NS: Final = Ns(5 * SECOND)
FEEDS: Final = {
    "polymarket_clob": MARKET_FEED,
    "polymarket_rtds_chainlink": CHAINLINK_FEED,
    "binance": BINANCE_FEED,
}
Tokens = dict[str, tuple[MarketId, Outcome]]


class _Trade(msgspec.Struct):
    """What is read of a Binance trade: its time (ms) and its price."""

    time: int = msgspec.field(name="T")
    price: str = msgspec.field(name="p")


class _Stream(msgspec.Struct):
    stream: str
    data: msgspec.Raw


class _Asset(msgspec.Struct):
    asset_id: str


_ASSET: Final = msgspec.json.Decoder(_Asset)
_STREAM: Final = msgspec.json.Decoder(_Stream)
_TRADE: Final = msgspec.json.Decoder(_Trade)


def read(folder: Path, prefix: str | None = None) -> Recording:
    """The session as one recording; raises TapeError with file and line."""
    frames, markets = _file(folder, "raw_messages"), _file(folder, "markets")
    counts: Counter[str] = Counter(rows=0, order_violations=0, seq_violations=0, garbled=0)
    listed, prefix = _read_markets(markets, prefix)
    tokens = {
        token: (market.id, outcome)
        for market in listed
        for outcome, token in zip((UP, DOWN), market.tokens, strict=True)
    }
    asset = prefix.split("-")[0]
    facts: list[Fact] = []
    heard: dict[Feed, Ns] = {}
    first_ns = last_ns = Ns(0)
    last_seq = -1
    for line, row in json_lines(frames):
        counts["rows"] += 1
        name = field(frames, line, row, "source", str)
        at_ns = _heard_ns(frames, line, row)
        seq = field(frames, line, row, "ingest_seq", int)
        counts["order_violations"] += at_ns < last_ns
        counts["seq_violations"] += seq <= last_seq
        last_ns, last_seq = at_ns, seq
        feed = FEEDS.get(name)
        if feed is None:
            counts[f"rows_of_{name[:40]}"] += 1
            continue
        first_ns = min(first_ns or at_ns, at_ns)
        _keep_feed(facts, heard, feed, at_ns)
        payload = field(frames, line, row, "payload", str)
        try:
            facts += _decode(feed, payload, at_ns, tokens, asset)
        except WireError as error:
            counts["garbled"] += 1
            facts.append(Garbled(at_ns, feed, error.reason, error.excerpt))
    if not heard:
        raise TapeError(frames, "end", "no frame of a known source", "check the folder")
    for feed in sorted(heard):
        facts.append(FeedLost(heard[feed], feed, "the recording ends"))
    notes = [
        "a silence of more than 5 s is told as a lost feed; nothing in it was heard",
        "price history that answers a subscription is told when heard, with its own old times",
        "no outcomes; settlement by date, other terms from the session's market list",
    ]
    opening: list[Fact] = [MarketListed(first_ns, market) for market in listed]
    return Recording(
        source="raw-session",
        prefix=prefix,
        files=(frames, markets),
        facts=opening + facts,
        notes=notes,
        counts=counts,
    )


def _file(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.jsonl.gz", folder / f"{name}.jsonl"):
        if path.is_file():
            return path
    fault = f"it has no {name}.jsonl or {name}.jsonl.gz"
    raise TapeError(folder, "folder", fault, "give the folder of one session")


def _heard_ns(path: Path, line: int, row: dict[str, Any]) -> Ns:
    """Time of receipt: wall clock in ms, or its finer copy where the two agree."""
    wall_ms = field(path, line, row, "recv_wall_ts", int)
    wall_ns = source.moment(path, line, "recv_wall_ts", wall_ms, MILLISECOND)
    fine = row.get("recv_mono_ns")
    return Ns(fine) if isinstance(fine, int) and fine // MILLISECOND == wall_ms else wall_ns


def _keep_feed(facts: list[Fact], heard: dict[Feed, Ns], feed: Feed, at_ns: Ns) -> None:
    """Tell a feed's first frame, or the silence before this one, and note when it was heard."""
    before = heard.get(feed)
    if before is None:
        facts.append(FeedOpened(at_ns, feed))
    elif at_ns - before > SILENCE_NS:
        facts.append(FeedLost(before, feed, f"silent for {(at_ns - before) / SECOND:.1f} s"))
        facts.append(FeedOpened(at_ns, feed))
    heard[feed] = at_ns


def _decode(feed: Feed, payload: str, at_ns: Ns, tokens: Tokens, asset: str) -> list[Fact]:
    """The facts of one frame; raises WireError."""
    if feed == CHAINLINK_FEED:
        return list(rtds.decode(payload, at_ns, f"{asset}/usd", f"{asset}usdt"))
    if feed == BINANCE_FEED:
        return _binance(payload, at_ns, f"{asset}usdt@trade")
    text = payload.lstrip()
    if text.startswith("{") and '"event_type"' not in text:
        # A REST book has no event_type; the socket's frames all have one.
        return _rest_book(payload, at_ns, tokens)
    return cast(list[Fact], clob_ws.decode(payload, at_ns, tokens))


def _rest_book(payload: str, at_ns: Ns, tokens: Tokens) -> list[Fact]:
    try:
        wanted = _ASSET.decode(payload).asset_id in tokens
    except FAULTS as error:
        raise WireError(str(error)[:200], excerpt_of(payload)) from error
    return [clob_rest.book(200, payload.encode(), at_ns, tokens)] if wanted else []


def _binance(payload: str, at_ns: Ns, stream: str) -> list[Fact]:
    try:
        message = _STREAM.decode(payload)
        if message.stream != stream:
            return []
        trade = _TRADE.decode(message.data)
        price = oracle_price(trade.price, 0)
        return [OracleTicked(at_ns, moment(trade.time), BINANCE, price)]
    except FAULTS as error:
        raise WireError(str(error)[:200], excerpt_of(payload)) from error


def _read_markets(path: Path, asked: str | None) -> tuple[list[Market], str]:
    rows = []
    for line, obj in json_lines(path):
        series = split_slug(field(path, line, obj, "slug", str))
        if series is not None:
            rows.append((line, series, obj))
    prefix = only_prefix(path, [series[0] for _, series, _ in rows], asked)
    listed: dict[int, Market] = {}
    for line, (series_prefix, start_s), obj in rows:
        if series_prefix == prefix:
            listed[start_s] = _market(path, line, obj, prefix, start_s)
    return [listed[start_s] for start_s in sorted(listed)], prefix


def _market(path: Path, line: int, obj: dict[str, Any], prefix: str, start_s: int) -> Market:
    start_ns = Ns(start_s * SECOND)
    end_ns = Ns(start_ns + source.window_ns(prefix))
    times = (field(path, line, obj, "start_ts", int), field(path, line, obj, "end_ts", int))
    if (times[0] * MILLISECOND, times[1] * MILLISECOND) != (start_ns, end_ns):
        refuse(path, line, f"the times of {obj['slug']} do not fit its slug")
    named = {
        str(outcome.get("outcome")): str(outcome.get("token_id"))
        for outcome in field(path, line, obj, "outcomes", list)
        if isinstance(outcome, dict)
    }
    if sorted(named) != ["Down", "Up"]:
        refuse(path, line, f"outcomes should be Up and Down, not {', '.join(named)[:60]!r}")
    return Market(
        id=MarketId(start_s),
        slug=f"{prefix}-{start_s}",
        condition_id=field(path, line, obj, "condition_id", str),
        tokens=(named["Up"], named["Down"]),
        start_ns=start_ns,
        end_ns=end_ns,
        tick=Price(_scaled(path, line, obj, "tick_size", 4)),
        min_size=Shares(_scaled(path, line, obj, "min_order_size", 6)),
        fees=_fees(path, line, obj),
        rewards=RewardTerms(),
        settlement=settlement_on(prefix, start_ns),
    )


def _scaled(path: Path, line: int, obj: dict[str, Any], name: str, places: int) -> int:
    amount = source.near(path, line, name, str(obj.get(name)), places)
    if not 0 <= amount < 1 << 62:
        refuse(path, line, f"{name} is out of bounds: {amount}")
    return amount


def _fees(path: Path, line: int, obj: dict[str, Any]) -> FeeTerms:
    terms = field(path, line, obj, "fee_parameters", dict)
    if not terms.get("fees_enabled"):
        return FeeTerms()
    curve = field(path, line, terms, "raw_fee_config", dict)
    exponent = field(path, line, curve, "exponent", int)
    if not 0 <= exponent <= 8:
        refuse(path, line, f"exponent is out of bounds: {exponent}")
    return FeeTerms(
        rate_ppm=_scaled(path, line, curve, "rate", 6),
        exponent=exponent,
        rebate_ppm=_scaled(path, line, curve, "rebateRate", 6),
    )
