"""How each of the venue's faults is drawn: `storms` draws those that come and go, here is the rest.

A spell's parameters are plain values, so that a plan can be shown. Where a fault wants the address
of the bot's own wallet, which is not known when the plan is drawn, it stands as `WALLET`.
"""

from collections.abc import Callable
from random import Random
from typing import Any, Final

from pmapp.local_venue.storms import DRAWS as COMMON
from pmapp.local_venue.storms import Spell

WALLET: Final = "wallet"
Draw = Callable[[Random], dict[str, Any]]

_NOTHING: Final[Draw] = lambda _: {}  # noqa: E731 - a row of the table below
_OFTEN: Final[Draw] = lambda chance: {"p": chance.choice((0.05, 0.2, 0.5))}  # noqa: E731

RARE: Final[dict[str, Draw]] = {
    "flood": lambda chance: {"per_s": 1_000 * chance.randrange(1, 3)},
    "trade_first": _OFTEN,
    "tick_change": lambda _: {"tick": "0.001"},
    "closed_only": lambda chance: {"address": chance.choice(("", WALLET))},
    "geoblock": _NOTHING,
    "banned": lambda _: {"address": WALLET},
    "version_flip": _NOTHING,
    "trades_hidden": _NOTHING,
    "allowance": lambda _: {"address": WALLET},
    "tie": _NOTHING,
    "clock_skew": lambda chance: {"seconds": chance.randrange(-60, 61)},
    "hidden_tokens": _NOTHING,
    "unlisted": _NOTHING,
    "resolve": lambda chance: {"payout_up": chance.choice((0.0, 0.5, 1.0))},
    "rule_text": _NOTHING,
    "redeem_unknown": _OFTEN,
}
"""Kinds that `pm venue --storm` leaves out because a run by itself may not get over them."""
EVERY: Final[dict[str, Draw]] = {**COMMON, **RARE}
LONGEST_S: Final = {"flood": 0.5}
"""Kinds that cost the machine so much that a spell of them is short."""


def draw(chance: Random, span_s: float) -> Spell:
    """One spell within a span, over when the span is."""
    kind = chance.choice(list(EVERY))
    start = round(chance.uniform(0.0, span_s * 0.9), 3)
    lasts = min(chance.uniform(0.5, span_s - start), LONGEST_S.get(kind, span_s))
    return Spell(kind, start, round(lasts, 3), EVERY[kind](chance))
