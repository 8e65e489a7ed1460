"""Reading recordings: what was known when, what is inferred, and what damage is called."""

import gzip
import json
import sys
from datetime import UTC, datetime

import pytest

from pmapp.evaluate.entries import replay
from pmapp.evaluate.evaluation import recordings_root
from pmapp.evaluate.outcomes import LAST_QUOTE, OFFICIAL, Outcome, merged, official_outcomes
from pmapp.evaluate.recorded_crypto import crypto_history, last_quote_outcomes
from pmapp.evaluate.recorded_listings import listing_history
from pmapp.evaluate.recorded_prices import price_history, question_history
from pmapp.evaluate.recorded_us import close_ns, us_history, us_outcomes
from pmapp.evaluate.slug import slug_event
from pmapp.evaluate.title_deadline import title_deadline_ns
from pmcore.sweep.settings import SweepConfig
from pmio.ingest.recorded_parquet import RecordingError
from tests.evaluate.folders import captures, condition, jsonl, question, questions, us_quotes

CONFIG = SweepConfig()
END = "2026-05-02T16:00:00"
SECOND = 10**9


def capture(at, number, bid, ask, end=END):
    return (f"2026-05-{at}+00:00", number, f"event-{number}", end, bid, ask)


def test_captures_become_rows_with_what_was_no_price_left_out(tmp_path):
    file = captures(
        tmp_path,
        [
            capture("01T10:00:00", 1, "0.93", "0.94"),
            capture("01T10:02:00", 1, "", "1"),
            capture("01T10:02:00", 2, "nan", "0.001", end="NaN"),
        ],
    )
    made = crypto_history(file)
    (rows,) = made.rows()
    assert made.market_ids == (condition(1), condition(2))
    assert made.events == ("event-1", "event-2")
    assert rows.market.tolist() == [0, 0, 1]
    assert rows.bid_bp.tolist() == [9_300, 0, 0]
    assert rows.ask_bp.tolist() == [9_400, 10_000, 10]
    assert rows.close_ns.tolist() == [1_777_737_600 * SECOND, 1_777_737_600 * SECOND, 0]


def test_later_captures_change_no_earlier_entry(tmp_path):
    early = [
        capture("01T10:00:00", 1, "0.93", "0.94"),
        capture("01T10:00:00", 2, "0.5", "0.6"),
    ]
    entries = []
    for name, end, bid, ask in (
        ("one", END, "0.99", "0.995"),
        ("two", "2027-01-01T00:00:00", "0.01", "0.02"),
        ("three", "", "", ""),
    ):
        late = [capture("02T15:59:00", number, bid, ask, end=end) for number in (1, 2)]
        made = crypto_history(captures(tmp_path / name, early + late))
        found = replay(made, CONFIG).recommended
        bought = found.market == 0
        entries.append(
            [
                getattr(found, key)[bought].tolist()
                for key in ("at_ns", "price", "score", "close_ns")
            ]
        )
    assert entries[0] == entries[1] == entries[2]
    assert entries[0][1] == [0.94]


@pytest.mark.parametrize(
    ("at", "bid", "ask", "payout"),
    [
        ("02T15:59:00", "0.98", "0.99", 1.0),
        ("02T15:59:00", "0.999", "1", 1.0),
        ("02T15:59:00", "", "0.001", 0.0),
        ("02T15:59:00", "0.4", "0.6", None),  # still open to doubt
        ("02T15:59:00", "", "", None),
        ("02T12:00:00", "0.98", "0.99", None),  # too early to tell
        ("02T16:30:00", "0.98", "0.99", None),  # after the close
    ],
)
def test_last_quote_tells_the_outcome_only_near_the_close(tmp_path, at, bid, ask, payout):
    rows = [capture("01T10:00:00", 1, "0.2", "0.3"), capture(at, 1, bid, ask)]
    found = dict(last_quote_outcomes(crypto_history(captures(tmp_path, rows))))
    assert found == ({} if payout is None else {condition(1): Outcome(payout, LAST_QUOTE)})


