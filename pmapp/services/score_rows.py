"""A scored generation, and its rows as the store takes them. Pure."""

from typing import Any

import msgspec
import numpy as np

from pmcore.sweep.recommend import Recommendations
from pmio.store.database import Row
from pmio.store.generations import Sample, bucket_of
from pmio.store.schema import RECS_LATEST, SCORES_LATEST, names


class Scored(msgspec.Struct, frozen=True):
    """One generation. Its rows are made batch by batch, so that all of them never exist at once."""

    found: Recommendations
    kept: Any
    """Places in `found` of the markets that are stored, in the order of their ids, shape (k,)."""
    is_stale: Any
    """For each market of `found` whether only its old quote keeps it from being eligible."""
    flag_codes: list[str]
    """For each market of `found`."""
    generation: int
    looked_at: int
    eligible: int
    stale: int
    reasons: dict[str, int]
    """Why the others are not eligible."""

    def __len__(self) -> int:
        return len(self.kept)

    def rows(self, start: int, stop: int) -> tuple[list[Row], list[Row]]:
        """Rows of `scores_latest` and of `recs_latest`, of the same markets in the same order."""
        part = self.kept[start:stop]
        return _score_rows(self, part), _rec_rows(self, part)

    def samples(self, most: int) -> list[Sample]:
        """Samples of the `most` best, equal ones in the order of ids."""
        best = np.argsort(-self.found.scores.overall[self.kept], kind="stable")[:most]
        return _samples(self.found, self.kept[best].tolist())


def _score_rows(result: Scored, kept: Any) -> list[Row]:
    found, codes = result.found, result.flag_codes
    features, scores, risks = found.features, found.scores, found.risks
    columns = {
        "market_id": [found.columns.market_ids[row] for row in kept.tolist()],
        "generation": [result.generation] * len(kept),
        "close_time_ns": found.columns.close_ns[kept].tolist(),
        "quote_as_of_ns": found.columns.quote_ns[kept].tolist(),
        "stale": result.is_stale[kept].astype(np.int64).tolist(),
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


def _rec_rows(result: Scored, kept: Any) -> list[Row]:
    found = result.found
    features, joint = found.features, found.exposures
    side = np.maximum(features.side[kept], 0)
    here = np.arange(len(kept))
    columns = {
        "market_id": [found.columns.market_ids[row] for row in kept.tolist()],
        "generation": [result.generation] * len(kept),
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


def _prices(price_bp: Any) -> list[float | None]:
    """Dollars, None where there is no price."""
    return [price / 10_000.0 if price else None for price in price_bp.tolist()]


def _samples(found: Recommendations, best: list[int]) -> list[Sample]:
    bucket = bucket_of(found.now_ns)
    columns, features = found.columns, found.features
    samples = []
    for row in best:
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
