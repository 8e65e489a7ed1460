"""Captures of Gamma's list: Parquet in, touches of both tokens out."""

import builtins

import pytest

from pmcore.events import FeedOpened, MarketListed, MarketResolved, TouchQuoted
from pmcore.ids import DOWN, UP
from pmcore.market import INSTANT
from pmio.tape import read_tape, tape_meta
from pmio.tape_import.terms import MIDDLE_FEES
from tests.tape.facts import S
from tests.tape.sources import pm_tape, put, refused

START = 1_782_387_000
END = "2026-06-25T11:45:00"
OUTCOMES = "market_id,end_date,outcome_real,strategy\n"
NAMES = ("timestamp_utc", "market_id", "condition_id", "slug", "end_date", "best_bid", "best_ask")


def capture(stamp="2026-06-25T11:31:00+00:00", bid="0.5", ask="0.51", **changes):
    values = dict.fromkeys(NAMES, "")
    values.update(
        timestamp_utc=stamp,
        market_id="9",
        condition_id="0xa",
        slug=f"btc-updown-15m-{START}",
        end_date=END,
        best_bid=bid,
        best_ask=ask,
    )
    return {**values, **changes}


def parquet(path, *rows, drop=()):
    duckdb = pytest.importorskip("duckdb")
    columns = [name for name in NAMES if name not in drop]
    with duckdb.connect() as base:
        base.execute(f"create table t ({', '.join(f'{name} varchar' for name in columns)})")
        for row in rows:
            marks = ", ".join("?" for _ in columns)
            base.execute(f"insert into t values ({marks})", [row[name] for name in columns])
        base.execute(f"copy t to '{path}' (format parquet)")
    return path


def run(source, *more):
    out = source.parent / "gamma.tape"
    result = pm_tape("import", "gamma-snapshots", source, *more, "--out", out)
    assert result.exit_code == 0, result.output
    return list(read_tape(out)), tape_meta(out)


def fails(source, *more):
    return refused(source.parent / "gamma.tape", "gamma-snapshots", source, *more)


def test_up_is_quoted_and_down_is_its_mirror(tmp_path):
    other = capture(slug="eth-updown-15m-1782387000")
    nameless = capture(slug=None)
    facts, meta = run(parquet(tmp_path / "s.parquet", other, nameless, capture()))
    at_ns = (START + 60) * S
    assert [type(fact) for fact in facts] == [FeedOpened, MarketListed, TouchQuoted, TouchQuoted]
    nominal = 100_000_000
    assert facts[2:] == [
        TouchQuoted(at_ns, at_ns, START, UP, 5000, nominal, 5100, nominal),
        TouchQuoted(at_ns, at_ns, START, DOWN, 4900, nominal, 5000, nominal),
    ]
    terms = facts[1].terms
    assert (terms.fees, terms.settlement.rule, terms.id) == (MIDDLE_FEES, INSTANT, START)
    assert meta.counts["rows"] == 1


@pytest.mark.parametrize(
    ("bid", "ask", "up", "down"),
    [
        ("", "0.01", (0, 100), (9900, 0)),
        ("0.99", "", (9900, 0), (0, 100)),
        ("0", "1", (0, 0), (0, 0)),
        (None, None, (0, 0), (0, 0)),
        ("0.6", "0.5", (6000, 5000), (5000, 4000)),
    ],
)
def test_empty_sides_have_no_price_and_no_size(tmp_path, bid, ask, up, down):
    facts, meta = run(parquet(tmp_path / "s.parquet", capture(bid=bid, ask=ask)))
    touches = [fact for fact in facts if isinstance(fact, TouchQuoted)]
    assert [(fact.bid, fact.ask) for fact in touches] == [up, down]
    assert all(bool(fact.bid) == bool(fact.bid_size) for fact in touches)
    assert meta.counts["crossed"] == (up == (6000, 5000))