def test_official_outcomes_of_every_form(tmp_path):
    jsonl(
        tmp_path / "resolved_titles_6001" / "proposals.jsonl.gz",
        [{"polymarket_condition_id": condition(1), "settled_price": 0.5}, {"settled_price": 1}],
    )
    questions(tmp_path, [], [(2, 1.0), (3, 0.37)])
    jsonl(
        tmp_path / "resolved_histories_2025" / "markets.jsonl.gz",
        [{"market_id": "7", "outcome": 0.0}],
    )
    token = {"token_id": "1", "price": 1}
    clob = {"question": "Rain?", "closed": True, "active": True, "description": ""}
    jsonl(
        tmp_path / "rules" / "some.jsonl.gz",
        [
            {"raw": clob | {"condition_id": condition(4), "tokens": [
                token | {"outcome": "Yes", "winner": False},
                token | {"outcome": "No", "winner": True, "token_id": "2"}]}},
            {"raw": clob | {"condition_id": condition(5), "is_50_50_outcome": True, "tokens": [
                token | {"outcome": "Yes"}, token | {"outcome": "No", "token_id": "2"}]}},
            {"raw": {"conditionId": condition(6), "question": "Rain?", "closed": True, "id": "9",
                     "outcomes": '["Yes", "No"]', "outcomePrices": '["1", "0"]'}},
            {"raw": {"conditionId": condition(8), "question": "Rain?", "closed": False,
                     "outcomes": '["Yes", "No"]', "outcomePrices": '["1", "0"]'}},
        ],
    )  # fmt: skip
    found = merged(official_outcomes(tmp_path)).by_market
    assert {name: end.payout for name, end in found.items()} == {
        condition(1): 0.5,
        condition(2): 1.0,
        "gamma-id:7": 0.0,
        condition(4): 0.0,
        condition(5): 0.5,
        condition(6): 1.0,
        "gamma-id:9": 1.0,
    }


def test_official_outcomes_go_first_and_contradictions_are_left_out():
    yes, no = Outcome(1.0, OFFICIAL), Outcome(0.0, OFFICIAL)
    guess = Outcome(0.0, LAST_QUOTE)
    assert merged([("a", guess), ("a", yes)]).by_market == {"a": yes}
    assert merged([("a", yes), ("a", guess)]).by_market == {"a": yes}
    found = merged([("a", yes), ("a", no), ("b", no), ("b", no)])
    assert found.by_market == {"b": no}
    assert found.conflicts == ("a",)


def test_questions_have_a_price_a_text_and_a_close(tmp_path):
    rows = [
        question(1, 0.94, 10),
        question(1, 0.97, 10, frozen="2026-04-25T00:00:00"),
        question(2, "soon", 10),
        question(3, 0.5, 10) | {"source": "elsewhere"},
        question(4, 0.998, 10, text="N/A"),
    ]
    questions(tmp_path, rows, [])
    made = question_history(tmp_path, 0.01)
    (found,) = made.rows()
    assert made.market_ids == (condition(1), condition(4))
    assert made.left_out == {"not of this venue": 1, "no price or moment": 1}
    assert found.bid_bp.tolist() == [9_300, 9_880, 9_600]
    assert found.ask_bp.tolist() == [9_500, 0, 9_800]
    assert found.text.tolist() == [0, -1, 0]


def test_histories_take_the_close_from_the_title(tmp_path):
    folder = tmp_path / "resolved_histories_2025"
    told = {"category": "crypto", "created_at": "2025-01-20T00:00:00Z", "outcome": 1.0}
    jsonl(
        folder / "markets.jsonl.gz",
        [
            told | {"market_id": "1", "question": "Rain before March?"},
            told | {"market_id": "2", "question": "Rain at last?"},
        ],
    )
    points = ["market_id,timestamp,probability"]
    points += [f"{number},2025-02-20T0{number}:00:00Z,0.95" for number in (1, 2, 3)]
    with gzip.open(folder / "price_histories.csv.gz", "wt") as file:
        file.write("\n".join(points) + "\n")
    made = price_history(tmp_path, 0.005)
    (found,) = made.rows()
    assert made.market_ids == ("gamma-id:1", "gamma-id:2")
    assert made.left_out == {"market not described": 1}
    assert found.close_ns.tolist() == [1_740_805_200 * SECOND, 0]


