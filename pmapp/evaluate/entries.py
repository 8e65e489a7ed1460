"""What the scanner would have bought: the first moment at which it recommends each market.

The history is replayed moment by moment through `recommend`, the function that scores live
markets, with the clock at that moment and only the rows of that moment. A market is bought once,
at the ask of the recommended side, and held until it is settled. Beside it, the baseline buys each
market once, at the first moment at which its ask is 0.95 or more. What the scanner passes over for
its wide spread is bought too, beside: the rule is judged by what it keeps away.
"""

from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import NDArray

from pmapp.evaluate.history import History, Rows
from pmcore.sweep.columns import Bools, Floats, Ints, MarketColumns, market_columns
from pmcore.sweep.definition_risk import DefinitionRisk, definition_risk
from pmcore.sweep.eligibility import REASONS, eligibility
from pmcore.sweep.recommend import Recommendations, recommend
from pmcore.sweep.settings import SweepConfig
from pmcore.units import Ns

BASELINE_PRICE: Final = 0.95
STRATEGIES: Final = 5
ANY_SPREAD: Final = 1.0
WHOLE: Final = ("at_ns", "market", "close_ns", "text", "side")
FIELDS: Final = (
    *WHOLE,
    "price", "fee", "spread", "promised", "score", "risk", "stake",
)  # fmt: skip


@attrs.frozen(eq=False)
class Entries:
    """Purchases, one a market, in the order of markets; shape (n,) each."""

    at_ns: Ints
    market: Ints
    close_ns: Ints
    text: Ints
    side: Ints
    """0 first outcome, 1 second."""
    price: Floats
    """The ask, in dollars."""
    fee: Floats
    spread: Floats
    """Of the bought side's book; 1.0 where it has no bid."""
    promised: Floats
    """Net yield a share if the side wins."""
    score: Floats
    risk: Floats
    stake: Floats
    """Largest position as a share of the capital."""

    def __len__(self) -> int:
        return len(self.market)


@attrs.frozen(eq=False)
class Replayed:
    """Everything that a history says before its outcomes are looked at."""

    recommended: Entries
    baseline: Entries
    baseline_after_fee: Entries
    """The baseline, where the fee leaves anything of the residual."""
    tight: Entries
    """The recommended, each at the first moment at which its spread is within the target."""
    any_spread: Entries
    """What would be recommended if no spread were too wide."""
    readings: tuple[DefinitionRisk, ...]
    """Of the history's texts."""
    rows: int
    """Rows that were recorded."""
    reasons: dict[str, int]
    """Why scored rows were not eligible. Rows of markets already bought are not scored again."""


class _Firsts:
    """Collects the first row of each market that a mask lets through."""

    def __init__(self, markets: int) -> None:
        self.done = np.zeros(markets, dtype=np.bool_)
        self._parts: list[list[NDArray[Any]]] = [[] for _ in FIELDS]

    def take(self, wanted: Bools, market: Ints, values: dict[str, NDArray[Any]]) -> None:
        """Rows of one moment; of a market recorded twice at one moment the first counts."""
        rows = np.flatnonzero(wanted & ~self.done[market])
        if not len(rows):
            return
        _, first = np.unique(market[rows], return_index=True)
        rows = rows[first]
        self.done[market[rows]] = True
        for part, name in zip(self._parts, FIELDS, strict=True):
            part.append(values[name][rows])

    def entries(self) -> Entries:
        """All of them, in the order of markets."""
        whole = [np.concatenate(part) if part else np.zeros(0) for part in self._parts]
        order = np.argsort(whole[FIELDS.index("market")], kind="stable")
        columns: dict[str, Any] = {
            name: own[order].astype(np.int64 if name in WHOLE else np.float64)
            for name, own in zip(FIELDS, whole, strict=True)
        }
        return Entries(**columns)


def replay(history: History, config: SweepConfig) -> Replayed:
    """Score the history as if live. Raises what reading it raises (`RecordingError`)."""
    readings = tuple(definition_risk(text) for text in history.texts)
    # The last one is for rows without a text: as uncertain as can be, as live without a text.
    risk = np.array([reading.score for reading in readings] + [1.0], dtype=np.float64)
    firsts = [_Firsts(len(history.market_ids)) for _ in range(STRATEGIES)]
    reasons = np.zeros(len(REASONS), dtype=np.int64)
    count = 0
    for rows in history.rows():
        count += len(rows)
        for moment in rows.moments():
            market = rows.market[moment]
            # Most rows are of markets that every strategy holds already.
            open_ = ~np.logical_and.reduce([first.done[market] for first in firsts])
            if open_.any():
                _look(history, rows, moment, open_, risk, config, firsts, reasons)
    recommended, baseline, after_fee, tight, any_spread = (first.entries() for first in firsts)
    return Replayed(
        recommended,
        baseline,
        after_fee,
        tight,
        any_spread,
        readings,
        count,
        {name: int(n) for name, n in zip(REASONS, reasons, strict=True) if n},
    )


def _look(
    history: History,
    rows: Rows,
    moment: slice,
    open_: Bools,
    risk: Floats,
    config: SweepConfig,
    firsts: list[_Firsts],
    reasons: Ints,
) -> None:
    """Score one moment and note who would buy for the first time."""
    now_ns = Ns(int(rows.at_ns[moment.start]))
    market, text = rows.market[moment][open_], rows.text[moment][open_]
    columns = _columns(history, rows, moment, open_, risk[text], market)
    found = recommend(columns, now_ns, config)
    reasons += np.bincount(found.eligibility.reason, minlength=len(reasons))
    loose = attrs.evolve(config.eligible, max_spread=ANY_SPREAD)
    simple = attrs.evolve(loose, min_entry_price=BASELINE_PRICE)
    any_spread, baseline = (
        eligibility(columns, now_ns, attrs.evolve(config, eligible=rules)).eligible
        for rules in (loose, simple)
    )
    paying = found.features.net_yield > 0.0
    values = _values(found, market, text)
    firsts[0].take(found.recommended, market, values)
    firsts[1].take(baseline, market, values)
    firsts[2].take(baseline & paying, market, values)
    narrow = found.features.spread <= config.bounds.spread_target
    firsts[3].take(found.recommended & narrow, market, values)
    firsts[4].take(any_spread & paying, market, values)


def _columns(
    history: History, rows: Rows, moment: slice, open_: Bools, risk: Floats, market: Ints
) -> MarketColumns:
    terms = history.terms
    return market_columns(
        ("",) * len(market),
        close_ns=rows.close_ns[moment][open_],
        quote_ns=rows.at_ns[moment][open_],
        bid_bp=rows.bid_bp[moment][open_],
        ask_bp=rows.ask_bp[moment][open_],
        definition_risk=risk,
        category=history.category[market],
        fee_known=terms.known[market],
        fee_rate=terms.rate[market],
        fee_exponent=terms.exponent[market],
        fee_price_weighted=terms.price_weighted[market],
    )


def _values(found: Recommendations, market: Ints, text: Ints) -> dict[str, NDArray[Any]]:
    features = found.features
    return {
        "at_ns": found.columns.quote_ns,
        "market": market,
        "close_ns": found.columns.close_ns,
        "text": text,
        "side": features.side,
        "price": features.entry_price,
        "fee": features.fee,
        "spread": features.spread,
        "promised": features.net_yield,
        "score": found.scores.overall,
        "risk": found.risks.risk_score,
        "stake": found.max_position_pct,
    }
