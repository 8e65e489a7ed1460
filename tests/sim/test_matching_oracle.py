"""Matching against a brute-force oracle: a flat list searched anew for every share lot."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pmcore.ids import BUY, UP
from pmcore.sim.assumptions import OPTIMISTIC
from pmcore.units import MICRO
from tests.sim.venue import MARKET, THEM, US, Venue, fills

CENTS = st.integers(45, 55)
SIZES = st.integers(5, 40)
OUTSIDE = st.dictionaries(CENTS, SIZES, max_size=4)
ORDERS = st.lists(
    st.tuples(
        st.sampled_from([US, THEM]),
        st.sampled_from(["BUY Up", "SELL Up", "BUY Down", "SELL Down"]),
        SIZES,
        CENTS,
        st.sampled_from(["GTC", "GTC", "GTC post", "FAK", "FOK"]),
    ),
    max_size=14,
)


class Oracle:
    """All liquidity as `[is_bid, up_cents, outside?, seq, owner, number, leaves]`."""

    def __init__(self, bids, asks):
        self.book = [[True, p, 1, 0, None, 0, s] for p, s in bids.items()]
        self.book += [[False, p, 1, 0, None, 0, s] for p, s in asks.items()]

    def best(self, is_bid, cents):
        """What an incoming order would meet first: best price, inside before outside, then time."""
        met = [
            e
            for e in self.book
            if e[0] != is_bid and e[6] > 0 and (e[1] <= cents if is_bid else e[1] >= cents)
        ]
        return min(met, key=lambda e: (e[1] if is_bid else -e[1], e[2], e[3]), default=None)

    def place(self, owner, number, is_bid, size, cents, kind):
        """Fills as (owner, number, up_cents, shares), maker and taker; whether it was refused."""
        met = self.best(is_bid, cents)
        if "post" in kind and met:
            return [], True
        if kind in ("FAK", "FOK") and not met:
            return [], True
        reach = sum(
            e[6]
            for e in self.book
            if e[0] != is_bid and (e[1] <= cents if is_bid else e[1] >= cents)
        )
        if kind == "FOK" and reach < size:
            return [], True
        done = []
        while size and (met := self.best(is_bid, cents)):
            part = min(size, met[6])
            met[6] -= part
            size -= part
            if met[4] is not None:
                done.append((met[4], met[5], met[1], part))
            done.append((owner, number, met[1], part))
        if size and kind not in ("FAK", "FOK"):
            self.book.append([is_bid, cents, 0, number, owner, number, size])
        return done, False


@settings(max_examples=300)
@given(OUTSIDE, OUTSIDE, ORDERS)
def test_fills_and_leftovers_agree(bids, asks, orders):
    asks = {p: s for p, s in asks.items() if p > max(bids, default=0)}
    venue = Venue(model=OPTIMISTIC, notional_min=0)
    venue.book(bids=bids.items(), asks=asks.items())
    oracle = Oracle(bids, asks)
    for owner, what, size, cents, kind in orders:
        number, said = venue.place(f"{what} {size} @ {cents} {kind}", account=owner)
        is_bid = what in ("BUY Up", "SELL Down")
        up_cents = cents if what.endswith("Up") else 100 - cents
        expected, refused = oracle.place(owner, number, is_bid, size, up_cents, kind)
        got = [
            (to, o, price if _is_up(venue, to, o, said) else 100 - price, shares)
            for to in (US, THEM)
            for o, price, shares in fills(said, to)
        ]
        assert sorted(got) == sorted(expected)
        reply = next(e for to, delay, e in said if to == owner and delay == 0)
        assert (type(reply).__name__ == "OrderRejected") == refused
        assert venue.x.unbalanced() == []
    for owner in (US, THEM):
        rests = sorted((n, leaves) for n, _, leaves in venue.rests(owner))
        assert rests == sorted((e[5], e[6]) for e in oracle.book if e[4] == owner and e[6])


def _is_up(venue, account, order, said):
    (outcome,) = {
        e.outcome
        for to, _, e in said
        if to == account and getattr(e, "trade", "") and e.order == order
    }
    return outcome == UP


@given(
    st.lists(
        st.tuples(CENTS, SIZES, st.sampled_from(["BUY Up", "SELL Down"])), min_size=1, max_size=5
    ),
    st.integers(5, 150),
    CENTS,
)
def test_reachable_is_what_a_fak_gets(makers, size, cents):
    venue = Venue()
    venue.book(bids=[(47, 13)])
    for price, shares, what in makers:
        venue.place(f"{what} {shares} @ {price if what == 'BUY Up' else 100 - price}")
    pit = venue.x.pit(MARKET)
    levels = dict(pit.displayed(UP)[0])
    available = sum(s for p, s in levels.items() if p >= cents * 100)
    _, said = venue.place(f"SELL Up {size} @ {cents} FAK", account=THEM)
    got = sum(s for _, _, s in fills(said, THEM))
    assert got == min(size, available / MICRO)
    assert BUY == 0
