"""Listing, resolution and end of windows, and the feeds that show them."""

from pmcore.events import (
    FeedLost,
    FeedOpened,
    Garbled,
    IncentivePaid,
    MarketDropped,
    MarketListed,
    MarketMissing,
    MarketResolved,
    MarketWatched,
    MergeConfirmed,
    MergeFailed,
    MergeUnknown,
    RedeemConfirmed,
    RedeemFailed,
    RedeemUnknown,
)
from pmcore.ids import MARKET_FEED, USER_FEED, MarketId, OpId
from pmcore.market_state import MarketState
from pmcore.model.settlement import fixing
from pmcore.state import State
from pmcore.units import SECOND, Cash, Ns, Price, Shares

CASH_MAX = 10**15
SEARCH_PAUSES_S = (1, 2, 4, 8, 15, 30)
"""Pauses between look-ups of a slug that is not there yet."""


def market_listed(state: State, event: MarketListed) -> None:
    """A window is known, or its terms have changed."""
    terms = event.terms
    state.searching.pop(terms.id, None)
    state.search_tries.pop(terms.id, None)
    market = state.markets.get(terms.id)
    if market is None:
        state.markets[terms.id] = MarketState(
            terms=terms,
            start=fixing(terms.settlement, terms.start_ns),
            end=fixing(terms.settlement, terms.end_ns),
            ticks=[terms.tick, terms.tick],
        )
    else:
        if terms.tick != market.terms.tick:
            market.ticks = [terms.tick, terms.tick]
        market.terms = terms
        market.dirty = True
        market.scene = ()
    state.upkeep_ns = Ns(0)


def market_missing(state: State, event: MarketMissing) -> None:
    """Not listed yet: ask again later and later, never beyond `max_wait`."""
    tries = state.search_tries.get(event.market, 0)
    state.search_tries[event.market] = tries + 1
    pause = SEARCH_PAUSES_S[min(tries, len(SEARCH_PAUSES_S) - 1)] * SECOND
    state.searching[event.market] = Ns(state.now_ns + min(pause, state.rules.max_wait_ns))


def market_watched(state: State, event: MarketWatched) -> None:
    """Subscribed: books will come."""
    market = state.markets.get(event.market)
    if market is not None:
        market.watched = True
        market.dirty = True


def market_dropped(state: State, event: MarketDropped) -> None:
    """Unsubscribed: its result joins the totals and it is forgotten."""
    market = state.markets.get(event.market)
    if market is None or not market.drop_asked:
        return
    totals, inventory = state.totals, market.inventory
    totals.markets += 1
    totals.realised = Cash(totals.realised + inventory.realised)
    totals.fees = Cash(totals.fees + inventory.fees)
    totals.rebates = Cash(totals.rebates + inventory.rebates)
    totals.rewards = Cash(totals.rewards + inventory.rewards)
    totals.pairs_merged += inventory.pairs_merged
    totals.fills += inventory.fills
    for number in (*market.orders, *market.finished):
        state.order_market.pop(number, None)
    del state.markets[event.market]


def market_resolved(state: State, event: MarketResolved) -> None:
    """The official outcome; the first one counts."""
    market = state.markets.get(event.market)
    if market is not None and market.payout_up < 0 and 0 <= event.payout_up <= 10_000:
        market.payout_up = event.payout_up
        market.resolved_ns = state.now_ns
        market.dirty = True
        state.upkeep_ns = Ns(0)


def feed_opened(state: State, event: FeedOpened) -> None:
    """Connected; after a loss our own view may have holes."""
    feed = state.feeds[event.feed]
    feed.open = True
    feed.since_ns = state.now_ns
    if event.feed == USER_FEED and feed.losses:
        state.reconcile_due = True
    state.urgent = True


