"""Maker rebates and reward scoring at the simulated venue."""

from pmcore.events import IncentivePaid
from pmcore.ids import MarketId, OrderId
from pmcore.model.fees import rebate
from pmcore.sim.accounts import Account
from pmcore.sim.floor import Floor
from pmcore.sim.latency import NOTICE
from pmcore.sim.pit import Pit
from pmcore.units import Cash, Ns


def rebate_due(account: Account, pit: Pit) -> Cash:
    """The estimated rebate of an account in a market, less what was paid, in micro-dollars.

    A maker's share of the pool is its share of all maker fills' fee equivalents; as every taker fee
    has a maker on the other side, that is `rebate_ppm` of its own fee equivalents.
    """
    position = account.positions.get(pit.id)
    if position is None or pit.terms is None:
        return Cash(0)
    earned = rebate(pit.terms.fees, Cash(position.fee_equivalent))
    return Cash(max(0, earned - position.rebated))


def pay_rebates(floor: Floor, pit: Pit, now_ns: Ns) -> None:
    """Pay every account its rebate of one market."""
    for number in sorted(floor.accounts):
        account = floor.accounts[number]
        amount = rebate_due(account, pit)
        if amount > 0:
            account.cash += amount
            account.positions[pit.id].rebated += amount
            floor.ledger.rebates += amount
            floor.say(number, NOTICE, IncentivePaid(now_ns, MarketId(pit.id), amount, True))


def scores(floor: Floor, account: Account, number: OrderId, now_ns: Ns) -> bool:
    """Whether a resting order earns liquidity rewards now.

    It must be as large, as close to the middle of the outside touch and as old as the market's
    terms say (venue reference 8.4); the distance is the same in either token's terms.
    """
    order = account.orders.get(number)
    if order is None:
        return False
    pit = floor.pit(order.market)
    if pit.terms is None or order.seq in pit.held:
        return False
    terms = pit.terms.rewards
    book = pit.book
    if terms.max_spread <= 0 or not book.best_bid or not book.best_ask:
        return False
    apart = abs(2 * order.up_price - book.best_bid - book.best_ask)
    return (
        order.size - order.filled >= terms.min_size
        and apart <= 2 * terms.max_spread
        and now_ns - order.placed_ns >= terms.min_age_ns
    )
