"""One row a market, as typed columns: what the scanner knows before it thinks.

Prices are int64 basis points of the one-dollar payout, 0 where there is none; times are int64
nanoseconds, 0 where unknown. `Pair` columns have shape (n, 2): first outcome (Yes), second (No).
Nothing missing is ever NaN: `market_columns` refuses or replaces what is not finite.
"""

from collections.abc import Sequence
from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import NDArray

from pmcore.sweep.categories import CATEGORIES, OTHER

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NO_SIDE: Final = -1
YES: Final = 0
NO: Final = 1
SIDES: Final = ("yes", "no")


@attrs.frozen(eq=False)
class MarketColumns:
    """n markets of one batch, in the caller's order."""

    market_ids: tuple[str, ...]
    active: Bools
    accepting: Bools
    """Whether the venue takes orders."""
    close_ns: Ints
    has_rules: Bools
    quote_ns: Ints
    """When the quote was taken; 0: there is none."""
    bid_bp: Ints
    """Pair: best bids; 0: none."""
    ask_bp: Ints
    """Pair: best asks; 0: none."""
    vwap_bp: Floats
    """Pair: average ask price for the reference size; 0.0: depth is not known."""
    fill_ratio: Floats
    """Pair: share of the reference size that the known asks hold; 1.0 where depth is not known."""
    fee_known: Bools
    """Whether the market's own terms are in the next three columns."""
    fee_rate: Floats
    fee_exponent: Ints
    fee_price_weighted: Bools
    definition_risk: Floats
    """In [0, 1]; 1.0 where it is not known."""
    category: Ints
    """Index into `CATEGORIES`."""
    event: Ints
    """Markets of one event share a number; -1: an event of its own."""
    neg_risk: Bools
    """Whether exactly one market of the event resolves to Yes."""

    def __len__(self) -> int:
        return len(self.market_ids)


def market_columns(
    market_ids: Sequence[str],
    *,
    close_ns: Any,
    quote_ns: Any,
    bid_bp: Any,
    ask_bp: Any,
    **given: Any,
) -> MarketColumns:
    """Columns from sequences or arrays of length n; pairs are (n, 2), or (n,) of Yes, mirrored.

    A bid or ask of shape (n,) is the Yes book; the No book is its mirror (a bid for one token is
    an ask for the other). Prices outside 1..9999 are no price. Optional: `active` (True),
    `accepting` (True), `has_rules` (True), `vwap_bp` (0), `fill_ratio` (1), `fee_known` (False),
    `fee_rate` (0), `fee_exponent` (1), `fee_price_weighted` (False), `definition_risk` (1: not
    known), `category` (other), `event` (-1), `neg_risk` (False). Numbers that are not finite become
    the value in parentheses. Raises ValueError for a wrong length or an unknown column.
    """
    n = len(market_ids)
    bids, asks = _books(bid_bp, ask_bp, n)
    columns = MarketColumns(
        market_ids=tuple(market_ids),
        active=_flags(given.pop("active", True), n),
        accepting=_flags(given.pop("accepting", True), n),
        close_ns=_moments(close_ns, n),
        has_rules=_flags(given.pop("has_rules", True), n),
        quote_ns=_moments(quote_ns, n),
        bid_bp=bids,
        ask_bp=asks,
        vwap_bp=_within(given.pop("vwap_bp", 0.0), (n, 2), 0.0, 10_000.0, 0.0),
        fill_ratio=_within(given.pop("fill_ratio", 1.0), (n, 2), 0.0, 1.0, 1.0),
        fee_known=_flags(given.pop("fee_known", False), n),
        fee_rate=_within(given.pop("fee_rate", 0.0), (n,), 0.0, 1.0, 0.0),
        fee_exponent=np.clip(_whole(given.pop("fee_exponent", 1), n), 0, 8),
        fee_price_weighted=_flags(given.pop("fee_price_weighted", False), n),
        definition_risk=_within(given.pop("definition_risk", 1.0), (n,), 0.0, 1.0, 1.0),
        category=_categories(given.pop("category", OTHER), n),
        event=_whole(given.pop("event", -1), n),
        neg_risk=_flags(given.pop("neg_risk", False), n),
    )
    if given:
        raise ValueError(f"no such columns: {', '.join(sorted(given))}")
    return columns


def numbered(names: Sequence[str]) -> Ints:
    """A number for each distinct name in order of appearance, -1 for the empty name."""
    numbers: dict[str, int] = {"": -1}
    for name in names:
        numbers.setdefault(name, len(numbers) - 1)
    return np.array([numbers[name] for name in names], dtype=np.int64)


def _books(bid_bp: Any, ask_bp: Any, n: int) -> tuple[Ints, Ints]:
    bids, asks = _priced(bid_bp), _priced(ask_bp)
    if bids.shape == (n,) and asks.shape == (n,):
        mirrored_asks = np.where(bids > 0, 10_000 - bids, 0)
        mirrored_bids = np.where(asks > 0, 10_000 - asks, 0)
        return np.stack([bids, mirrored_bids], axis=1), np.stack([asks, mirrored_asks], axis=1)
    if bids.shape != (n, 2) or asks.shape != (n, 2):
        raise ValueError(f"bids and asks must both be ({n},) or both ({n}, 2)")
    return bids, asks


def _priced(values: Any) -> Ints:
    prices = np.asarray(values, dtype=np.int64)
    return np.where((prices > 0) & (prices < 10_000), prices, 0)


def _whole(values: Any, n: int) -> Ints:
    return np.array(np.broadcast_to(np.asarray(values, dtype=np.int64), (n,)))


def _moments(values: Any, n: int) -> Ints:
    """Times as nanoseconds within the years 1970 to 2116, so that no difference overflows."""
    return np.clip(_whole(values, n), 0, 2**62)


def _flags(values: Any, n: int) -> Bools:
    return np.array(np.broadcast_to(np.asarray(values, dtype=np.bool_), (n,)))


def _within(values: Any, shape: tuple[int, ...], low: float, high: float, odd: float) -> Floats:
    """Finite values clamped to [low, high]; `odd` for what is not finite."""
    floats = np.broadcast_to(np.asarray(values, dtype=np.float64), shape)
    return np.clip(np.where(np.isfinite(floats), floats, odd), low, high)


def _categories(values: Any, n: int) -> Ints:
    numbers = _whole(values, n)
    return np.where((numbers >= 0) & (numbers < len(CATEGORIES)), numbers, OTHER)
