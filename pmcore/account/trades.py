"""Which trades of ours are booked, and how far each has come on chain.

The same trade is reported once per status, by socket and by REST, in any order. A trade is booked
the first time it is seen in a status that means it happened, taken back once if it fails, and
never touched again after CONFIRMED or FAILED.
"""

from dataclasses import dataclass
from typing import Final

from pmcore.account.inventory import Inventory
from pmcore.events import CONFIRMED, FAILED, TradeReported
from pmcore.ids import BUY, Outcome, Side
from pmcore.units import Cash, Price, Shares

BOOKED: Final = 1
TAKEN_BACK: Final = 2
SETTLED: Final = 3
IGNORED: Final = 4


@dataclass
class Trade:
    """Our part of one trade, as first reported."""

    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    fee: Cash
    final: bool = False


def trade_key(report: TradeReported) -> str:
    """One trade may fill several orders of ours: each is its own entry."""
    return f"{report.trade}#{report.order}"


def book_trade(trades: dict[str, Trade], inventory: Inventory, report: TradeReported) -> int:
    """Book one report; returns what it did: BOOKED, TAKEN_BACK, SETTLED or IGNORED."""
    key = trade_key(report)
    known = trades.get(key)
    if known is None:
        trade = Trade(report.outcome, report.side, report.price, report.size, report.fee)
        trades[key] = trade
        if report.status == FAILED:
            trade.final = True
            return IGNORED
        inventory.fill(trade.outcome, trade.side, trade.price, trade.size, trade.fee)
        if report.status == CONFIRMED:
            _settle(trade, inventory)
        return BOOKED
    if known.final:
        return IGNORED
    if report.status == FAILED:
        known.final = True
        inventory.undo(known.outcome, known.side, known.price, known.size, known.fee)
        return TAKEN_BACK
    if report.status == CONFIRMED:
        _settle(known, inventory)
        return SETTLED
    return IGNORED


def _settle(trade: Trade, inventory: Inventory) -> None:
    trade.final = True
    if trade.side == BUY:
        inventory.confirm(trade.outcome, trade.price, trade.size)
