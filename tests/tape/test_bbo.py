"""Best bid and ask of both tokens: what is told, what is assumed, what is refused."""

import pytest

from pmcore.events import FeedOpened, MarketListed, MarketResolved, OracleTicked, TouchQuoted
from pmcore.ids import BINANCE, CHAINLINK, DOWN, UP
from pmcore.market import FIRST_CURVE, INSTANT
from pmio.tape import read_tape, tape_meta
from tests.tape.facts import S
from tests.tape.sources import pm_tape, put, refused

START = 1_772_025_300
CANDLES = "candle_id,condition_id,slug,start_time,end_time,btc_open,btc_close,winner\n"
SNAPSHOTS = (
    "snapshot_id,candle_id,timestamp,up_best_bid,up_best_ask,up_bid_depth,up_ask_depth,"
    "down_best_bid,down_best_ask,down_bid_depth,down_ask_depth,btc_price\n"
)


def candle(number=1, winner="up", start=START, prefix="btc-updown-5m", end=None):
    last = start + 300 if end is None else end
    return f"{number},0xc{number},{prefix}-{start},{start}.0,{last}.0,1,2,{winner}\n"


def shot(number=1, after="215.626037", quotes="0.84,0.85,5670.5104,9.5,0.15,0.16,7,8", btc="66092.75"):  # fmt: skip  # noqa: E501
    whole, _, rest = after.partition(".")
    return f"1,{number},{START + int(whole)}.{rest},{quotes},{btc}\n"


@pytest.fixture
def files(tmp_path):
    snapshots = put(tmp_path / "snapshots.csv", SNAPSHOTS + shot())
    candles = put(tmp_path / "candles.csv.gz", CANDLES + candle())
    return tmp_path, snapshots, candles


def run(files, *more):
    folder, snapshots, candles = files
    out = folder / "bbo.tape"
    words = ("bbo", "--snapshots", snapshots, "--candles", candles, *more)
    result = pm_tape("import", *words, "--out", out)
    assert result.exit_code == 0, result.output
    return list(read_tape(out)), tape_meta(out)


def fails(files, *more):
    folder, snapshots, candles = files
    words = ("bbo", "--snapshots", snapshots, "--candles", candles, *more)
    return refused(folder / "bbo.tape", *words)


def test_a_snapshot_becomes_one_touch_a_token_and_a_price(files):
    facts, meta = run(files)
    at_ns = START * S + 215_626_037_000
    up, down = (fact for fact in facts if isinstance(fact, TouchQuoted))
    assert up == TouchQuoted(at_ns, at_ns, START, UP, 8400, 5_670_510_400, 8500, 9_500_000)
    assert down == TouchQuoted(at_ns, at_ns, START, DOWN, 1500, 7_000_000, 1600, 8_000_000)
    assert OracleTicked(at_ns, at_ns, BINANCE, 66_092_750_000_000_000) in facts
    assert not any(isinstance(f, OracleTicked) and f.source == CHAINLINK for f in facts)
    assert meta.prefix == "btc-updown-5m"


def test_the_price_stands_in_for_chainlink_only_when_asked(files):
    facts, meta = run(files, "--stand-in")
    assert [f.source for f in facts if isinstance(f, OracleTicked)] == [BINANCE, CHAINLINK]
    assert sum(isinstance(fact, FeedOpened) for fact in facts) == 3
    assert any("and Chainlink" in note for note in meta.notes)


def test_terms_are_those_of_the_day(files):
    terms = next(f.terms for f in run(files)[0] if isinstance(f, MarketListed))
    assert (terms.fees, terms.settlement.rule, terms.tick) == (FIRST_CURVE, INSTANT, 100)
    assert terms.tokens == (f"{START}0", f"{START}1")


@pytest.mark.parametrize(("winner", "payout"), [("up", 10_000), ("down", 0), ("", None)])
def test_the_winner_is_heard_a_minute_after_the_end(files, winner, payout):
    put(files[2], CANDLES + candle(winner=winner))
    facts, meta = run(files)
    found = [(f.payout_up, f.at_ns) for f in facts if isinstance(f, MarketResolved)]
    assert found == ([] if payout is None else [(payout, (START + 360) * S)])
    assert meta.counts["windows_without_outcome"] == (payout is None)


