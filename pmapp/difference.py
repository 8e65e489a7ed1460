"""Where a replay first differs, and what the core knew there: facts for people and for JSON."""

from typing import Any

import msgspec

from pmcore.effects import AnyEffect
from pmcore.events import AnyEvent
from pmcore.ids import OUTCOME_NAMES, OrderId
from pmcore.market_state import MarketState
from pmcore.model.regime import regime_names
from pmcore.state import State
from pmcore.units import show_price


class Difference(msgspec.Struct, frozen=True):
    """The first record whose effects are not the recorded ones."""

    seq: int
    event: dict[str, Any]
    expected: list[dict[str, Any]]
    """The recorded effects."""
    got: list[dict[str, Any]]
    index: int
    """The first effect that differs, counted from 0."""
    fields: list[dict[str, Any]]
    """`field`, `expected` and `got` of that effect; the field `type` is its name."""
    context: dict[str, Any]
    """What the core knew after the step: safety, regime, and the plans of the markets."""
    note: str = ""


def difference(
    state: State, event: AnyEvent, expected: list[AnyEffect], got: list[AnyEffect]
) -> Difference:
    """Explain why `got` is not `expected`, with `state` as it is after the step."""
    wanted, found = [shown(effect) for effect in expected], [shown(effect) for effect in got]
    index = next(
        (i for i, (a, b) in enumerate(zip(wanted, found, strict=False)) if a != b),
        min(len(wanted), len(found)),
    )
    a = wanted[index] if index < len(wanted) else {"type": "nothing"}
    b = found[index] if index < len(found) else {"type": "nothing"}
    if a["type"] == b["type"]:
        fields = [{"field": k, "expected": a[k], "got": b[k]} for k in a if a[k] != b[k]]
    else:
        fields = [{"field": "type", "expected": a["type"], "got": b["type"]}]
    named = {effect.get("market") for effect in (a, b)}
    numbers = [OrderId(int(effect.get("order", 0))) for effect in (a, b)]
    named |= {state.order_market.get(number) for number in numbers}
    markets = [market for market in state.markets.values() if market.terms.id in named]
    return Difference(
        state.seq,
        shown(event),
        wanted,
        found,
        index,
        fields,
        context(state, markets or list(state.markets.values())),
    )


def context(state: State, markets: list[MarketState]) -> dict[str, Any]:
    """Safety, regime, and for each market the plan and what it follows from."""
    safety = state.safety
    return {
        "mode": safety.mode,
        "why": safety.why,
        "regime": list(regime_names(state.alpha.regime)),
        "markets": {market.terms.slug: _plan(market) for market in markets},
    }


def _plan(market: MarketState) -> dict[str, Any]:
    plan = market.plan
    wants = [
        f"{slot_name(slot)}: {show_price(want.price)} x {want.size / 1e6:g} ({want.reason})"
        for slot, want in enumerate(plan.wants)
        if want is not None
    ]
    reasons = {slot_name(s): reason for s, reason in enumerate(plan.reasons) if reason}
    return {
        "gate": market.gate,
        "q_up": market.q_up,
        "target_total": show_price(market.target_total),
        "target_reason": market.target_reason,
        "unpaired": market.inventory.unpaired / 1e6,
        "open_orders": len(market.orders),
        "wants": wants,
        "reasons": reasons,
    }


def slot_name(slot: int) -> str:
    """`Up 0` for the top rung of Up; rung 7 belongs to taker completions."""
    rung = slot & 7
    return f"{OUTCOME_NAMES[slot >> 3]} {'taker' if rung == 7 else rung}"


def shown(thing: Any) -> dict[str, Any]:
    """An event or effect with the names of its fields, in plain JSON values."""
    values = {name: msgspec.to_builtins(getattr(thing, name)) for name in thing.__struct_fields__}
    return {"type": type(thing).__name__, **values}


def lines(found: Difference) -> list[str]:
    """The difference as text."""
    told = [
        f"first difference at record {found.seq}, after {_text(found.event)}",
        *(f"  expected  {_text(effect)}" for effect in found.expected or [{"type": "nothing"}]),
        *(f"  got       {_text(effect)}" for effect in found.got or [{"type": "nothing"}]),
    ]
    told.extend(
        f"  differs   effect {found.index}, {field['field']}: "
        f"expected {field['expected']!r}, got {field['got']!r}"
        for field in found.fields
    )
    known = found.context
    why = f" ({known['why']})" if known.get("why") else ""
    told.append(f"  safety    {known['mode']}{why}, regime {', '.join(known['regime']) or 'calm'}")
    for slug, plan in known["markets"].items():
        gate = plan["gate"] or "open"
        told.append(
            f"  {slug}: gate {gate}, q_up {plan['q_up']:.4f}, target_total "
            f"{plan['target_total']} ({plan['target_reason'] or 'none'}), "
            f"unpaired {plan['unpaired']:g}, {plan['open_orders']} open orders"
        )
        told += [f"    wants {want}" for want in plan["wants"]]
        told += [f"    {slot}: {reason}" for slot, reason in plan["reasons"].items()]
    if found.note:
        told.append(f"  note      {found.note}")
    return told


def _text(thing: dict[str, Any]) -> str:
    fields = ", ".join(f"{name}={value!r}" for name, value in thing.items() if name != "type")
    return f"{thing['type']}({fields})" if fields else str(thing["type"])
