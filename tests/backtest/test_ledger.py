"""The parts of a result sum to it, exactly, whatever happens; and each part means what it says."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pmapp.ledger import Ledger, Split
from pmapp.ledger_market import MarketLedger, fill_spread, mid_micros
from pmcore.events import (
    CONFIRMED,
    FAILED,
    MATCHED,
    BookReset,
    MarketListed,
    MarketResolved,
    TradeReported,
)
from pmcore.ids import BUY, DOWN, OUTCOMES, SELL, UP
from pmcore.market import CRYPTO_FEES, Market, RewardTerms, Settlement
from pmcore.state import State, new_state
from pmcore.step import step
from pmcore.units import MICRO, SECOND, Ns, cost_up

START = 1_793_491_200
TERMS = Market(
    id=START,
    slug=f"btc-updown-15m-{START}",
    condition_id="0x0",
    tokens=("1", "2"),
    start_ns=Ns(START * SECOND),
    end_ns=Ns((START + 900) * SECOND),
    tick=100,
    min_size=5 * MICRO,
    fees=CRYPTO_FEES,
    rewards=RewardTerms(),
    settlement=Settlement(),
)
SIZES = st.integers(10_000, 500 * MICRO)
PRICES = st.integers(1, 99).map(lambda cents: cents * 100)
MOVES = st.lists(
    st.tuples(
        st.integers(100, 40_000),  # milliseconds since the one before
        st.integers(2, 97),  # best bid of Up in cents
        st.sampled_from(OUTCOMES),
        PRICES,
        SIZES,
        st.booleans(),  # as maker
        st.sampled_from((None, MATCHED, CONFIRMED, FAILED)),  # a second report
    ),
    max_size=12,
)


class Story:
    """The core and the ledger, told the same things."""

    def __init__(self) -> None:
        self.state: State = new_state()
        self.ledger = Ledger()
        self.at = TERMS.start_ns
        step(self.state, MarketListed(Ns(self.at), TERMS))
        self.market = self.state.markets[START]
        self.ledger.open[START] = MarketLedger(self.market)

    def quote(self, cents: int) -> None:
        size = 10 * MICRO
        for outcome, bid in ((UP, cents), (DOWN, 99 - cents)):
            bids, asks = ((bid * 100, size),), (((bid + 1) * 100, size),)
            step(self.state, BookReset(Ns(self.at), Ns(self.at), START, outcome, bids, asks))
        self.ledger.watch(self.state)

    def trade(self, number, outcome, price, size, maker=True, status=MATCHED, side=BUY, fee=0):
        event = TradeReported(
            Ns(self.at), f"t{number}", 1, START, outcome, side, price, size, fee, maker, status
        )
        step(self.state, event)
        return self.ledger.trade(self.state, event)

    def wait(self, millis: int) -> None:
        self.at = Ns(self.at + millis * 1_000_000)

    def resolve(self, payout_up: int) -> None:
        self.wait(40_000)
        self.quote(50)
        step(self.state, MarketResolved(Ns(self.at), Ns(self.at), START, payout_up))


@given(MOVES, st.sampled_from((10_000, 0, 5_000)), st.booleans())
def test_parts_sum_to_the_total_exactly(moves, payout_up, resolves):
    story = Story()
    for number, (millis, cents, outcome, price, size, maker, second) in enumerate(moves):
        story.wait(millis)
        story.quote(cents)
        fee = 0 if maker else size // 100
        story.trade(number, outcome, price, size, maker, fee=fee)
        if second is not None:
            story.trade(number, outcome, price, size, maker, second, fee=fee)
        check(story)
    if resolves:
        story.resolve(payout_up)
        check(story)


def check(story: Story) -> None:
    """Sum of the parts == the ledger's total == cash that came in, plus what is held."""
    split = story.ledger.split(story.state)
    assert split.total == story.ledger.total(story.state)
    row = story.ledger.open[START].row()
    inventory = story.market.inventory
    value = row.open_gain + sum(inventory.cost)
    assert split.total == inventory.cash_flow + value
    assert split.fee == -inventory.fees


@given(MOVES, st.sampled_from((10_000, 0)))
def test_settlement_is_what_came_after_thirty_seconds(moves, payout_up):
    """The rest, found as a rest, is the payout less the mid of 30 s after each fill."""
    story = Story()
    fills = []
    for number, (_, cents, outcome, price, size, _, _) in enumerate(moves):
        story.quote(cents)
        story.wait(1_000)
        story.trade(number, outcome, price, size)
        story.wait(30_000)
        story.quote((cents * 7 + number) % 96 + 2)
        later = mid_micros(story.market, outcome)
        worth = (payout_up if outcome == UP else 10_000 - payout_up) * 100
        fills.append(Fraction((worth - later) * size, MICRO))
        story.wait(31_000)
    story.resolve(payout_up)
    split = story.ledger.split(story.state)
    # Each fill, and each token's value at the end, is rounded to a micro-dollar once or twice.
    assert abs(split.settlement - sum(fills)) <= 3 * len(fills) + 3


def test_a_fill_is_measured_against_the_mid_before_it():
    story = Story()
    story.quote(49)
    story.wait(5_000)
    story.quote(45)  # the trade itself moved the book before we heard of it
    story.wait(40)
    assert story.trade(1, UP, 4_900, 10 * MICRO)
    split = story.ledger.split(story.state)
    assert split.spread == 10 * 5_000  # 0.495 - 0.49 on ten shares
    story.wait(31_000)
    story.quote(45)
    split = story.ledger.split(story.state)
    assert split.adverse_selection == -10 * 40_000
    assert split.settlement == 0
    assert split.total == -10 * 35_000


