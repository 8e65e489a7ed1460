"""Stored rows as the core's columns, and its results as rows to store. Pure.

A market whose last quote is too old is not eligible, but while the venue is away it stays listed:
its numbers are computed as ever (liquidity is 0 then), and the row is marked stale. It stays
recommended by its old prices, so it counts in the joint exposure of its event too: who holds it
must not be told that nothing is at stake.
"""

from collections.abc import Sequence
from typing import Any, Final

import attrs
import msgspec
import numpy as np

from pmcore.sweep.categories import CATEGORIES, OTHER
from pmcore.sweep.columns import MarketColumns, market_columns, numbered
from pmcore.sweep.eligibility import REASONS, eligibility
from pmcore.sweep.exposure import exposures
from pmcore.sweep.recommend import Recommendations, recommend
from pmcore.sweep.settings import SweepConfig
from pmcore.units import Ns
from pmio.store.database import Row
from pmio.store.generations import Sample, bucket_of
from pmio.store.schema import RECS_LATEST, SCORES_LATEST, names
from pmio.store.scoring_reads import ScoreInput

_FIELDS: Final = {name: place for place, name in enumerate(ScoreInput.__struct_fields__)}
_CATEGORY: Final = {name: number for number, name in enumerate(CATEGORIES)}
STALE: Final = REASONS.index("stale_quote")


class Inputs:
    """Pages of `ScoreInput` rows, kept as lists by column: no row outlives its page."""

    def __init__(self) -> None:
        self._columns: list[list[Any]] = [[] for _ in _FIELDS]

    def add(self, page: Sequence[Row]) -> None:
        """Append a page of rows."""
        for column, values in zip(self._columns, zip(*page, strict=True), strict=True):
            column.extend(values)

    def __len__(self) -> int:
        return len(self._columns[0])

    def __getitem__(self, name: str) -> list[Any]:
        return self._columns[_FIELDS[name]]

    def pair(self, name: str) -> list[list[Any]]:
        """`yes_NAME` and `no_NAME`, shape (2, n)."""
        return [self[f"yes_{name}"], self[f"no_{name}"]]


class Scored(msgspec.Struct, frozen=True):
    """One generation, ready to store, in the order of market ids."""

    scores: list[Row]
    recs: list[Row]
    samples: list[Sample]
    looked_at: int
    eligible: int
    stale: int
    reasons: dict[str, int]
    """Why the others are not eligible."""


def columns_of(inputs: Inputs, *, empty_rules: bool) -> MarketColumns:
    """The core's columns. With `empty_rules` an empty text counts as a text (of the worst
    kind), as recordings without texts need it; otherwise as none."""
    characters = np.asarray(inputs["characters"], dtype=np.int64)
    fee_ppm = np.asarray(inputs["fee_rate_ppm"], dtype=np.int64)
    return market_columns(
        inputs["market_id"],
        close_ns=inputs["close_time_ns"],
        quote_ns=inputs["as_of_ns"],
        bid_bp=np.array(inputs.pair("bid_bp"), dtype=np.int64).T,
        ask_bp=np.array(inputs.pair("ask_bp"), dtype=np.int64).T,
        vwap_bp=np.array(inputs.pair("vwap_bp"), dtype=np.float64).T,
        fill_ratio=np.array(inputs.pair("fill_ratio"), dtype=np.float64).T,
        accepting=np.asarray(inputs["accepting"], dtype=np.bool_),
        has_rules=characters >= (0 if empty_rules else 1),
        fee_known=fee_ppm >= 0,
        fee_rate=np.maximum(fee_ppm, 0) / 1e6,
        fee_exponent=inputs["fee_exponent"],
        fee_price_weighted=np.asarray(inputs["fee_price_weighted"], dtype=np.bool_),
        definition_risk=inputs["definition_risk"],
        category=[_CATEGORY.get(name, OTHER) for name in inputs["category"]],
        event=numbered(inputs["event_id"]),
        neg_risk=np.asarray(inputs["neg_risk"], dtype=np.bool_),
    )


def scored(
    inputs: Inputs,
    now_ns: Ns,
    config: SweepConfig,
    generation: int,
    *,
    empty_rules: bool = False,
    serve_stale_s: int = 0,
    samples_max: int = 0,
) -> Scored:
    """Score everything at `now_ns`, and keep what is eligible or only stale.

    The `samples_max` best are sampled, equal ones in the order of ids.
    """
    columns = columns_of(inputs, empty_rules=empty_rules)
    found = recommend(columns, now_ns, config)
    able = found.eligibility
    stale = np.zeros(len(columns), dtype=np.bool_)
    if serve_stale_s > config.eligible.quote_stale_max_sec:
        patient = attrs.evolve(config.eligible, quote_stale_max_sec=min(serve_stale_s, 86_400))
        later = eligibility(columns, now_ns, attrs.evolve(config, eligible=patient))
        stale = later.eligible & (able.reason == STALE)
    kept = np.flatnonzero(able.eligible | stale)
    ids = np.array(columns.market_ids, dtype=np.str_)
    kept = kept[np.argsort(ids[kept], kind="stable")]
    counts = np.bincount(able.reason, minlength=len(REASONS))
    worthwhile = (able.eligible | stale) & (found.features.net_yield > 0.0)
    joint = exposures(columns, found.features.side, found.max_position_pct, worthwhile)
    found = attrs.evolve(found, recommended=worthwhile, exposures=joint)
    return Scored(
        scores=_score_rows(inputs, found, generation, kept, stale),
        recs=_rec_rows(found, generation, kept),
        samples=_samples(found, kept, samples_max),
        looked_at=len(columns),
        eligible=int(counts[0]),
        stale=int(stale.sum()),
        reasons={name: int(n) for name, n in zip(REASONS[1:], counts[1:], strict=True) if n},
    )


