"""The terms of a window on a given day, for recordings that do not carry them.

From the venue reference, section 8.1 (fees) and section 7 (settlement). Each importer that uses
this says so in the notes of its tape.
"""

from datetime import UTC, datetime
from typing import Final

from pmcore.ids import MarketId
from pmcore.market import (
    AVERAGE,
    CRYPTO_FEES,
    FIRST_CURVE,
    INSTANT,
    NO_FEES,
    FeeTerms,
    Market,
    RewardTerms,
    Settlement,
)
from pmcore.units import SECOND, Ns, Price, Shares
from pmio.tape_import.source import window_ns

LISTED_EARLY_NS: Final = Ns(300 * SECOND)
"""How long before its start a window is said to have been listed; the venue lists a day ahead."""
OPEN_TICK: Final = Price(100)
"""Every capture of an up/down window at its opening shows a tick of 0.01."""
MIN_SIZE: Final = Shares(5_000_000)
"""Five shares, in every capture of an up/down market."""
MIDDLE_FEES: Final = FeeTerms(72_000, 1, False, 10, 200_000)
"""The schedule seen from 2026-03-31 to 2026-05-04; since July 0.07 is seen."""


def _day(year: int, month: int, day: int) -> Ns:
    return Ns(int(datetime(year, month, day, tzinfo=UTC).timestamp()) * SECOND)


FIRST_15M: Final = _day(2026, 1, 5)
FIRST_5M: Final = _day(2026, 2, 12)
SECOND_CURVE: Final = _day(2026, 3, 30)
THIRD_RATE: Final = _day(2026, 7, 1)
AVERAGED: Final = _day(2026, 8, 7)
AVERAGED_60_5M: Final = _day(2026, 8, 14)


def fees_on(prefix: str, start_ns: Ns) -> FeeTerms:
    """What takers paid in a window that started then."""
    first = FIRST_5M if prefix.endswith("-5m") else FIRST_15M
    if start_ns < first:
        return NO_FEES
    if start_ns < SECOND_CURVE:
        return FIRST_CURVE
    return MIDDLE_FEES if start_ns < THIRD_RATE else CRYPTO_FEES


def settlement_on(prefix: str, start_ns: Ns) -> Settlement:
    """How a window that started then settled: ties go to Up under every rule."""
    if start_ns < AVERAGED:
        return Settlement(INSTANT, Ns(0), True)
    short = prefix.endswith("-5m") and start_ns < AVERAGED_60_5M
    return Settlement(AVERAGE, Ns((30 if short else 60) * SECOND), True)


def assumed_market(prefix: str, start_s: int, condition_id: str) -> Market:
    """A window of which only the slug and the condition are known.

    Its token ids are made up: the window's start with 0 (Up) or 1 (Down) after it, eleven digits
    where real ones have about 77, so that nobody takes them for real.
    """
    start_ns = Ns(start_s * SECOND)
    return Market(
        id=MarketId(start_s),
        slug=f"{prefix}-{start_s}",
        condition_id=condition_id,
        tokens=(f"{start_s}0", f"{start_s}1"),
        start_ns=start_ns,
        end_ns=Ns(start_ns + window_ns(prefix)),
        tick=OPEN_TICK,
        min_size=MIN_SIZE,
        fees=fees_on(prefix, start_ns),
        rewards=RewardTerms(),
        settlement=settlement_on(prefix, start_ns),
    )
