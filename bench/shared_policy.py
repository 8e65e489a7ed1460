"""The ladder that every peer runs on the shared workload, as a policy for our `stepper`.

fair = Phi((ref - strike) / (18.97 * sqrt(remaining_s))); per outcome two bids and two asks:
b1 = min(bid, floor(fair - 1)), b1 - 1, a1 = max(ask, ceil(fair + 1)), a1 + 1, clamped to 1..99
ticks, 20 shares, post-only. Only what is wanted differs from the maker: observing, risk, diff,
order tracking and the simulated exchange are the live code.
"""

import math

from pmcore.ids import BUY, OUTCOMES, SELL, slot_of
from pmcore.maker.want import Plan, Want
from pmcore.market_state import MarketState
from pmcore.state import State
from pmcore.units import Price, Shares, oracle_usd

SIZE = Shares(20_000_000)
_ROOT_HALF = math.sqrt(0.5)


def shared_ladder(state: State, market: MarketState) -> None:
    """Renew the rungs of the token that was just quoted, as the peers do on each quote."""
    market.dirty = False
    now = state.now_ns
    market.decided_ns = now
    market.gate = ""
    market.scene = (1,)  # the plan hangs on nothing but what makes it due
    strike = market.start.price
    terms = market.terms
    if not strike or not terms.start_ns <= now < terms.end_ns:
        market.gate = "no strike"
        market.plan = Plan()
        market.unsettled = bool(market.orders)
        if now < terms.start_ns:
            market.asleep_ns = terms.start_ns
        return
    wants = market.plan.wants
    for outcome in OUTCOMES:
        book = market.books[outcome]
        if book.heard_ns != now:
            continue
        left = (terms.end_ns - now) / 1e9
        ahead = state.alpha.chainlink.last_usd - oracle_usd(strike)
        left = left if left > 1.0 else 1.0
        q = 0.5 * (1.0 + math.erf(ahead / (18.97 * math.sqrt(left)) * _ROOT_HALF))
        fair = 100.0 * (q if outcome == 0 else 1.0 - q)
        bid = min(book.best_bid // 100, math.floor(fair - 1.0))
        ask = max(book.best_ask // 100, math.ceil(fair + 1.0))
        slot = slot_of(outcome, 0)
        for ticks, side in ((bid, BUY), (bid - 1, BUY), (ask, SELL), (ask + 1, SELL)):
            price = Price((1 if ticks < 1 else 99 if ticks > 99 else ticks) * 100)
            want = wants[slot]
            if want is None or want.price != price:
                wants[slot] = Want(outcome, side, price, SIZE, "shared")
                market.unsettled = True
            slot += 1