def test_listings_are_captures_of_open_markets_with_a_price(tmp_path):
    one = {
        "conditionId": condition(1), "question": "Rain?", "outcomes": '["Yes", "No"]',
        "active": True, "closed": False, "bestBid": 0.94, "bestAsk": 0.95,
        "updatedAt": "2026-05-01T10:00:00Z", "endDate": "2026-05-09T00:00:00Z",
        "description": "Rain.", "feesEnabled": False,
    }  # fmt: skip
    rows = [{"raw": one}, {"raw": one | {"conditionId": condition(2), "closed": True}}, {"raw": {}}]
    rows += [{"raw": one | {"conditionId": "17"}}]
    jsonl(tmp_path / "rules" / "some.jsonl.gz", rows)
    made = listing_history(tmp_path)
    assert made.market_ids == (condition(1),)
    assert made.left_out == {"not readable": 1, "not open": 1}
    found = replay(made, CONFIG).recommended
    assert found.price.tolist() == [0.95]
    assert found.fee.tolist() == [0.0]  # the market's own terms: free


def test_other_venue_is_read_by_its_slugs(tmp_path):
    slug = "astatc-mlb-tor-sd-2026-07-11-k-gte2"
    us_quotes(
        tmp_path,
        "2026-07-11",
        [
            ("2026-07-11 10:00:00", slug, 0.95, 0.96),
            ("2026-07-11 10:02:00", slug, 0.5, 0.6),
            ("2026-07-11 10:02:00", "tec-no-day", 0.95, 0.96),
            ("2026-07-12 05:00:00", slug, 0.95, 0.96),  # after its day
        ],
        [(slug, 1, "api"), ("tec-no-day", 0, "convergence")],
    )
    made = us_history(tmp_path, CONFIG)
    (found,) = made.rows()
    assert made.events[made.market_ids.index(slug)] == "mlb-tor-sd-2026-07-11"
    assert made.left_out == {"no day in the slug": 1}
    assert found.ask_bp.tolist() == [9_600]
    assert found.close_ns.tolist() == [close_ns(slug)]
    assert dict(us_outcomes(tmp_path)) == {slug: Outcome(1.0, OFFICIAL)}


def test_a_side_sold_at_just_the_least_price_is_read_on_either_side(tmp_path):
    """0.90 for Yes is as good as a bid of 0.10, which sells No at 0.90; a tick less is neither."""
    slug, at = "aec-x-2026-07-11", "2026-07-11 10:0"
    quotes = [(f"{at}0:00", 0.89, 0.90), (f"{at}2:00", 0.10, 0.11)]
    near = [(f"{at}4:00", 0.88, 0.89), (f"{at}6:00", 0.11, 0.12)]
    us_quotes(
        tmp_path,
        "2026-07-11",
        [(when, slug, bid, ask) for when, bid, ask in (*quotes, *near)],
        [(slug, 1, "api")],
    )
    (found,) = us_history(tmp_path, CONFIG).rows()
    assert (found.bid_bp.tolist(), found.ask_bp.tolist()) == ([8_900, 1_000], [9_000, 1_100])


@pytest.mark.parametrize(
    ("slug", "event"),
    [
        ("aec-atp-abe-bil-2026-07-25", "atp-abe-bil-2026-07-25"),
        ("tc-temp-laxhigh-2026-07-10-gte74", "temp-laxhigh-2026-07-10"),
        ("tec-no-day", "no-day"),
        ("word", "word"),
        ("aec-x-2026-99-99-y", "x-2026-99-99"),
    ],
)
def test_event_of_a_slug(slug, event):
    assert slug_event(slug) == event


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("Rain before March?", "2025-03-01T05:00"),
        ("Rain by June 30?", "2025-07-01T05:00"),
        ("Rain on January 5?", "2026-01-06T05:00"),  # the next one
        ("Rain by February 28, 2027?", "2027-03-01T05:00"),
        ("Megaquake in February?", "2025-03-01T05:00"),
        ("Hotter in February 2026?", "2026-03-01T05:00"),
        ("Rain by February 31?", None),
        ("Rain in 2025?", None),
    ],
)
def test_deadline_of_a_title(title, wanted):
    listed = 1_737_331_200 * SECOND  # 2025-01-20
    found = title_deadline_ns(title, listed)
    assert (datetime.fromtimestamp(found / 1e9, UTC).isoformat()[:16] if found else None) == wanted