def feed_lost(state: State, event: FeedLost) -> None:
    """Lost: its books are invalid until a snapshot."""
    feed = state.feeds[event.feed]
    feed.open = False
    feed.since_ns = state.now_ns
    feed.losses += 1
    if event.feed == MARKET_FEED:
        for market in state.markets.values():
            for book in market.books:
                book.valid = False
                book.pending_checksum = ""
    for market in state.markets.values():
        market.dirty = True
    state.urgent = True


def garbled(state: State, event: Garbled) -> None:
    """A frame nobody could read: counted; what it may have hidden shows in checksums."""
    state.feeds[event.feed].garbled += 1


def merge_confirmed(state: State, event: MergeConfirmed) -> None:
    """Pairs became cash. Once per operation, so that a repeated answer merges nothing twice."""
    market = _merging(state, event.market, event.op)
    if market is None:
        return
    size = Shares(max(0, min(event.size, market.merge_size)))
    _end_merge(market)
    if size != event.size:
        state.reconcile_due = True
    before = market.inventory.cash_flow
    market.inventory.merge(size, _sane(event.gas))
    state.cash = Cash(state.cash + market.inventory.cash_flow - before)
    market.dirty = True


def merge_failed(state: State, event: MergeFailed) -> None:
    """Nothing happened: the pairs are free again."""
    market = _merging(state, event.market, event.op)
    if market is not None:
        _end_merge(market)


def merge_unknown(state: State, event: MergeUnknown) -> None:
    """The pairs stay bound to the operation until its fate is known."""
    if _merging(state, event.market, event.op) is not None:
        state.reconcile_due = True


def redeem_confirmed(state: State, event: RedeemConfirmed) -> None:
    """The window has paid."""
    market = _redeeming(state, event.market, event.op)
    if market is None or market.payout_up < 0:
        return
    before = market.inventory.cash_flow
    market.inventory.redeem(Price(market.payout_up), _sane(event.gas), _sane(event.payout))
    state.cash = Cash(state.cash + market.inventory.cash_flow - before)
    market.redeem_op = OpId(0)
    market.redeemed = True
    state.upkeep_ns = Ns(0)


def redeem_failed(state: State, event: RedeemFailed) -> None:
    """Nothing happened: try again after a pause."""
    market = _redeeming(state, event.market, event.op)
    if market is not None:
        market.redeem_op = OpId(0)
        market.redeem_ns = state.now_ns


def redeem_unknown(state: State, event: RedeemUnknown) -> None:
    """The shares stay bound to the operation until its fate is known.

    Asked again, the one that pays nothing could be heard first, and the payout be taken for lost.
    """
    if _redeeming(state, event.market, event.op) is not None:
        state.reconcile_due = True


def incentive_paid(state: State, event: IncentivePaid) -> None:
    """A rebate or reward: to its market, or to the totals when that is gone."""
    market = state.markets.get(event.market)
    if _sane(event.amount) != event.amount:
        return
    state.cash = Cash(state.cash + event.amount)
    if market is not None:
        market.inventory.incentive(event.amount, event.rebate)
        return
    totals = state.totals
    totals.realised = Cash(totals.realised + event.amount)
    if event.rebate:
        totals.rebates = Cash(totals.rebates + event.amount)
    else:
        totals.rewards = Cash(totals.rewards + event.amount)


def _sane(amount: Cash) -> Cash:
    """An amount of cash within a billion dollars, so that sums stay within 63 bits."""
    return Cash(max(-CASH_MAX, min(CASH_MAX, amount)))


def _merging(state: State, market_id: MarketId, op: OpId) -> MarketState | None:
    market = state.markets.get(market_id)
    return market if market is not None and op and market.merge_op == op else None


def _end_merge(market: MarketState) -> None:
    inventory = market.inventory
    inventory.merging = Shares(inventory.merging - market.merge_size)
    market.merge_op = OpId(0)
    market.merge_size = 0


def _redeeming(state: State, market_id: MarketId, op: OpId) -> MarketState | None:
    market = state.markets.get(market_id)
    return market if market is not None and op and market.redeem_op == op else None
