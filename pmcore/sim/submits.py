"""Placing, holding and cancelling orders at the simulated venue."""

from pmcore.effects import PlaceOrder
from pmcore.events import (
    CancelRefused,
    OrderAccepted,
    OrderCancelled,
    OrderDelayed,
    OrderRejected,
)
from pmcore.ids import UP, OrderId
from pmcore.order import (
    ACCEPTED,
    CANCEL_DONE,
    DELAYED,
    FAK,
    FOK,
    GTD,
    HELD,
    REFUSED,
    advance,
)
from pmcore.sim.accounts import Account, claim
from pmcore.sim.floor import NORMAL, RELEASE, RESTARTING, Floor
from pmcore.sim.latency import NOTICE, REPLY
from pmcore.sim.matching import reachable, take
from pmcore.sim.pit import Pit, Resting, is_bid
from pmcore.sim.queue import join
from pmcore.sim.trades import trade
from pmcore.sim.validity import (
    FOK_TEXT,
    Refusal,
    marketable_refusal,
    refusal,
    resting_refusal,
)
from pmcore.units import Ns

GONE_TEXT = "already canceled or matched"
HELD_TEXT = "order is being matched and cannot be cancelled"
RESTART_TEXT = "the matching engine is restarting"


def place(floor: Floor, account: Account, act: PlaceOrder, now_ns: Ns) -> None:
    """Take, hold or refuse one order: exactly one REPLY."""
    pit = floor.pits.get(act.market)
    wrong = refusal(floor, account, pit, act, now_ns)
    if wrong is not None or pit is None:
        _refuse(floor, account, act, wrong or ("market_not_ready", ""), now_ns)
        return
    bid = is_bid(act.outcome, act.side)
    up_price = act.price if act.outcome == UP else 10_000 - act.price
    marketable = pit.crosses(bid, up_price)
    if marketable:
        wrong = marketable_refusal(floor, account, pit, act)
    else:
        wrong = resting_refusal(pit, account, act)
    if wrong is not None:
        _refuse(floor, account, act, wrong, now_ns)
        return
    order = _order(floor, account, act, bid, up_price, now_ns)
    if not marketable:
        advance(order, ACCEPTED, now_ns)
        join(floor, pit, order)
        floor.out.append((account.id, REPLY, OrderAccepted(now_ns, act.order)))
        return
    terms = pit.terms
    if terms is not None and terms.taker_delay_ns > 0 and floor.assumptions.taker_delay:
        advance(order, HELD, now_ns)
        pit.held[order.seq] = order
        floor.at(now_ns + terms.taker_delay_ns, RELEASE, order)
        floor.say(account.id, REPLY, OrderDelayed(now_ns, act.order))
        return
    if order.kind == FOK and reachable(pit, order) < order.size:
        floor.finish(pit, order, REFUSED, now_ns)
        floor.say(account.id, REPLY, OrderRejected(now_ns, act.order, "fok_not_filled", FOK_TEXT))
        return
    advance(order, ACCEPTED, now_ns)
    floor.say(account.id, REPLY, OrderAccepted(now_ns, act.order))
    take(floor, pit, order, now_ns)
    if order.filled < order.size:
        if order.kind == FAK:
            kill(floor, pit, order, "fak_remainder", now_ns)
        else:
            join(floor, pit, order)


def wrong_with(floor: Floor, account: Account, act: PlaceOrder, now_ns: Ns) -> Refusal | None:
    """Why `place` would refuse this order now, or None; it changes nothing."""
    pit = floor.pits.get(act.market)
    wrong = refusal(floor, account, pit, act, now_ns)
    if wrong is not None or pit is None:
        return wrong
    up_price = act.price if act.outcome == UP else 10_000 - act.price
    if pit.crosses(is_bid(act.outcome, act.side), up_price):
        return marketable_refusal(floor, account, pit, act)
    return resting_refusal(pit, account, act)


