"""The condition of a run in one word and one reason: what `/healthz` and `/readyz` answer."""

from typing import Any, Final

import msgspec

from pmapp.screen_words import estimated, present_market
from pmcore.ids import OUTCOME_NAMES, OUTCOMES, SIDE_NAMES, slot_of
from pmcore.maker.want import TAKER_RUNG
from pmcore.market_state import MarketState
from pmcore.model.regime import regime_names
from pmcore.order import LIVE
from pmcore.state import HALTED, KILLED, RUNNING, State
from pmcore.units import SECOND, show_micro, show_price
from pmio.shell import Shell

STARTING: Final = "starting"
QUOTING: Final = "quoting"
PAUSED: Final = "paused"
STOPPING: Final = "stopping"
ILL: Final = (KILLED, HALTED)


class Condition(msgspec.Struct, frozen=True):
    """`state` is starting, quoting, paused, killed, halted or stopping."""

    state: str
    reason: str
    mode: str
    market: str
    regime: tuple[str, ...]
    at_ns: int

    @property
    def healthy(self) -> bool:
        """Whether the program does what it should: a pause is a decision, a kill wants a person."""
        return self.state not in ILL

    @property
    def ready(self) -> bool:
        """Whether orders are wanted in the running window."""
        return self.state == QUOTING


def condition_of(shell: Shell, state: State) -> Condition:
    """How the run is now."""
    market = present_market(state)
    word, reason = _word(shell, state, market)
    slug = market.terms.slug if market is not None else ""
    regime = regime_names(state.alpha.regime)
    return Condition(word, reason, state.mode, slug, regime, state.now_ns)


def _word(shell: Shell, state: State, market: MarketState | None) -> tuple[str, str]:
    safety = state.safety
    if safety.stopping:
        return STOPPING, safety.why
    if safety.mode != RUNNING:
        return safety.mode, safety.why
    if not shell.quoting.is_set():
        return STARTING, _waiting_for(state)
    if market is None:
        return PAUSED, "no window is known"
    return (PAUSED, market.gate) if market.gate else (QUOTING, "")


def _waiting_for(state: State) -> str:
    if not state.cash_known:
        return "the first view of the account"
    if state.strays:
        return "strays to be cancelled"
    return "a price of the oracle"


def quotes(state: State) -> dict[str, Any]:
    """Every slot of every known window: what is wanted, what rests, and why."""
    return {
        "at_ns": state.now_ns,
        "windows": [_window(state, market) for market in state.markets.values()],
    }


def _window(state: State, market: MarketState) -> dict[str, Any]:
    now = estimated(market)
    return {
        "market": market.terms.slug,
        "gate": market.gate,
        "q_up": market.q_up if now else None,
        "pair_may_cost": show_price(market.target_total) if now else None,
        "pair_reason": market.target_reason if now else "",
        "seconds_left": max(0, market.terms.end_ns - state.now_ns) / SECOND,
        "unpaired": show_micro(market.inventory.unpaired),
        "slots": [
            _slot(market, slot_of(outcome, rung), OUTCOME_NAMES[outcome], rung)
            for outcome in OUTCOMES
            for rung in (*range(state.rules.levels), TAKER_RUNG)
        ],
    }


def _slot(market: MarketState, slot: int, outcome: str, rung: int) -> dict[str, Any]:
    want = market.plan.wants[slot]
    order = market.orders.get(market.slots[slot])
    told: dict[str, Any] = {"outcome": outcome, "rung": rung, "reason": market.plan.reasons[slot]}
    if want is not None:
        told["want"] = {
            "side": SIDE_NAMES[want.side],
            "price": show_price(want.price),
            "size": show_micro(want.size),
        }
    if order is not None:
        told["order"] = {
            "id": order.id,
            "price": show_price(order.price),
            "left": show_micro(order.leaves),
            "live": order.status == LIVE,
        }
    return told