def damaged_json(root):
    questions(root, [question(1, 0.95, 10)], [])
    file = root / "forecastbench" / "questions.jsonl.gz"
    good = json.dumps(question(1, 0.95, 10))
    file.write_bytes(gzip.compress(f"{good}\n{good[:40]}\n".encode()))
    return file, 2


def cut_off(root):
    questions(root, [question(number, 0.95, 10) for number in range(900)], [])
    file = root / "forecastbench" / "questions.jsonl.gz"
    file.write_bytes(file.read_bytes()[:-300])
    return file, None


def not_gzip(root):
    file = root / "forecastbench" / "questions.jsonl.gz"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"{}\n")
    return file, 1


def not_an_object(root):
    file = root / "forecastbench" / "questions.jsonl.gz"
    file.parent.mkdir(parents=True)
    file.write_bytes(gzip.compress(b"{}\n\n[1]\n"))
    return file, 3


@pytest.mark.parametrize("damage", [damaged_json, cut_off, not_gzip, not_an_object])
def test_damage_names_file_and_line(tmp_path, damage):
    file, line = damage(tmp_path)
    with pytest.raises(RecordingError) as caught:
        question_history(tmp_path, 0.005)
    assert str(caught.value).startswith(f"{file}:" if line is None else f"{file}:{line}: ")


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (["market_id,timestamp"], 1),
        (["market_id,timestamp,probability", "1,2025-02-20T01:00:00Z"], 2),
        (["market_id,timestamp,probability", "1,2025-02-20T01:00:00Z,1.5"], 2),
        (["market_id,timestamp,probability", "1,noon,0.5"], 2),
    ],
)
def test_damaged_prices_name_file_and_line(tmp_path, lines, line):
    file = tmp_path / "resolved_histories_2025" / "price_histories.csv.gz"
    file.parent.mkdir()
    file.write_bytes(gzip.compress("\n".join(lines).encode()))
    with pytest.raises(RecordingError) as caught:
        price_history(tmp_path, 0.005)
    assert str(caught.value).startswith(f"{file}:{line}: ")


def test_damaged_parquet_names_the_file(tmp_path):
    file = tmp_path / "snapshots.parquet"
    file.write_bytes(b"PAR1 but not really")
    with pytest.raises(RecordingError, match=r"snapshots\.parquet: .*; copy the file again"):
        crypto_history(file)


def test_without_duckdb_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(RecordingError) as caught:
        crypto_history(tmp_path / "snapshots.parquet")
    said = str(caught.value)
    assert said.startswith(f"{tmp_path}/snapshots.parquet: reading Parquet needs DuckDB; ")
    assert said.endswith(".venv/bin/pip install -r requirements/parquet.txt")


def test_damaged_capture_names_the_file(tmp_path):
    file = tmp_path / "gamma_snapshots_2026" / "one.json.gz"
    file.parent.mkdir()
    file.write_bytes(gzip.compress(b'{"data": {}}'))
    with pytest.raises(RecordingError, match=r"one\.json\.gz: has no data\.markets"):
        listing_history(tmp_path)


def test_folder_is_found_or_named(tmp_path):
    with pytest.raises(RecordingError, match="no such folder"):
        recordings_root(tmp_path / "nowhere")
    with pytest.raises(RecordingError, match="holds none of"):
        recordings_root(tmp_path)
    inner = tmp_path / "data" / "B_markets"
    (inner / "rules").mkdir(parents=True)
    assert recordings_root(tmp_path) == inner
    assert recordings_root(inner) == inner