def _refuse(floor: Floor, account: Account, act: PlaceOrder, wrong: Refusal, now_ns: Ns) -> None:
    floor.out.append((account.id, REPLY, OrderRejected(now_ns, act.order, wrong[0], wrong[1])))


def _order(
    floor: Floor, account: Account, act: PlaceOrder, bid: bool, up_price: int, now_ns: Ns
) -> Resting:
    """A new order of `account`, its cost or shares reserved."""
    floor.seq += 1
    expires_ns = 0
    if act.kind == GTD:
        expires_ns = act.expires_ns - floor.assumptions.gtd_early_ns
    order = Resting(
        act.order,
        act.market,
        act.outcome,
        act.side,
        act.price,
        act.size,
        act.kind,
        now_ns,
        account.id,
        bid,
        up_price,
        floor.seq,
        expires_ns,
    )
    account.orders[act.order] = order
    claim(account, order)
    if expires_ns:
        floor.expire_at(order)
    return order


def kill(floor: Floor, pit: Pit, order: Resting, reason: str, now_ns: Ns) -> None:
    """End an order on the venue's own account, and say so."""
    floor.finish(pit, order, CANCEL_DONE, now_ns)
    floor.say(order.account, NOTICE, OrderCancelled(now_ns, order.id, reason))


def release(floor: Floor, order: Resting, now_ns: Ns) -> None:
    """The taker delay is over: look again, match what still crosses, rest or kill what is left."""
    if order.status != DELAYED:
        return
    pit = floor.pit(order.market)
    del pit.held[order.seq]
    if floor.mode != NORMAL or not pit.open:
        kill(floor, pit, order, f"held through mode {floor.mode}", now_ns)
        return
    if order.kind == FOK and reachable(pit, order) < order.size:
        kill(floor, pit, order, FOK_TEXT, now_ns)
        return
    take(floor, pit, order, now_ns)
    if order.filled >= order.size:
        return
    if order.kind == FAK:
        kill(floor, pit, order, "fak_remainder", now_ns)
        return
    advance(order, ACCEPTED, now_ns)
    join(floor, pit, order)
    floor.say(order.account, NOTICE, OrderAccepted(now_ns, order.id))


def cancel(floor: Floor, account: Account, number: OrderId, now_ns: Ns) -> None:
    """Cancel one order: exactly one REPLY."""
    order = account.orders.get(number)
    if floor.mode == RESTARTING:
        answer = CancelRefused(now_ns, number, True, RESTART_TEXT)
        floor.say(account.id, REPLY, answer)
    elif order is None:
        floor.out.append((account.id, REPLY, CancelRefused(now_ns, number, False, GONE_TEXT)))
    elif order.status == DELAYED:
        floor.say(account.id, REPLY, CancelRefused(now_ns, number, True, HELD_TEXT))
    else:
        floor.finish(floor.pits[order.market], order, CANCEL_DONE, now_ns)
        floor.out.append((account.id, REPLY, OrderCancelled(now_ns, number, "asked")))


def cancel_every(floor: Floor, account: Account, reason: str, now_ns: Ns) -> bool:
    """Cancel all that can be cancelled; True if nothing is left."""
    for order in list(account.orders.values()):
        if order.status != DELAYED:
            kill(floor, floor.pits[order.market], order, reason, now_ns)
    return not account.orders


def hit(floor: Floor, order: Resting, size: int, now_ns: Ns) -> None:
    """Let a taker from outside fill part of a resting order at its own price (a fault)."""
    pit = floor.pits[order.market]
    price = order.price if order.outcome == UP else 10_000 - order.price
    trade(floor, pit, order, None, min(size, order.size - order.filled), price, now_ns)


def expire(floor: Floor, expires_ns: int, now_ns: Ns) -> None:
    """The venue takes off every order that expires now; held ones when they are released."""
    for order in list(floor.expiring.pop(expires_ns, {}).values()):
        if order.status == DELAYED:
            order.kind = FAK
        else:
            kill(floor, floor.pits[order.market], order, "expired", now_ns)