def test_captures_are_sorted_and_markets_listed_once(tmp_path):
    late, early = capture("2026-06-25T11:50:00+00:00"), capture("2026-06-25T11:20:00+00:00")
    facts, meta = run(parquet(tmp_path / "s.parquet", late, early))
    assert [f.at_ns // S - START for f in facts if isinstance(f, MarketListed)] == [-600]
    assert (meta.counts["order_violations"], meta.counts["rows_after_end"]) == (1, 1)


def test_outcomes_are_taken_where_they_agree(tmp_path):
    second = capture(
        market_id="8", slug=f"btc-updown-15m-{START + 900}", end_date="2026-06-25T12:00:00"
    )
    source = parquet(tmp_path / "s.parquet", capture(), second)
    rows = (
        f"9,{END},YES,a\n9,{END},yes,b\n8,2026-06-25T12:00:00,NO,a\n8,2026-06-25T12:00:00,YES,b\n"
    )
    other = f"9,2026-06-25T11:40:00,NO,c\n7,{END},NO,c\n8,{END},,d\n"
    outcomes = put(tmp_path / "o.csv.gz", OUTCOMES + rows + other)
    facts, meta = run(source, "--outcomes", outcomes)
    found = [f for f in facts if isinstance(f, MarketResolved)]
    assert [(f.market, f.payout_up, f.at_ns // S - START) for f in found] == [(START, 10_000, 960)]
    assert meta.counts["outcomes_in_conflict"] == 1
    assert meta.created_from == ("s.parquet", "o.csv.gz")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (capture(bid="half"), "s.parquet: row 2: best_bid is not a decimal number: 'half'"),
        (capture(ask="1.2"), "row 2: best_ask should lie within 0 and 1"),
        (capture("noon"), "row 2: timestamp_utc is not a time: 'noon'"),
        (capture(end_date="2026-06-25T11:50:00"), "row 2: end_date '2026-06-25T11:50:00' does not"),
        (capture("0001-01-01T00:00:00+14:00"), "row 2: timestamp_utc is not a time"),
    ],
)
def test_damaged_rows_are_refused_with_their_number(tmp_path, row, said):
    assert said in fails(parquet(tmp_path / "s.parquet", capture(), row))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f"9,{END},MAYBE,a\n", "o.csv: line 2: outcome_real should be YES or NO, not 'MAYBE'"),
        ("9,noon,YES,a\n", "o.csv: line 2: end_date is not a time: 'noon'"),
        ("9\n", "o.csv: line 2: 1 columns where the header has 4"),
    ],
)
def test_damaged_outcomes_are_refused_with_their_line(tmp_path, row, said):
    source = parquet(tmp_path / "s.parquet", capture())
    assert said in fails(source, "--outcomes", put(tmp_path / "o.csv", OUTCOMES + row))


def test_damaged_parquet_is_refused(tmp_path):
    source = parquet(tmp_path / "s.parquet", capture())
    assert "no row of btc-updown-5m" in fails(source, "--prefix", "btc-updown-5m")
    whole = source.read_bytes()
    source.write_bytes(whole[: len(whole) // 2])
    assert "s.parquet: reading" in fails(source)
    source.write_bytes(b"not parquet at all")
    assert "s.parquet: reading" in fails(source)
    parquet(source, capture(), drop=("best_ask", "slug"))
    assert "s.parquet: columns: no column slug, best_ask" in fails(source)
    assert "gone.parquet: opening: no such file" in fails(tmp_path / "gone.parquet")


def test_without_duckdb_the_extra_is_named(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "duckdb":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    source = put(tmp_path / "s.parquet", "x")
    monkeypatch.setattr(builtins, "__import__", without)
    said = fails(source)
    assert "s.parquet: opening: reading Parquet needs DuckDB" in said
    assert "install the extra: .venv/bin/pip install -r requirements/parquet.txt" in said


def test_the_recorded_captures(shared_data, tmp_path):
    pytest.importorskip("duckdb")
    place = shared_data("data", "A_updown", "updown_snapshots_2026-06")
    out = tmp_path / "g.tape"
    words = (place / "snapshots.parquet", "--outcomes", place / "predictions_with_outcomes.csv.gz")
    assert pm_tape("import", "gamma-snapshots", *words, "--out", out).exit_code == 0
    facts = list(read_tape(out))
    assert sum(isinstance(fact, MarketListed) for fact in facts) == 192
    assert sum(isinstance(fact, TouchQuoted) for fact in facts) == 2 * 1391
    assert sum(isinstance(fact, MarketResolved) for fact in facts) == 58
