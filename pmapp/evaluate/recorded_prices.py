"""Recordings with one price a moment and no book: forecast questions and hourly histories.

Nobody can buy at such a price. It is widened to a bid and an ask by an assumed half spread, which
the report states.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np

from pmapp.evaluate.history import NO_TEXT, PRICE, History, rows_of, touch, unknown_terms
from pmapp.evaluate.outcomes import gamma_id
from pmapp.evaluate.recorded_listings import gamma_numbers
from pmapp.evaluate.recorded_rows import csv_rows, json_rows, moment_ns, real
from pmapp.evaluate.title_deadline import title_deadline_ns
from pmcore.sweep.categories import category_of
from pmio.ingest.recorded_parquet import RecordingError

QUESTIONS: Final = "forecastbench"
HISTORIES: Final = "histories"
POINTS: Final = ("market_id", "timestamp", "probability")


def question_history(root: Path, half_spread: float) -> History | None:
    """Forecast questions, each with the market's price and text on one day; None without any."""
    left_out = {"not of this venue": 0, "no price or moment": 0}
    places: dict[str, int] = {}
    texts: dict[str, int] = {}
    table = []
    for row in json_rows(root / "forecastbench" / "questions.jsonl.gz"):
        market_id, price = row.get("id"), real(row.get("freeze_datetime_value"))
        at_ns = moment_ns(row.get("freeze_datetime"))
        if row.get("source") != "polymarket" or not isinstance(market_id, str):
            left_out["not of this venue"] += 1
            continue
        if price is None or not at_ns:
            left_out["no price or moment"] += 1
            continue
        text = _text(row)
        number = texts.setdefault(text, len(texts)) if text else NO_TEXT
        place = places.setdefault(market_id.lower(), len(places))
        close = moment_ns(row.get("market_info_close_datetime"))
        table.append((at_ns, place, *touch(price, half_spread), close, number))
    return _history(QUESTIONS, table, places, ["other"] * len(places), tuple(texts), left_out)


def price_history(root: Path, half_spread: float) -> History | None:
    """Resolved markets with hourly prices; None without any.

    The close is the recorded object's, if it was recorded by then, else the title's deadline.
    """
    folder = root / "resolved_histories_2025"
    rows = {str(row.get("market_id")): row for row in json_rows(folder / "markets.jsonl.gz")}
    numbers = gamma_numbers(root)
    left_out = {"market not described": 0}
    places: dict[str, int] = {}
    names: dict[str, str] = {}
    table = []
    file = folder / "price_histories.csv.gz"
    for number, point in csv_rows(file, POINTS):
        name, price = point["market_id"], real(point["probability"])
        at_ns = moment_ns(point["timestamp"])
        if price is None or not at_ns:
            raise RecordingError(f"{file}:{number}: no price or moment; copy the file again")
        if name not in rows:
            left_out["market not described"] += 1
            continue
        listing = numbers.get(name)
        close = title_deadline_ns(
            str(rows[name].get("question")), moment_ns(rows[name].get("created_at"))
        )
        if listing is not None and (listing.updated_ns or 0) <= at_ns:
            close = listing.close_ns or close
        market_id = gamma_id(name) if listing is None else listing.market_id
        names[market_id] = name
        place = places.setdefault(market_id, len(places))
        table.append((at_ns, place, *touch(price, half_spread), close, NO_TEXT))
    kinds = [str(rows[names[market_id]].get("category")) for market_id in places]
    return _history(HISTORIES, table, places, kinds, (), left_out)


def _history(
    name: str,
    table: list[tuple[int, int, int, int, int, int]],
    places: dict[str, int],
    categories: list[str],
    texts: tuple[str, ...],
    left_out: dict[str, int],
) -> History | None:
    if not table:
        return None
    return History(
        name=name,
        venue="polymarket",
        priced_by=PRICE,
        clustered_by="close day",
        market_ids=tuple(places),
        events=tuple(places),
        category=np.array([category_of(label) for label in categories], dtype=np.int64),
        terms=unknown_terms(len(places)),
        texts=texts,
        rows=lambda: iter((rows_of(table),)),
        left_out={reason: count for reason, count in left_out.items() if count},
    )


def _text(row: dict[str, Any]) -> str:
    text = row.get("background")
    return text if isinstance(text, str) and text.strip() and text != "N/A" else ""
