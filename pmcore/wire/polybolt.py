"""The new price feed (PolyBolt): data, snapshots and control answers, with its sequence numbers.

`seq` is "consecutive per connection and channel, snapshots included", so a gap is visible here,
unlike on the old feed; the caller compares it with the last one of the channel. What settles a
window is `price.crypto.twap` over 60 seconds (Chainlink); `price.crypto` may be of another
provider and then gives no tick. Source: venue reference, section 6.2.
"""

from decimal import Decimal
from typing import Final

import msgspec

from pmcore.events import OracleTicked
from pmcore.ids import CHAINLINK, TWAP_60, Source
from pmcore.units import Ns
from pmcore.wire.frames import (
    FAULTS,
    WireError,
    excerpt_of,
    fault,
    is_control,
    moment,
    oracle_price,
    within,
)


class BoltFrame(msgspec.Struct, frozen=True, gc=False):
    """One frame: either data (`channel` and `seq` set) or a control answer (`op` set)."""

    ticks: tuple[OracleTicked, ...] = ()
    channel: str = ""
    seq: int = 0
    snapshot: bool = False
    dropped: int = 0
    """How many updates the venue says it dropped for us."""
    op: str = ""
    """`authed`, `subscribed`, `pong`, or `error`."""
    rid: str = ""
    text: str = ""
    """The error's code, such as `auth_required` or `bad_filter`."""


class _Point(msgspec.Struct, gc=False):
    timestamp: int
    value: Decimal | None = None
    full_accuracy_value: str = ""


class _Payload(msgspec.Struct, gc=False):
    symbol: str
    timestamp: int = -1
    value: Decimal | None = None
    full_accuracy_value: str = ""
    source: str = ""
    window_seconds: int = 0
    data: list[_Point] | None = None


class _Frame(msgspec.Struct, gc=False):
    channel: str = ""
    seq: int = -1
    payload: msgspec.Raw = msgspec.Raw(b"")
    snapshot: bool = False
    dropped: int = 0
    op: str = ""
    rid: str = ""
    code: str = ""
    error: msgspec.Raw = msgspec.Raw(b"")


_AVERAGE: Final = "price.crypto.twap"
_SPOT: Final = "price.crypto"
_FRAME: Final = msgspec.json.Decoder(_Frame)
_PAYLOAD: Final = msgspec.json.Decoder(_Payload)


def decode(frame: bytes | str, at_ns: Ns, symbol: str = "btcusd", window_s: int = 60) -> BoltFrame:
    """One frame; its ticks are those of `symbol`, averages only over `window_s` seconds.

    Raises WireError, and nothing else, on malformed input.
    """
    if is_control(frame):
        return BoltFrame(op="pong")
    try:
        message = _FRAME.decode(frame)
        if not message.channel or not message.payload:
            return _control(message)
        seq = within(message.seq, "seq", 0, 2**62)
        ticks: tuple[OracleTicked, ...] = ()
        if message.channel in (_AVERAGE, _SPOT):
            payload = _PAYLOAD.decode(message.payload)
            source = _source(message.channel, payload, window_s)
            if payload.symbol.lower() == symbol and source is not None:
                points = payload.data
                if points is None:
                    exact = payload.full_accuracy_value
                    points = [_Point(payload.timestamp, payload.value, exact)]
                ticks = tuple([_tick(at_ns, source, point) for point in points])
        dropped = within(message.dropped, "dropped", 0, 2**62)
        return BoltFrame(ticks, message.channel, seq, message.snapshot, dropped)
    except (WireError, *FAULTS) as error:
        raise fault(error, frame) from None


def _control(message: _Frame) -> BoltFrame:
    """A control answer; the shape of errors is not documented beyond their codes."""
    text = message.code or excerpt_of(bytes(message.error))
    if not message.op and not text:
        raise WireError("neither data nor a control answer")
    op = "error" if text else message.op
    return BoltFrame(channel=message.channel, op=op, rid=message.rid, text=text)


def _source(channel: str, payload: _Payload, window_s: int) -> Source | None:
    """Which of our sources a payload is of; None for another provider's or another window."""
    if channel == _AVERAGE:
        return TWAP_60 if payload.window_seconds in (0, window_s) else None
    return CHAINLINK if payload.source == "chainlink" else None


def _tick(at_ns: Ns, source: Source, point: _Point) -> OracleTicked:
    """One price; `full_accuracy_value` is a decimal text on this feed."""
    value = point.full_accuracy_value or point.value
    if value is None or value == "":
        raise WireError("no value")
    return OracleTicked(at_ns, moment(point.timestamp), source, oracle_price(value, 0))
