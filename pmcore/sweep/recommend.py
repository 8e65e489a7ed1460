"""The whole scan of a batch: eligibility, features, score, risk, size and joint exposure.

Pure and without state: `recommend(columns, now, config)` gives the same arrays for the same input,
live or over a recorded history.
"""

import attrs
import msgspec
import numpy as np

from pmcore.sweep.columns import SIDES, Bools, Floats, MarketColumns
from pmcore.sweep.eligibility import Eligibility, eligibility
from pmcore.sweep.exposure import Exposures, exposures
from pmcore.sweep.features import Features, features
from pmcore.sweep.risk import Risks, risks
from pmcore.sweep.score import Scores, score
from pmcore.sweep.settings import SweepConfig
from pmcore.sweep.sizing import max_position_pct
from pmcore.units import Ns


@attrs.frozen(eq=False)
class Recommendations:
    """Everything about a batch, row by row in the order of `columns`; nothing is NaN or infinite.

    Rows that are not eligible have numbers too; `eligibility` says why they do not count.
    """

    columns: MarketColumns
    now_ns: Ns
    eligibility: Eligibility
    features: Features
    scores: Scores
    risks: Risks
    max_position_pct: Floats
    recommended: Bools
    """Eligible, and something is left after the fee."""
    exposures: Exposures

    def __len__(self) -> int:
        return len(self.columns)


class Breakdown(msgspec.Struct, frozen=True):
    """One row in plain values, ready for JSON: every number that went into the result."""

    market_id: str
    eligible: bool
    reason: str
    recommended: bool
    recommended_side: str
    """`yes`, `no` or empty."""
    entry_price: float
    entry_by_depth: bool
    fill_ratio: float
    fee: float
    gross_yield: float
    net_yield: float
    t_remaining_sec: float
    days_to_cash: float
    yield_velocity: float
    cash_velocity: float
    spread: float
    staleness_sec: float
    staleness_penalty: float
    liquidity_score: float
    overall_score: float
    norm_velocity: float
    norm_net_yield: float
    contributions: dict[str, float]
    """Signed; they sum to `overall_score`."""
    risk_score: float
    risk_parts: dict[str, float]
    max_position_pct: float
    event_markets: int
    event_stake_pct: float
    event_worst_loss_pct: float


def recommend(columns: MarketColumns, now_ns: Ns, config: SweepConfig) -> Recommendations:
    """Scan a batch at `now_ns`."""
    able = eligibility(columns, now_ns, config)
    offer = features(columns, now_ns, config)
    scores = score(offer, columns.definition_risk, config)
    risk = risks(columns, offer, config)
    size = max_position_pct(risk.risk_score, offer.liquidity_score, config)
    worthwhile = able.eligible & (offer.net_yield > 0.0)
    joint = exposures(columns, offer.side, size, worthwhile)
    return Recommendations(columns, now_ns, able, offer, scores, risk, size, worthwhile, joint)


def ranking(found: Recommendations) -> tuple[int, ...]:
    """Rows that are recommended, best first; equal scores in the order of their market ids."""
    rows = np.flatnonzero(found.recommended)
    ids = np.array([found.columns.market_ids[row] for row in rows.tolist()], dtype=np.str_)
    order = np.lexsort((ids, -found.scores.overall[rows]))
    return tuple(rows[order].tolist())


def breakdown(found: Recommendations, row: int) -> Breakdown:
    """One row with all its parts; raises IndexError beyond the batch."""
    f, s, r, e = found.features, found.scores, found.risks, found.exposures
    side = int(f.side[row])
    return Breakdown(
        market_id=found.columns.market_ids[row],
        eligible=bool(found.eligibility.eligible[row]),
        reason=found.eligibility.name(row),
        recommended=bool(found.recommended[row]),
        recommended_side=SIDES[side] if side >= 0 else "",
        entry_price=float(f.entry_price[row]),
        entry_by_depth=bool(f.by_depth[row]),
        fill_ratio=float(f.fill_ratio[row]),
        fee=float(f.fee[row]),
        gross_yield=float(f.gross_yield[row]),
        net_yield=float(f.net_yield[row]),
        t_remaining_sec=float(f.t_remaining_sec[row]),
        days_to_cash=float(f.days_to_cash[row]),
        yield_velocity=float(f.yield_velocity[row]),
        cash_velocity=float(f.cash_velocity[row]),
        spread=float(f.spread[row]),
        staleness_sec=float(f.staleness_sec[row]),
        staleness_penalty=float(f.staleness_penalty[row]),
        liquidity_score=float(f.liquidity_score[row]),
        overall_score=float(s.overall[row]),
        norm_velocity=float(s.norm_velocity[row]),
        norm_net_yield=float(s.norm_net_yield[row]),
        contributions={
            "velocity": float(s.from_velocity[row]),
            "net_yield": float(s.from_net_yield[row]),
            "liquidity": float(s.from_liquidity[row]),
            "definition_risk": float(s.from_definition_risk[row]),
            "staleness": float(s.from_staleness[row]),
        },
        risk_score=float(r.risk_score[row]),
        risk_parts={
            "definition": float(r.definition[row]),
            "operational": float(r.operational[row]),
            "liquidity": float(r.liquidity[row]),
            "jump": float(r.jump[row]),
        },
        max_position_pct=float(found.max_position_pct[row]),
        event_markets=int(e.event_markets[row]),
        event_stake_pct=float(e.event_stake_pct[row]),
        event_worst_loss_pct=float(e.event_worst_loss_pct[row]),
    )
