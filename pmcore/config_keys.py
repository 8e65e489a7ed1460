"""Every key of the configuration: one literal line (or two) each.

Units are in the names. A range is what the maker can safely run with, not what is wise; the
default is what is wise for a first run. `pmcore.config` puts the sections together.
"""

import attrs

from pmcore.config_key import key


# fmt: off
@attrs.frozen
class Trading:
    """What is quoted, where and how big."""

    live: bool = key(False, "", "second of the three consents to real orders; paper without it")
    slug_prefix: str = key("btc-updown-15m", "", "series; the window's start second is appended")
    window_seconds: int = key(900, "s", "length of a window: 900 or 300", 60, 86_400)
    cutoff_seconds: int = key(60, "s", "no quotes this close to the end: the book belongs to whoever sees BTC first", 0, 3_600)
    max_wait_next_market_seconds: int = key(120, "s", "how long to wait for the next slug before searching for the nearest", 1, 3_600)
    base_size_shares: float = key(10.0, "shares", "size of the top rung; 10 is twice the venue's minimum", 0.01, 1_000_000)
    size_decay: float = key(1.0, "ratio", "size of each deeper rung relative to the one above", 0.05, 2.0)
    ladder_levels: int = key(2, "rungs", "rungs per token; the deeper ones catch sweeps", 1, 7)
    ladder_step_ticks: int = key(1, "ticks", "distance between rungs", 1, 50)
    improve_ticks: int = key(0, "ticks", "how far to improve on the best bid; 0 joins the queue", 0, 10)
    min_ticks_from_ask: int = key(1, "ticks", "distance kept from the best ask so that post-only holds", 1, 20)
    min_price_usdc: float = key(0.02, "USDC", "below this a bid is a lottery ticket sold to us", 0.0001, 0.5)
    no_ask_size_scalar: float = key(0.5, "ratio", "size multiplier where the book shows no ask", 0.0, 1.0)
    target_total_base: float = key(0.985, "USDC", "what a pair of top bids may cost in calm", 0.5, 0.9999)
    target_total_min: float = key(0.97, "USDC", "lower clamp of target_total", 0.5, 0.9999)
    target_total_max: float = key(0.99, "USDC", "upper clamp of target_total", 0.5, 0.9999)
    k_vol: float = key(0.01, "USDC", "pair discount at reference variance", 0.0, 0.5)
    k_spread: float = key(0.005, "USDC", "pair discount at reference spread", 0.0, 0.5)
    k_time: float = key(0.005, "USDC", "pair discount when the cutoff is at hand", 0.0, 0.5)
    k_fast: float = key(0.01, "USDC", "pair discount in FAST_MOVE", 0.0, 0.5)
    var_ref_per_s: float = key(1e-8, "1/s", "variance of log price that earns the whole k_vol (1 bp per root second)", 1e-15, 1.0)
    spread_ref_usdc: float = key(0.04, "USDC", "spread that earns the whole k_spread", 0.0001, 1.0)
    time_scale_s: float = key(300.0, "s", "time to cutoff below which k_time grows", 1.0, 86_400)
    fast_move_levels: int = key(1, "rungs", "rungs kept in FAST_MOVE", 0, 8)
    fast_move_size_scalar: float = key(0.5, "ratio", "size multiplier in FAST_MOVE", 0.0, 1.0)
    stale_binance_size_scalar: float = key(0.5, "ratio", "size multiplier while Binance is stale: smaller, not halted", 0.0, 1.0)
    toxicity_size_k: float = key(0.5, "ratio", "how much of the size recent adverse markouts may take away", 0.0, 1.0)
    reprice_min_ticks: int = key(1, "ticks", "price move that justifies losing the queue position", 1, 50)
    resize_min_pct: float = key(30.0, "%", "size change that justifies losing the queue position", 0.0, 1_000.0)
    min_update_interval_ms: int = key(250, "ms", "least time between replacements of one rung (risk-reducing cancels exempt)", 0, 60_000)
    decide_interval_ms: int = key(200, "ms", "longest time between decisions while nothing material changes", 1, 10_000)


