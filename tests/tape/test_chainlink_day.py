"""A day of Chainlink prices: exact prices, listings as they were, and outcomes that recompute."""

import pytest

from pmcore.events import FeedOpened, MarketListed, MarketResolved, OracleTicked
from pmcore.ids import CHAINLINK, CHAINLINK_FEED
from pmcore.market import CRYPTO_FEES, INSTANT, Settlement
from pmio.tape import read_tape, tape_meta
from tests.tape.facts import S
from tests.tape.sources import START, gamma, lines, pm_tape, put, refused

HEADER = "feed_ts_ms,value,full_accuracy_value,server_ts_ms,recv_ms\n"
MS = 1_000_000
T = START * 1000


def price_row(feed_ms, dollars="65048.078902260626123456", recv_ms=None):
    whole, _, rest = dollars.partition(".")
    late = feed_ms + 1400 if recv_ms is None else recv_ms
    return f"{feed_ms},{dollars},{whole}{rest:0<18},{feed_ms + 1000},{late}\n"


@pytest.fixture
def day(tmp_path):
    """Folder, price file and market file."""
    rows = price_row(T) + price_row(T + 1000, recv_ms=T + 9000) + price_row(T + 2000)
    prices = put(tmp_path / "prices.csv.gz", HEADER + rows)
    early = gamma(START - 300, closedTime="2026-07-24 00:00:16+00")
    later = gamma(START + 900, closedTime=None)
    later["outcome_prices"] = ["1", "0"]
    markets = put(tmp_path / "markets.jsonl", lines(early, gamma(), later))
    return tmp_path, prices, markets


def run(day, *more):
    folder, prices, markets = day
    out = folder / "day.tape"
    words = ("chainlink-day", "--prices", prices, "--markets", markets, *more)
    result = pm_tape("import", *words, "--out", out)
    assert result.exit_code == 0, result.output
    return list(read_tape(out)), tape_meta(out), result.output


def fails(day, *more):
    folder, prices, markets = day
    words = ("chainlink-day", "--prices", prices, "--markets", markets, *more)
    return refused(folder / "day.tape", *words)


def test_prices_keep_both_times_and_their_value(day):
    facts, meta, _ = run(day)
    ticks = [fact for fact in facts if isinstance(fact, OracleTicked)]
    assert [tick.venue_ns // MS - T for tick in ticks] == [0, 2000, 1000]
    assert [tick.at_ns // MS - T for tick in ticks] == [1400, 3400, 9000]
    assert {tick.price for tick in ticks} == {65048_078902260626}
    assert {tick.source for tick in ticks} == {CHAINLINK}
    assert (meta.prefix, meta.source) == ("btc-updown-5m", "chainlink-day")
    assert meta.created_from == ("prices.csv.gz", "markets.jsonl")
    assert meta.counts["order_violations"] == 1
    assert meta.counts["rows"] == 3


def test_markets_are_listed_as_they_were_when_open(day):
    facts, _, _ = run(day)
    first_ns = (T + 1400) * MS
    assert facts[0] == FeedOpened(first_ns, CHAINLINK_FEED)
    listed = [fact for fact in facts if isinstance(fact, MarketListed)]
    assert [fact.at_ns for fact in listed] == [first_ns, first_ns, (START + 600) * S]
    terms = listed[1].terms
    assert (terms.id, terms.tick, terms.tokens) == (START, 100, ("11", "22"))
    assert (terms.accepting, terms.active, terms.closed) == (True, True, False)
    assert terms.settlement == Settlement(INSTANT, 0, True)
    assert terms.fees == CRYPTO_FEES


def test_outcomes_are_heard_when_the_market_closed(day):
    facts, _, output = run(day)
    found = [fact for fact in facts if isinstance(fact, MarketResolved)]
    assert [(fact.market - START, fact.payout_up) for fact in found] == [
        (-300, 0),
        (0, 0),
        (900, 10_000),
    ]
    assert [fact.at_ns // S - START for fact in found] == [16, 318, 1260]
    assert "3 rows" in output
    assert "set back to the opening" in output


def test_an_outcome_is_matched_by_name_and_only_taken_when_official(day):
    _folder, _, markets = day
    turned = gamma(outcomes='["Down", "Up"]')
    open_still = gamma(START + 300)
    open_still["outcome_prices"] = ["0.97", "0.03"]
    split = gamma(START + 600)
    split["outcome_prices"] = ["0.5", "0.5"]
    put(markets, lines(turned, open_still, split))
    facts, meta, _ = run(day)
    found = {f.market - START: f.payout_up for f in facts if isinstance(f, MarketResolved)}
    assert found == {0: 10_000, 600: 5_000}
    assert meta.counts["windows_without_outcome"] == 1


def test_series_are_chosen_or_asked_for(day):
    _folder, _, markets = day
    put(markets, lines(gamma(), gamma(START, "btc-updown-15m", 900)))
    assert "the series here: btc-updown-15m, btc-updown-5m (choose one with --prefix)" in fails(day)
    assert "no market of eth-updown-5m" in fails(day, "--prefix", "eth-updown-5m")
    assert "not of the form" in fails_usage(day, "--prefix", "Bitcoin")
    _, meta, _ = run(day, "--prefix", "btc-updown-15m")
    assert meta.prefix == "btc-updown-15m"
    assert meta.counts["markets_of_other_series"] == 1


def fails_usage(day, *more):
    folder, prices, markets = day
    words = ("import", "chainlink-day", "--prices", prices, "--markets", markets)
    result = pm_tape(*words, *more, "--out", folder / "x.tape")
    assert result.exit_code == 2
    return " ".join(result.stderr.split())


GOOD = HEADER + price_row(T)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "prices.csv: line 1: no column feed_ts_ms"),
        ("feed_ts_ms,value\n1,2\n", "line 1: no column full_accuracy_value, recv_ms"),
        (HEADER, "no price below the header"),
        (GOOD + "1,2\n", "line 3: 2 columns where the header has 5"),
        (GOOD + f"{T},1,abc,{T},{T}\n", "line 3: full_accuracy_value is not a whole number: 'abc'"),
        (GOOD + f"{T},1,0,{T},{T}\n", "line 3: full_accuracy_value is not a price"),
        (GOOD + f"{T},1,{10**38},{T},{T}\n", "line 3: full_accuracy_value is not a price"),
        (GOOD + f"{T},1,1{'0' * 50},{T},{T}\n", "line 3: full_accuracy_value is not a whole"),
        (GOOD + f"7,1,{10**23},{T},{T}\n", "line 3: feed_ts_ms is not a time of our age: 7"),
        (GOOD + f"{T},1,{10**23},{T},{T}0\n", "line 3: recv_ms is not a time of our age"),
        (GOOD + f'\n\n{T},"1,{10**23},{T},{T}\n', "line 5: not CSV: unexpected end of data"),
        (GOOD + f"{T},1,{10**23},{T},\ufffd\n", "line 3: recv_ms is not a whole number"),
    ],
)
def test_damaged_prices_are_refused_with_their_line(day, content, said):
    folder, _, markets = day
    prices = put(folder / "prices.csv", content)
    assert said in fails((folder, prices, markets))


