"""The old price feed (RTDS): Chainlink, its 60-second average, and Binance.

A frame is an update (one price) or the batch that answers a subscription. The batch for Chainlink
comes labelled `crypto_prices`, so the symbol decides which source a price is of, and the topic
only where it names an average. Source: venue reference, section 6.1.
"""

from decimal import Decimal
from typing import Final

import msgspec

from pmcore.events import OracleTicked
from pmcore.ids import BINANCE, CHAINLINK, TWAP_60, Source
from pmcore.units import Ns
from pmcore.wire.frames import FAULTS, WireError, fault, is_control, moment, oracle_price


class _Point(msgspec.Struct, gc=False):
    timestamp: int
    value: Decimal
    full_accuracy_value: str = ""


class _Payload(msgspec.Struct, gc=False):
    symbol: str
    timestamp: int = -1
    value: Decimal | None = None
    full_accuracy_value: str = ""
    data: list[_Point] | None = None


class _Frame(msgspec.Struct, gc=False):
    topic: str
    type: str
    payload: msgspec.Raw


class _Refusal(msgspec.Struct, gc=False):
    statusCode: int  # noqa: N815 -- the venue's spelling


_AVERAGE: Final = "crypto_prices_twap_sixty"
_TOPICS: Final = ("crypto_prices", "crypto_prices_chainlink", _AVERAGE)
_FRAME: Final = msgspec.json.Decoder(_Frame)
_PAYLOAD: Final = msgspec.json.Decoder(_Payload)
_REFUSAL: Final = msgspec.json.Decoder(_Refusal)


def decode(
    frame: bytes | str, at_ns: Ns, chainlink: str = "btc/usd", binance: str = "btcusdt"
) -> list[OracleTicked]:
    """The prices of one frame for the two symbols, in frame order; other symbols give nothing.

    Raises WireError, and nothing else, on malformed input or a refused subscription.
    """
    if is_control(frame):
        return []
    try:
        return _ticks(frame, at_ns, chainlink, binance)
    except (WireError, *FAULTS) as error:
        raise fault(error, frame) from None


def _ticks(frame: bytes | str, at_ns: Ns, chainlink: str, binance: str) -> list[OracleTicked]:
    try:
        message = _FRAME.decode(frame)
    except msgspec.ValidationError:
        # One unknown topic poisons the batch: {"body": {"message"}, "statusCode": 401}.
        refused = _REFUSAL.decode(frame)
        raise WireError(f"subscription refused with {refused.statusCode}") from None
    if message.topic not in _TOPICS:
        return []
    payload = _PAYLOAD.decode(message.payload)
    symbol = payload.symbol.lower()
    if symbol == chainlink:
        source = TWAP_60 if message.topic == _AVERAGE else CHAINLINK
    elif symbol == binance and message.topic != _AVERAGE:
        source = BINANCE
    else:
        return []
    if payload.data is not None:
        return [
            _tick(at_ns, source, point.timestamp, point.value, point.full_accuracy_value)
            for point in payload.data
        ]
    if payload.value is None:
        raise WireError("no value")
    return [_tick(at_ns, source, payload.timestamp, payload.value, payload.full_accuracy_value)]


def _tick(at_ns: Ns, source: Source, stamp: int, value: Decimal, exact: str) -> OracleTicked:
    """One price; `exact` counts 1e-18 USD for Chainlink topics and is decimal for Binance's."""
    if not exact:
        price = oracle_price(value, 0)
    elif source == BINANCE:
        price = oracle_price(exact, 0)
    else:
        if not exact.isdigit():
            raise WireError("full_accuracy_value is not an integer", exact[:40])
        price = oracle_price(exact, 18)
    return OracleTicked(at_ns, moment(stamp), source, price)
