"""What a seed means: the venue, the way to it, and all that will go wrong, as plain values."""

from random import Random
from typing import Final

import msgspec

from pmapp.local_venue.storms import Spell
from pmapp.local_venue.terms import MIXED, PROTOCOLS, TIERS
from pmapp.simulate.spells import draw
from pmcore.wire.order_typed_data import POLY_1271, POLY_GNOSIS_SAFE, POLY_PROXY

SERVICES: Final = ("clob", "gamma", "data", "relayer", "market", "user", "rtds", "polybolt")
"""The hosts, each as `NAME.local`."""
OUT: Final = "out"
BACK: Final = "back"
"""The two ways of a connection: from the bot, and to it."""

CUT: Final = "cut"
DOWN: Final = "down"
STALL: Final = "stall"
HALF_OPEN: Final = "half_open"
SLOW: Final = "slow"
GARBLE: Final = "garble"
TROUBLES: Final = (CUT, DOWN, STALL, HALF_OPEN, SLOW, GARBLE)

CRASH: Final = "crash"
"""Killed where it stands; what was not flushed is lost."""
BEFORE_FLUSH: Final = "before_flush"
TORN_FLUSH: Final = "torn_flush"
"""Killed in the middle of a write: half a frame is on the disk, and nothing of it was done."""
AFTER_FLUSH: Final = "after_flush"
"""Killed when everything is recorded and nothing of it was done."""
RESTART: Final = "restart"
"""Stopped in good order, and started again."""
DEATHS: Final = (CRASH, BEFORE_FLUSH, TORN_FLUSH, AFTER_FLUSH, RESTART)


class Trouble(msgspec.Struct, frozen=True):
    """Something that happens on the way between bot and venue."""

    kind: str
    service: str
    start_s: float
    for_s: float
    way: str
    """For `half_open` and `garble`: the way that is struck."""
    amount: float
    """Seconds for `slow`, a probability for `garble`."""


class Death(msgspec.Struct, frozen=True):
    """An end of the bot, and how long nobody starts it again."""

    kind: str
    at_s: float
    down_s: float


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    seed: int
    storm_s: float
    protocol: str
    tier: str
    wallet_type: int
    delay_s: tuple[float, float]
    """Least and most that bytes travel."""
    auto_resume: bool
    price_source: str
    reconcile_s: int
    spells: tuple[Spell, ...]
    troubles: tuple[Trouble, ...]
    deaths: tuple[Death, ...]
    stops_quoting: bool
    """Ends with a stop out of the middle of quoting, and a last start that settles the accounts."""

    def lines(self) -> list[str]:
        """The plan in words, in the order of time."""
        head = (
            f"seed {self.seed}: {self.storm_s:g} s of faults, protocol {self.protocol}, tier "
            f"{self.tier}, wallet type {self.wallet_type}, {self.delay_s[0] * 1e3:.0f} to "
            f"{self.delay_s[1] * 1e3:.0f} ms each way, prices from {self.price_source}"
        )
        told = [(s.start_s, f"{s.kind} {s.params} for {s.for_s:g} s") for s in self.spells]
        told += [
            (t.start_s, f"network: {t.kind} {t.service} {t.way} {t.amount:g} for {t.for_s:g} s")
            for t in self.troubles
        ]
        told += [(d.at_s, f"bot: {d.kind}, down for {d.down_s:g} s") for d in self.deaths]
        return [head, *(f"  {at:7.3f} s  {text}" for at, text in sorted(told))]


def plan_of(seed: int) -> Plan:
    """The plan of a seed. Every eighth has no fault at all: the checks must hold there first."""
    chance = Random(f"simulate/{seed}")
    storm_s = round(chance.uniform(20.0, 50.0), 1)
    low = chance.choice((0.0, 0.001, 0.02, 0.08))
    calm = seed % 8 == 0
    spells = 0 if calm else chance.choice((0, 1, 1, 2, 3, 4, 6))
    troubles = 0 if calm else chance.choice((0, 0, 1, 1, 2, 4))
    deaths = 0 if calm else chance.choice((0, 0, 1, 1, 2))
    return Plan(
        seed=seed,
        storm_s=storm_s,
        protocol=chance.choice((MIXED, *PROTOCOLS)),
        tier=chance.choice(("Standard", *TIERS)),
        wallet_type=chance.choice((POLY_PROXY, POLY_GNOSIS_SAFE, POLY_1271)),
        delay_s=(low, low * chance.choice((1.0, 1.5, 4.0))),
        auto_resume=chance.random() < 0.5,
        price_source=chance.choice(("rtds", "polybolt")),
        reconcile_s=chance.choice((5, 10, 30)),
        spells=tuple(draw(chance, storm_s) for _ in range(spells)),
        troubles=tuple(_trouble(chance, storm_s) for _ in range(troubles)),
        deaths=_deaths(chance, deaths, storm_s),
        stops_quoting=chance.random() < 0.3,
    )


def _trouble(chance: Random, span_s: float) -> Trouble:
    kind = chance.choice(TROUBLES)
    start = round(chance.uniform(0.0, span_s * 0.9), 3)
    lasts = round(chance.uniform(0.2, span_s - start), 3)
    amount = chance.uniform(0.1, 3.0) if kind == SLOW else chance.choice((0.02, 0.2, 1.0))
    service = chance.choice(SERVICES)
    return Trouble(kind, service, start, lasts, chance.choice((OUT, BACK)), round(amount, 3))


def _deaths(chance: Random, count: int, span_s: float) -> tuple[Death, ...]:
    """Ends one after the other: the bot has a while to live after each start."""
    found = []
    at = 0.0
    for _ in range(count):
        at += chance.uniform(0.5, span_s * 0.7)
        if at >= span_s:
            break
        down = chance.choice((0.05, 0.5, 3.0, 12.0))
        found.append(Death(chance.choice(DEATHS), round(at, 3), down))
        at += down
    return tuple(found)
