"""The ask that a bid of ours would meet: its own token's, or the other token's bid turned round.

A bid for Up at p also matches bids for Down at 1 - p or above (the venue mints the pair), so a
post-only order must stay under both. The venue's two books mirror each other, but ours may have
heard one side later than the other.
"""

from pmcore.ids import Outcome, other
from pmcore.market_state import MarketState
from pmcore.units import ONE_DOLLAR


def lowest_ask(market: MarketState, outcome: Outcome) -> int:
    """Basis points of the lowest price at which a bid would trade; 0 if there is none."""
    own = market.books[outcome].best_ask
    bid = market.books[other(outcome)].best_bid
    if bid == 0:
        return own
    mirrored = ONE_DOLLAR - bid
    return mirrored if own == 0 or mirrored < own else own


def highest_bid(market: MarketState, outcome: Outcome) -> int:
    """Basis points of the highest price at which an offer would trade; 0 if there is none."""
    own = market.books[outcome].best_bid
    ask = market.books[other(outcome)].best_ask
    return own if ask == 0 else max(own, ONE_DOLLAR - ask)
