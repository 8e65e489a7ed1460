"""Why the venue refuses an order: its own checks, in its own order and words.

Order of the checks (venue reference 3.8): mode, market, grid, expiry, duplicate, minimum, balance,
then crossing. Texts are those of section 3.6. Sizes below the market's minimum are refused only for
orders that would rest; a marketable BUY must be worth one dollar instead.
"""

from typing import Final

from pmcore.effects import PlaceOrder
from pmcore.ids import BUY, UP
from pmcore.model.fees import taker_fee
from pmcore.order import FAK, FOK, GTD
from pmcore.sim.accounts import Account
from pmcore.sim.floor import CANCEL_ONLY, DISABLED, NORMAL, POST_ONLY, RESTARTING, Floor
from pmcore.sim.pit import Pit
from pmcore.units import Ns, cost_up, show_micro, show_price

Refusal = tuple[str, str]
"""A reject code of `events.REJECT_CODES`, and the venue's text."""

FOK_TEXT = "order couldn't be fully filled. FOK orders are fully filled or killed."
FAK_TEXT = (
    "no orders found to match with FAK order. FAK orders are partially filled or killed if no "
    "match is found."
)
POST_ONLY_TEXT = "invalid post-only order: order crosses book"
MODE_REFUSALS = {
    RESTARTING: ("venue_restarting", "the matching engine is restarting"),
    DISABLED: (
        "trading_disabled",
        "Trading is currently disabled. Check polymarket.com for updates",
    ),
    CANCEL_ONLY: (
        "cancel_only_mode",
        "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
    ),
    POST_ONLY: (
        "post_only_mode",
        "post-only mode: only post-only orders and cancels are allowed",
    ),
}


LATE: Final = ("post_only_would_cross", "fok_not_filled", "fak_not_filled")
"""Said only of an order that is in order otherwise (venue reference 3.8, step 2)."""


def closed(floor: Floor, pit: Pit | None, post_only: bool) -> Refusal | None:
    """Why no such order is taken in this market now, whatever it says, or None."""
    mode = floor.mode
    if mode != NORMAL and (mode != POST_ONLY or not post_only):
        return MODE_REFUSALS[mode]
    if pit is None or not pit.open:
        return "market_not_ready", "the market is not yet ready to process new orders"
    return None


def refusal(
    floor: Floor, account: Account, pit: Pit | None, act: PlaceOrder, now_ns: Ns
) -> Refusal | None:
    """What is wrong with an order before the book is looked at, or None."""
    shut = closed(floor, pit, act.post_only)
    if shut is not None or pit is None:
        return shut
    tick = pit.tick_up if act.outcome == UP else pit.tick_down
    price = act.price
    if tick <= 0 or price % tick or price < tick or price > 10_000 - tick:
        grid = show_price(pit.terms.tick) if pit.terms is not None else "?"
        return "tick", _invalid(
            act, f"Price ({show_price(price)}) breaks minimum tick size rule: {grid}"
        )
    if act.size <= 0:
        return "min_size", _invalid(act, "Size (0) lower than the minimum: 0")
    if act.kind == GTD:
        if act.expires_ns - floor.assumptions.gtd_early_ns <= now_ns:
            return "other", "invalid expiration"
    elif act.expires_ns:
        return "other", "invalid expiration"
    elif act.post_only and act.kind in (FOK, FAK):
        return "other", "Invalid order payload"
    if act.order in account.orders or act.order in account.done:
        return "duplicate", _invalid(act, "Duplicated.")
    return None


def marketable_refusal(floor: Floor, account: Account, pit: Pit, act: PlaceOrder) -> Refusal | None:
    """What is wrong with an order that would trade at once, or None.

    A buyer needs the fee on top of the cost. Paying it at the limit is the worst case: a better
    price saves more cost than it can add in fee.
    """
    if act.post_only:
        # Size and balance come first (venue reference 3.8): a poor order is not told of the cross.
        return resting_refusal(pit, account, act) or ("post_only_would_cross", POST_ONLY_TEXT)
    terms = pit.terms
    if act.side == BUY and terms is not None:
        cost = cost_up(act.price, act.size)
        if cost < floor.assumptions.notional_min:
            least = show_micro(floor.assumptions.notional_min)
            return "min_size", (
                f"invalid amount for a marketable BUY order (${show_micro(cost)}), "
                f"min size: ${least}"
            )
        if account.free_cash < cost + taker_fee(terms.fees, act.price, act.size):
            return "not_enough_balance", "not enough balance / allowance"
        return None
    return uncovered(account, act)


def resting_refusal(pit: Pit, account: Account, act: PlaceOrder) -> Refusal | None:
    """What is wrong with an order that would not trade at once, or None."""
    if act.kind == FOK:
        return "fok_not_filled", FOK_TEXT
    if act.kind == FAK:
        return "fak_not_filled", FAK_TEXT
    terms = pit.terms
    if terms is not None and act.size < terms.min_size:
        least = show_micro(terms.min_size)
        return "min_size", _invalid(
            act, f"Size ({show_micro(act.size)}) lower than the minimum: {least}"
        )
    return uncovered(account, act)


def uncovered(account: Account, act: PlaceOrder) -> Refusal | None:
    """Whether the account's free cash (BUY) or shares (SELL) do not cover the order."""
    if act.side == BUY:
        covered = account.cash - account.reserved - account.unconfirmed >= cost_up(
            act.price, act.size
        )
    else:
        position = account.positions.get(act.market)
        covered = position is not None and position.free(act.outcome) >= act.size
    if covered:
        return None
    return "not_enough_balance", "not enough balance / allowance: the balance is not enough"


def _invalid(act: PlaceOrder, text: str) -> str:
    return f"order {act.order} is invalid. {text}"
