"""Small folders of recordings, in the forms of the real ones."""

import gzip
import json

import duckdb

TEXT = "This market will resolve to Yes if it rains by May 1, 2026, 11:59 PM ET. Otherwise, No."


def condition(number):
    """A condition id."""
    return f"0x{number:064x}"


def jsonl(file, rows):
    """Write objects, one a line, compressed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(file, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)


def question(number, price, day, frozen="2026-04-20T00:00:00", text=TEXT):
    """A forecast question that closes on that day of May."""
    return {
        "id": condition(number),
        "source": "polymarket",
        "question": f"Rain {number}?",
        "background": text,
        "freeze_datetime": frozen,
        "freeze_datetime_value": str(price),
        "market_info_close_datetime": f"2026-05-{day:02}T00:00:00+00:00",
    }


def questions(root, rows, resolutions):
    """Questions, and outcomes as (number, outcome)."""
    jsonl(root / "forecastbench" / "questions.jsonl.gz", rows)
    ends = [
        {"id": condition(number), "resolved": True, "resolved_to": end}
        for number, end in resolutions
    ]
    jsonl(root / "forecastbench" / "resolutions.jsonl.gz", ends)


def parquet(file, columns, rows):
    """Write rows of texts or numbers; `columns` are SQL declarations."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as base:
        base.execute(f"create table t ({', '.join(columns)})")
        places = ", ".join("?" * len(columns))
        base.executemany(f"insert into t values ({places})", rows)
        base.execute(f"copy t to '{file}' (format parquet)")


def captures(root, rows):
    """Crypto captures as (time, number, event, end, bid, ask), texts as the recorder kept them."""
    names = ("timestamp_utc", "condition_id", "event_slug", "end_date", "best_bid", "best_ask")
    table = [(at, condition(number), *rest) for at, number, *rest in rows]
    file = root / "crypto_snapshots_2026-05" / "snapshots.parquet"
    parquet(file, [f"{name} varchar" for name in names], table)
    return file


def us_quotes(root, day, quotes, labels):
    """The other venue: quotes as (time, slug, bid, ask), labels as (slug, outcome, source)."""
    folder = root / "polymarket_us_quotes"
    columns = ["ts timestamp", "slug varchar", "bid double", "ask double"]
    parquet(folder / "quotes" / f"dt={day}" / "data_0.parquet", columns, quotes)
    slugs = sorted({row[1] for row in quotes})
    parquet(
        folder / "markets.parquet",
        ["slug varchar", "category varchar"],
        [(slug, "sports") for slug in slugs],
    )
    parquet(folder / "labels.parquet", ["slug varchar", "y integer", "source varchar"], labels)