def _score_rows(
    inputs: Inputs, found: Recommendations, generation: int, kept: Any, stale: Any
) -> list[Row]:
    features, scores, risks = found.features, found.scores, found.risks
    codes = inputs["flag_codes"]
    columns = {
        "market_id": [found.columns.market_ids[row] for row in kept.tolist()],
        "generation": [generation] * len(kept),
        "close_time_ns": found.columns.close_ns[kept].tolist(),
        "quote_as_of_ns": found.columns.quote_ns[kept].tolist(),
        "stale": stale[kept].astype(np.int64).tolist(),
        "flag_codes": [codes[row] for row in kept.tolist()],
    }
    reals = {
        "overall_score": scores.overall,
        "risk_score": risks.risk_score,
        "net_yield": features.net_yield,
        "yield_velocity": features.yield_velocity,
        "cash_velocity": features.cash_velocity,
        "liquidity_score": features.liquidity_score,
        "definition_risk": risks.definition,
        "operational_risk": risks.operational,
        "liquidity_risk": risks.liquidity,
        "jump_risk": risks.jump,
        "t_remaining_sec": features.t_remaining_sec,
        "days_to_cash": features.days_to_cash,
        "staleness_sec": features.staleness_sec,
        "staleness_penalty": features.staleness_penalty,
        "norm_velocity": scores.norm_velocity,
        "norm_net_yield": scores.norm_net_yield,
    }
    columns |= {name: values[kept].tolist() for name, values in reals.items()}
    return list(zip(*(columns[name] for name in names(SCORES_LATEST)), strict=True))


def _rec_rows(found: Recommendations, generation: int, kept: Any) -> list[Row]:
    features, joint = found.features, found.exposures
    side = np.maximum(features.side[kept], 0)
    here = np.arange(len(kept))
    columns = {
        "market_id": [found.columns.market_ids[row] for row in kept.tolist()],
        "generation": [generation] * len(kept),
        "side": side.tolist(),
        "recommended": found.recommended[kept].astype(np.int64).tolist(),
        "by_depth": features.by_depth[kept].astype(np.int64).tolist(),
        "event_markets": joint.event_markets[kept].tolist(),
        "entry_price": features.entry_price[kept].tolist(),
        "fill_ratio": features.fill_ratio[kept].tolist(),
        "fee": features.fee[kept].tolist(),
        "gross_yield": features.gross_yield[kept].tolist(),
        "max_position_pct": found.max_position_pct[kept].tolist(),
        "event_stake_pct": joint.event_stake_pct[kept].tolist(),
        "event_worst_loss_pct": joint.event_worst_loss_pct[kept].tolist(),
        "spread": features.spread[kept].tolist(),
        "bid": _prices(found.columns.bid_bp[kept][here, side]),
        "ask": _prices(found.columns.ask_bp[kept][here, side]),
    }
    return list(zip(*(columns[name] for name in names(RECS_LATEST)), strict=True))


def _samples(found: Recommendations, kept: Any, samples_max: int) -> list[Sample]:
    best = kept[np.argsort(-found.scores.overall[kept], kind="stable")][:samples_max]
    bucket = bucket_of(found.now_ns)
    columns, features = found.columns, found.features
    samples = []
    for row in best.tolist():
        market_id, as_of_ns = columns.market_ids[row], int(columns.quote_ns[row])
        (yes_bid, no_bid), (yes_ask, no_ask) = columns.bid_bp[row], columns.ask_bp[row]
        prices = (int(price) or None for price in (yes_bid, yes_ask, no_bid, no_ask))
        numbers = (
            float(values[row])
            for values in (
                features.entry_price,
                found.scores.overall,
                found.risks.risk_score,
                features.net_yield,
            )
        )
        side = max(int(features.side[row]), 0)
        samples.append(
            Sample(
                (market_id, bucket, as_of_ns, side, *numbers),
                (market_id, bucket, as_of_ns, *prices),
            )
        )
    return samples


def _prices(price_bp: Any) -> list[float | None]:
    """Dollars, None where there is no price."""
    return [price / 10_000.0 if price else None for price in price_bp.tolist()]
