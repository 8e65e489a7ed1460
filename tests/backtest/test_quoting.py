"""Time inside windows: told apart by tokens quoted and by reason, and all of it accounted for."""

from hypothesis import given
from hypothesis import strategies as st

from pmapp.backtest_quoting import Clock, spent_on
from pmapp.backtest_series import Series
from pmcore.ids import DOWN, OUTCOMES, UP, slot_of
from pmcore.maker.want import RISK, Plan, Want
from pmcore.order import LIVE, PENDING, Order
from pmcore.units import SECOND, Ns
from tests.backtest.test_ledger import START, TERMS, Story


def order(number: int, outcome: int, status: int = LIVE) -> Order:
    slot = slot_of(outcome, 0)
    return Order(number, START, slot, outcome, 0, 4_000, 10**7, 0, Ns(0), status=status)


@given(st.lists(st.tuples(st.integers(1, 400), st.sets(st.sampled_from(OUTCOMES))), max_size=20))
def test_every_second_of_the_window_is_counted_once(moves):
    story, clock = Story(), Clock()
    story.market.gate = ""
    now = TERMS.start_ns - 50 * SECOND
    expected = [0, 0, 0]
    for lasted, quoted in moves:
        story.state.now_ns = Ns(now)
        story.market.orders = {number: order(number, number) for number in quoted}
        clock.beat(story.state)
        later = now + lasted * SECOND
        inside = min(later, TERMS.end_ns) - max(now, TERMS.start_ns)
        expected[len(quoted)] += max(0, inside)
        now = later
    story.state.now_ns = Ns(now)
    clock.beat(story.state)
    quoting = clock.quoting()
    assert [quoting.none_ns, quoting.one_sided_ns, quoting.two_sided_ns] == expected
    assert quoting.windows_ns == sum(expected)
    tokens = sum(quoting.quoted.values()) + sum(quoting.missing.values())
    assert tokens == 2 * quoting.windows_ns


def test_reasons():
    market = Story().market
    market.gate = "cutoff"
    assert spent_on(market) == (0, "cutoff", "cutoff")
    market.gate = ""
    market.plan = Plan()
    market.plan.reasons[slot_of(UP, 0)] = "cap"
    market.plan.reasons[slot_of(DOWN, 0)] = "below_min_size"
    market.orders = {1: order(1, UP)}
    assert spent_on(market) == (1, "cap", "below_min_size")
    market.plan.wants[slot_of(DOWN, 0)] = Want(DOWN, 0, 4_000, 10**7, "best_bid")
    market.orders = {1: order(1, UP), 2: order(2, DOWN, PENDING)}
    assert spent_on(market) == (1, "cap", "in_flight")
    market.plan.reasons[slot_of(DOWN, 0)] = RISK
    assert spent_on(market) == (1, "cap", RISK)


@given(st.integers(1, 3_000), st.integers(1, 50))
def test_a_series_stays_small_and_in_order(rows, limit):
    series = Series(("at_s", "value"), 1, limit)
    for at in range(rows):
        if at >= series.next_ns:
            series.add(Ns(at), (float(at), 0.0))
    at_s = series.column("at_s")
    assert len(at_s) <= limit
    assert at_s[0] == 0.0
    assert at_s == sorted(set(at_s))
    assert len(at_s) >= min(rows, limit) // 4
