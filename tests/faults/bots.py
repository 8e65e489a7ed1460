"""What the faults' tests begin with, and what must hold of a whole bot after any of them."""

import trio

from pmcore import events as ev
from pmcore.ids import OUTCOMES
from tests.shell.rig import Rig


async def quoting(nursery: trio.Nursery, **more) -> Rig:
    """A bot whose orders rest at the local venue."""
    rig = Rig(nursery, **more)
    await rig.live()
    await rig.quoting()
    return rig


def check_books(rig: Rig) -> None:
    """Our books of the running window are the venue's."""
    market = rig.window
    for outcome in OUTCOMES:
        theirs = rig.venue.board.book(market.terms.id, outcome)
        ours = market.books[outcome]
        assert ours.valid
        assert (ours.bids, ours.asks) == (theirs.bids, theirs.asks)


def check_orders(rig: Rig) -> None:
    """What rests at the venue is what we believe to rest, each under its name."""
    theirs = sorted(posted.id for posted in rig.posted() if posted.open)
    roster = rig.side._submits._roster
    ours = sorted(
        roster.venue_id(order.id)
        for market in rig.state.markets.values()
        for order in market.orders.values()
    )
    assert theirs == ours
    assert not [event for event in rig.events(ev.OrderRejected) if event.code == "duplicate"]


async def well_again(rig: Rig, within_s: float = 90.0) -> None:
    """It quotes, its books and orders are the venue's, and it stops in good order."""
    await rig.quoting(within_s)
    await rig.until(lambda rig: rig.window.gate == "", 60)
    await trio.sleep(1.0)
    check_orders(rig)
    check_books(rig)
    assert rig.state.safety.mode == "running"
    assert await rig.stop() == 0
    assert rig.venue.exchange.open_orders(rig.account) == ()
    assert rig.venue.exchange.unbalanced() == []
