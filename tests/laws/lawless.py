"""The core against a lawless venue: a rule-based state machine, and the way back to health.

Every rule is one misdeed and one decision. What must hold is in `checks.py` and `venue.py`; at the
end of each run the world is put in order, and the core must quote again.
"""

from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pmcore import events as ev
from pmcore.effects import FindMarket
from pmcore.ids import BINANCE, CHAINLINK, OUTCOMES
from pmcore.units import SECOND, Ns, OraclePrice, Price
from tests.core.stage import STRIKE, WINDOW, cash, market, shares
from tests.laws.checks import check_money, check_state
from tests.laws.venue import LawlessVenue

TIGHT = {
    "inventory.max_unpaired_shares": 40.0,
    "inventory.skew_mild_shares": 5.0,
    "inventory.skew_moderate_shares": 12.0,
    "inventory.skew_severe_shares": 25.0,
    "risk.max_unpaired_shares_global": 60.0,
    "risk.max_daily_loss_usdc": 20.0,
    "risk.max_exposure_usdc": 60.0,
    "risk.max_rejects": 4,
    "risk.auto_resume_after_s": 2,
    "completion.min_profit_per_share": -0.05,
    "completion.max_loss_usdc": 1.0,
    "rewards.chase": True,
    "rewards.check_interval_s": 5,
}
PATIENCE = 200
"""Half seconds: longer than a cutoff, a reconciliation and a resume together."""
EXCUSES = {
    "risk_limit",
    "not_enough_cash",
    "below_min_size",
    "excess_top_rung_removed",
    "excess_side_in_completion",
    "taker_completion",
    "below_min_price",
}
INDEX = st.integers(0, 99)
HOW = st.integers(0, 119)
PRICES = st.integers(1, 99).map(lambda ticks: ticks * 100)


