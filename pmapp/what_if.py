"""Counterfactual replay: what would have been wanted under another configuration.

Once a decision differs, the venue's recorded answers belong to orders that would never have been
sent: nothing after it could be compared honestly. So the recorded run is stepped exactly as it was,
and wherever it decided, the same world is planned for a second time under the changed
configuration and the two plans are compared slot by slot. Inventory, orders, fills, books and
toxicity are the recorded ones. Estimates that follow from reference prices alone (variance, drift,
fast moves) are made again from the same prices under the changed keys. What the plans do not
contain cannot differ: limits, pacing, merging, churn.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

import msgspec

from pmapp.difference import slot_name
from pmapp.settings import overridden
from pmcore.config import config_of, config_text
from pmcore.events import AnyEvent, Configured, OracleTicked
from pmcore.freeze import freeze, thaw
from pmcore.maker.act import Decide
from pmcore.maker.decide import decide, read_regime
from pmcore.maker.want import Plan, Want
from pmcore.market_state import MarketState
from pmcore.observe.oracles import oracle_ticked
from pmcore.state import State, configure
from pmcore.units import Ns, show_price

ROWS: Final = 20
FIELDS: Final = tuple(field.name for field in fields(MarketState))
NO_PLAN: Final = ("risk", "merge", "heartbeats", "infra", "keys")
"""Sections that act on what is done about a plan, never on the plan."""
NO_PLAN_KEYS: Final = (
    "trading.reprice_min_ticks",
    "trading.resize_min_pct",
    "trading.min_update_interval_ms",
    "trading.decide_interval_ms",
    "trading.live",
    "rewards.check_interval_s",
)
OTHER_WORLD: Final = ("trading.slug_prefix", "trading.window_seconds")


class Row(msgspec.Struct, frozen=True):
    """One slot of one decision that would have been another."""

    seq: int
    at_ns: int
    market: str
    slot: str
    recorded: str
    recorded_reason: str
    changed: str
    changed_reason: str


class WhatIf:
    """Compares plans while a journal is replayed: pass `policy` to `stepper` and call `hear`."""

    def __init__(self, sets: Sequence[str], rows_max: int = ROWS, policy: Decide = decide) -> None:
        self.sets = sets
        self.rows_max = rows_max
        self.decisions = 0
        self.differing = 0
        self.slots = 0
        self.slots_differing = 0
        self.rows: list[Row] = []
        self.by_reason: Counter[tuple[str, str]] = Counter()
        self._policy = policy
        self._shadow: State | None = None

    def hear(self, state: State, event: AnyEvent) -> None:
        """Let the changed estimates hear what the recorded ones are about to hear.

        Raises SettingsError where the changed keys do not fit the recorded configuration.
        """
        shadow = self._shadow
        if shadow is None:
            shadow = self._shadow = thaw(freeze(state))
            shadow.markets = {}
            configure(shadow, config_text(overridden(shadow.config, self.sets)))
        if isinstance(event, OracleTicked):
            oracle_ticked(shadow, event)
        elif isinstance(event, Configured):
            configure(shadow, config_text(overridden(config_of(event.config), self.sets)))

    def policy(self, state: State, market: MarketState) -> None:
        """Decide as recorded; then plan the same moment under the changed configuration."""
        self._policy(state, market)
        shadow = self._shadow
        if shadow is None:
            return
        # Whatever deciding writes into the market is put back, field by field.
        kept = [(name, getattr(market, name)) for name in FIELDS]
        own = state.config, state.rules, state.alpha
        now_ns = state.now_ns
        plan = self._afresh(state, market)
        state.config, state.rules, state.alpha = shadow.config, shadow.rules, shadow.alpha
        state.alpha.toxicity = own[2].toxicity
        if shadow.alpha.regime_ns != own[2].regime_ns:
            # Read at the moments at which the recorded run did: it keeps the flags for a while.
            state.now_ns, shadow.alpha.regime_ns = own[2].regime_ns, Ns(0)
            read_regime(state)
            state.now_ns = now_ns
        changed = self._afresh(state, market)
        state.config, state.rules, state.alpha = own
        for name, value in kept:
            setattr(market, name, value)
        self._compare(state, market, plan, changed)

    def _afresh(self, state: State, market: MarketState) -> Plan:
        """The plan of this moment made anew, as no diff has commented on it yet."""
        market.plan = Plan()
        market.scene = ()
        self._policy(state, market)
        return market.plan

    def _compare(self, state: State, market: MarketState, was: Plan, would: Plan) -> None:
        self.decisions += 1
        differs = False
        for slot, (reason, other) in enumerate(zip(was.reasons, would.reasons, strict=True)):
            if not reason and not other:
                continue
            self.slots += 1
            left, right = _quote(was.wants[slot]), _quote(would.wants[slot])
            if left == right and reason == other:
                continue
            differs = True
            self.slots_differing += 1
            self.by_reason[reason or "unused", other or "unused"] += 1
            if len(self.rows) < self.rows_max:
                self.rows.append(
                    Row(
                        state.seq,
                        state.now_ns,
                        market.terms.slug,
                        slot_name(slot),
                        left,
                        reason or "unused",
                        right,
                        other or "unused",
                    )
                )
        self.differing += differs

    def result(self) -> dict[str, Any]:
        """Counts, the first rows, totals by pair of reasons, and what was not compared."""
        return {
            "set": list(self.sets),
            "decisions": self.decisions,
            "differing": self.differing,
            "slots": self.slots,
            "slots_differing": self.slots_differing,
            "first": [msgspec.structs.asdict(row) for row in self.rows],
            "by_reason": [
                {"recorded": was, "changed": would, "slots": count}
                for (was, would), count in sorted(
                    self.by_reason.items(), key=lambda pair: (-pair[1], pair[0])
                )
            ],
            "notes": notes(self.sets),
        }


def notes(sets: Sequence[str]) -> list[str]:
    """What the comparison of these keys cannot show."""
    told = ["plans are compared on the recorded world; fills and profit are not: use pm backtest"]
    for text in sets:
        name = text.partition("=")[0].strip()
        if name.partition(".")[0] in NO_PLAN or name in NO_PLAN_KEYS:
            told.append(f"{name} acts after the plan: nothing of it can differ here")
        if name in OTHER_WORLD:
            told.append(f"{name} would have led to other markets than the recorded ones")
    return told


def _quote(want: Want | None) -> str:
    if want is None:
        return "-"
    kind = "" if want.kind == 0 else " taker"
    return f"{show_price(want.price)} x {want.size / 1e6:g}{kind}"
