"""Faults by seed: a plan of spells that all heal in the first half of a span.

The second half can then show that a bot comes back: it must be quoting again.
"""

from random import Random
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pmapp.local_venue.channel_faults import GARBAGE
from pmapp.local_venue.faults import CHANNELS
from pmcore.units import Ns

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue


class Spell(msgspec.Struct, frozen=True):
    """One fault of a plan: when it begins (seconds from now), how long it lasts."""

    kind: str
    start_s: float
    for_s: float
    params: dict[str, Any]

    def plan(self, venue: "Venue") -> None:
        """Have it begin in its time."""

        def begin(_: Ns) -> None:
            venue.switchboard.begin(self.kind, self.for_s, **self.params)

        venue.timers.at(venue.now_ns + round(self.start_s * 1e9), begin)


def _channel(chance: Random) -> dict[str, Any]:
    return {"channel": chance.choice(CHANNELS)}


def _p(chance: Random) -> dict[str, Any]:
    return {"p": chance.choice((0.05, 0.2, 0.5))}


def _answer(chance: Random) -> dict[str, Any]:
    shape = chance.choice(
        (
            {"fate": "silent", "applied": True},
            {"fate": "silent"},
            {"fate": "cut", "applied": True},
            {"fate": "torn", "applied": True},
            {"status": 500, "applied": True},
            {"status": 500},
            {"status": 425},
            {"status": 429},
            {"status": 429, "retry_after": 2},
            {"status": 503},
            {"garbage": True, "applied": True},
            {"delay_ms": 800},
        )
    )
    on = chance.choice(("place", "place", "cancel", "orders", "trades", "balance", "beat", "book"))
    return shape | {"on": on, "p": chance.choice((0.2, 0.5, 1.0))}


DRAWS: Final = {
    "stall": _channel,
    "hold": _channel,
    "lose": lambda c: _channel(c) | _p(c),
    "duplicate": lambda c: _channel(c) | _p(c),
    "reorder": lambda c: _channel(c) | _p(c),
    "lost_ack": _channel,
    "garbage": lambda c: _channel(c) | {"sort": c.choice(GARBAGE)},
    "close": _channel,
    "cut": _channel,
    "refuse": _channel,
    "no_pong": _channel,
    "one_sided": lambda c: {"side": c.choice(("asks", "bids"))},
    "crossed": lambda _: {},
    "empty": lambda _: {},
    "placeholder": lambda _: {},
    "wrong_side": _p,
    "wrong_hash": _p,
    "reversed": lambda _: {},
    "answer": _answer,
    "partial_batch": _p,
    "delayed": lambda _: {},
    "mode": lambda c: {"mode": c.choice(("post_only", "cancel_only", "disabled"))},
    "restart": lambda c: {"down_s": c.uniform(1, 5), "post_only_s": c.uniform(5, 20)},
    "cancel_race": _p,
    "debt": lambda c: {"tokens": c.randrange(1, 100)},
    "user_late": lambda c: {"ms": c.choice((50, 300, 1500))},
    "trade_failed": _p,
    "trade_doubled": _p,
    "dust": _p,
    "phantom_lock": lambda _: {},
    "stale_positions": lambda _: {},
    "stale_balance": lambda _: {},
    "oracle_hole": lambda c: {"source": c.choice(("chainlink", "binance", "twap_60"))},
    "oracle_back": lambda c: {"source": c.choice(("chainlink", "binance"))},
    "broken_beat": lambda c: {"count": c.randrange(1, 6)},
    "relayer_stuck": lambda _: {},
    "relayer_failing": lambda _: {},
    "merge_unknown": _p,
}
"""Kind -> how its parameters are drawn. What cannot heal (a resolution, a flip) is not drawn."""


def storm(seed: int, span_s: float) -> list[Spell]:
    """A plan of one to eight spells, in the order of their beginnings."""
    chance = Random(f"storm/{seed}")
    half = span_s / 2
    spells = []
    for _ in range(chance.randrange(1, 9)):
        kind = chance.choice(list(DRAWS))
        start = chance.uniform(0.0, half * 0.75)
        lasting = chance.uniform(min(1.0, half / 8), half - start)
        spells.append(Spell(kind, start, lasting, DRAWS[kind](chance)))
    return sorted(spells, key=lambda spell: (spell.start_s, spell.kind))
