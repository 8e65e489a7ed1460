"""The worst moments of a run: unpaired shares, exposure, possible loss; and broken laws."""

from typing import Final

import msgspec

from pmcore.account.exposure import exposure_of
from pmcore.effects import AnyEffect
from pmcore.events import (
    AnyEvent,
    Beat,
    HeartbeatAcked,
    LevelChanged,
    OracleTicked,
    TouchQuoted,
    TradePrinted,
)
from pmcore.laws import violations
from pmcore.state import State
from pmcore.units import Ns

IDLE: Final = frozenset(
    {Beat, HeartbeatAcked, LevelChanged, OracleTicked, TouchQuoted, TradePrinted}
)
"""Events that by themselves change neither our orders nor our position."""
BROKEN_KEPT: Final = 10
"""How many broken laws are told in words; all are counted."""


class Worst(msgspec.Struct):
    """Maxima over a run. Micro-shares and micro-dollars."""

    unpaired: int = 0
    """Of one window, as held."""
    unpaired_worst: int = 0
    """Over all windows, with every open order filled at its worst."""
    exposure: int = 0
    """Cash bound by positions and open orders."""
    loss: int = 0
    """What resolution could take from us at worst, beyond what is realised."""


class Limits:
    """Follows a run record by record."""

    def __init__(self) -> None:
        self.worst = Worst()
        self.violations = 0
        self.broken: list[str] = []
        self.kills: list[tuple[Ns, str]] = []

    def record(self, state: State, event: AnyEvent, effects: list[AnyEffect]) -> None:
        """Look at the state just after a step."""
        broken = violations(state, effects)
        if broken:
            self.violations += len(broken)
            room = BROKEN_KEPT - len(self.broken)
            self.broken.extend(f"{state.seq}: {law}" for law in broken[:room])
        if effects or event.__class__ not in IDLE:
            self._measure(state)

    def _measure(self, state: State) -> None:
        worst = self.worst
        unpaired = exposure = loss = 0
        for market in state.markets.values():
            inventory = market.inventory
            if market.redeemed or not (market.orders or inventory.fills):
                continue
            held = abs(inventory.unpaired)
            worst.unpaired = max(worst.unpaired, held)
            orders = exposure_of(market.at_stake())
            unpaired += orders.worst_unpaired(inventory)
            exposure += orders.bound(inventory)
            loss += orders.worst_loss(inventory)
        worst.unpaired_worst = max(worst.unpaired_worst, unpaired)
        worst.exposure = max(worst.exposure, exposure)
        worst.loss = max(worst.loss, loss)
