"""Whether a window may be quoted at all, and if not, the first reason why.

The order of the questions is the order of their gravity; a reader of the journal sees the gravest.
"""

from typing import Final

from pmcore.ids import MARKET_FEED, USER_FEED
from pmcore.market_state import MarketState
from pmcore.model.regime import STALE_ORACLE
from pmcore.state import RUNNING, State

BEFORE_START: Final = "before_start"


def gate_of(state: State, market: MarketState) -> str:
    """The reason nothing is quoted in `market` now; empty if it may be quoted."""
    safety = state.safety
    if safety.mode != RUNNING:
        return safety.mode
    now = state.now_ns
    terms = market.terms
    if market.payout_up >= 0 or terms.closed:
        return "closed"
    if terms.restricted or safety.restricted:
        return "restricted"
    if not terms.active or not terms.accepting:
        return "not_accepting"
    if now < terms.start_ns:
        return BEFORE_START
    if not state.viewed:
        return "no_account_view"
    if not market.start.price and now - terms.start_ns > state.rules.strike_wait_ns:
        return "no_strike"
    if now >= terms.end_ns - state.rules.cutoff_ns:
        return "cutoff"
    if market.ticks[0] <= 0 or market.ticks[1] <= 0:
        return "tick_unknown"
    if not market.watched:
        return "not_watched"
    if not state.feeds[MARKET_FEED].open:
        return "market_feed_lost"
    if not state.feeds[USER_FEED].open and state.rules.cancel_on_user_lost:
        return "user_feed_lost"
    if state.alpha.regime & STALE_ORACLE:
        return "stale_oracle"
    if safety.venue_mode in ("cancel_only", "restarting", "disabled"):
        return f"venue_{safety.venue_mode}"
    return _book_gate(state, market)


def _book_gate(state: State, market: MarketState) -> str:
    """Both tokens must be sound: one leg alone is only leg risk."""
    oldest = state.now_ns - state.rules.market_stale_ns
    for book in market.books:
        if book.best_bid >= book.best_ask != 0:
            # Crossed, and for real: a cross inside one frame never reaches a decision.
            book.valid = False
        if not book.valid:
            return "book_invalid"
        if book.heard_ns < oldest:
            return "book_stale"
    return ""