@pytest.mark.parametrize(
    ("quotes", "up", "down"),
    [
        ("0.99,,20479.0517,0.0,,0.01,0.0,21248.2283", (9900, 0), (0, 100)),
        ("0.0,1.0,5,5,0,1,5,5", (0, 0), (0, 0)),
        (",,,,,,,", (0, 0), (0, 0)),
        ("0.15000000000000002,0.29999999999999999,5,0,1e0,,,", None, None),
        ("0.15000000000000002,0.29999999999999999,5,5,,,,", (1500, 3000), (0, 0)),
    ],
)
def test_a_missing_side_is_zero(files, quotes, up, down):
    put(files[1], SNAPSHOTS + shot(quotes=quotes))
    if up is None:
        assert "line 2: price is not a decimal number: '1e0'" in fails(files)
        return
    found = [fact for fact in run(files)[0] if isinstance(fact, TouchQuoted)]
    assert [(fact.bid, fact.ask) for fact in found] == [up, down]
    assert all(bool(fact.bid) == bool(fact.bid_size) for fact in found)
    assert all(bool(fact.ask) == bool(fact.ask_size) for fact in found)


def test_a_window_met_twice_is_one_market(files):
    put(files[2], CANDLES + candle(1, "") + candle(2, "down"))
    put(files[1], SNAPSHOTS + shot(1) + shot(2, "220.5"))
    facts, meta = run(files)
    assert sum(isinstance(fact, MarketListed) for fact in facts) == 1
    assert [f.payout_up for f in facts if isinstance(f, MarketResolved)] == [0]
    assert meta.counts["windows_without_outcome"] == 0


def test_rows_out_of_order_are_sorted_and_counted(files):
    put(files[1], SNAPSHOTS + shot(after="220.5") + shot(after="210.25"))
    facts, meta = run(files)
    stamps = [fact.at_ns / S - START for fact in facts if isinstance(fact, OracleTicked)]
    assert stamps == [210.25, 220.5]
    assert meta.counts["order_violations"] == 1


def test_other_series_are_left_out(files):
    other = candle(2, prefix="btc-updown-15m", end=START + 900)
    put(files[2], CANDLES + candle() + other)
    put(files[1], SNAPSHOTS + shot(1) + shot(2))
    assert "btc-updown-15m, btc-updown-5m" in fails(files)
    facts, meta = run(files, "--prefix", "btc-updown-5m")
    assert meta.counts["rows_of_other_series"] == 1
    assert sum(isinstance(fact, TouchQuoted) for fact in facts) == 2


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (shot(7), "snapshots.csv: line 2: candle_id '7' is not in candles.csv.gz"),
        (shot(after="1.x"), "line 2: timestamp is not a decimal number"),
        (shot(btc=""), "line 2: btc_price is not a decimal number: ''"),
        (shot(btc="nan"), "line 2: btc_price is not a decimal number: 'nan'"),
        (shot(btc="-3"), "line 2: btc_price is not a price"),
        (shot(btc="9999999.0"), "line 2: btc_price is not a price"),
        (shot(quotes="1.5,0.9,1,1,,,,"), "line 2: a price should lie within 0 and 1"),
        (shot(quotes="0.5,0.9,-1,1,,,,"), "line 2: depth is not a size: '-1'"),
        (shot() + "1,2\n", "line 3: 2 columns where the header has 12"),
        ("", "no snapshot of that series"),
    ],
)
def test_damaged_snapshots_are_refused_with_their_line(files, rows, said):
    put(files[1], SNAPSHOTS + rows)
    assert said in fails(files)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (candle(winner="draw"), "candles.csv.gz: line 2: winner should be up, down or empty"),
        (candle(prefix="who"), "line 2: not an up/down slug"),
        (candle(end=START), "line 2: end_time 1772025300.0 does not fit the slug"),
        (candle() + candle(), "line 3: candle_id 1 comes twice"),
        (candle() + candle(2, "down"), "line 3: window btc-updown-5m-1772025300 has two winners"),
        (candle("one"), "line 2: candle_id is not a whole number"),
        ("", "0 Bitcoin series"),
    ],
)
def test_damaged_candles_are_refused_with_their_line(files, rows, said):
    put(files[2], CANDLES + rows)
    assert said in fails(files)


def test_the_recorded_quotes(shared_data, tmp_path):
    place = next(shared_data("data", "A_updown").glob("bbo_5m_*"))
    snapshots, candles = next(place.glob("*snapshots*")), next(place.glob("*candles*"))
    facts, meta = run((tmp_path, snapshots, candles))
    assert meta.counts["rows"] == 1385
    assert sum(isinstance(fact, MarketListed) for fact in facts) == 14
    touches = [fact for fact in facts if isinstance(fact, TouchQuoted)]
    assert len(touches) == 2 * 1385
    assert not any(fact.bid >= fact.ask > 0 for fact in touches)
