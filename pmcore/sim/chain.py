"""Merging and redeeming at the simulated venue: slow, and not always certain.

Only confirmed shares can be merged or redeemed, because an unconfirmed trade may still fail. What a
merge uses is locked from the request on. An operation whose fate is unknown answers Unknown, and
says Confirmed or Failed later, unasked.
"""

from dataclasses import dataclass
from typing import Final

from pmcore.events import (
    MergeConfirmed,
    MergeFailed,
    MergeUnknown,
    RedeemConfirmed,
    RedeemFailed,
    RedeemUnknown,
)
from pmcore.ids import MarketId, OpId
from pmcore.sim.accounts import Account
from pmcore.sim.floor import CHAIN, Floor
from pmcore.sim.latency import NOTICE, REPLY
from pmcore.sim.pit import UNSETTLED
from pmcore.units import Cash, Ns, Price, Shares, complement, payout

SURE: Final = 0
FAILING: Final = 1
UNKNOWN: Final = 2
UNKNOWN_FAILING: Final = 3


@dataclass
class ChainOp:
    """One chain operation under way; `size` is 0 for a redemption."""

    account: int
    op: OpId
    market: MarketId
    size: Shares
    fate: int
    silent: bool = False
    """Unknown was answered already."""


def _fate(floor: Floor, unknown: float, failed: float) -> int:
    fate = floor.fate
    if fate is None:
        return SURE
    if fate.hit(unknown):
        return UNKNOWN_FAILING if fate.hit(0.5) else UNKNOWN
    return FAILING if fate.hit(failed) else SURE


def merge(floor: Floor, number: int, op: OpId, market: MarketId, size: Shares, now_ns: Ns) -> None:
    """Begin to turn `size` pairs into cash; the one answer comes when the chain has spoken."""
    account = floor.account(number)
    position = account.position(market)
    if size <= 0 or position.mergeable < size or account.free_cash < floor.assumptions.gas:
        text = f"not enough confirmed pairs: {position.mergeable} micro-shares"
        floor.say(number, REPLY, MergeFailed(now_ns, op, market, text))
        return
    position.locked += size
    rates = floor.fate.faults if floor.fate is not None else None
    fate = _fate(floor, rates.merge_unknown, rates.merge_failed) if rates is not None else SURE
    thing = ChainOp(number, op, market, size, fate)
    floor.at(now_ns + floor.assumptions.merge_ns, CHAIN, thing)


def redeem(floor: Floor, number: int, op: OpId, market: MarketId, now_ns: Ns) -> None:
    """Begin to redeem all confirmed shares of a resolved market."""
    pit = floor.pit(market)
    account = floor.account(number)
    if pit.payout_up == UNSETTLED or account.free_cash < floor.assumptions.gas:
        text = "result for condition not received yet"
        floor.say(number, REPLY, RedeemFailed(now_ns, op, market, text))
        return
    rates = floor.fate.faults if floor.fate is not None else None
    fate = _fate(floor, rates.redeem_unknown, rates.redeem_failed) if rates is not None else SURE
    thing = ChainOp(number, op, market, Shares(0), fate)
    floor.at(now_ns + floor.assumptions.redeem_ns, CHAIN, thing)


def speak(floor: Floor, thing: ChainOp, now_ns: Ns) -> None:
    """The chain has spoken, or has been silent for too long."""
    merging = thing.size > 0
    if thing.fate >= UNKNOWN and not thing.silent:
        thing.silent = True
        unknown = MergeUnknown if merging else RedeemUnknown
        floor.say(
            thing.account, REPLY, unknown(now_ns, thing.op, thing.market, "no receipt in time")
        )
        floor.at(now_ns + floor.assumptions.chain_unknown_ns, CHAIN, thing)
        return
    delay_class = NOTICE if thing.silent else REPLY
    account = floor.accounts[thing.account]
    if merging:
        account.position(thing.market).locked -= thing.size
    if thing.fate in (FAILING, UNKNOWN_FAILING):
        failed = MergeFailed if merging else RedeemFailed
        event = failed(now_ns, thing.op, thing.market, "execution reverted")
        floor.say(thing.account, delay_class, event)
    elif merging:
        gas = _merged(floor, account, thing)
        floor.say(
            thing.account,
            delay_class,
            MergeConfirmed(now_ns, thing.op, thing.market, thing.size, gas),
        )
    else:
        cash, gas = _redeemed(floor, account, thing)
        floor.say(
            thing.account, delay_class, RedeemConfirmed(now_ns, thing.op, thing.market, cash, gas)
        )


def _merged(floor: Floor, account: Account, thing: ChainOp) -> Cash:
    position = account.position(thing.market)
    position.up -= thing.size
    position.down -= thing.size
    floor.pit(thing.market).pairs -= thing.size
    account.cash += thing.size
    floor.ledger.chain -= thing.size
    return _burn_gas(floor, account)


def _redeemed(floor: Floor, account: Account, thing: ChainOp) -> tuple[Cash, Cash]:
    """Burn every confirmed share and pay what it is worth. Returns the payout and the gas."""
    position = account.position(thing.market)
    pit = floor.pit(thing.market)
    up = position.up - position.unconfirmed_up - position.locked
    down = position.down - position.unconfirmed_down - position.locked
    price = Price(pit.payout_up)
    cash = Cash(payout(price, Shares(up)) + payout(complement(price), Shares(down)))
    position.up -= up
    position.down -= down
    pit.redeemed_up += up
    pit.redeemed_down += down
    account.cash += cash
    floor.ledger.chain -= cash
    return cash, _burn_gas(floor, account)


def _burn_gas(floor: Floor, account: Account) -> Cash:
    gas = floor.assumptions.gas
    account.cash -= gas
    floor.ledger.gas += gas
    return gas
