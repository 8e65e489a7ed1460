"""The answer of last resort: what the core is told when nobody could do what it asked.

Doubt never lowers exposure, so an order or a cancel that was not answered is Unknown even where we
believe it was never sent. Chain operations are different: `...Unknown` binds pairs until a later
answer settles them, so where nothing can have been sent the answer is Failed.
"""

from collections.abc import Callable
from typing import Any, Final

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.units import Ns

UNANSWERED: Final[dict[type[ef.Effect], Callable[[Ns, Any, str], ev.AnyEvent]]] = {
    ef.PlaceOrder: lambda at, act, text: ev.OrderUnknown(at, act.order, text),
    ef.CancelOrder: lambda at, act, text: ev.CancelUnknown(at, act.order, text),
    ef.CancelAll: lambda at, act, text: ev.CancelAllUnknown(at, act.op, text),
    ef.CancelStray: lambda at, act, _: ev.StrayCancelled(at, act.op, False),
    ef.MergePairs: lambda at, act, text: ev.MergeFailed(at, act.op, act.market, text),
    ef.RedeemShares: lambda at, act, text: ev.RedeemFailed(at, act.op, act.market, text),
    ef.FindMarket: lambda at, act, _: ev.MarketMissing(at, act.market),
    ef.WatchMarket: lambda at, act, _: ev.MarketWatched(at, act.market),
    ef.DropMarket: lambda at, act, _: ev.MarketDropped(at, act.market),
    ef.ResyncBook: lambda at, act, text: ev.ResyncFailed(at, act.market, act.outcome, text),
    ef.Reconcile: lambda at, act, text: ev.ReconcileFailed(at, act.op, text),
    ef.AskScoring: lambda at, act, _: ev.ScoringReported(at, act.op, (), ()),
    ef.Halt: lambda at, *_: ev.Halted(at),
}
"""Act -> its answer when it could not be performed. `Note` is no act and has none."""


def unanswered(at_ns: Ns, effect: ef.Effect, text: str) -> ev.AnyEvent:
    """The answer to `effect` when its performer has none."""
    return UNANSWERED[type(effect)](at_ns, effect, text)