def test_bytes_that_are_not_text_are_refused_with_their_line(day):
    _folder, prices, _markets = day
    prices.write_bytes(GOOD.encode() + b"1,2,\xff,4,5\n")
    assert "prices.csv.gz: line 3: not UTF-8: invalid start byte at byte 5" in fails(day)


def test_a_cut_gzip_is_refused_with_its_line(day):
    _folder, prices, _markets = day
    rows = "".join(price_row(T + 1000 * n) for n in range(2000))
    whole = put(prices, HEADER + rows).read_bytes()
    prices.write_bytes(whole[: len(whole) // 2])
    message = fails(day)
    assert "the gzip stream is cut or damaged after this line" in message
    assert int(message.split("line ")[1].split(":")[0]) > 1
    for broken in (whole[:40] + b"\0" * 40 + whole[80:], whole[:-6] + b"\0" * 6, whole[:5]):
        prices.write_bytes(broken)
        assert "prices.csv.gz: line" in fails(day)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "0 Bitcoin series where one is expected; the series here: none"),
        ("[]\n", "markets.jsonl: line 1: not a JSON object"),
        (lines(gamma()) + "{\n", "markets.jsonl: line 2: not a JSON object"),
        ("[" * 100_000 + "\n", "markets.jsonl: line 1: not a JSON object"),
        (lines({"slug": 7}), "line 1: slug should be str, not '7'"),
        (lines({"slug": "who-wins"}), "line 1: not an up/down slug: 'who-wins'"),
        (lines(gamma(), gamma()), "line 2: window 1784851200 came before, on line 1"),
        (lines(gamma(clobTokenIds=None)), "line 1: not a Gamma market: clobTokenIds: missing"),
        (lines(gamma(closedTime="soon")), "line 1: closedTime is not a time: 'soon'"),
        (lines(gamma(endDate="2026-07-24T00:06:00Z")), "line 1: the times of btc-updown-5m-"),
        (lines({**gamma(), "outcome_prices": "1"}), "line 1: outcome_prices should be list"),
        (lines({**gamma(), "outcome_prices": ["1"]}), "line 1: outcomes should be Up and Down"),
        (lines({"slug": gamma()["slug"]}), "line 1: raw should be dict, not 'None'"),
    ],
)
def test_damaged_markets_are_refused_with_their_line(day, content, said):
    put(day[2], content)
    assert said in fails(day)


def test_files_that_are_not_there_are_named(day, tmp_path):
    folder, prices, markets = day
    assert "gone.csv: opening: No such file" in fails((folder, folder / "gone.csv", markets))
    assert "opening: Is a directory" in fails((folder, prices, tmp_path))


def test_a_source_is_never_overwritten(day):
    _folder, prices, markets = day
    before = prices.read_bytes()
    words = ("chainlink-day", "--prices", prices, "--markets", markets)
    assert "--out is one of the sources" in refused(prices, *words)
    assert prices.read_bytes() == before


def test_the_recorded_day(shared_data, tmp_path):
    place = shared_data("data", "A_updown", "chainlink_5m_day")
    prices, markets = next(place.glob("*prices*")), next(place.glob("*markets*"))
    facts, meta, _ = run((tmp_path, prices, markets))
    ticks = [fact for fact in facts if isinstance(fact, OracleTicked)]
    listed = {fact.terms.id: fact.terms for fact in facts if isinstance(fact, MarketListed)}
    official = {f.market: f.payout_up for f in facts if isinstance(f, MarketResolved)}
    assert (len(ticks), len(listed), len(official)) == (78_515, 292, 292)
    assert meta.counts["order_violations"] == 4
    assert {terms.settlement for terms in listed.values()} == {Settlement(INSTANT, 0, True)}
    at = {tick.venue_ns: tick.price for tick in ticks}
    both = [t for t in listed.values() if t.start_ns in at and t.end_ns in at]
    again = {t.id: 10_000 if at[t.end_ns] >= at[t.start_ns] else 0 for t in both}
    assert len(again) > 200
    assert again == {market: official[market] for market in again}