class Lawless(RuleBasedStateMachine):
    """Rules are misdeeds, each followed by a decision; invariants are looked at after each."""

    @initialize(resume=st.booleans(), levels=st.integers(1, 3), user=st.booleans())
    def open(self, resume: bool, levels: int, user: bool) -> None:
        changed = {
            "risk.allow_auto_resume": resume,
            "trading.ladder_levels": levels,
            "oracle.cancel_on_user_ws_disconnect": True,
        }
        self.venue = LawlessVenue(TIGHT | changed, cash(200))
        self.venue.open(collateral=200)
        self.venue.owed = [act for act in self.venue.owed if isinstance(act, FindMarket)][1:]
        self.usd = float(STRIKE)
        self.beat()

    def beat(self, after_ns: int = 1_000_000) -> None:
        """The driver ends every batch with a beat."""
        self.venue.now = Ns(self.venue.now + after_ns)
        self.venue.hear(ev.Beat)

    # Time.

    @rule(after_ms=st.sampled_from((0, 1, 100, 260, 1_000, 3_000)))
    def wait(self, after_ms: int) -> None:
        self.beat(after_ms * 1_000_000)

    @rule(after_s=st.sampled_from((6, 20, 61, 300, 890)))
    def jump(self, after_s: int) -> None:
        self.beat(after_s * SECOND)

    # Answers and fills.

    @rule(index=INDEX, how=HOW, at_once=st.booleans())
    def answer(self, index: int, how: int, at_once: bool) -> None:
        self.venue.answer(index, how)
        if at_once:
            self.venue.deliver_all()
        self.beat()

    @rule(how=st.sampled_from((0, 0, 0, 2, 12)))
    def answer_everything(self, how: int) -> None:
        for _ in range(len(self.venue.owed)):
            self.venue.answer(0, how)
        self.venue.deliver_all()
        self.beat()

    @rule(index=INDEX)
    def deliver(self, index: int) -> None:
        self.venue.deliver(index)
        self.beat()

    @rule(index=INDEX)
    def repeat(self, index: int) -> None:
        self.venue.repeat(index)
        self.beat()

    @rule(index=INDEX, tenths=st.integers(0, 10), dust=st.sampled_from((0, 0, 0, -7, 5)))
    def fill(self, index: int, tenths: int, dust: int) -> None:
        self.venue.fill(index, tenths, dust)
        self.beat()

    @rule(index=INDEX, status=st.sampled_from((ev.MINED, ev.CONFIRMED, ev.RETRYING, ev.FAILED)))
    def progress(self, index: int, status: int) -> None:
        self.venue.progress(index, status)
        self.beat()

    @rule(index=INDEX)
    def arrive(self, index: int) -> None:
        self.venue.arrive(index)
        self.beat()

    @rule(index=INDEX)
    def expire(self, index: int) -> None:
        self.venue.expire(index)
        self.beat()

    # Market data.

    def hear(self, kind: Any, *fields: Any) -> None:
        self.venue.hear(kind, *fields)
        self.beat()

    @rule(bid=PRICES, spread=st.integers(1, 4))
    def books_move(self, bid: int, spread: int) -> None:
        self.venue.books(bid, min(9_900, bid + 100 * spread))
        self.beat()

    @rule(outcome=st.sampled_from(OUTCOMES), bid=PRICES | st.just(0), ask=PRICES | st.just(0))
    def book_moves(self, outcome: Any, bid: int, ask: int) -> None:
        self.venue.book(outcome, bid, ask)
        self.beat()

    @rule(outcome=st.sampled_from(OUTCOMES), side=INDEX, price=PRICES, size=st.integers(0, 3))
    def level_changes(self, outcome: Any, side: int, price: int, size: int) -> None:
        fields = (WINDOW, outcome, side % 2, Price(price), shares(size * 10))
        self.hear(ev.LevelChanged, self.venue.now, *fields, "" if side % 8 else "0" * 40)

    @rule(outcome=st.sampled_from(OUTCOMES), bid=PRICES, ask=PRICES)
    def touch_is_quoted(self, outcome: Any, bid: int, ask: int) -> None:
        fields = (WINDOW, outcome, Price(bid), shares(50), Price(ask), shares(50))
        self.hear(ev.TouchQuoted, self.venue.now, *fields)

    @rule(outcome=st.sampled_from(OUTCOMES), tick=st.sampled_from((10, 50, 25, 1, 100)))
    def tick_changes(self, outcome: Any, tick: int) -> None:
        self.hear(ev.TickChanged, self.venue.now, WINDOW, outcome, Price(tick))

    @rule(move=st.floats(-60, 60), lag_s=st.sampled_from((0, 0, 0, 1, 4, -7)), source=INDEX)
    def oracle_ticks(self, move: float, lag_s: int, source: int) -> None:
        self.usd = max(1.0, self.usd + move)
        price = OraclePrice(int(self.usd * 100) * 10**10)
        which = (CHAINLINK, BINANCE)[source % 2]
        self.hear(ev.OracleTicked, Ns(self.venue.now - lag_s * SECOND), which, price)

    @rule(bid=st.integers(30, 68))
    def market_is_well(self, bid: int) -> None:
        self.venue.fresh(bid * 100, bid * 100 + 200, self.usd)
        if self.venue.state.safety.heartbeat_ns:
            self.venue.hear(ev.HeartbeatAcked)
        self.beat()

    # Feeds, venue, operator.

    @rule(feed=st.integers(0, 3))
    def feed_is_lost(self, feed: int) -> None:
        self.hear(ev.FeedLost, feed, "closed")

    @rule(feed=st.integers(0, 3))
    def feed_opens(self, feed: int) -> None:
        self.hear(ev.FeedOpened, feed)

    @rule(mode=st.sampled_from(("normal", "post_only", "cancel_only", "restarting", "disabled")))
    def venue_mode_changes(self, mode: str) -> None:
        self.hear(ev.VenueModeChanged, mode)

    @rule(acked=st.booleans())
    def heartbeat(self, acked: bool) -> None:
        self.hear(*((ev.HeartbeatAcked,) if acked else (ev.HeartbeatMissed, "400")))

    @rule(place=st.integers(-5_000, 60_000), cancel=st.integers(-50_000, 120_000))
    def rate_is_reported(self, place: int, cancel: int) -> None:
        self.hear(ev.RateReported, place, cancel)

    @rule()
    def operator_kills(self) -> None:
        self.hear(ev.KillAsked, "test")

    @rule()
    def operator_resumes(self) -> None:
        self.hear(ev.ResumeAsked)

    @rule(payout=st.sampled_from((0, 5_000, 10_000)))
    def window_resolves(self, payout: int) -> None:
        for window in self.venue.state.markets.values():
            if self.venue.now >= window.terms.end_ns:
                self.venue.payouts.setdefault(window.terms.id, payout)
                final = Price(self.venue.payouts[window.terms.id])
                self.hear(ev.MarketResolved, self.venue.now, window.terms.id, final)
                return

    @rule(changed=st.sampled_from(("accepting", "active", "closed", "restricted")))
    def listing_changes(self, changed: str) -> None:
        usual = getattr(market(), changed)
        self.hear(ev.MarketListed, market(**{changed: not usual}))
        self.hear(ev.MarketListed, market())

    @invariant()
    def core_is_sound(self) -> None:
        if hasattr(self, "venue"):
            check_state(self.venue.state)
            check_money(self.venue.state, self.venue.surprise_cash)
            self.venue.check_truth()

    def teardown(self) -> None:
        if hasattr(self, "venue"):
            assert self.recovers(), self.illness()

    # The way back to health.

    def recovers(self) -> bool:
        """Whether the core quotes again within `PATIENCE` beats of a world in order."""
        venue = self.venue
        for feed in range(4):
            venue.hear(ev.FeedOpened, feed)
        venue.hear(ev.VenueModeChanged, "normal")
        for window in list(venue.state.markets.values()):
            venue.hear(ev.MarketListed, market(window.terms.id))
        for moment in range(PATIENCE):
            self.one_healthy_moment()
            if self.well():
                return True
            if moment % 20 == 19 and venue.state.safety.mode != "running":
                venue.hear(ev.ResumeAsked)
        return "unpaired" in venue.state.safety.why

    def one_healthy_moment(self) -> None:
        """Everything is answered, every book and price is fresh, a little time goes by."""
        venue = self.venue
        for _ in range(len(venue.owed)):
            venue.answer(0, 0)
        for _ in range(len(venue.trades)):
            venue.progress(0, ev.CONFIRMED)
        venue.deliver_all()
        unstruck = any(w.gate == "no_strike" for w in venue.state.markets.values())
        # A window whose start was missed is not quoted: the next one must be.
        venue.now = Ns(venue.now + (8 * SECOND if unstruck else SECOND // 2))
        venue.ticks(self.usd)
        venue.hear(ev.HeartbeatAcked)
        for number, window in list(venue.state.markets.items()):
            if window.terms.end_ns <= venue.now:
                payout = Price(venue.payouts.setdefault(number, 10_000))
                venue.hear(ev.MarketResolved, venue.now, number, payout)
            for outcome in OUTCOMES:
                levels = ((Price(4_500), shares(50)),), ((Price(4_700), shares(50)),)
                venue.hear(ev.BookReset, venue.now, number, outcome, *levels)
        venue.hear(ev.Beat)
        self.core_is_sound()

    def well(self) -> bool:
        """Whether a window is quoted, but for what a limit or the inventory forbids."""
        state = self.venue.state
        for window in state.markets.values():
            resting = [slot for slot in (0, 8) if window.slots[slot]]
            reasons = {window.plan.reasons[slot] for slot in (0, 8) if slot not in resting}
            if window.gate == "" and reasons <= EXCUSES:
                return state.safety.mode == "running"
        return False

    def illness(self) -> str:
        """What is wrong, for the reader of a failure."""
        state = self.venue.state
        gates = [(w.gate, w.plan.reasons[0], w.plan.reasons[8]) for w in state.markets.values()]
        return f"{state.safety} {gates}"
