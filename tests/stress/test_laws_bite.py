"""Each invariant of `pmcore.laws` notices when it is broken."""

import dataclasses

import msgspec
import pytest

from pmapp.replay import first_state
from pmcore.effects import PlaceOrder
from pmcore.freeze import freeze, thaw
from pmcore.ids import BUY, MARKET_FEED, MarketId, OrderId
from pmcore.laws import ORDERS_MAX, violations
from pmcore.order import FAK, GTC, LIVE
from pmcore.state import KILLED
from pmcore.step import step
from pmcore.units import Cash, Price, Shares
from pmio.journal import JournalReader
from tests.replays.test_recordings import FOLDER


@pytest.fixture(scope="module")
def moment():
    """A frozen state of `quiet` right after a step that posted, and what it posted."""
    state = None
    for batch in JournalReader(FOLDER / "quiet.pmj"):
        state = state or first_state(None, batch)
        for event in batch.events:
            effects = step(state, event)
            market = next(iter(state.markets.values()), None)
            tops = market and market.plan.wants[0] and market.plan.wants[8]
            if tops and any(isinstance(effect, PlaceOrder) for effect in effects):
                return freeze(state), effects
    raise LookupError


@pytest.fixture
def now(moment):
    """State, its market, the effects, and the first post among them."""
    state = thaw(moment[0])
    market = next(iter(state.markets.values()))
    effects = list(moment[1])
    return state, market, effects, next(e for e in effects if isinstance(e, PlaceOrder))


def replaced(effects, post, **fields):
    other = msgspec.structs.replace(post, **fields)
    return [other if effect is post else effect for effect in effects]


def test_nothing_is_wrong_in_truth(now):
    state, _, effects, _ = now
    assert violations(state, effects) == []
    assert violations(state, []) == []


def test_cash_identity(now):
    state, market, _, _ = now
    market.inventory.cash_flow = Cash(market.inventory.cash_flow + 1)
    assert "cash flow" in violations(state, [])[0]


def test_order_that_nothing_looks_at(now):
    state, market, _, _ = now
    number = next(iter(market.orders))
    order = market.orders[number]
    order.status = LIVE
    market.slots[order.slot] = OrderId(0)
    market.unsettled, market.dirty = True, False
    assert violations(state, []) == []
    market.unsettled = False
    assert "rests beside its slot" in violations(state, [])[0]


def test_pair_of_top_bids(now):
    state, market, _, _ = now
    market.target_total = Price(market.plan.wants[0].price + market.plan.wants[8].price - 1)
    assert "pair of top bids" in violations(state, [])[0]


def test_too_many_open_orders(now):
    state, market, _, _ = now
    order = next(iter(market.orders.values()))
    for number in range(10_000, 10_001 + ORDERS_MAX):
        market.orders[OrderId(number)] = order
        state.order_market[OrderId(number)] = market.terms.id
    assert any("open orders" in line for line in violations(state, []))


def test_slots_and_index(now):
    state, market, _, post = now
    market.slots[5] = OrderId(99_999)
    del state.order_market[post.order]
    told = violations(state, [])
    assert any("slot 5 names order 99999" in line for line in told)
    assert any(f"order {post.order} is not in the index" in line for line in told)


FIELDS = [
    ({"price": Price(4_321)}, "not on the grid"),
    ({"price": Price(10_000)}, "not on the grid"),
    ({"price": Price(0)}, "not on the grid"),
    ({"price": Price(9_900)}, "post-only against"),
    ({"size": Shares(10_000)}, "too few"),
    ({"size": Shares(0)}, "too few"),
    ({"post_only": False}, "post-only is False"),
    ({"kind": FAK}, "post-only is True"),
    ({"order": OrderId(77_777)}, "not tracked"),
    ({"market": MarketId(1)}, "not known"),
]


@pytest.mark.parametrize(("fields", "told"), FIELDS, ids=[told for _, told in FIELDS])
def test_posts(now, fields, told):
    state, _, effects, post = now
    assert any(told in line for line in violations(state, replaced(effects, post, **fields)))


def test_selling_across_the_bid(now):
    state, market, effects, post = now
    price = Price(market.books[post.outcome].best_bid)
    crossing = replaced(effects, post, side=1 - BUY, price=price)
    assert any("post-only against" in line for line in violations(state, crossing))


def test_times_and_gates(now):
    state, market, effects, _ = now
    for change, told in {
        "cutoff": "after the cutoff",
        "start": "before the start",
        "killed": "while killed",
        "gate": "behind the gate book_stale",
        "paid": "after the resolution",
        "feed": "market feed is lost",
        "book": "invalid book",
    }.items():
        kept = freeze(state)
        if change == "cutoff":
            state.now_ns = market.terms.end_ns - state.rules.cutoff_ns
        elif change == "start":
            state.now_ns = market.terms.start_ns - 1
        elif change == "killed":
            state.safety.mode = KILLED
        elif change == "gate":
            market.gate = "book_stale"
        elif change == "paid":
            market.payout_up = 0
        elif change == "feed":
            state.feeds[MARKET_FEED].open = False
        else:
            market.books[1].valid = False
        assert any(told in line for line in violations(state, effects)), change
        state = thaw(kept)
        market = next(iter(state.markets.values()))


LIMITS = [
    ({"max_unpaired": 1}, "shares unpaired at worst"),
    ({"max_unpaired_global": 1}, "all markets: .* shares unpaired"),
    ({"max_daily_loss": -(10**9)}, "lost at worst today"),
    ({"max_exposure": 1}, "USDC bound"),
]


@pytest.mark.parametrize(("rules", "told"), LIMITS, ids=[told for _, told in LIMITS])
def test_limits(now, rules, told):
    state, _, effects, _ = now
    state.rules = dataclasses.replace(state.rules, **rules)
    lines = violations(state, effects)
    assert lines
    assert any(all(word in line for word in told.split(" .* ")) for line in lines)
    assert violations(state, []) == []


def test_cash_behind_open_bids(now):
    state, _, effects, post = now
    state.cash = Cash(1)
    assert any("USDC reserved of 0.000001" in line for line in violations(state, effects))
    assert post.kind == GTC
