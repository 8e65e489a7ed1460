"""One market at the simulated venue: the outside book, and the inside orders of the accounts.

The venue has one book per market: a bid for Down at `p` *is* an ask for Up at `1 - p`. So
everything here is kept in Up's terms, whichever token a fact or an order names, and the two tokens
are mirrored by construction. `BUY Up` and `SELL Down` are bids; `SELL Up` and `BUY Down` are asks.

*Outside* is what the tape shows, owned by everybody else. *Inside* are the orders of the accounts,
kept in price-time order as tuples `(rank, seq, order)`, best first. What accounts have taken from
an outside level is remembered until that level leaves the tape: the tape does not know of it.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass, field

from pmcore.book.book import Book
from pmcore.events import Levels
from pmcore.ids import BUY, UP, MarketId, OrderId, Outcome, Side
from pmcore.market import Market
from pmcore.order import Kind, Order
from pmcore.units import Ns, Price, Shares

UNSETTLED = -1


@dataclass(init=False)
class Resting(Order):
    """An order at the venue, with its place in the queue."""

    account: int
    is_bid: bool
    up_price: int
    rank: int
    """Sorts best first: the price in Up's terms for asks, its negative for bids."""
    seq: int
    reserved: int
    raw: int
    """Sum of price times size over the fills: cash in units of 1e-10 dollars, not rounded."""
    ahead: int
    """Outside shares at our price that are served before us."""
    level: int
    """The outside size of our level when last stated."""
    cut_ns: int
    """When the level last shrank without a print, and by how much it and `ahead` did then."""
    cut: int
    cut_ahead: int
    expires_ns: int
    """When the venue takes it off; 0 for never."""

    def __init__(  # noqa: PLR0913, PLR0917
        self,
        id: OrderId,
        market: MarketId,
        outcome: Outcome,
        side: Side,
        price: Price,
        size: Shares,
        kind: Kind,
        now_ns: Ns,
        account: int,
        is_bid: bool,
        up_price: int,
        seq: int,
        expires_ns: int,
    ) -> None:
        super().__init__(id, market, 0, outcome, side, price, size, kind, now_ns, since_ns=now_ns)
        self.account = account
        self.is_bid = is_bid
        self.up_price = up_price
        self.rank = -up_price if is_bid else up_price
        self.seq = seq
        self.reserved = 0
        self.raw = 0
        self.ahead = 0
        self.level = 0
        self.cut_ns = 0
        self.cut = 0
        self.cut_ahead = 0
        self.expires_ns = expires_ns


Ranked = tuple[int, int, Resting]


