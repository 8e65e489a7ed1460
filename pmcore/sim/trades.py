"""Trades: how a match moves cash and shares, and what becomes of it on chain.

A match is MATCHED at once, MINED and CONFIRMED later; a doomed one is RETRYING, then FAILED, and
everything it moved is moved back (the order stays as filled as it was: the venue does not revive
it). Every fill is at the maker's price. Takers pay the fee, buyers on top of the cost, sellers out
of the proceeds.
"""

from dataclasses import dataclass

from pmcore.events import CONFIRMED, FAILED, MATCHED, MINED, RETRYING, TradeReported
from pmcore.ids import BUY, UP, MarketId, OrderId, Outcome, Side
from pmcore.market import NO_FEES
from pmcore.model.fees import fee_equivalent, taker_fee
from pmcore.order import ALL_FILLED, PART_FILLED, advance
from pmcore.sim.accounts import claim
from pmcore.sim.floor import PROGRESS, Floor
from pmcore.sim.latency import TRADE
from pmcore.sim.pit import Pit, Resting
from pmcore.units import Cash, Ns, Price, Shares


@dataclass(frozen=True)
class Leg:
    """One account's part of a trade. `cash` is what it received, negative for a buyer."""

    account: int
    order: OrderId
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    cash: int
    fee: Cash
    equivalent: int
    maker: bool


@dataclass
class Trade:
    """A match and its status. One leg where the other side is outside."""

    id: str
    market: MarketId
    legs: tuple[Leg, ...]
    doomed: bool
    matched_ns: Ns
    status: int = MATCHED
    minted: int = 0
    """Pairs made by the match; negative for pairs merged."""
    dust: int = 0


def trade(
    floor: Floor,
    pit: Pit,
    maker: Resting | None,
    taker: Resting | None,
    size: int,
    up_price: int,
    now_ns: Ns,
) -> None:
    """Fill `size` at `up_price` (the maker's price in Up's terms); None is the outside."""
    legs = []
    if maker is not None:
        legs.append(_leg(floor, pit, maker, size, up_price, True, now_ns))
    if taker is not None:
        legs.append(_leg(floor, pit, taker, size, up_price, False, now_ns))
    floor.trade_count += 1
    fate = floor.fate
    doomed = fate is not None and fate.hit(fate.faults.trade_failed)
    match = Trade(f"t{floor.trade_count}", MarketId(pit.id), tuple(legs), doomed, now_ns)
    floor.trades[match.id] = match
    ledger = floor.ledger
    if len(legs) == 2:
        if legs[0].side == legs[1].side:
            match.minted = size if legs[0].side == BUY else -size
        match.dust = -(legs[0].cash + legs[1].cash + match.minted)
        ledger.chain += match.minted
        ledger.dust += match.dust
        pit.pairs += match.minted
    else:
        ledger.outside -= legs[0].cash
        _outside(pit, legs[0], -1)
    report(floor, match, now_ns)
    floor.at(now_ns + floor.assumptions.mined_ns, PROGRESS, match)


def _outside(pit: Pit, leg: Leg, sign: int) -> None:
    """Move the shares of a leg from the outside (`sign` -1) or back."""
    shares = sign * (leg.size if leg.side == BUY else -leg.size)
    if leg.outcome == UP:
        pit.outside_up += shares
    else:
        pit.outside_down += shares


def _leg(
    floor: Floor, pit: Pit, order: Resting, size: int, up_price: int, maker: bool, now_ns: Ns
) -> Leg:
    """Book one account's side of a match. Cash is rounded once over all fills of the order."""
    price = Price(up_price if order.outcome == UP else 10_000 - up_price)
    account = floor.accounts[order.account]
    position = account.position(order.market)
    terms = pit.terms.fees if pit.terms is not None else NO_FEES
    fee = Cash(0)
    equivalent = 0
    if maker:
        equivalent = fee_equivalent(terms, price, Shares(size))
        position.fee_equivalent += equivalent
    else:
        fee = taker_fee(terms, price, Shares(size))
        account.fees_paid += fee
        floor.ledger.fees += fee
    raw = order.raw
    order.raw = raw + price * size
    if order.side == BUY:
        cash = -order.raw // 10_000 - -raw // 10_000
        position.add(order.outcome, size)
        position.doubt(order.outcome, size)
    else:
        cash = order.raw // 10_000 - raw // 10_000
        position.add(order.outcome, -size)
        account.unconfirmed += cash - fee
    account.cash += cash - fee
    order.filled = Shares(order.filled + size)
    if order.filled >= order.size:
        floor.finish(pit, order, ALL_FILLED, now_ns)
    else:
        advance(order, PART_FILLED, now_ns)
        claim(account, order)
    return Leg(
        order.account,
        order.id,
        order.outcome,
        order.side,
        price,
        Shares(size),
        cash,
        fee,
        equivalent,
        maker,
    )


def reports(match: Trade, account: int, now_ns: Ns) -> list[TradeReported]:
    """The reports of a trade for one account, in its present status."""
    return [
        TradeReported(
            now_ns,
            match.id,
            leg.order,
            match.market,
            leg.outcome,
            leg.side,
            leg.price,
            leg.size,
            leg.fee,
            leg.maker,
            match.status,
        )
        for leg in match.legs
        if leg.account == account
    ]


def report(floor: Floor, match: Trade, now_ns: Ns) -> None:
    """Tell every account of a trade its part, once per account."""
    told = -1
    for leg in match.legs:
        if leg.account != told:
            told = leg.account
            for event in reports(match, told, now_ns):
                floor.say(told, TRADE, event)


def progress(floor: Floor, match: Trade, now_ns: Ns) -> None:
    """Take a trade one step further: mined then confirmed, or retrying then failed."""
    if match.status == MATCHED:
        match.status = RETRYING if match.doomed else MINED
        floor.at(match.matched_ns + floor.assumptions.confirmed_ns, PROGRESS, match)
    else:
        settle(floor, match, failed=match.doomed)
        match.status = FAILED if match.doomed else CONFIRMED
        del floor.trades[match.id]
    report(floor, match, now_ns)


def settle(floor: Floor, match: Trade, *, failed: bool) -> None:
    """End the doubt about a trade's cash and shares; move them back if it failed."""
    pit = floor.pit(match.market)
    ledger = floor.ledger
    for leg in match.legs:
        account = floor.accounts[leg.account]
        position = account.position(match.market)
        buys = leg.side == BUY
        if buys:
            position.doubt(leg.outcome, -leg.size)
        else:
            account.unconfirmed -= leg.cash - leg.fee
        if failed:
            position.add(leg.outcome, -leg.size if buys else leg.size)
            position.fee_equivalent -= leg.equivalent
            account.cash -= leg.cash - leg.fee
            account.fees_paid -= leg.fee
            ledger.fees -= leg.fee
    if failed:
        if len(match.legs) == 2:
            ledger.chain -= match.minted
            ledger.dust -= match.dust
            pit.pairs -= match.minted
        else:
            ledger.outside += match.legs[0].cash
            _outside(pit, match.legs[0], 1)
