"""What was recorded of a set of markets, as rows in time, without a word of how they ended.

Outcomes live elsewhere (`outcomes`): nothing here could tell a scorer what is to come, and the
rows are given to it one moment after the other.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Final

import attrs
import numpy as np

from pmcore.sweep.columns import Bools, Floats, Ints
from pmcore.wire.gamma_terms import UNKNOWN, Fees

NO_TEXT: Final = -1
ASK: Final = "ask"
PRICE: Final = "price"


@attrs.frozen(eq=False)
class Rows:
    """Recorded quotes, shape (n,) each, ascending in `at_ns`."""

    at_ns: Ints
    market: Ints
    """Index into `History.market_ids`."""
    bid_bp: Ints
    """Of the first outcome; 0: none."""
    ask_bp: Ints
    close_ns: Ints
    """When the market was to close, as was known then; 0: not known."""
    text: Ints
    """Index into `History.texts` of the rules as they stood; `NO_TEXT`: not recorded."""

    def __len__(self) -> int:
        return len(self.at_ns)

    def moments(self) -> Iterator[slice]:
        """The rows of each moment, one moment after the other."""
        cuts = np.flatnonzero(np.diff(self.at_ns)) + 1
        bounds = [0, *cuts.tolist(), len(self)]
        for low, high in pairwise(bounds):
            if low < high:
                yield slice(low, high)


@attrs.frozen(eq=False)
class Terms:
    """What a market is charged, shape (n markets,) each; not known where `known` is False."""

    known: Bools
    rate: Floats
    exponent: Ints
    price_weighted: Bools


@attrs.frozen(eq=False)
class History:
    """One recording. `rows()` reads it anew each time, in blocks that do not overlap in time."""

    name: str
    venue: str
    priced_by: str
    """`ask`: real quotes; `price`: one price a row, widened by an assumed half spread."""
    clustered_by: str
    """What is taken for independent: `close day` (UTC), or `event`."""
    market_ids: tuple[str, ...]
    events: tuple[str, ...]
    """One name a market; markets of the same event are settled by the same facts."""
    category: Ints
    terms: Terms
    texts: tuple[str, ...]
    rows: Callable[[], Iterable[Rows]]
    left_out: dict[str, int] = attrs.field(factory=dict)
    """Recorded things that could not be used, by reason."""


def terms_of(fees: Iterable[Fees]) -> Terms:
    """Columns of the markets' own terms."""
    own = list(fees)
    rates = np.array([-1 if fee.rate_ppm is None else fee.rate_ppm for fee in own], dtype=np.int64)
    return Terms(
        known=rates >= 0,
        rate=np.maximum(rates, 0) / 1e6,
        exponent=np.array([fee.exponent for fee in own], dtype=np.int64),
        price_weighted=np.array([fee.price_weighted for fee in own], dtype=np.bool_),
    )


def unknown_terms(count: int) -> Terms:
    """Terms of `count` markets that the recording does not tell."""
    return terms_of([UNKNOWN] * count)


def touch(price: float, half_spread: float) -> tuple[int, int]:
    """Bid and ask in basis points around a bare price; 0 where that leaves (0, 1)."""
    bid = round((price - half_spread) * 10_000)
    ask = round((price + half_spread) * 10_000)
    return (bid if 0 < bid < 10_000 else 0), (ask if 0 < ask < 10_000 else 0)


def rows_of(table: list[tuple[int, int, int, int, int, int]]) -> Rows:
    """Rows from tuples in the order of the fields, in any order of time."""
    columns = np.array(sorted(table), dtype=np.int64).reshape(-1, 6)
    return Rows(*(columns[:, place] for place in range(6)))
