"""The ladder that every peer runs on the shared workload, as a policy for our `stepper`.

fair = Phi((ref - strike) / (18.97 * sqrt(remaining_s))); per outcome two bids and two asks:
b1 = min(bid, floor(fair - 1)), b1 - 1, a1 = max(ask, ceil(fair + 1)), a1 + 1, clamped to 1..99
ticks, 20 shares, post-only. Only what is wanted differs from the maker: observing, risk, diff,
order tracking and the simulated exchange are the live code.
"""

import math

from pmcore.ids import BUY, OUTCOMES, SELL, slot_of
from pmcore.maker.want import Plan, Want
from pmcore.state import MarketState, State
from pmcore.units import Price, Shares, oracle_usd

SIZE = Shares(20_000_000)
_ROOT_HALF = math.sqrt(0.5)


def shared_ladder(state: State, market: MarketState) -> None:
    """Renew the plan with the peers' ladder."""
    market.dirty = False
    market.decided_ns = state.now_ns
    market.gate = ""
    plan = Plan()
    market.plan = plan
    strike = market.start.price
    now = state.now_ns
    if not strike or not market.terms.start_ns <= now < market.terms.end_ns:
        market.gate = "no strike"
        return
    left = max(1.0, (market.terms.end_ns - now) / 1e9)
    ahead = state.alpha.chainlink.last_usd - oracle_usd(strike)
    q = 0.5 * (1.0 + math.erf(ahead / (18.97 * math.sqrt(left)) * _ROOT_HALF))
    market.q_up = q
    for outcome in OUTCOMES:
        book = market.books[outcome]
        if not book.best_bid:
            continue
        fair = 100.0 * (q if outcome == 0 else 1.0 - q)
        bid = min(book.best_bid // 100, math.floor(fair - 1.0))
        ask = max(book.best_ask // 100, math.ceil(fair + 1.0))
        rungs = ((bid, BUY), (bid - 1, BUY), (ask, SELL), (ask + 1, SELL))
        for rung, (ticks, side) in enumerate(rungs):
            price = Price(min(99, max(1, ticks)) * 100)
            plan.wants[slot_of(outcome, rung)] = Want(outcome, side, price, SIZE, "shared")
