"""One generation in memory: the columns that filters and orders look at, and nothing else.

A filter that lets few rows through makes a database walk far along an index: up to 80 ms among
50,000 markets. Here it is a few comparisons of whole columns, less than a millisecond, and the
database is asked for the rows of the page alone. The answers are the same as the database's
(`tests/api/test_ranking.py`), cursors included, so a walk may go on with either.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import NDArray

from pmio.store.database import Row
from pmio.store.generations import Generation
from pmio.store.ranking_reads import RankedRow
from pmio.store.rows import codes_of
from pmio.store.walk import (
    LIMIT_MAX,
    SORTS,
    OpportunityQuery,
    Position,
    cursor_of,
    digest_of,
)

_FIELDS: Final = RankedRow.__struct_fields__
_KINDS: Final[dict[str, Any]] = {
    **dict.fromkeys(("overall_score", "risk_score", "net_yield", "yield_velocity"), np.float64),
    **dict.fromkeys(("liquidity_score", "t_remaining_sec"), np.float64),
    **dict.fromkeys(("close_time_ns", "flag_codes"), np.int64),
    **dict.fromkeys(("stale", "side", "recommended"), np.int8),
    "category": np.int32,
}
RARE: Final = 1_000
"""Occurrences up to which a word is looked for in all texts at once, and rows up to which it is
not worth it."""


@attrs.frozen
class Chosen:
    """The markets of one page, in order, and the cursor to the next one ("" on the last)."""

    market_ids: list[str]
    next_cursor: str


class Columns:
    """The columns of a generation, put together page by page."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.texts: list[str] = []
        self.bits: dict[str, int] = {}
        """A bit for each code of a flag."""
        self.categories: dict[str, int] = {}
        self._masks: dict[str, int] = {}
        self._parts: dict[str, list[NDArray[Any]]] = {name: [] for name in _KINDS}

    def add(self, page: Sequence[Row]) -> None:
        """Append `RankedRow`s, in the order of market ids. A page is quick: a thousand rows are
        two milliseconds, for which nobody else is answered."""
        columns = dict(zip(_FIELDS, zip(*page, strict=True), strict=True))
        self.ids += columns["market_id"]
        self.texts += columns["search_text"]
        columns["flag_codes"] = tuple(map(self._mask, columns["flag_codes"]))
        numbers = self.categories
        columns["category"] = tuple(
            numbers.setdefault(name, len(numbers)) for name in columns["category"]
        )
        for name, kind in _KINDS.items():
            self._parts[name].append(np.array(columns[name], dtype=kind))

    def joined(self) -> dict[str, NDArray[Any]]:
        """The numbers of all pages, by name."""
        return {
            name: np.concatenate(parts) if parts else np.empty(0, dtype=_KINDS[name])
            for name, parts in self._parts.items()
        }

    def _mask(self, codes: str) -> int:
        """Flags as bits; most rows share a few texts."""
        mask = self._masks.get(codes)
        if mask is None:
            bits = self.bits
            mask = sum(1 << bits.setdefault(code, len(bits)) for code in codes_of(codes))
            self._masks[codes] = mask
        return mask


class Ranking:
    """Filters and orders of one generation."""

    def __init__(self, generation: Generation, columns: Columns) -> None:
        self.generation = generation
        self._ids = columns.ids
        self._texts = columns.texts
        texts = [text.encode() for text in columns.texts]
        self._all_texts = b"\n".join(texts)
        lengths = np.fromiter((len(text) + 1 for text in texts), dtype=np.int64, count=len(texts))
        self._ends = np.cumsum(lengths)
        """Where in `_all_texts` each row's text has ended."""
        self._bits = columns.bits
        self._categories = columns.categories
        self._values = columns.joined()
        self._orders = {sort: self._order(sort) for sort in SORTS}

    def __len__(self) -> int:
        return len(self._ids)

    def choose(self, query: OpportunityQuery, position: Position | None) -> Chosen | None:
        """The page that `query` asks for after `position`; None where the position names no row
        of ours, which the database may judge."""
        order = self._orders[query.sort]
        if position is not None:
            row = self._row(query.sort, position)
            if row is None:
                return None
            # The places of an order are found where it puts each row.
            order = order[int(np.flatnonzero(order == row)[0]) + 1 :]
        limit = max(1, min(query.limit, LIMIT_MAX))
        kept, words = self._kept(query), []
        for word in set(query.search.casefold().split()):
            few = np.count_nonzero(kept) <= RARE
            if few or (hits := self._rows_with(word)) is None:
                words.append(word)
            else:
                kept &= hits
        rows = order[kept[order]]
        if words:
            # Common words, or few rows left: the page is full or the end is there soon.
            found = (row for row in rows.tolist() if self._has(row, words))
            rows = np.array(list(islice(found, limit + 1)), dtype=np.int32)
        ids = [self._ids[row] for row in rows[:limit].tolist()]
        if len(rows) <= limit:
            return Chosen(ids, "")
        column = SORTS[query.sort][0]
        value = self._values[column][rows[limit - 1]].item()
        number = self.generation.generation
        return Chosen(ids, cursor_of(Position(number, digest_of(query), value, ids[-1])))

    def _kept(self, query: OpportunityQuery) -> NDArray[np.bool_]:
        """Which rows pass the filters, as `pmio.store.walk.conditions` says them in SQL."""
        values, kept = self._values, np.ones(len(self._ids), dtype=np.bool_)
        if query.min_score is not None:
            kept &= values["overall_score"] >= query.min_score
        if query.max_risk_score is not None:
            kept &= values["risk_score"] <= query.max_risk_score
        if query.max_t_remaining_sec is not None:
            kept &= values["t_remaining_sec"] <= query.max_t_remaining_sec
        if query.has_flags:
            kept &= (values["flag_codes"] & self._mask(query.has_flags)) != 0
        if query.lacks_flags:
            kept &= (values["flag_codes"] & self._mask(query.lacks_flags)) == 0
        if query.flagged is not None:
            kept &= (values["flag_codes"] != 0) == query.flagged
        if query.category:
            kept &= values["category"] == self._categories.get(query.category, -1)
        for name in ("side", "stale", "recommended"):
            wanted = getattr(query, name)
            if wanted is not None:
                kept &= values[name] == int(wanted)
        return kept

    def _rows_with(self, word: str) -> NDArray[np.bool_] | None:
        """The rows in whose text a rare word occurs; None for a common one."""
        wanted, everything = word.encode(), self._all_texts
        places: list[int] = []
        at = everything.find(wanted)
        while at >= 0:
            places.append(at)
            if len(places) > RARE:
                return None
            at = everything.find(wanted, at + 1)
        hits = np.zeros(len(self._ids), dtype=np.bool_)
        hits[np.searchsorted(self._ends, places, side="right")] = True
        return hits

    def _has(self, row: int, words: Sequence[str]) -> bool:
        text = self._texts[row]
        return all(word in text for word in words)

    def _mask(self, codes: Sequence[str]) -> int:
        return sum(1 << self._bits[code] for code in set(codes) if code in self._bits)

    def _order(self, sort: str) -> NDArray[np.int32]:
        column, direction = SORTS[sort]
        # Rows lie in the order of ids, so a stable sort breaks ties by id; downwards both turn.
        order = np.argsort(self._values[column], kind="stable").astype(np.int32)
        return order if direction == "ASC" else order[::-1]

    def _row(self, sort: str, position: Position) -> int | None:
        at = bisect_left(self._ids, position.market_id)
        if at == len(self._ids) or self._ids[at] != position.market_id:
            return None
        same = self._values[SORTS[sort][0]][at].item() == position.value
        return at if same else None
