"""Fills of one moment, and the one trade that the venue tells of them."""

from typing import NamedTuple

from pmapp.local_venue.order_log import Posted
from pmapp.local_venue.trade_log import (
    WireTrade,
    digest,
    maker_part,
    outside_makers,
    outside_taker,
)
from pmcore.ids import Outcome, Side
from pmcore.sim.trades import Leg
from pmcore.units import Ns, Price, Shares, complement


class Fill(NamedTuple):
    """One leg of a trade, its order, and the size in micro-shares that is told of it."""

    leg: Leg
    order: Posted
    size: int


def trade_of(
    name: str, fills: list[Fill], printing: tuple[Outcome, Side] | None, now_ns: Ns
) -> WireTrade:
    """The trade of at least one fill; what nobody's account is the other side of, strangers are.

    `printing` is the taker's token and side while a printed trade is being told.
    """
    orders = [fill.order for fill in fills]
    listed = orders[0].listed
    parts = [maker_part(fill.order, fill.size) for fill in fills if fill.leg.maker]
    taken = [fill for fill in fills if not fill.leg.maker]
    taker = taken[0].order if taken else None
    if taken:
        leg = taken[0].leg
        outcome, side, price = leg.outcome, leg.side, leg.price
    else:
        outcome, side, price = _outside(name, orders[0], printing)
    size = sum(fill.size for fill in taken or fills)
    outside = size - sum(part.matched for part in parts)
    if outside > 0:
        parts.extend(outside_makers(name, listed, outcome, side, price, outside))
    return WireTrade(
        name,
        listed,
        taker,
        taker.id if taker is not None else "0x" + digest(f"{name}/taker order"),
        outcome,
        side,
        price,
        Shares(size),
        tuple(parts),
        tuple(dict.fromkeys(of.key for of in ([taker] if taker else []) + orders)),
        now_ns,
        now_ns,
        addresses={order.key: order.wallet.address for order in reversed(orders)},
    )


def _outside(
    name: str, maker: Posted, printing: tuple[Outcome, Side] | None
) -> tuple[Outcome, Side, Price]:
    """What the outside taker of an order did: as printed, else one of the two ways."""
    if printing is None:
        return outside_taker(name, maker)
    outcome, side = printing
    return outcome, side, maker.price if outcome == maker.outcome else complement(maker.price)
