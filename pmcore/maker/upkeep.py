"""Everything that is due by time rather than by market data, a few times a second.

Reconciliation, strays, fresh snapshots for invalid books, scoring, markouts, rate tokens.
"""

from pmcore.effects import AskScoring, CancelStray, Effects, Reconcile, ResyncBook
from pmcore.ids import DOWN, MARKET_FEED, OUTCOMES, UP, OpId
from pmcore.market_state import MarketState
from pmcore.model.regime import FAST_MOVE, STALE_ORACLE
from pmcore.order import LIVE, LOST
from pmcore.state import State, next_number
from pmcore.units import MILLISECOND, SECOND, Ns

UPKEEP_NS = 100 * MILLISECOND
WARM_NS = 60 * SECOND
"""Books of the next window are wanted this long before it starts."""
STRAY_PAUSE_NS = 5 * SECOND


def upkeep(state: State, effects: Effects) -> None:
    """Ask for what is due, and say when to look again."""
    state.upkeep_ns = Ns(state.now_ns + UPKEEP_NS)
    _reconcile_due(state, effects)
    _cancel_strays(state, effects)
    for market in state.markets.values():
        _resync_due(state, market, effects)
    if state.rules.chase_rewards:
        _ask_scoring(state, effects)


def refill(state: State) -> None:
    """Rate tokens grow with time, up to the burst."""
    pacing, rules = state.pacing, state.rules
    elapsed = (state.now_ns - pacing.filled_ns) / 1e9
    if elapsed <= 0.0:
        return
    pacing.filled_ns = state.now_ns
    pacing.place = min(rules.place_burst, pacing.place + elapsed * rules.place_rate)
    pacing.cancel = min(rules.cancel_burst, pacing.cancel + elapsed * rules.cancel_rate)


def measure(state: State, market: MarketState) -> None:
    """Markouts that have come due, and what they teach about toxicity."""
    books = market.books
    mids = [book.mid if book.valid else 0.0 for book in books]
    for markout in market.markouts.advance(state.now_ns, mids[UP], mids[DOWN]):
        state.alpha.toxicity.observe(
            state.now_ns, markout.outcome, markout.horizon, markout.per_share_usd
        )
    market.measure_ns = market.markouts.next_due_ns


def _reconcile_due(state: State, effects: Effects) -> None:
    if state.reconcile.op:
        return
    now, rules = state.now_ns, state.rules
    since = now - state.reconciled_ns
    if since >= rules.reconcile_ns or (
        (state.reconcile_due or _any_lost(state)) and since >= rules.retry_ns
    ):
        why = "watchdog" if since >= rules.reconcile_ns else "doubt"
        state.reconcile_due = False
        state.reconcile.op = OpId(next_number(state))
        state.reconcile.asked_ns = now
        effects.append(Reconcile(state.reconcile.op, why))


def _any_lost(state: State) -> bool:
    return any(
        order.status == LOST
        for market in state.markets.values()
        for order in market.orders.values()
    )


def _cancel_strays(state: State, effects: Effects) -> None:
    """An order at the venue that is not ours to know is cancelled, once a pause."""
    for venue_id, asked_ns in state.strays.items():
        if asked_ns == 0 or state.now_ns - asked_ns >= STRAY_PAUSE_NS:
            state.strays[venue_id] = state.now_ns
            op = OpId(next_number(state))
            state.stray_ops[op] = venue_id
            effects.append(CancelStray(op, venue_id))


def _resync_due(state: State, market: MarketState, effects: Effects) -> None:
    """A fresh snapshot for each invalid or silent book, asked once and again after a failure."""
    if not market.watched or not state.feeds[MARKET_FEED].open or market.payout_up >= 0:
        return
    now = state.now_ns
    if not market.terms.start_ns - WARM_NS <= now < market.terms.end_ns:
        return
    for outcome in OUTCOMES:
        book = market.books[outcome]
        if book.valid and now - book.heard_ns <= state.rules.market_stale_ns:
            continue
        due = market.resync_ns[outcome]
        if due == 0 or now >= due:
            # The answer resets this; without one the question is repeated.
            market.resync_ns[outcome] = Ns(now + state.rules.market_stale_ns)
            why = "silent" if book.valid else "invalid"
            effects.append(ResyncBook(market.terms.id, outcome, why))


def _ask_scoring(state: State, effects: Effects) -> None:
    if state.scoring.op or state.now_ns - state.scored_ns < state.rules.scoring_ns:
        return
    if state.alpha.regime & (FAST_MOVE | STALE_ORACLE):
        return
    resting = tuple(
        order.id
        for market in state.markets.values()
        for order in market.orders.values()
        if order.status == LIVE
    )
    if resting:
        state.scored_ns = state.now_ns
        state.scoring.op = OpId(next_number(state))
        effects.append(AskScoring(state.scoring.op, resting))
