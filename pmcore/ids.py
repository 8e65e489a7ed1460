"""Names of things: small integers where the hot path compares them, text where the venue does."""

from typing import Final, NewType

MarketId = NewType("MarketId", int)
"""A window of the one configured series: the Unix second at which it starts."""
OrderId = NewType("OrderId", int)
"""Our own number of an order, counted by the state; 0 names an order that is not ours."""
OpId = NewType("OpId", int)
"""Our own number of a chain operation or a request, from the same counter."""

Outcome = NewType("Outcome", int)
UP: Final = Outcome(0)
DOWN: Final = Outcome(1)
OUTCOMES: Final = (UP, DOWN)
OUTCOME_NAMES: Final = ("Up", "Down")

Side = NewType("Side", int)
BUY: Final = Side(0)
SELL: Final = Side(1)
SIDE_NAMES: Final = ("BUY", "SELL")

Feed = NewType("Feed", int)
MARKET_FEED: Final = Feed(0)
USER_FEED: Final = Feed(1)
CHAINLINK_FEED: Final = Feed(2)
BINANCE_FEED: Final = Feed(3)
FEED_NAMES: Final = ("market", "user", "chainlink", "binance")

Source = NewType("Source", int)
CHAINLINK: Final = Source(0)
BINANCE: Final = Source(1)
TWAP_60: Final = Source(2)
SOURCE_NAMES: Final = ("chainlink", "binance", "twap_60")

MAX_SLOTS: Final = 16
"""Slots of a market's ladder: `outcome * 8 + rung`."""


def other(outcome: Outcome) -> Outcome:
    """The complementary outcome."""
    return Outcome(1 - outcome)


def slot_of(outcome: Outcome, rung: int) -> int:
    """The ladder slot of a rung (0 is the top) of one outcome."""
    return outcome * 8 + rung
