"""What every decoder shares: one error, and the venue's texts as exact integers.

Decoders are pure functions from bytes to events. Whatever a peer sends, the only exception that
leaves this package is `WireError`; `FAULTS` is what the JSON parser and the integer conversions
can raise, and each decoder turns exactly those into it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final, TypeVar

import msgspec

from pmcore.ids import BUY, SELL, MarketId, Outcome, Side
from pmcore.units import ONE_DOLLAR, Ns, OraclePrice, Price, Shares, parse_decimal, show_price

FAULTS: Final = (msgspec.MsgspecError, ValueError, RecursionError, OverflowError, InvalidOperation)
"""Everything that malformed input can raise below a decoder (UnicodeError is a ValueError)."""
CONTROL: Final = frozenset(("", "[]", "ping", "pong", "no new assets"))
"""Texts that are not facts: keep-alive answers and the empty batch (reference, section 5)."""
MAX_INT: Final = 2**63 - 1
"""The journal's integers are 64 bits: nothing larger may enter an event."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_PRICES: Final[dict[str, Price]] = {show_price(Price(p)): Price(p) for p in range(10_001)}
_SCALE: Final = (1_000_000, 100_000, 10_000, 1_000, 100, 10, 1)
_SIDES: Final = {"BUY": BUY, "SELL": SELL}

T = TypeVar("T")
Tokens = Mapping[str, tuple[MarketId, Outcome]]
"""Which of our markets and outcomes a token id names; tokens not in it are skipped."""


class WireError(Exception):
    """Input that is not what the venue documents. `reason` names the fault, `excerpt` shows it."""

    def __init__(self, reason: str, excerpt: str = "") -> None:
        super().__init__(f"{reason}: {excerpt}" if excerpt else reason)
        self.reason = reason
        self.excerpt = excerpt


def excerpt_of(frame: bytes | str) -> str:
    """The first 200 characters of a frame, always encodable and printable on one line."""
    text = frame[:200].decode("utf-8", "replace") if isinstance(frame, bytes) else frame[:200]
    return "".join(c if c.isprintable() else "�" for c in text)


def fault(error: Exception, frame: bytes | str) -> WireError:
    """A `WireError` for an exception of `FAULTS` that `frame` caused."""
    if isinstance(error, WireError):
        return WireError(error.reason, error.excerpt or excerpt_of(frame))
    reason = str(error) if isinstance(error, msgspec.MsgspecError | ValueError) else ""
    return WireError(excerpt_of(reason) or type(error).__name__, excerpt_of(frame))