def test_repeated_and_failed_reports():
    story = Story()
    story.quote(49)
    story.wait(1_000)
    assert story.trade(1, UP, 4_800, 10 * MICRO)
    assert not story.trade(1, UP, 4_800, 10 * MICRO, status=CONFIRMED)
    assert story.trade(2, UP, 4_800, 10 * MICRO)
    assert not story.trade(2, UP, 4_800, 10 * MICRO, status=FAILED)
    assert story.ledger.fills == 2
    assert story.ledger.split(story.state).spread == 10 * 15_000
    check(story)


def test_markouts_say_of_how_many_shares_they_are():
    """A book that has become one-sided has no mid: the fill before it is not measured then."""
    story = Story()
    story.quote(49)
    story.wait(1_000)
    story.trade(1, UP, 4_800, 10 * MICRO)
    story.wait(1_000)
    story.quote(45)
    for outcome in OUTCOMES:
        step(story.state, BookReset(Ns(story.at), Ns(story.at), START, outcome, (), ()))
    story.ledger.watch(story.state)
    story.wait(70_000)
    story.quote(10)
    assert story.ledger.markout_shares() == (10 * MICRO, 0, 0)
    assert story.ledger.markouts() == (-10 * 40_000, 0, 0)


def test_a_fill_without_any_mid_is_settlement_only():
    story = Story()
    assert story.trade(1, DOWN, 4_000, 10 * MICRO)
    split = story.ledger.split(story.state)
    assert split == Split()
    story.resolve(0)
    split = story.ledger.split(story.state)
    assert (split.spread, split.adverse_selection, split.settlement) == (0, 0, 6 * MICRO)


@given(MOVES, st.lists(st.tuples(st.integers(0, 60_000), PRICES, SIZES, st.booleans()), min_size=1))
def test_trades_that_fail_leave_no_trace(moves, doomed):
    """Spread, markouts and expected rebates are those of a story in which they never were."""
    plain, marred = Story(), Story()
    marred_fills = 0
    for number, (millis, cents, outcome, price, size, maker, _) in enumerate(moves):
        for story in (plain, marred):
            story.wait(millis)
            story.quote(cents)
        for fate, (_, at, lot, made) in enumerate(doomed):
            marred_fills += marred.trade(f"{number}-{fate}", outcome, at, lot, made)
        for story in (plain, marred):
            story.trade(number, outcome, price, size, maker)
    for fate, (millis, at, lot, made) in enumerate(doomed):
        for story in (plain, marred):
            story.wait(millis)
            story.quote(50)
        for number, (_, _, outcome, *_) in enumerate(moves):
            marred.trade(f"{number}-{fate}", outcome, at, lot, made, FAILED)
        check(marred)
    for story in (plain, marred):
        story.wait(31_000)
        story.quote(40)
    assert marred.ledger.markouts() == plain.ledger.markouts()
    assert marred.ledger.markout_shares() == plain.ledger.markout_shares()
    assert marred.ledger.rebate_estimate() == plain.ledger.rebate_estimate()
    assert marred.ledger.split(marred.state).spread == plain.ledger.split(plain.state).spread
    assert marred_fills == len(moves) * len(doomed)


@given(MOVES, st.integers(0, 12))
def test_a_restart_forgets_no_position_and_finds_no_new_fill(moves, crash):
    """A ledger that goes on with a recovered state says the same total, and counts fills once."""
    story, told = Story(), 0
    for number, (millis, cents, outcome, price, size, maker, _) in enumerate(moves):
        story.wait(millis)
        story.quote(cents)
        told += story.trade(number, outcome, price, size, maker)
        if number == crash:
            total, fills = story.ledger.total(story.state), story.ledger.fills
            story.ledger = Ledger()
            story.ledger.recall(story.state)
            story.quote(cents)
            assert story.ledger.total(story.state) == total
            for again, move in enumerate(moves[: number + 1]):
                known = story.trade(again, *move[2:6], status=CONFIRMED)
                assert not known
            told -= fills
        check(story)
    assert story.ledger.fills == told
    for again, move in enumerate(moves):
        story.trade(again, *move[2:6], status=FAILED)  # of the settled ones nothing is heard
        story.trade(again, *move[2:6], status=FAILED)
    assert story.ledger.failed == max(0, len(moves) - (crash + 1 if crash < len(moves) else 0))
    story.resolve(10_000)
    check(story)


def test_a_trade_of_before_a_restart_that_fails_is_seen_to_fail():
    story = Story()
    story.trade(1, UP, 4_800, 10 * MICRO)
    story.ledger = Ledger()
    story.ledger.recall(story.state)
    for _ in range(2):
        story.trade(1, UP, 4_800, 10 * MICRO, status=FAILED)
    assert (story.ledger.failed, story.ledger.fills) == (1, 0)


@given(PRICES, SIZES, st.integers(1, MICRO - 1))
def test_spread_of_a_sale_mirrors_a_purchase(price, size, mid):
    bought = fill_spread(BUY, price, size, mid)
    sold = fill_spread(SELL, price, size, mid)
    assert -1 <= bought + sold + (cost_up(price, size) * 10_000 != price * size) <= 1
    assert fill_spread(BUY, price, size, 0) == 0
