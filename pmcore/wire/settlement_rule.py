"""How a listed market settles, read from its listing.

Since 2026-08-07 the crypto windows resolve on Chainlink's average over the last 60 seconds, before
on its price at the boundary; both kinds are in the recordings. The listing says it three times, in
`cryptoMarketConfig`, in the name of the stream and in the text, and a market whose three do not
agree is refused: its probability cannot be computed. Source: venue reference, section 7.
"""

from collections.abc import Mapping
from typing import Final

from pmcore.market import AVERAGE, INSTANT, Settlement
from pmcore.units import Ns
from pmcore.wire.frames import WireError, scaled

_SECOND: Final = 1_000_000_000


def text_of(obj: Mapping[str, object], name: str) -> str:
    """A text field, or a WireError that names it."""
    value = obj.get(name)
    if not isinstance(value, str) or not value:
        raise WireError(f"{name}: missing or not a text", str(value)[:40])
    return value


def settlement_of(obj: Mapping[str, object]) -> Settlement:
    """The rule from `cryptoMarketConfig`, `resolutionSource` and the text, which must agree."""
    source = text_of(obj, "resolutionSource").lower()
    text = " ".join(text_of(obj, "description").lower().split())
    if "data.chain.link" not in source:
        raise WireError("resolutionSource: not a Chainlink stream", source[:80])
    config = obj.get("cryptoMarketConfig")
    windows = [_source_window(source)]
    if isinstance(config, dict):
        lookback = config.get("twapLookbackSeconds") or 0
        averaged = config.get("twapEnabled") is True
        windows.append(scaled(lookback, 0, "twapLookbackSeconds") if averaged else 0)
    if min(windows) != max(windows) or windows[0] > 3_600:
        raise WireError("cryptoMarketConfig: contradicts resolutionSource", source[:80])
    window_s = windows[0]
    if ("time-weighted average" in text or "twap" in text) != bool(window_s):
        raise WireError("description: contradicts resolutionSource", text[:80])
    rule = AVERAGE if window_s else INSTANT
    return Settlement(rule, Ns(window_s * _SECOND), _tie_up(text))


def _source_window(source: str) -> int:
    """Seconds of averaging in a stream's name: `btc-usd-twap-60s-streams` is 60, `btc-usd` 0."""
    _, found, tail = source.partition("twap-")
    if not found:
        return 0
    digits = tail.partition("s")[0]
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 4:
        raise WireError("resolutionSource: average without a window", source[:80])
    return int(digits)


def _tie_up(text: str) -> bool:
    """Whether a tie goes to Up, as the market's own sentence says."""
    if "greater than or equal to" in text or "at or above" in text:
        return True
    if "greater than" in text or "higher than" in text:
        return False
    raise WireError("description: no rule for a tie", text[:80])
