"""Nothing is made or lost, and nothing is done that an order did not allow, whatever happens."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmcore import events as ev
from pmcore.ids import BUY, MarketId
from pmcore.sim.faults import Fate, Faults
from pmcore.sim.latency import REPLY
from pmcore.units import MICRO
from tests.sim.venue import KINDS, MARKET, THEM, US, Venue, at, with_terms

CENTS = st.integers(40, 60)
ACCOUNTS = st.sampled_from([US, THEM])
# sizes that are no whole lots, so that every rounding is met
SIZES = st.integers(1, 40).map(float) | st.integers(5_000_001, 30_000_000).map(lambda n: n / MICRO)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("place"),
            ACCOUNTS,
            st.sampled_from(["BUY Up", "SELL Up", "BUY Down", "SELL Down"]),
            SIZES,
            CENTS,
            st.sampled_from(["GTC", "GTC", "GTC post", "GTD", "FAK", "FOK"]),
        ),
        st.tuples(st.just("cancel"), ACCOUNTS, st.integers(1, 20)),
        st.tuples(st.just("print"), st.sampled_from(["BUY", "SELL"]), CENTS, SIZES),
        st.tuples(st.just("level"), st.sampled_from(["BUY", "SELL"]), CENTS, st.integers(0, 50)),
        st.tuples(st.just("touch"), st.integers(40, 50), st.integers(49, 60)),
        st.tuples(st.just("merge"), ACCOUNTS, SIZES),
        st.tuples(st.just("redeem"), ACCOUNTS),
        st.tuples(st.just("later"), st.sampled_from([1, 100, 200, 2_000, 12_000, 70_000])),
        st.tuples(st.just("resolve"), st.sampled_from([0, 5_000, 10_000])),
        st.tuples(
            st.just("mode"), st.sampled_from(["normal", "post_only", "cancel_only", "restarting"])
        ),
        st.tuples(st.just("everything"), ACCOUNTS),
        st.tuples(st.just("heartbeat"), ACCOUNTS),
    ),
    max_size=40,
)


class Watcher:
    """Checks every output against what the orders allowed."""

    def __init__(self, venue):
        self.venue = venue
        self.acts = {}
        self.filled = {}
        self.replies = 0
        self.asked = 0

    def see(self, said):
        for account, delay, event in said:
            if delay == REPLY:
                self.replies += 1
            if isinstance(event, ev.TradeReported):
                self.trade(account, event)
        x = self.venue.x
        assert x.unbalanced() == []
        for account in (US, THEM):
            holder = x.account(account)
            assert holder.free_cash >= 0
            assert holder.cash >= 0
            assert holder.reserved == sum(
                o.reserved for o in holder.orders.values() if o.side == BUY
            )
            position = x.position(account, MARKET)
            for outcome in (0, 1):
                assert position.free(outcome) >= 0
        pit = x.pit(MARKET)
        # inside orders never stand crossed against each other
        if pit.bids and pit.asks:
            assert -pit.bids[0][0] < pit.asks[0][0]
        for side in (pit.bids, pit.asks):
            assert side == sorted(side, key=lambda e: e[:2])
            assert all(order.leaves > 0 for _, _, order in side)
            assert all(order.ahead >= 0 for _, _, order in side)

    def trade(self, account, event):
        act = self.acts[account, event.order]
        assert event.price <= act.price if act.side == BUY else event.price >= act.price
        assert not (act.post_only and not event.maker)
        assert event.fee == 0 or not event.maker
        if event.status == ev.MATCHED:
            key = account, event.order
            self.filled[key] = self.filled.get(key, 0) + event.size
            assert self.filled[key] <= act.size

    def done(self):
        for (account, number), act in self.acts.items():
            if act.kind == KINDS["FOK"]:
                assert self.filled.get((account, number), 0) in (0, act.size)


def play(steps, *, model, delay_ns, faults):
    venue = Venue(
        model=model,
        terms=with_terms(taker_delay_ns=delay_ns),
        fate=Fate(faults, 5) if faults else None,
        gas=1_000,
        shares=100,
    )
    venue.x.grant(US, MarketId(MARKET), 333, 77)
    watcher = Watcher(venue)
    venue.book(bids=[(48, 30), (47, 50)], asks=[(52, 40), (53, 9)])
    for number, (name, *args) in enumerate(steps, 1):
        venue.ms += 1
        now = at(venue.ms)
        if name == "place":
            account, what, size, cents, kind = args
            expires = venue.ms + 65_000 if kind == "GTD" else 0
            act = venue.act(
                f"{what} {size:.6f} @ {cents} {kind}", account=account, expires_ms=expires
            )
            watcher.acts[account, act.order] = act
            venue.x.place(account, act, now)
        elif name == "cancel":
            venue.x.cancel(args[0], args[1], now)
        elif name == "merge":
            venue.x.merge(args[0], number, MARKET, int(args[1] * MICRO), now)
        elif name == "redeem":
            venue.x.redeem(args[0], number, MARKET, now)
        elif name == "everything":
            venue.x.cancel_all(args[0], number, now)
        elif name == "heartbeat":
            venue.x.heartbeat(args[0], now)
        elif name == "resolve":
            venue.x.observe(ev.MarketResolved(now, now, MARKET, args[0]), now)
        elif name == "mode":
            venue.x.set_mode(args[0], now)
        elif name == "later":
            venue.to(venue.ms + args[0])
        else:
            watcher.see(getattr(venue, name)(*args))
        watcher.asked += name in ("place", "cancel", "merge", "redeem", "everything", "heartbeat")
        watcher.see(venue.heard())
    venue.x.set_mode("normal", at(venue.ms))
    watcher.see(venue.later(venue.ms + 200_000))
    watcher.done()
    assert watcher.replies == watcher.asked  # every act has exactly one answer
    for account in (US, THEM):
        holder = venue.x.account(account)
        assert holder.unconfirmed == 0
        position = venue.x.position(account, MARKET)
        assert (position.unconfirmed_up, position.unconfirmed_down, position.locked) == (0, 0, 0)
    return venue


DOOMED = Faults(
    trade_failed=0.4, merge_unknown=0.3, merge_failed=0.3, redeem_failed=0.3, redeem_unknown=0.3
)


def random_steps(chance, count):
    """Steps with many trades in them."""
    steps = []
    for _ in range(count):
        size = chance.choice([5.0, 7.0, chance.randrange(5_000_000, 30_000_000) / MICRO])
        what = chance.choice(["BUY Up", "SELL Up", "BUY Down", "SELL Down"])
        kind = chance.choice(["GTC", "GTC", "GTC post", "GTC post", "GTD", "FAK", "FOK"])
        side = chance.choice(["BUY", "SELL"])
        account = chance.choice([US, THEM])
        cents = chance.randrange(45, 56)
        steps.append(
            chance.choices(
                [
                    ("place", account, what, size, cents, kind),
                    ("cancel", account, chance.randrange(1, count)),
                    ("print", side, cents, size),
                    ("level", side, cents, chance.randrange(50)),
                    ("touch", cents - chance.randrange(1, 4), cents),
                    ("merge", account, size),
                    ("later", chance.choice([1, 100, 2_000, 12_000])),
                    ("everything", account),
                    ("heartbeat", account),
                ],
                weights=[30, 8, 12, 6, 10, 4, 8, 1, 1],
            )[0]
        )
    return [
        *steps,
        ("resolve", chance.choice([0, 5_000, 10_000])),
        ("redeem", US),
        ("redeem", THEM),
    ]


@pytest.mark.parametrize("seed", range(24))
def test_long_runs(seed):
    chance = Random(seed)
    venue = play(
        random_steps(chance, 150),
        model=seed % 3,
        delay_ns=(0, 150_000_000)[seed % 2],
        faults=DOOMED if seed % 4 == 3 else None,
    )
    assert venue.x.floor.trade_count > 10


@settings(max_examples=150)
@given(STEPS, st.integers(0, 2), st.sampled_from([0, 150_000_000]), st.booleans())
def test_every_cent_and_share_is_somewhere(steps, model, delay_ns, doomed):
    venue = play(steps, model=model, delay_ns=delay_ns, faults=DOOMED if doomed else None)
    assert venue.x.unbalanced() == []


@given(STEPS)
def test_same_steps_same_venue(steps):
    one = play(steps, model=1, delay_ns=150_000_000, faults=DOOMED)
    two = play(steps, model=1, delay_ns=150_000_000, faults=DOOMED)
    for account in (US, THEM):
        assert one.x.account(account) == two.x.account(account)
