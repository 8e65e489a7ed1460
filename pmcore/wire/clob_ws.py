"""The market channel of the CLOB websocket: frames to book, trade, tick and resolution facts.

The channel has no sequence numbers; what proves a book is the checksum that each frame carries
(`pmcore.book.hash`). `best_bid_ask` gives no event: every change of the touch also comes as a
`price_change`, whose checksum covers the whole book. `new_market` comes for all markets of the
venue and gives none either. A kind that we do not know is skipped, so that a new one at the venue
cannot blind us; a kind that we know in a shape that we do not is a `WireError`.
Source: venue reference, section 5.1.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from pmcore.events import (
    AnyEvent,
    BookReset,
    LevelChanged,
    Levels,
    MarketResolved,
    TickChanged,
    TradePrinted,
)
from pmcore.ids import UP, MarketId, Outcome
from pmcore.units import ONE_DOLLAR, Ns, Price
from pmcore.wire.frames import (
    FAULTS,
    Tokens,
    WireError,
    fault,
    is_control,
    level_price,
    moment,
    price,
    side,
    size,
    tick_size,
)

NO_TICKS: Final[Mapping[str, Price]] = {}


class _Level(msgspec.Struct, gc=False):
    price: str
    size: str


class _Book(msgspec.Struct, tag_field="event_type", tag="book", gc=False):
    asset_id: str
    timestamp: str | int
    bids: list[_Level] | None
    asks: list[_Level] | None
    hash: str = ""
    last_trade_price: str = ""
    tick_size: str = ""


class _Change(msgspec.Struct, gc=False):
    asset_id: str
    price: str
    size: str
    side: str
    hash: str = ""


class _PriceChange(msgspec.Struct, tag_field="event_type", tag="price_change", gc=False):
    timestamp: str | int
    price_changes: list[_Change]


class _TickSize(msgspec.Struct, tag_field="event_type", tag="tick_size_change", gc=False):
    asset_id: str
    new_tick_size: str
    timestamp: str | int


class _LastTrade(msgspec.Struct, tag_field="event_type", tag="last_trade_price", gc=False):
    asset_id: str
    price: str
    side: str
    size: str
    timestamp: str | int


class _Touch(msgspec.Struct, tag_field="event_type", tag="best_bid_ask", gc=False):
    pass


class _NewMarket(msgspec.Struct, tag_field="event_type", tag="new_market", gc=False):
    pass


class _Resolved(msgspec.Struct, tag_field="event_type", tag="market_resolved", gc=False):
    assets_ids: list[str]
    winning_asset_id: str
    timestamp: str | int


class _Kind(msgspec.Struct, gc=False):
    event_type: str


_Message = _Book | _PriceChange | _TickSize | _LastTrade | _Touch | _NewMarket | _Resolved
_KINDS: Final = (
    "book",
    "price_change",
    "tick_size_change",
    "last_trade_price",
    "best_bid_ask",
    "new_market",
    "market_resolved",
)
_ANY: Final = msgspec.json.Decoder(_Message | list[_Message])
_ONE: Final = msgspec.json.Decoder(_Message)
_RAWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_KIND: Final = msgspec.json.Decoder(_Kind)


def decode(
    frame: bytes | str, at_ns: Ns, tokens: Tokens, ticks: Mapping[str, Price] = NO_TICKS
) -> list[AnyEvent]:
    """The events of one frame, in its order; each level change on its own token.

    `at_ns` is when the frame was heard. `ticks` is the tick the caller believes each token to
    have: where a book frame says otherwise (the change fell into a lost connection), a
    `TickChanged` precedes its `BookReset`. Raises WireError, and nothing else, on malformed input.
    """
    if is_control(frame):
        return []
    try:
        try:
            message = _ANY.decode(frame)
        except msgspec.ValidationError:
            message = _known(frame)
        events: list[AnyEvent] = []
        if type(message) is _PriceChange:
            _changes(events, message, at_ns, tokens)
        elif isinstance(message, list):
            for one in message:
                _add(events, one, at_ns, tokens, ticks)
        else:
            _add(events, message, at_ns, tokens, ticks)
    except (WireError, *FAULTS) as error:
        raise fault(error, frame) from None
    return events


def _known(frame: bytes | str) -> list[_Message]:
    """The messages of a frame that holds at least one of an unknown kind or shape."""
    raw = frame.encode() if isinstance(frame, str) else frame
    parts = _RAWS.decode(raw) if raw.lstrip()[:1] == b"[" else [raw]
    return [_ONE.decode(part) for part in parts if _KIND.decode(part).event_type in _KINDS]


def _add(
    events: list[AnyEvent],
    message: _Message,
    at_ns: Ns,
    tokens: Tokens,
    ticks: Mapping[str, Price],
) -> None:
    """Append the events of one message."""
    if isinstance(message, _PriceChange):
        _changes(events, message, at_ns, tokens)
    elif isinstance(message, _Book):
        known = tokens.get(message.asset_id)
        if known is None:
            return
        venue_ns = moment(message.timestamp)
        believed = ticks.get(message.asset_id)
        if believed is not None and message.tick_size:
            tick = tick_size(message.tick_size)
            if tick != believed:
                events.append(TickChanged(at_ns, venue_ns, *known, tick))
        bids, asks = _levels(message.bids), _levels(message.asks)
        last = message.last_trade_price
        events.append(BookReset(at_ns, venue_ns, *known, bids, asks, message.hash, last))
    elif isinstance(message, _LastTrade):
        known = tokens.get(message.asset_id)
        if known is not None:
            events.append(_trade(message, at_ns, known))
    elif isinstance(message, _TickSize):
        known = tokens.get(message.asset_id)
        if known is not None:
            tick = tick_size(message.new_tick_size)
            events.append(TickChanged(at_ns, moment(message.timestamp), *known, tick))
    elif isinstance(message, _Resolved):
        _resolve(events, message, at_ns, tokens)


def _changes(events: list[AnyEvent], message: _PriceChange, at_ns: Ns, tokens: Tokens) -> None:
    """One `LevelChanged` for each change of a known token."""
    venue_ns = moment(message.timestamp)
    for change in message.price_changes:
        known = tokens.get(change.asset_id)
        if known is not None:
            events.append(
                LevelChanged(
                    at_ns,
                    venue_ns,
                    known[0],
                    known[1],
                    side(change.side),
                    level_price(change.price),
                    size(change.size),
                    change.hash,
                )
            )


def _trade(message: _LastTrade, at_ns: Ns, known: tuple[MarketId, Outcome]) -> TradePrinted:
    """The print of a trade, its price text as the book's checksum will hold it."""
    text = message.price
    whole, _, rest = text.partition(".")
    # Every captured book writes last_trade_price with three decimals ("0.040", 2026-10-05).
    padded = f"{whole}.{rest:0<3}"
    return TradePrinted(
        at_ns,
        moment(message.timestamp),
        *known,
        side(message.side),
        price(text),
        size(message.size),
        padded,
    )


def _resolve(events: list[AnyEvent], message: _Resolved, at_ns: Ns, tokens: Tokens) -> None:
    """The resolution of each of our markets that the message names."""
    seen: list[MarketId] = []
    for token in message.assets_ids:
        known = tokens.get(token)
        if known is None or known[0] in seen:
            continue
        if message.winning_asset_id not in message.assets_ids:
            # No split has been seen on the wire; what it looks like must not be guessed.
            raise WireError("market_resolved names no winner", message.winning_asset_id[:80])
        wins = known[1] if token == message.winning_asset_id else 1 - known[1]
        payout = ONE_DOLLAR if wins == UP else Price(0)
        events.append(MarketResolved(at_ns, moment(message.timestamp), known[0], payout))
        seen.append(known[0])


def _levels(levels: list[_Level] | None) -> Levels:
    """Levels as (price, size) pairs; the venue's `null` is an empty side."""
    return tuple([(level_price(at.price), size(at.size)) for at in levels or ()])
