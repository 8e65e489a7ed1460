"""The two price feeds as the venue writes them: RTDS and PolyBolt.

RTDS gives a value as a JSON number and once more exactly: counted in 1e-18 USD for Chainlink
topics, plain for Binance. Its first answer is a batch of about a minute, and the one for Chainlink
is labelled `crypto_prices`, as captured on 2026-04-28. PolyBolt numbers its frames per connection
and channel. Source: venue reference, sections 6.1 and 6.2.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from pmcore.ids import BINANCE, CHAINLINK, TWAP_60, Source
from pmcore.units import Ns, OraclePrice, show_decimal

Tick = tuple[Ns, OraclePrice]
"""The feed's own stamp and the price."""

RTDS_TOPICS: Final = {
    CHAINLINK: "crypto_prices_chainlink",
    BINANCE: "crypto_prices",
    TWAP_60: "crypto_prices_twap_sixty",
}
RTDS_SYMBOLS: Final = {CHAINLINK: "btc/usd", BINANCE: "btcusdt", TWAP_60: "btc/usd"}
BOLT_CHANNELS: Final = {TWAP_60: "price.crypto.twap", CHAINLINK: "price.crypto"}
BOLT_SYMBOL: Final = "btcusd"
_ENCODE: Final = msgspec.json.Encoder().encode


def _exact(source: Source, price: OraclePrice) -> str:
    return show_decimal(price, 12) if source == BINANCE else str(price * 1_000_000)


def rtds_update(source: Source, tick: Tick, now_ns: Ns, connection: str) -> bytes:
    """One price."""
    venue_ns, price = tick
    payload: dict[str, Any] = {
        "full_accuracy_value": _exact(source, price),
        "symbol": RTDS_SYMBOLS[source],
        "timestamp": venue_ns // 1_000_000,
        "value": price / 1e12,
    }
    if source == TWAP_60:
        payload["window_s"] = 60
    return _ENCODE(
        {
            "connection_id": connection,
            "payload": payload,
            "timestamp": now_ns // 1_000_000,
            "topic": RTDS_TOPICS[source],
            "type": "update",
        }
    )


def rtds_backfill(source: Source, ticks: Sequence[Tick], now_ns: Ns) -> bytes:
    """The batch that answers a subscription."""
    points = [{"timestamp": at // 1_000_000, "value": price / 1e12} for at, price in ticks]
    topic = RTDS_TOPICS[BINANCE if source == CHAINLINK else source]
    return _ENCODE(
        {
            "payload": {"data": points, "symbol": RTDS_SYMBOLS[source]},
            "timestamp": now_ns // 1_000_000,
            "topic": topic,
            "type": "subscribe",
        }
    )


RTDS_REFUSED: Final = _ENCODE(
    {"body": {"message": "leger GetTopics error: unknown topic"}, "statusCode": 401}
)


def _point(tick: Tick) -> dict[str, Any]:
    venue_ns, price = tick
    return {
        "timestamp": venue_ns // 1_000_000,
        "value": price / 1e12,
        "full_accuracy_value": show_decimal(price, 12),
    }


def bolt_frame(
    source: Source, seq: int, ticks: Sequence[Tick], now_ns: Ns, snapshot: bool, dropped: int = 0
) -> bytes:
    """One update of a channel, or (`snapshot`) its last two minutes."""
    payload: dict[str, Any] = {"symbol": BOLT_SYMBOL, "source": "chainlink"}
    if source == TWAP_60:
        payload["window_seconds"] = 60
    if snapshot:
        payload["data"] = [_point(tick) for tick in ticks]
    else:
        payload |= _point(ticks[-1])
    frame: dict[str, Any] = {
        "v": 1,
        "channel": BOLT_CHANNELS[source],
        "seq": seq,
        "ts": now_ns // 1_000_000,
    }
    if snapshot:
        frame["snapshot"] = True
    if dropped:
        frame["dropped"] = dropped
    return _ENCODE(frame | {"payload": payload})


def bolt_control(op: str, rid: str = "", **more: str) -> bytes:
    """A control answer such as `authed`, `subscribed`, `pong`, `error`."""
    return _ENCODE({"op": op, **({"rid": rid} if rid else {}), **more})
