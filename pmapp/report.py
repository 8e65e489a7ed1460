"""A run's results as plain values with stable keys: what `--json` prints.

Money is in USDC and sizes in shares, each an exact count of micros divided by a million; times in
seconds. `pnl_split` sums to `pnl_usdc` in micro-dollars.
"""

from typing import Any, Final

import msgspec

from pmapp.backtest import Backtest
from pmapp.backtest_outcomes import Tally
from pmapp.backtest_quoting import Quoting, seconds
from pmapp.backtest_run import Result
from pmapp.ledger_market import MarketRow
from pmcore.model.markout import HORIZON_NAMES
from pmcore.sim.assumptions import MIDDLE, MODEL_NAMES

CHOSEN: Final = MODEL_NAMES[MIDDLE]
"""The assumption whose results stand at the top level."""


def backtest_report(backtest: Backtest, title: str) -> dict[str, Any]:
    """All of a backtest: the middle assumption at the top, every one under `assumptions`."""
    results = {name: result_report(result) for name, result in backtest.results.items()}
    chosen = results[CHOSEN] if CHOSEN in results else next(iter(results.values()))
    return {
        "source": title,
        **outcomes_report(backtest.outcomes),
        **chosen,
        "wall_s": round(backtest.seconds, 3),
        "assumptions": results,
    }


def outcomes_report(tally: Tally) -> dict[str, Any]:
    """What the tape's own facts say of its windows."""
    return {
        "markets": tally.markets,
        "outcomes_official": tally.resolved,
        "outcomes_recomputable": tally.recomputable,
        "outcomes_matched": tally.matched,
        "outcomes_mismatched": tally.mismatched,
    }


def result_report(result: Result) -> dict[str, Any]:
    """One run."""
    wins = sum(row.result > 0 for row in result.rows)
    losses = sum(row.result < 0 for row in result.rows)
    worst = result.worst
    return {
        "assumption": result.assumption,
        "events": result.events,
        "effects": result.effects,
        "seconds": round(result.seconds, 3),
        "events_per_s": round(result.events / result.seconds) if result.seconds > 0 else 0,
        "markets_traded": result.markets_traded,
        "markets_won": wins,
        "markets_lost": losses,
        "markets_open": result.open_markets,
        "fills": result.fills,
        "fills_maker": result.maker_fills,
        "shares_bought": micro(result.bought),
        "pairs_merged": micro(result.pairs_merged),
        "pnl_usdc": micro(result.pnl),
        "pnl_split": {k: micro(v) for k, v in msgspec.structs.asdict(result.split).items()},
        "markouts_usdc": by_horizon(result.markouts),
        "markouts_shares": by_horizon(result.markout_shares),
        "fees_usdc": micro(-result.split.fee),
        "rebates_usdc": micro(result.split.rebate),
        "rebates_estimate_usdc": micro(result.rebate_estimate),
        "rewards_usdc": micro(result.split.reward),
        "gas_usdc": micro(-result.split.gas),
        "max_unpaired_shares": micro(worst.unpaired),
        "max_unpaired_worst_shares": micro(worst.unpaired_worst),
        "max_exposure_usdc": micro(worst.exposure),
        "max_worst_loss_usdc": micro(worst.loss),
        "quoting": quoting_report(result.quoting),
        "kills": result.kills,
        "violations": result.violations,
        "violations_first": result.broken,
        "market_rows": [row_report(row) for row in result.rows],
        "digest": result.digest,
    }


def by_horizon(amounts: tuple[int, ...]) -> dict[str, float]:
    """One number for each horizon of the markouts."""
    return {name: micro(amount) for name, amount in zip(HORIZON_NAMES, amounts, strict=True)}


def quoting_report(quoting: Quoting) -> dict[str, Any]:
    """Time inside windows. The reasons count each token by itself: twice the windows' time."""
    whole = quoting.windows_ns or 1
    return {
        "in_windows_s": seconds(quoting.windows_ns),
        "two_sided_s": seconds(quoting.two_sided_ns),
        "one_sided_s": seconds(quoting.one_sided_ns),
        "none_s": seconds(quoting.none_ns),
        "two_sided_share": round(quoting.two_sided_ns / whole, 6),
        "quoted_token_s": {reason: seconds(lasted) for reason, lasted in quoting.quoted.items()},
        "missing_token_s": {reason: seconds(lasted) for reason, lasted in quoting.missing.items()},
    }


def row_report(row: MarketRow) -> dict[str, Any]:
    """One window."""
    return {
        "slug": row.slug,
        "outcome": outcome_name(row.payout_up),
        "fills": row.fills,
        "shares_bought": micro(row.bought),
        "pairs_merged": micro(row.pairs_merged),
        "fees_usdc": micro(row.fees),
        "rebates_usdc": micro(row.rebates),
        "spread_usdc": micro(row.spread),
        "markout_30s_usdc": micro(row.markouts[-1]),
        "pnl_usdc": micro(row.result),
    }


def outcome_name(payout_up: int) -> str:
    """How a window ended."""
    if payout_up < 0:
        return "open"
    return {10_000: "Up", 0: "Down"}.get(payout_up, "split")


def micro(amount: int) -> float:
    """Micros as a number with six exact decimals."""
    return round(amount / 1_000_000, 6)
