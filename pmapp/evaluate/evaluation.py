"""The whole evaluation of a folder of recordings, as one report in plain values."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import attrs

from pmapp.evaluate.assumed_rates import jump_rates, operational_rate
from pmapp.evaluate.entries import BASELINE_PRICE, STRATEGIES, Entries, Replayed, replay
from pmapp.evaluate.flag_scores import contested_numbers, flag_numbers
from pmapp.evaluate.history import PRICE, History
from pmapp.evaluate.outcomes import Outcomes, merged, official_outcomes
from pmapp.evaluate.purchases import Purchases, pooled, purchases
from pmapp.evaluate.recorded_crypto import crypto_histories, last_quote_outcomes
from pmapp.evaluate.recorded_listings import listing_history
from pmapp.evaluate.recorded_prices import price_history, question_history
from pmapp.evaluate.recorded_us import us_history, us_outcomes
from pmapp.evaluate.resampling import DRAWS, SEED
from pmapp.evaluate.summary import (
    better_half_margin,
    deciles,
    difference,
    spread_bands,
    summary,
)
from pmapp.evaluate.verdicts import edge_verdict, flags_verdict, order_verdict, profit_verdict
from pmcore.sweep.settings import SweepConfig
from pmio.ingest.recorded_parquet import RecordingError

ANY_HORIZON_S: Final = 315_360_000
TIGHT: Final = 3
"""Place of the tight purchases among `Judged.groups`."""
PARTS: Final = (
    "crypto_snapshots_*", "forecastbench", "gamma_snapshots_*", "polymarket_us_quotes",
    "resolved_histories_2025", "rules",
)  # fmt: skip
Report = dict[str, Any]
Progress = Callable[[str], None]


@attrs.frozen(eq=False)
class Judged:
    """One recording under one horizon, with its outcomes."""

    history: History
    replayed: Replayed
    groups: tuple[Purchases, ...]
    """As `Replayed` has them: recommended, baseline, baseline after the fee, tight, any
    spread."""


def recordings_root(folder: Path) -> Path:
    """The folder that holds the recordings: `folder`, or one of two below. RecordingError."""
    for root in (folder, folder / "B_markets", folder / "data" / "B_markets"):
        if any(next(root.glob(part), None) for part in PARTS):
            return root
    if not folder.is_dir():
        raise RecordingError(f"{folder}: no such folder; give --data DIR with the recordings")
    raise RecordingError(f"{folder}: holds none of {', '.join(PARTS)}; give --data DIR")


def evaluation(
    folder: Path, config: SweepConfig, half_spread: float, progress: Progress = lambda _: None
) -> Report:
    """Replay and judge everything below `folder`. Raises RecordingError."""
    root = recordings_root(folder)
    wide = any_horizon(config)
    histories = list(polymarket_histories(root, half_spread))
    outcomes = polymarket_outcomes(root, histories)
    near: list[Judged] = []
    far: list[Judged] = []
    for history in histories:
        progress(f"{history.name}: {len(history.market_ids):,} markets")
        near.append(judged(history, config, outcomes))
        far.append(judged(history, wide, outcomes))
    progress("flags on contested markets")
    contested = contested_numbers(root)
    far_pool = pooled([one.groups[0] for one in far]) if far else None
    report: Report = {
        "folder": str(root),
        "venue": "polymarket",
        "horizon_days": config.eligible.max_t_remaining_sec / 86_400.0,
        "half_spread": half_spread,
        "baseline_price": BASELINE_PRICE,
        "seed": SEED,
        "draws": DRAWS,
        "outcome_conflicts": len(outcomes.conflicts),
    }
    report |= pool_report(near)
    report["flags"] = flag_numbers(far_pool) if far_pool is not None else []
    report["flags_verdict"] = flags_verdict(report["flags"])
    report["contested"] = contested
    report["any_horizon"] = pool_report(far)
    report["base_rates"] = {
        "jump": jump_rates(pooled([one.groups[TIGHT] for one in far]), config),
        "operational": operational_rate(root, config),
    }
    report["sources"] = [source_report(one) for one in near]
    report["sources_any_horizon"] = [source_report(one) for one in far]
    report["other_venue"] = other_venue(root, config, progress)
    return report


def any_horizon(config: SweepConfig) -> SweepConfig:
    """The same configuration without a limit on the time to the close."""
    eligible = attrs.evolve(config.eligible, max_t_remaining_sec=ANY_HORIZON_S)
    return attrs.evolve(config, eligible=eligible)


def polymarket_histories(root: Path, half_spread: float) -> Iterator[History]:
    """Every recording of polymarket.com that is there."""
    yield from crypto_histories(root)
    for history in (
        listing_history(root),
        question_history(root, half_spread),
        price_history(root, half_spread),
    ):
        if history is not None:
            yield history


def polymarket_outcomes(root: Path, histories: list[History]) -> Outcomes:
    """Official settlements, then what last quotes tell of recordings that go up to the close."""
    inferred = [
        pair
        for history in histories
        if history.priced_by != PRICE
        for pair in last_quote_outcomes(history)
    ]
    return merged([*official_outcomes(root), *inferred])


def other_venue(root: Path, config: SweepConfig, progress: Progress) -> Report | None:
    """The other venue by itself, within the configured horizon; None if it was not recorded."""
    history = us_history(root, config)
    if history is None:
        return None
    progress(f"{history.name}: {len(history.market_ids):,} markets")
    found = judged(history, config, merged(us_outcomes(root)))
    return source_report(found) | {"jump_rates": jump_rates(found.groups[TIGHT], config)}


def judged(history: History, config: SweepConfig, outcomes: Outcomes) -> Judged:
    """Replay a history, and only then look how it ended."""
    found = replay(history, config)

    def ended(entries: Entries) -> Purchases:
        return purchases(history, entries, found.readings, outcomes)

    entries = (
        found.recommended, found.baseline, found.baseline_after_fee, found.tight, found.any_spread,
    )  # fmt: skip
    return Judged(history, found, tuple(ended(own) for own in entries))


def pool_report(parts: list[Judged]) -> Report:
    """Several recordings of one venue as one: a market is bought once, where it came first."""
    ids = {market_id for one in parts for market_id in one.history.market_ids}
    if not parts:
        return group_report(0, *(pooled([]),) * STRATEGIES)
    whole = [pooled([one.groups[place] for one in parts]) for place in range(STRATEGIES)]
    return group_report(len(ids), *whole)


def source_report(one: Judged) -> Report:
    """One recording by itself."""
    history = one.history
    head = {
        "name": history.name,
        "venue": history.venue,
        "priced_by": history.priced_by,
        "clustered_by": history.clustered_by,
        "rows": one.replayed.rows,
        "rows_scored_by_reason": one.replayed.reasons,
        "left_out": history.left_out,
    }
    return head | group_report(len(history.market_ids), *one.groups)


def group_report(
    markets: int,
    bought: Purchases,
    baseline: Purchases,
    after_fee: Purchases,
    tight: Purchases,
    any_spread: Purchases,
) -> Report:
    """What was recommended, beside the two baselines, what of it had a tight book, and what would
    have been recommended with books of any spread."""
    numbers = summary(bought)
    over, over_after_fee = difference(bought, baseline), difference(bought, after_fee)
    over_any_spread = difference(bought, any_spread)
    order = better_half_margin(bought)
    price = f"always buying at {BASELINE_PRICE:.2f} or more"
    return {
        "markets": markets,
        "recommended": len(bought),
        **numbers,
        "baseline": summary(baseline),
        "baseline_after_fee": summary(after_fee),
        "tight": summary(tight),
        "any_spread": summary(any_spread),
        "margin_over_baseline": over,
        "margin_over_baseline_after_fee": over_after_fee,
        "margin_over_any_spread": over_any_spread,
        "margin_of_better_half": order,
        "deciles": deciles(bought),
        "spreads": spread_bands(any_spread),
        "verdicts": [
            profit_verdict(numbers),
            f"bought only within the target spread: {profit_verdict(summary(tight))}",
            edge_verdict(over, numbers, price),
            edge_verdict(over_after_fee, numbers, f"{price} where the fee leaves anything"),
            edge_verdict(over_any_spread, numbers, "buying at any spread"),
            order_verdict(order),
        ],
    }