def ok_body(status: int, body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """The decoded body of a 200 answer."""
    if status != 200:
        raise WireError(f"HTTP {status}", excerpt_of(body))
    return decoder.decode(body)


def is_control(frame: bytes | str) -> bool:
    """Whether a short frame is a keep-alive text or an empty batch: nothing to decode."""
    if len(frame) > 20:
        return False
    text = frame.decode("ascii", "replace") if isinstance(frame, bytes) else frame
    return text.strip().lower() in CONTROL


def price(text: str) -> Price:
    """A price text as basis points, 0 to 10000. WireError unless exactly on a whole one."""
    known = _PRICES.get(text)
    return _rare_price(text) if known is None else known


def tick_size(text: str) -> Price:
    """A tick text (`0.01`, `0.0025`) as basis points; it must divide the dollar."""
    value = price(text)
    if value == 0 or ONE_DOLLAR % value:
        raise WireError("tick does not divide the dollar", text[:40])
    return value


def _rare_price(text: str) -> Price:
    """A price with trailing zeros (`0.50`, `0.040`) or none at all."""
    try:
        parts = parse_decimal(text, 10)
    except ValueError:
        raise WireError("price is not a decimal", text[:40]) from None
    value, rest = divmod(parts, 1_000_000)
    if rest or not 0 <= value <= 10_000 or text.partition(".")[2][10:].strip("0"):
        raise WireError("price is off the basis-point grid", text[:40])
    return Price(value)


def level_price(text: str) -> Price:
    """The price of a resting order: strictly inside the dollar, for 0 means "none" in a book."""
    value = _PRICES.get(text) or price(text)
    if not 0 < value < 10_000:
        raise WireError("no order can rest at this price", text[:40])
    return value


def size(text: str) -> Shares:
    """A size text as micro-shares, excess digits dropped. WireError if negative or not plain."""
    whole, _, rest = text.partition(".")
    digits = whole + rest
    if len(digits) < 18 and len(rest) <= 6 and whole and digits.isdigit() and digits.isascii():
        if rest or len(whole) == len(text):
            return Shares(int(digits) * _SCALE[len(rest)])
    return Shares(micros(text, "size"))


def micros(text: str, what: str) -> int:
    """A non-negative decimal text in millionths that fits 63 bits, else a WireError on `what`."""
    try:
        value = parse_decimal(text, 6)
    except ValueError:
        raise WireError(f"{what} is not a decimal", text[:40]) from None
    return within(value, what, 0, MAX_INT)


def within(value: int, what: str, low: int, high: int) -> int:
    """`value` itself if `low <= value <= high`, else a WireError that names `what`."""
    if not low <= value <= high:
        raise WireError(f"{what} is out of range", str(value) if abs(value) < MAX_INT else "huge")
    return value


def moment(stamp: str | int) -> Ns:
    """A venue time in milliseconds or seconds as nanoseconds.

    The channels mix both; the venue's own client takes 1e11 and more for milliseconds
    (reference, section 5.2).
    """
    if isinstance(stamp, str):
        if not (stamp.isascii() and stamp.isdigit()) or len(stamp) > 18:
            raise WireError("timestamp is not a number", stamp[:40])
        stamp = int(stamp)
    scale = 1_000_000 if stamp >= 100_000_000_000 else 1_000_000_000
    return Ns(within(stamp * scale, "timestamp", 0, MAX_INT))


def iso_moment(text: str, what: str) -> Ns:
    """An ISO 8601 time with a zone as nanoseconds (microsecond precision)."""
    try:
        when = datetime.fromisoformat(text)
        span = when - EPOCH
    except (ValueError, TypeError, OverflowError):
        raise WireError(f"{what} is not a time with a zone", text[:40]) from None
    return Ns(within(span // timedelta(microseconds=1) * 1_000, what, 0, MAX_INT))


def side(text: str) -> Side:
    """`BUY` or `SELL`, in any case."""
    known = _SIDES.get(text)
    if known is None:
        known = _SIDES.get(text.upper())
    if known is None:
        raise WireError("side is neither BUY nor SELL", text[:40])
    return known


def scaled(value: object, places: int, what: str) -> int:
    """A JSON number or its text as an exact count of `10**-places`, 0 or more.

    Floats are read through their shortest text, so 0.07 is exactly 70000 millionths. WireError if
    it is no finite number, negative, or finer than `places`.
    """
    number = _decimal(value, what)
    count = number.scaleb(places)
    if count != count.to_integral_value():
        raise WireError(f"{what} is finer than 1e-{places}", str(value)[:40])
    return within(int(count), what, 0, MAX_INT)


def oracle_price(value: Decimal | str, places: int) -> OraclePrice:
    """A reference price counted in `10**-places` USD as picodollars, floored; above 0."""
    number = _decimal(value, "oracle price").scaleb(12 - places)
    return OraclePrice(within(int(number), "oracle price", 1, MAX_INT))


def _decimal(value: object, what: str) -> Decimal:
    """`value` as a finite decimal of sane magnitude (an exponent must not become a long loop)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise WireError(f"{what} is not a number", type(value).__name__)
    text = repr(value) if isinstance(value, float) else value
    try:
        number = Decimal(text)
    except (InvalidOperation, ValueError):
        raise WireError(f"{what} is not a number", str(value)[:40]) from None
    if not number.is_finite() or number.adjusted() > 40 or (number and number.adjusted() < -40):
        raise WireError(f"{what} is out of range", str(value)[:40])
    return number


def whole_shares(text: str) -> Shares:
    """A size text that may be empty (a killed order's `size_matched`), which is 0."""
    return size(text) if text else Shares(0)