@attrs.frozen
class Inventory:
    """Unpaired shares: how quotes lean, and when pairs are completed."""

    skew_mild_shares: float = key(10.0, "shares", "up to here both sides quote as usual", 0.0, 1_000_000)
    skew_moderate_shares: float = key(30.0, "shares", "up to here only sizes lean", 0.0, 1_000_000)
    skew_severe_shares: float = key(60.0, "shares", "up to here the excess side loses its top rung; above, completion only", 0.0, 1_000_000)
    skew_size_k: float = key(0.5, "ratio", "strength of the size lean", 0.0, 10.0)
    skew_aggressive_ticks: int = key(1, "ticks", "how much further the missing side may reach when severe", 0, 10)
    moderate_aggressive_ticks: int = key(0, "ticks", "the same when moderate", 0, 10)
    emergency_window_s: int = key(150, "s", "before the end: complete pairs, open nothing new, when unpaired", 0, 86_400)
    taker_window_s: int = key(120, "s", "before the end: a taker completion may be used", 0, 86_400)
    max_unpaired_shares: float = key(100.0, "shares", "hard cap per market, counting every open order at its worst", 0.0, 10_000_000)


@attrs.frozen
class Risk:
    """Hard limits on worst-case exposure: no post may cross one; a crossed loss or gap kills."""

    max_unpaired_shares_global: float = key(150.0, "shares", "hard cap over all markets, worst case", 0.0, 10_000_000)
    max_daily_loss_usdc: float = key(50.0, "USDC", "realised loss plus the worst that open exposure can still do", 0.0, 10_000_000)
    max_exposure_usdc: float = key(500.0, "USDC", "cash that positions and open orders may bind", 0.0, 100_000_000)
    late_fill_ms: int = key(250, "ms", "how long an order still counts at its worst after its cancel was confirmed: a fill from just before may not have been told yet", 0, 60_000)
    max_rejects: int = key(5, "rejects", "unexpected rejections inside the window that trip the kill switch", 1, 1_000)
    reject_window_s: int = key(30, "s", "window of max_rejects", 1, 3_600)
    max_auth_failures: int = key(3, "failures", "authentication failures before halting", 1, 100)
    allow_auto_resume: bool = key(False, "", "resume by itself when a kill that a feed or heartbeat made has healed; kills for money, credentials or by people never do")
    auto_resume_after_s: int = key(30, "s", "how long the cause must be gone before resuming", 1, 3_600)


@attrs.frozen
class Alpha:
    """The probability that Up wins."""

    vol_halflife_s: float = key(300.0, "s", "memory of the variance estimate", 0.1, 86_400)
    vol_sample_s: float = key(10.0, "s", "least time between two prices of the variance: the feed smooths its ticks, so over 60 s the recordings vary twice as much as their 1 s ticks say; 0 takes every tick", 0.0, 3_600)
    drift_halflife_s: float = key(300.0, "s", "memory of the drift estimate", 0.1, 86_400)
    drift_clamp_per_s: float = key(0.0, "1/s", "bound on drift; 0 trusts none, which the recordings favour", 0.0, 1.0)
    min_var_per_s: float = key(3e-9, "1/s", "floor of the variance: a quiet feed is not certainty; (0.55 bp)^2, what the recorded day varies over 5 minutes", 0.0, 1.0)
    strike_wait_ms: int = key(5_000, "ms", "how long after the start a window is quoted at even odds while its strike is unknown (the feed is 1.3 s late)", 0, 600_000)
    fast_move_window_ms: int = key(3_000, "ms", "window of the fast-move return", 100, 600_000)
    fast_move_threshold_bps: float = key(5.0, "bps", "absolute return over the window that is a fast move", 0.01, 10_000)
    fast_var_per_s: float = key(4e-8, "1/s", "variance that is a fast move by itself", 0.0, 1.0)
    disagree_bps: float = key(10.0, "bps", "Binance against Chainlink: warns, never halts", 0.0, 10_000)


@attrs.frozen
class Oracle:
    """Which feeds are trusted and for how long."""

    price_source: str = key("rtds", "", "where reference prices come from", choices=("rtds", "polybolt"))
    chainlink_stale_ms: int = key(10_000, "ms", "older than this: cancel all and pause (its tail reaches 5 s)", 100, 600_000)
    binance_stale_ms: int = key(5_000, "ms", "older than this: smaller sizes", 100, 600_000)
    market_ws_stale_ms: int = key(15_000, "ms", "a token silent this long is not quoted", 100, 600_000)
    verify_checksums: bool = key(True, "", "compare the venue's checksum after each group of changes")
    cancel_on_user_ws_disconnect: bool = key(True, "", "cancel all while our own fills cannot be seen")


