"""The configuration compiled for the hot path: integers where money is, nanoseconds for time.

`Rules` is derived from `Config` by one function and holds nothing of its own, so a live change of
configuration is one event that replaces it.
"""

from dataclasses import dataclass

from pmcore.config import Config
from pmcore.units import MICRO, MILLISECOND, SECOND


@dataclass(frozen=True)
class Rules:
    """Names follow the configuration keys; units are those of `pmcore.units`."""

    window_ns: int
    window_s: int
    cutoff_ns: int
    base_size: int
    size_decay: float
    levels: int
    step_ticks: int
    improve_ticks: int
    ask_ticks: int
    min_price: int
    no_ask_scalar: float
    fast_levels: int
    fast_scalar: float
    binance_scalar: float
    toxicity_k: float
    reprice_ticks: int
    resize_fraction: float
    update_ns: int
    decide_ns: int
    skew_mild: int
    skew_moderate: int
    skew_severe: int
    skew_k: float
    severe_ticks: int
    moderate_ticks: int
    emergency_ns: int
    taker_ns: int
    max_unpaired: int
    max_unpaired_global: int
    max_daily_loss: int
    max_exposure: int
    late_fill_ns: int
    max_rejects: int
    reject_ns: int
    max_auth_failures: int
    auto_resume: bool
    resume_ns: int
    chainlink_stale_ns: int
    binance_stale_ns: int
    market_stale_ns: int
    verify_checksums: bool
    cancel_on_user_lost: bool
    completion: bool
    completion_profit: float
    completion_loss: int
    completion_ns: int
    completion_max: int
    merge: bool
    merge_min: int
    merge_batch: int
    merge_ns: int
    merge_per_minute: int
    merge_pause_fast: bool
    merge_gas: int
    merge_gas_fraction: float
    resolve_timeout_ns: int
    redeem_ns: int
    heartbeats: bool
    heartbeat_grace_ns: int
    chase_rewards: bool
    scoring_ns: int
    scoring_size_factor: float
    place_rate: float
    place_burst: float
    place_reserve: float
    cancel_rate: float
    cancel_burst: float
    cancel_reserve: float
    retry_ns: int
    strike_wait_ns: int
    reconcile_ns: int
    reconcile_strikes: int
    max_wait_ns: int


def rules_of(config: Config) -> Rules:
    """Compile a configuration."""
    t, i, r, o = config.trading, config.inventory, config.risk, config.oracle
    c, g, h, w, f = config.completion, config.merge, config.heartbeats, config.rewards, config.infra
    return Rules(
        window_ns=t.window_seconds * SECOND,
        window_s=t.window_seconds,
        cutoff_ns=t.cutoff_seconds * SECOND,
        base_size=_micro(t.base_size_shares),
        size_decay=t.size_decay,
        levels=t.ladder_levels,
        step_ticks=t.ladder_step_ticks,
        improve_ticks=t.improve_ticks,
        ask_ticks=t.min_ticks_from_ask,
        min_price=round(t.min_price_usdc * 10_000),
        no_ask_scalar=t.no_ask_size_scalar,
        fast_levels=t.fast_move_levels,
        fast_scalar=t.fast_move_size_scalar,
        binance_scalar=t.stale_binance_size_scalar,
        toxicity_k=t.toxicity_size_k,
        reprice_ticks=t.reprice_min_ticks,
        resize_fraction=t.resize_min_pct / 100.0,
        update_ns=t.min_update_interval_ms * MILLISECOND,
        decide_ns=t.decide_interval_ms * MILLISECOND,
        skew_mild=_micro(i.skew_mild_shares),
        skew_moderate=_micro(i.skew_moderate_shares),
        skew_severe=_micro(i.skew_severe_shares),
        skew_k=i.skew_size_k,
        severe_ticks=i.skew_aggressive_ticks,
        moderate_ticks=i.moderate_aggressive_ticks,
        emergency_ns=i.emergency_window_s * SECOND,
        taker_ns=i.taker_window_s * SECOND,
        max_unpaired=_micro(i.max_unpaired_shares),
        max_unpaired_global=_micro(r.max_unpaired_shares_global),
        max_daily_loss=_micro(r.max_daily_loss_usdc),
        max_exposure=_micro(r.max_exposure_usdc),
        late_fill_ns=r.late_fill_ms * MILLISECOND,
        max_rejects=r.max_rejects,
        reject_ns=r.reject_window_s * SECOND,
        max_auth_failures=r.max_auth_failures,
        auto_resume=r.allow_auto_resume,
        resume_ns=r.auto_resume_after_s * SECOND,
        chainlink_stale_ns=o.chainlink_stale_ms * MILLISECOND,
        binance_stale_ns=o.binance_stale_ms * MILLISECOND,
        market_stale_ns=o.market_ws_stale_ms * MILLISECOND,
        verify_checksums=o.verify_checksums,
        cancel_on_user_lost=o.cancel_on_user_ws_disconnect,
        completion=c.enabled,
        completion_profit=c.min_profit_per_share,
        completion_loss=_micro(c.max_loss_usdc),
        completion_ns=c.cooldown_ms * MILLISECOND,
        completion_max=_micro(c.max_shares),
        merge=g.enabled,
        merge_min=_micro(g.min_sets),
        merge_batch=_micro(g.batch_sets),
        merge_ns=g.interval_s * SECOND,
        merge_per_minute=g.max_ops_per_minute,
        merge_pause_fast=g.pause_in_fast_move,
        merge_gas=_micro(g.gas_usdc) if g.path == "eoa" else 0,
        merge_gas_fraction=g.max_gas_pct / 100.0,
        resolve_timeout_ns=g.resolution_timeout_minutes * 60 * SECOND,
        redeem_ns=g.redeem_retry_s * SECOND,
        heartbeats=h.enabled,
        heartbeat_grace_ns=h.grace_ms * MILLISECOND,
        chase_rewards=w.chase,
        scoring_ns=w.check_interval_s * SECOND,
        scoring_size_factor=w.max_size_factor,
        place_rate=f.place_per_s,
        place_burst=f.place_burst,
        place_reserve=f.place_reserve,
        cancel_rate=f.cancel_per_s,
        cancel_burst=f.cancel_burst,
        cancel_reserve=f.cancel_reserve,
        retry_ns=f.lost_retry_ms * MILLISECOND,
        strike_wait_ns=config.alpha.strike_wait_ms * MILLISECOND,
        reconcile_ns=f.reconcile_interval_s * SECOND,
        reconcile_strikes=f.reconcile_strikes,
        max_wait_ns=t.max_wait_next_market_seconds * SECOND,
    )


def _micro(amount: float) -> int:
    return round(amount * MICRO)
