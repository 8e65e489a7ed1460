"""Facts for the tests: arbitrary ones for properties, and a small readable run."""

from hypothesis import strategies as st

from pmcore import events
from pmcore.ids import BINANCE, CHAINLINK, CHAINLINK_FEED, DOWN, MARKET_FEED, UP
from pmcore.market import AVERAGE, CRYPTO_FEES, FeeTerms, Market, RewardTerms, Settlement
from pmio.tape import TapeMeta

S = 1_000_000_000
T0 = 1_784_851_200 * S
META = TapeMeta(source="test", prefix="btc-updown-15m", created_from=("a.csv",), counts={"rows": 3})

number = st.integers(-(2**63), 2**63 - 1)
positive = st.integers(0, 2**63 - 1)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
levels = st.lists(st.tuples(positive, positive), max_size=5).map(tuple)
fees = st.builds(FeeTerms, positive, positive, st.booleans(), positive, positive)
rewards = st.builds(RewardTerms, positive, positive, positive, positive)
settlement = st.builds(Settlement, st.integers(0, 1), positive, st.booleans())
market = st.builds(
    Market, number, words, words, st.tuples(words, words), number, number, number, number,
    fees, rewards, settlement, number, st.booleans(), number, st.booleans(), st.booleans(),
)  # fmt: skip
FIELDS = {
    events.MarketListed: (market,),
    events.TickChanged: (number, number, number, number),
    events.MarketResolved: (number, number, number),
    events.FeedOpened: (number,),
    events.FeedLost: (number, words),
    events.BookReset: (number, number, number, levels, levels, words, words),
    events.LevelChanged: (number, number, number, number, number, number, words),
    events.TouchQuoted: (number, number, number, number, number, number, number),
    events.TradePrinted: (number, number, number, number, number, number, words),
    events.OracleTicked: (number, number, number),
    events.Garbled: (number, words, words),
}
fact = st.one_of(*(st.builds(kind, number, *fields) for kind, fields in FIELDS.items()))
heard = st.lists(fact, max_size=40).map(lambda found: sorted(found, key=lambda f: f.at_ns))


def window(start_s=T0 // S, prefix="btc-updown-15m"):
    """A plain market."""
    return Market(
        start_s, f"{prefix}-{start_s}", "0x1", ("1", "2"), start_s * S, (start_s + 900) * S,
        100, 5_000_000, CRYPTO_FEES, RewardTerms(), Settlement(AVERAGE, 60 * S, True),
    )  # fmt: skip


def small_run():
    """One market: a good book, one that crosses, a gap, a lost feed, an outcome."""
    touch, tick = events.TouchQuoted, events.OracleTicked
    return [
        events.FeedOpened(T0, CHAINLINK_FEED),
        events.FeedOpened(T0, MARKET_FEED),
        events.MarketListed(T0, window()),
        tick(T0 + 2 * S, T0 + S, CHAINLINK, 65_000 * 10**12),
        touch(T0 + 3 * S, T0 + 3 * S, T0 // S, UP, 4700, 10**6, 4800, 10**6),
        touch(T0 + 4 * S, T0 + 4 * S, T0 // S, DOWN, 5200, 10**6, 0, 0),
        tick(T0 + 20 * S, T0 + 17 * S, CHAINLINK, 65_001 * 10**12),
        tick(T0 + 20 * S, T0 + 19 * S, CHAINLINK, 65_002 * 10**12),
        tick(T0 + 21 * S, T0 + 21 * S, BINANCE, 65_001 * 10**12),
        touch(T0 + 22 * S, T0 + 21 * S, T0 // S, UP, 4900, 10**6, 4800, 10**6),
        events.Garbled(T0 + 22 * S, MARKET_FEED, "not JSON", "{"),
        events.FeedLost(T0 + 23 * S, MARKET_FEED, "closed"),
        events.MarketResolved(T0 + 960 * S, T0 + 900 * S, T0 // S, 10_000),
    ]