@attrs.frozen
class Completion:
    """Buying the missing side as a taker, only at a locked profit."""

    enabled: bool = key(True, "", "allow taker completions at all")
    min_profit_per_share: float = key(0.002, "USDC", "least profit after the taker fee", -1.0, 1.0)
    max_loss_usdc: float = key(0.0, "USDC", "total loss that completions may realise in one window", 0.0, 1_000_000)
    cooldown_ms: int = key(1_000, "ms", "pause between two completions", 0, 600_000)
    max_shares: float = key(50.0, "shares", "largest single completion", 0.01, 1_000_000)


@attrs.frozen
class Merge:
    """Turning pairs back into cash."""

    enabled: bool = key(True, "", "merge at all")
    min_sets: float = key(10.0, "pairs", "least pairs worth an operation", 0.000001, 10_000_000)
    batch_sets: float = key(5.0, "pairs", "merges are whole multiples of this", 0.000001, 10_000_000)
    interval_s: int = key(10, "s", "least time between two merges of a market", 0, 86_400)
    max_ops_per_minute: int = key(6, "ops", "the relayer takes 25 submissions a minute", 1, 25)
    pause_in_fast_move: bool = key(True, "", "spend no attention on chain while BTC runs")
    path: str = key("relayer", "", "the relayer is gasless; an EOA pays gas", choices=("relayer", "eoa"))
    gas_usdc: float = key(0.0, "USDC", "expected cost of one operation; never merge for less", 0.0, 1_000)
    max_gas_pct: float = key(1.0, "%", "largest share of the merged amount that gas may take", 0.0, 100.0)
    resolution_timeout_minutes: int = key(30, "min", "alert when a market is not resolved by then", 1, 10_080)
    redeem_retry_s: int = key(30, "s", "pause between redeem attempts", 1, 86_400)


@attrs.frozen
class Heartbeats:
    """The venue's dead-man switch."""

    enabled: bool = key(True, "", "the venue cancels what a dead program left; must be true where `trading.live` is")
    interval_ms: int = key(5_000, "ms", "the venue cancels after 10 s without one", 500, 9_000)
    grace_ms: int = key(7_500, "ms", "failing longer than this: cancel all and pause", 500, 60_000)


@attrs.frozen
class Rewards:
    """Liquidity rewards: extra, never the reason for a trade."""

    chase: bool = key(False, "", "ask which orders score and lean towards scoring within every cap")
    check_interval_s: int = key(30, "s", "how often to ask", 5, 3_600)
    max_size_factor: float = key(2.0, "ratio", "how far a size may be raised to score", 1.0, 10.0)


@attrs.frozen
class Infra:
    """Pacing, watchdogs, disk."""

    place_per_s: float = key(40.0, "1/s", "the signer tier's placements (standard tier 40)", 0.1, 1e9)
    place_burst: float = key(60.0, "orders", "bucket of placements", 1.0, 1e9)
    cancel_per_s: float = key(80.0, "1/s", "the signer tier's cancels", 0.1, 1e9)
    cancel_burst: float = key(120.0, "orders", "bucket of cancels", 1.0, 1e9)
    cancel_reserve: float = key(40.0, "orders", "cancels kept for risk: discretionary moves never touch them", 0.0, 1e9)
    place_reserve: float = key(4.0, "orders", "placements kept for completions", 0.0, 1e9)
    lost_retry_ms: int = key(2_000, "ms", "pause before asking again about an order of unknown fate", 100, 600_000)
    reconcile_interval_s: int = key(30, "s", "how often believed and real orders are compared", 1, 3_600)
    reconcile_strikes: int = key(3, "views", "mismatches in a row that halt: positions lag, one proves nothing", 1, 100)
    journal_max_mib: int = key(2_048, "MiB", "disk budget of journals; oldest go first", 1, 10_000_000)
    journal_segment_mib: int = key(64, "MiB", "size at which a journal segment is rotated", 1, 100_000)


@attrs.frozen
class Keys:
    """Where secrets come from; never the secrets themselves."""

    source: str = key("none", "", "where the wallet's key is: none, env (PM_WALLET_KEY), env:NAME, file:PATH, credential:NAME; throwaway at a local venue", form="none|env|throwaway|env:[A-Za-z_][A-Za-z0-9_]{0,127}|(file|credential):.+")
    wallet_type: str = key("eoa", "", "who holds the money", choices=("eoa", "proxy", "safe", "deposit"))
# fmt: on
