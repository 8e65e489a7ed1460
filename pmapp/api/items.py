"""A page of stored rows as the API's items, in JSON or CSV."""

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from pmapp.api.moments import moment
from pmapp.api.shapes import Item, ItemQuote, Page, RiskFlag, SideName, Span
from pmcore.sweep.rule_codes import CODES
from pmio.store.opportunities import Opportunity, OpportunityPage
from pmio.store.rows import codes_of

_SEVERITY: Final = {code.name: code.severity for code in CODES}
_SIDES: Final[tuple[SideName, SideName]] = ("yes", "no")
_ENCODE: Final = msgspec.json.Encoder().encode
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
CSV_COLUMNS: Final = (
    *Item.__struct_fields__[: Item.__struct_fields__.index("risk_flags")],
    *("risk_flags", "bid", "ask", "spread", "quote_as_of", "staleness_sec"),
    *Item.__struct_fields__[Item.__struct_fields__.index("stale") :],
)


class _StoredSpan(msgspec.Struct, gc=False):
    start: int
    end: int


class _StoredFlag(msgspec.Struct, gc=False):
    """What is needed of `RulesRow.flags`; the rest is skipped."""

    code: str
    severity: str
    evidence_spans: list[_StoredSpan]


_FLAGS: Final = msgspec.json.Decoder(list[_StoredFlag])


def page_json(page: OpportunityPage, *, stale: bool) -> bytes:
    """The page as JSON; with `stale` every row is marked."""
    generation = page.generation
    return _ENCODE(
        Page(
            as_of=None if generation is None else moment(generation.as_of_ns),
            generation=0 if generation is None else generation.generation,
            stale=stale,
            items=tuple(items(page, stale=stale)),
            next_cursor=page.next_cursor or None,
        )
    )


def page_csv(page: OpportunityPage, *, stale: bool) -> bytes:
    """The page as CSV with a header line (RFC 4180). Flags are codes with spaces between.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(CSV_COLUMNS)
    for item in items(page, stale=stale):
        row = msgspec.structs.asdict(item)
        quote = row.pop("quote")
        row |= {"bid": quote.bid, "ask": quote.ask, "spread": quote.spread}
        row |= {"quote_as_of": quote.as_of, "staleness_sec": quote.staleness_sec}
        row["risk_flags"] = " ".join(flag.code for flag in item.risk_flags)
        lines.writerow([_cell(row[name]) for name in CSV_COLUMNS])
    return out.getvalue().encode()


def items(page: OpportunityPage, *, stale: bool) -> Iterator[Item]:
    """The rows of a page as items."""
    if page.generation is None:
        return
    as_of = moment(page.generation.as_of_ns)
    for row in page.rows:
        yield _item(row, as_of, stale or bool(row.stale))


def _item(row: Opportunity, as_of: str, stale: bool) -> Item:
    return Item(
        market_id=row.market_id,
        venue=row.venue,
        title=row.title,
        url=row.url,
        as_of=as_of,
        close_time=moment(row.close_time_ns),
        t_remaining_sec=row.t_remaining_sec,
        recommended_side=_SIDES[row.side],
        entry_price=row.entry_price,
        gross_yield=row.gross_yield,
        net_yield=row.net_yield,
        yield_velocity=row.yield_velocity,
        liquidity_score=row.liquidity_score,
        definition_risk_score=row.definition_risk,
        risk_score=row.risk_score,
        overall_score=row.overall_score,
        max_position_pct=row.max_position_pct,
        risk_flags=_risk_flags(row) if row.flag_codes else (),
        quote=ItemQuote(
            row.bid, row.ask, row.spread, moment(row.quote_as_of_ns), row.staleness_sec
        ),
        stale=stale,
        recommended=bool(row.recommended),
        side_name=row.side_name,
        category=row.category,
        event_id=row.event_id,
    )


def _risk_flags(row: Opportunity) -> tuple[RiskFlag, ...]:
    """The flags that were scored. Their places are those in the text as it is now, so a code that
    the text has lost since stands without any until the next scoring."""
    found = {flag.code: flag for flag in _FLAGS.decode(row.flags)}
    flags: list[RiskFlag] = []
    for code in codes_of(row.flag_codes):
        flag = found.get(code)
        severity: Any = _SEVERITY.get(code, "low") if flag is None else flag.severity
        spans = () if flag is None else tuple(Span(s.start, s.end) for s in flag.evidence_spans)
        flags.append(RiskFlag(code, severity, spans))
    return tuple(flags)


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return f"'{value}"
    return "" if value is None else value
