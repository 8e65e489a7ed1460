"""A ladder that moves one rung keeps the others: orders change slots before any is cancelled."""

from pmcore.market_state import MarketState
from pmcore.rules import Rules


def realign(market: MarketState, open_slots: list[int], rules: Rules) -> None:
    """Give each order to the slot that wants it: a ladder that moves one rung keeps its others.

    Orders at a price that another slot of the same token wants change places, so that only the
    rungs that leave and enter the ladder cost an act and a place in a queue.
    """
    slots, orders, wants = market.slots, market.orders, market.plan.wants
    for slot in open_slots:
        want = wants[slot]
        if want is None:
            continue
        here = slots[slot]
        if here and orders[here].price == want.price:
            continue
        for other in open_slots:
            number = slots[other]
            if not number or other == slot or other >> 3 != slot >> 3:
                continue
            order = orders[number]
            there = wants[other]
            if (
                order.price != want.price
                or order.side != want.side
                or order.kind != want.kind
                or (there is not None and there.price == order.price)
                or abs(order.leaves - want.size) >= max(1, rules.resize_fraction * want.size)
            ):
                continue
            slots[slot], slots[other] = number, here
            moved = market.moved_ns
            moved[slot], moved[other] = moved[other], moved[slot]
            order.slot = slot
            if here:
                orders[here].slot = other
            break