@dataclass
class Pit:
    """The state of one market at the venue, prices in Up's terms."""

    id: int
    terms: Market | None = None
    open: bool = False
    """Whether the market takes orders."""
    tick_up: int = 0
    tick_down: int = 0
    book: Book = field(default_factory=Book)
    """The outside book; `valid` once any fact has shown it."""
    shallow: bool = False
    """Only the touch is known: what lies behind it is not."""
    bids: list[Ranked] = field(default_factory=list)
    asks: list[Ranked] = field(default_factory=list)
    taken_bids: dict[int, int] = field(default_factory=dict)
    taken_asks: dict[int, int] = field(default_factory=dict)
    payout_up: int = UNSETTLED
    """What one Up share pays, once resolved."""
    outside_up: int = 0
    """Shares that the outside holds, net of what it has sold: negative is a debt of new mints."""
    outside_down: int = 0
    pairs: int = 0
    """Pairs minted by matching, less those merged."""
    redeemed_up: int = 0
    redeemed_down: int = 0
    held: dict[int, Resting] = field(default_factory=dict)
    """Orders inside the taker delay, by `seq`."""

    def reopen(self) -> None:
        """Work out again whether the market takes orders."""
        terms = self.terms
        self.open = (
            terms is not None
            and terms.accepting
            and terms.active
            and not terms.closed
            and self.payout_up == UNSETTLED
        )

    def join(self, order: Resting) -> None:
        """Put an order into the queue of its side."""
        insort(self.bids if order.is_bid else self.asks, (order.rank, order.seq, order))

    def leave(self, order: Resting) -> None:
        """Take an order out of the queue; nothing happens if it is not there."""
        side = self.bids if order.is_bid else self.asks
        at = bisect_left(side, (order.rank, order.seq))
        if at < len(side) and side[at][1] == order.seq:
            del side[at]

    def ask_left(self, up_price: int) -> int:
        """Outside shares on offer at a price that no account has taken yet."""
        return self.book.asks.get(up_price, 0) - self.taken_asks.get(up_price, 0)

    def bid_left(self, up_price: int) -> int:
        """Outside shares bid at a price that no account has hit yet."""
        return self.book.bids.get(up_price, 0) - self.taken_bids.get(up_price, 0)

    def prune_taken(self) -> None:
        """Forget what was taken from levels that the tape no longer shows."""
        for taken, levels in (
            (self.taken_asks, self.book.asks),
            (self.taken_bids, self.book.bids),
        ):
            for price in [p for p in taken if p not in levels]:
                del taken[price]

    def best_outside_ask(self) -> int:
        """Lowest outside ask with anything left, or 0."""
        if not self.taken_asks:
            return self.book.best_ask
        return min((p for p in self.book.asks if self.ask_left(p) > 0), default=0)

    def best_outside_bid(self) -> int:
        """Highest outside bid with anything left, or 0."""
        if not self.taken_bids:
            return self.book.best_bid
        return max((p for p in self.book.bids if self.bid_left(p) > 0), default=0)

    def crosses(self, is_bid: bool, up_price: int) -> bool:
        """Whether an order at this price would trade at once, with outside or inside."""
        if is_bid:
            best = self.book.best_ask
            if best and best <= up_price:
                best = Price(self.best_outside_ask())
                if best and best <= up_price:
                    return True
            asks = self.asks
            return bool(asks) and asks[0][0] <= up_price
        if self.book.best_bid >= up_price and self.best_outside_bid() >= up_price:
            return True
        bids = self.bids
        return bool(bids) and -bids[0][0] >= up_price

    def displayed(self, outcome: Outcome) -> tuple[Levels, Levels]:
        """What the venue shows of one token: outside, less what was taken, plus inside."""
        bids = {price: self.bid_left(price) for price in self.book.bids}
        asks = {price: self.ask_left(price) for price in self.book.asks}
        for levels, queue in ((bids, self.bids), (asks, self.asks)):
            for _, _, order in queue:
                levels[order.up_price] = levels.get(order.up_price, 0) + order.leaves
        return _sides(outcome, bids, asks)

    def outside(self, outcome: Outcome) -> tuple[Levels, Levels]:
        """Outside bids and asks of one token, best first."""
        return _sides(outcome, self.book.bids, self.book.asks)


def _sides(outcome: Outcome, bids: dict[int, int], asks: dict[int, int]) -> tuple[Levels, Levels]:
    """Up's levels as one token's bids and asks, best first, empty ones left out."""
    if outcome != UP:
        bids, asks = (
            {10_000 - price: size for price, size in asks.items()},
            {10_000 - price: size for price, size in bids.items()},
        )
    return (
        tuple((Price(p), Shares(bids[p])) for p in sorted(bids, reverse=True) if bids[p] > 0),
        tuple((Price(p), Shares(asks[p])) for p in sorted(asks) if asks[p] > 0),
    )


def is_bid(outcome: int, side: int) -> bool:
    """Whether an order of this token and side is a bid in Up's terms."""
    return (side == BUY) == (outcome == UP)


def in_up(outcome: int, price: int) -> int:
    """A token's price in Up's terms, or Up's price in the token's: its own inverse."""
    return price if outcome == UP else 10_000 - price
