"""The one mutable trunk: everything the core knows, and nothing that it cannot rebuild from events.

All of it is dataclasses of plain values, so `freeze` turns the whole into bytes and `thaw`
brings it back to continue identically. Objects are referred to by number, never shared between
two places of the tree.
"""

from dataclasses import dataclass, field
from typing import Final

from pmcore.config import Config, config_of
from pmcore.ids import MarketId, OpId, OrderId, slot_of
from pmcore.market_state import MarketState
from pmcore.model.recent_prices import RecentPrices
from pmcore.model.regime import RegimeTerms
from pmcore.model.target_total import TargetTotalTerms
from pmcore.model.toxicity import Toxicity, ToxicityTerms
from pmcore.model.volatility import EwmaVolatility, VolatilityTerms
from pmcore.rules import Rules, rules_of
from pmcore.units import Cash, Ns

RUNNING: Final = "running"
KILLED: Final = "killed"
"""Cancelling everything; then halted."""
HALTED: Final = "halted"


@dataclass
class Alpha:
    """Reference prices and what is estimated from them."""

    volatility: EwmaVolatility
    chainlink: RecentPrices
    binance: RecentPrices
    toxicity: Toxicity
    regime_terms: RegimeTerms
    total_terms: TargetTotalTerms
    min_var_per_s: float
    sample_ns: Ns
    """Least time between two prices that the variance is estimated from."""
    regime: int = 0
    disagreed: bool = False
    """Whether people have been told that the oracles disagree."""
    regime_ns: Ns = Ns(0)
    """When the regime was last read; 0 when a new price has come since."""
    heard_seq: int = 0
    """`State.seq` of the last reference price."""


@dataclass
class FeedState:
    """One feed's connection."""

    open: bool = False
    since_ns: Ns = Ns(0)
    losses: int = 0
    garbled: int = 0


@dataclass
class Pending:
    """A request in flight that is not an order: 0 for none."""

    op: OpId = OpId(0)
    asked_ns: Ns = Ns(0)
    asked_seq: int = 0
    covered: list[OrderId] = field(default_factory=list)
    """Of a cancel-all: the orders that it is about, none that was still in flight."""


@dataclass
class Safety:
    """Kill switch, pauses and what they watch."""

    mode: str = RUNNING
    why: str = ""
    operator: bool = False
    """Whether only a person may resume."""
    since_ns: Ns = Ns(0)
    clear_ns: Ns = Ns(0)
    """Since when the cause has been gone; 0 while it stands."""
    stopping: bool = False
    halt_asked: bool = False
    rejects: list[Ns] = field(default_factory=list)
    auth_failures: int = 0
    heartbeat_ns: Ns = Ns(0)
    """Last accepted heartbeat; 0 before the first."""
    venue_mode: str = "normal"
    restricted: str = ""
    day: int = 0
    day_start_pnl: Cash = Cash(0)


@dataclass
class Totals:
    """Results of markets that are done and dropped."""

    markets: int = 0
    realised: Cash = Cash(0)
    fees: Cash = Cash(0)
    rebates: Cash = Cash(0)
    rewards: Cash = Cash(0)
    pairs_merged: int = 0
    fills: int = 0


@dataclass
class Pacing:
    """Rate tokens of this signer, refilled by time."""

    place: float = 0.0
    cancel: float = 0.0
    filled_ns: Ns = Ns(0)


