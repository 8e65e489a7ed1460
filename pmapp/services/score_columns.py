"""Stored rows as the core's columns, and what it makes of them. Pure.

A market whose last quote is too old is not eligible, but while the venue is away it stays listed:
its numbers are computed as ever (liquidity is 0 then), and the row is marked stale. It stays
recommended by its old prices, so it counts in the joint exposure of its event too: who holds it
must not be told that nothing is at stake.
"""

from collections.abc import Sequence
from typing import Any, Final

import attrs
import numpy as np

from pmapp.services.score_rows import Scored
from pmcore.sweep.categories import CATEGORIES, OTHER
from pmcore.sweep.columns import MarketColumns, market_columns, numbered
from pmcore.sweep.eligibility import REASONS, eligibility
from pmcore.sweep.exposure import exposures
from pmcore.sweep.recommend import recommend
from pmcore.sweep.settings import SweepConfig
from pmcore.units import Ns
from pmio.store.database import Row
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
) -> Scored:
    """Score everything at `now_ns`, and keep what is eligible or only stale."""
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
        found=found,
        kept=kept,
        is_stale=stale,
        flag_codes=inputs["flag_codes"],
        generation=generation,
        looked_at=len(columns),
        eligible=int(counts[0]),
        stale=int(stale.sum()),
        reasons={name: int(n) for name, n in zip(REASONS[1:], counts[1:], strict=True) if n},
    )
