"""Whether the bot's books are the venue's: orders, positions, cash, and the profit of them."""

from pmapp.local_venue.venue import Venue
from pmapp.simulate.judge import resting
from pmcore.ids import OUTCOME_NAMES, OUTCOMES, OrderId
from pmcore.state import State
from pmcore.units import show_micro


def unsettled(state: State) -> list[str]:
    """What the bot itself still waits for; empty when it has nothing open and nothing in doubt."""
    found = []
    for market in state.markets.values():
        slug = market.terms.slug
        found += [f"{slug}: order {number} is open" for number in market.orders]
        if market.merge_op or market.inventory.merging:
            found.append(f"{slug}: a merge is under way")
        if market.redeem_op:
            found.append(f"{slug}: a redemption is under way")
        if any(market.inventory.unconfirmed):
            found.append(f"{slug}: trades are unconfirmed")
    if state.reconcile.op or state.cancel_all.op:
        found.append("a request is under way")
    return found


def differences(state: State, venue: Venue, account: int, names: dict[str, OrderId]) -> list[str]:
    """Where the bot's books and the venue's are not the same, to the last micro."""
    exchange = venue.exchange
    found = [
        f"order {names.get(order.id, order.id[:12])} rests at the venue"
        for order in resting(venue, account)
    ]
    held = {(one.market, one.outcome): one.shares for one in exchange.holdings(account)}
    flow: int = state.totals.realised
    for number, market in state.markets.items():
        for outcome in OUTCOMES:
            ours = market.inventory.shares[outcome]
            theirs = held.pop((number, outcome), 0)
            if ours != theirs:
                found.append(
                    f"{market.terms.slug} {OUTCOME_NAMES[outcome]}: the bot counts "
                    f"{show_micro(ours)} shares, the venue {show_micro(theirs)}"
                )
        flow += market.inventory.cash_flow
    for (number, outcome), shares in held.items():
        told = f"{number} {OUTCOME_NAMES[outcome]}"
        found.append(f"{told}: {show_micro(shares)} shares that the bot does not know of")
    cash = exchange.cash(account)
    if state.cash != cash:
        found.append(f"cash: the bot has {show_micro(state.cash)}, the venue {show_micro(cash)}")
    earned = cash - venue.terms.faucet
    if earned != flow:
        found.append(f"profit: the bot counts {show_micro(flow)}, cash says {show_micro(earned)}")
    return found + exchange.unbalanced()