@dataclass
class State:
    """Everything. `step` is the only function that changes it."""

    config: Config
    rules: Rules
    alpha: Alpha
    run_id: str = ""
    mode: str = ""
    now_ns: Ns = Ns(0)
    seq: int = 0
    counter: int = 0
    """Source of order ids and operation ids."""
    markets: dict[MarketId, MarketState] = field(default_factory=dict)
    order_market: dict[OrderId, MarketId] = field(default_factory=dict)
    feeds: list[FeedState] = field(default_factory=lambda: [FeedState() for _ in range(4)])
    safety: Safety = field(default_factory=Safety)
    pacing: Pacing = field(default_factory=Pacing)
    totals: Totals = field(default_factory=Totals)
    cash: Cash = Cash(0)
    cash_known: bool = False
    urgent: bool = False
    upkeep_ns: Ns = Ns(0)
    deadline_ns: Ns = Ns(0)
    idle: bool = False
    """Nothing rests and nothing is quoted: a look each second is enough."""
    searching: dict[MarketId, Ns] = field(default_factory=dict)
    """Windows being looked for: when to ask again; 0 while an answer is due."""
    search_tries: dict[MarketId, int] = field(default_factory=dict)
    cancel_all: Pending = field(default_factory=Pending)
    reconcile: Pending = field(default_factory=Pending)
    reconciled_ns: Ns = Ns(0)
    reconcile_due: bool = False
    scoring: Pending = field(default_factory=Pending)
    scored_ns: Ns = Ns(0)
    merge_times: list[Ns] = field(default_factory=list)
    strays: dict[str, Ns] = field(default_factory=dict)
    """Open orders at the venue that are not ours to know: when their cancel was last asked."""
    stray_ops: dict[OpId, str] = field(default_factory=dict)
    viewed: bool = False
    """Whether a reconciliation has shown what rests and what is owned."""


def new_state(config: Config | None = None) -> State:
    """The state before the first event."""
    config = config or Config()
    return State(config=config, rules=rules_of(config), alpha=_alpha_of(config))


def configure(state: State, text: str) -> None:
    """Replace the configuration; estimates made so far are kept where their meaning is."""
    config = config_of(text)
    state.config = config
    state.rules = rules_of(config)
    fresh = _alpha_of(config)
    old = state.alpha
    fresh.volatility.var_per_s = old.volatility.var_per_s
    fresh.volatility.drift_per_s = old.volatility.drift_per_s
    fresh.volatility.last_usd = old.volatility.last_usd
    fresh.volatility.last_ns = old.volatility.last_ns
    fresh.volatility.memory = old.volatility.memory
    if fresh.chainlink.window_ns == old.chainlink.window_ns:
        fresh.chainlink = old.chainlink
        fresh.binance = old.binance
    fresh.toxicity = old.toxicity
    fresh.regime = old.regime
    fresh.disagreed = old.disagreed
    state.alpha = fresh


def next_number(state: State) -> int:
    """The next order or operation number."""
    state.counter += 1
    return state.counter


def slots_in_use(rules: Rules) -> tuple[int, ...]:
    """Ladder slots that a plan explains, top rungs first."""
    return tuple(slot_of(outcome, rung) for rung in range(rules.levels) for outcome in (0, 1))  # type: ignore[arg-type]


def _alpha_of(config: Config) -> Alpha:
    a, o, t = config.alpha, config.oracle, config.trading
    window_ns = Ns(a.fast_move_window_ms * 1_000_000)
    return Alpha(
        volatility=EwmaVolatility(
            VolatilityTerms(
                a.vol_halflife_s, a.drift_halflife_s, a.drift_clamp_per_s, a.min_var_per_s
            )
        ),
        chainlink=RecentPrices(window_ns),
        binance=RecentPrices(window_ns),
        toxicity=Toxicity(ToxicityTerms()),
        regime_terms=RegimeTerms(
            Ns(o.chainlink_stale_ms * 1_000_000),
            Ns(o.binance_stale_ms * 1_000_000),
            a.fast_move_threshold_bps,
            a.fast_var_per_s,
            a.disagree_bps,
        ),
        total_terms=TargetTotalTerms(
            t.target_total_base,
            t.target_total_min,
            t.target_total_max,
            t.k_vol,
            t.var_ref_per_s,
            t.k_spread,
            t.spread_ref_usdc,
            t.k_time,
            t.time_scale_s,
            t.k_fast,
        ),
        min_var_per_s=a.min_var_per_s,
        sample_ns=Ns(int(a.vol_sample_s * 1_000_000_000)),
    )
