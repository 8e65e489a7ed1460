"""What goes wrong, as plain data: probabilities per act, and spells with a start and an end.

A `Faults` record and a seed reproduce a run exactly: every draw comes from one generator in the
order in which things happen. Probabilities are per act or per message, from 0 to 1. Spells are
relative to the start of the run.
"""

from random import Random
from typing import Final

import msgspec

from pmcore.units import MILLISECOND, SECOND, Ns

FEED_LOST: Final = "feed_lost"
"""`value` is the feed: its events are not heard; at the end it opens again, with fresh books."""
ORACLE_STALL: Final = "oracle_stall"
"""`value` is the source: its ticks are not heard, and nobody says so."""
ORACLE_BACK: Final = "oracle_back"
"""`value` is the source: its ticks carry a venue time three seconds too old."""
REJECT_STORM: Final = "reject_storm"
"""Every order is refused as `other`."""
RESTART: Final = "restart"
"""The engine restarts: 425 for orders and cancels, then post-only for two minutes."""
CANCEL_ONLY: Final = "cancel_only"
DISABLED: Final = "disabled"
HEARTBEAT_MISSED: Final = "heartbeat_missed"
"""Heartbeats do not reach the venue, and their sender is told so."""
SPELLS: Final = (
    FEED_LOST,
    ORACLE_STALL,
    ORACLE_BACK,
    REJECT_STORM,
    RESTART,
    CANCEL_ONLY,
    DISABLED,
    HEARTBEAT_MISSED,
)
POST_ONLY_NS: Final = Ns(120 * SECOND)
"""How long the venue stays post-only after a restart (venue reference 3.6)."""
BACK_NS: Final = Ns(3 * SECOND)


class Spell(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A fault that lasts: from `start_ns` for `lasting_ns`, counted from the start of the run."""

    kind: str
    start_ns: Ns
    lasting_ns: Ns
    value: int = 0


class Faults(msgspec.Struct, frozen=True):
    """Everything that may go wrong in one run; the default is nothing."""

    submit_timeout: float = 0.0
    """The venue took the order, its answer is lost: OrderUnknown though live."""
    submit_lost: float = 0.0
    """The order never arrived: OrderUnknown."""
    reject: float = 0.0
    cancel_timeout: float = 0.0
    """The cancel was done, its answer is lost."""
    cancel_lost: float = 0.0
    cancel_raced: float = 0.0
    """A taker hits part of the order just before the cancel; the report comes after the answer."""
    ack_late: float = 0.0
    """The answer to a submit takes one second more: fills overtake it."""
    trade_failed: float = 0.0
    """MATCHED, RETRYING, FAILED: the fill is undone."""
    report_doubled: float = 0.0
    report_late: float = 0.0
    """A trade report comes up to two seconds late, after its successors."""
    merge_unknown: float = 0.0
    merge_failed: float = 0.0
    redeem_unknown: float = 0.0
    redeem_failed: float = 0.0
    reconcile_failed: float = 0.0
    resync_failed: float = 0.0
    cancel_all_unknown: float = 0.0
    spells: tuple[Spell, ...] = ()


class Fate:
    """The draws of one run."""

    __slots__ = ("chance", "faults")

    def __init__(self, faults: Faults, seed: int) -> None:
        self.faults = faults
        self.chance = Random(seed)

    def hit(self, probability: float) -> bool:
        """Whether a fault of this probability strikes now; draws nothing where it cannot."""
        return probability > 0.0 and self.chance.random() < probability

    def late_ns(self) -> int:
        """How late a late report comes: 0.1 to 2 s."""
        return self.chance.randrange(100, 2_001) * MILLISECOND

    def fraction(self, size: int) -> int:
        """A random part of a size, at least one micro-share."""
        return self.chance.randrange(1, size + 1)


def storm(seed: int, span_ns: Ns) -> Faults:
    """A mixed bag for stress: every kind of fault somewhere in the first half of `span_ns`.

    Spells begin and end inside that half, so that the second half can show that all heals.
    """
    chance = Random(seed)

    def rate() -> float:
        return chance.choice((0.0, 0.01, 0.05, 0.15))

    half = span_ns // 2
    spells = []
    for kind in SPELLS:
        for _ in range(chance.randrange(3)):
            start = chance.randrange(half * 3 // 4 + 1)
            lasting = chance.randrange(SECOND, max(SECOND + 1, min(30 * SECOND, half // 4)))
            value = chance.randrange(4) if kind == FEED_LOST else chance.randrange(2)
            spells.append(Spell(kind, Ns(start), Ns(lasting), value))
    spells.sort(key=lambda spell: (spell.start_ns, spell.kind, spell.value))
    rates = {name: rate() for name in Faults.__struct_fields__ if name != "spells"}
    return Faults(spells=tuple(spells), **rates)
