"""After a restart: is what we believe what the venue knows? Each question names what is wrong.

What was asked is read from the journals on the disk, not from the memory of the process that died.
"""

from collections import Counter
from pathlib import Path

from msgspec.structs import replace

from pmapp.local_venue.call_codec import MERGE, REDEEM
from pmapp.local_venue.relayer import FAILED
from pmcore import effects as ef
from pmcore.ids import OUTCOMES, OrderId
from pmcore.wire.typed_data import SigningError
from pmio.journal_reader import segments_in
from pmio.journal_segment import Segment, is_torn_head
from tests.shell.rig import Rig


def tracked(rig: Rig) -> set[str]:
    """The venue's ids of every order that the state counts as open or doubtful.

    A marketable order may be known by several (`Sealer.names`): then the one that rests.
    """
    roster, there = rig.side._submits._roster, resting(rig)
    orders = {order for market in rig.state.markets.values() for order in market.orders}
    named = {name: order for name, order in roster.orders.items() if order in orders}
    seen = {name for name in named if name in there}
    known = {named[name] for name in seen}
    return seen | {roster.venue_id(order) for order in orders - known}


def resting(rig: Rig) -> set[str]:
    """The ids of our orders that can trade at the venue."""
    return {posted.id for posted in rig.posted() if posted.open}


def untracked(rig: Rig) -> list[str]:
    """Orders at the venue of which a state that was just recovered knows nothing."""
    lost = sorted(resting(rig) - tracked(rig))
    return [f"{len(lost)} orders rest untracked: {lost[0]}"] if lost else []


def asked_for(folder: Path) -> list[tuple[int, ef.AnyEffect]]:
    """Every effect on the disk with its time of asking, through all runs."""
    found: list[tuple[int, ef.AnyEffect]] = []
    for path in segments_in(folder):
        if is_torn_head(path):
            continue
        for batch in Segment(path).batches():
            for number, effects in batch.effects():
                at_ns = batch.events[number - batch.first].at_ns
                found.extend((at_ns, effect) for effect in effects)
    return found


def doubled_orders(rig: Rig, asked: list[tuple[int, ef.AnyEffect]]) -> list[str]:
    """Each order of ours was asked for once, and the venue holds none that was not."""
    names: dict[str, OrderId] = {}
    placed = [(at_ns, one) for at_ns, one in asked if isinstance(one, ef.PlaceOrder)]
    for at_ns, effect in placed:
        for venue_id in _names(rig, at_ns, effect):
            names[venue_id] = effect.order
    faults = []
    posted = {one.id for one in rig.posted()}
    strange = posted - names.keys()
    if strange:
        faults.append(f"{len(strange)} orders at the venue are in no journal")
    times = Counter(effect.order for _, effect in placed)
    twice = [order for order, count in times.items() if count > 1]
    if twice:
        faults.append(f"orders {twice} were asked for twice")
    sent = Counter(names[one] for one in posted - strange)
    many = [order for order, count in sent.items() if count > 1]
    if many:
        faults.append(f"orders {many} stand at the venue under two names")
    return faults


def _names(rig: Rig, at_ns: int, effect: ef.PlaceOrder) -> set[str]:
    """What an order may be called: the grid of its token may have changed since."""
    terms = rig.venue.listings.by_start[effect.market].market
    names = set()
    for tick in (terms.tick, 1, 10, 100):
        try:
            names.add(rig.side.sealer.seal(effect, at_ns, replace(terms, tick=tick)).venue_id)
        except SigningError:
            continue
    return names


def doubled_operations(rig: Rig, asked: list[tuple[int, ef.AnyEffect]]) -> list[str]:
    """No merge and no redemption was done that was not asked for, and none of them twice."""
    wanted: Counter[tuple[str, str, int]] = Counter()
    redeemed: set[str] = set()
    conditions = {
        listed.market.id: listed.market.condition_id
        for listed in rig.venue.listings.by_start.values()
    }
    for _, effect in asked:
        if isinstance(effect, ef.MergePairs):
            wanted[MERGE, conditions[effect.market], effect.size] += 1
        elif isinstance(effect, ef.RedeemShares):
            redeemed.add(conditions[effect.market])
    done: Counter[tuple[str, str, int]] = Counter()
    redemptions: Counter[str] = Counter()
    for transaction in rig.venue.relayer.transactions.values():
        if transaction.state == FAILED:
            continue
        for order in transaction.orders:
            if order.what == MERGE:
                done[MERGE, order.subject, order.amount] += 1
            elif order.what == REDEEM:
                redemptions[order.subject] += 1
    faults = [f"merged without being asked: {extra}" for extra in done - wanted]
    faults += [f"redeemed twice: {one}" for one, count in redemptions.items() if count > 1]
    faults += [f"redeemed unasked: {one}" for one in redemptions if one not in redeemed]
    return faults


def money_differs(rig: Rig) -> list[str]:
    """Shares of every market and cash, to the micro."""
    exchange, account = rig.venue.exchange, rig.account
    held = {(one.market, one.outcome): one.shares for one in exchange.holdings(account)}
    faults = []
    flow = rig.state.totals.realised
    for number, market in rig.state.markets.items():
        for outcome in OUTCOMES:
            believed, there = market.inventory.shares[outcome], held.pop((number, outcome), 0)
            if believed != there:
                faults.append(f"{market.terms.slug} {outcome}: {believed} believed, {there} held")
        flow += market.inventory.cash_flow
    if held:
        faults.append(f"held and not believed: {held}")
    cash = exchange.cash(account)
    if cash != rig.terms.faucet + flow:
        faults.append(f"cash {cash}, by our books {rig.terms.faucet + flow}")
    if exchange.unbalanced():
        faults.append(f"the venue itself: {exchange.unbalanced()}")
    return faults
