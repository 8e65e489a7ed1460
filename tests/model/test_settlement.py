"""Fixings against a brute-force step function, under holes, repeats and reordering."""

import csv
import gzip
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.ids import BINANCE, CHAINLINK, TWAP_60
from pmcore.market import AVERAGE, INSTANT, Settlement
from pmcore.model.settlement import HOLD_NS_MAX, Fixing, fixing, outcome
from pmcore.units import SECOND, Ns, OraclePrice, parse_decimal
from tests.model.thawed import thawed_copy

T = 1_000 * SECOND
W = 60 * SECOND
USD = 10**12
INSTANT_RULE = Settlement(INSTANT)
AVERAGE_RULE = Settlement(AVERAGE)
PRICE = st.integers(1, 9 * 10**18).map(OraclePrice)
TICKS = st.lists(
    st.tuples(st.integers(T - 2 * W, T + W), PRICE), max_size=40, unique_by=lambda tick: tick[0]
)


def instant() -> Fixing:
    return fixing(INSTANT_RULE, Ns(T))


def average() -> Fixing:
    return fixing(AVERAGE_RULE, Ns(T))


def feed(boundary: Fixing, ticks: list[tuple[int, OraclePrice]]) -> Fixing:
    for venue_ns, price in ticks:
        boundary.observe(Ns(venue_ns), CHAINLINK, price)
    return boundary


def every_second(first: int, last: int) -> list[tuple[int, OraclePrice]]:
    """Ticks at T + first ... T + last seconds, each with its own price."""
    return [
        (T + s * SECOND, OraclePrice(100_000 * USD + s * 7_777_777)) for s in range(first, last + 1)
    ]


def brute_average(ticks: list[tuple[int, OraclePrice]], until: int) -> tuple[Fraction, int]:
    """Integral over the window and its covered length, tick by tick."""
    total, covered = Fraction(0), 0
    stamps = [stamp for stamp, _ in ticks]
    for (stamp, price), following in zip(ticks, [*stamps, until][1:], strict=True):
        begin = max(stamp, T - W)
        end = min(following, until, T, stamp + HOLD_NS_MAX)
        if end > begin:
            total += price * (end - begin)
            covered += end - begin
    return total, covered


@given(TICKS)
def test_average_is_the_mean_of_the_step_function(ticks: list[tuple[int, OraclePrice]]) -> None:
    ticks.sort()
    boundary = feed(average(), ticks)
    closing = [stamp for stamp, _ in ticks if stamp >= T]
    if not closing:
        assert boundary.value is None
        return
    total, covered = brute_average(ticks, T)
    assert boundary.covered_ns == covered
    if 2 * covered < W:
        assert boundary.value is None
    else:
        assert boundary.value == int(total / covered)
    assert boundary.closed_ns == closing[0]


@given(TICKS, st.integers(T - 2 * W, T + W))
def test_known_average_so_far(ticks: list[tuple[int, OraclePrice]], now: int) -> None:
    heard = sorted(tick for tick in ticks if tick[0] <= min(now, T - 1))
    boundary = feed(average(), heard)
    total, covered = brute_average(heard, now)
    known = boundary.known_average(Ns(now))
    assert known == (int(total / covered) if covered else None)


@given(TICKS)
def test_average_lies_between_the_prices(ticks: list[tuple[int, OraclePrice]]) -> None:
    ticks.sort()
    value = feed(average(), ticks).value
    if value is not None:
        prices = [price for _, price in ticks]
        assert min(prices) <= value <= max(prices)


@given(TICKS, st.data())
def test_instant_is_the_nearest_at_or_after_in_any_order(
    ticks: list[tuple[int, OraclePrice]], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(ticks))
    after = sorted(tick for tick in ticks if T <= tick[0] <= T + W)
    assert feed(instant(), shuffled).value == (after[0][1] if after else None)


@given(TICKS, PRICE)
def test_repeats_and_backward_ticks_change_no_average(
    ticks: list[tuple[int, OraclePrice]], price: OraclePrice
) -> None:
    ticks.sort()
    dirty = average()
    for stamp, each in ticks:
        dirty.observe(Ns(stamp), CHAINLINK, each)
        assert not dirty.observe(Ns(stamp), CHAINLINK, price)
        assert not dirty.observe(Ns(stamp - 1), CHAINLINK, price)
    assert dirty == feed(average(), ticks)


@given(
    st.sampled_from([INSTANT_RULE, AVERAGE_RULE]),
    st.lists(
        st.tuples(st.integers(-(2**62), 2**62), st.integers(0, 3), st.integers()), max_size=20
    ),
    st.integers(-(2**62), 2**62),
)
def test_total(rule: Settlement, ticks: list[tuple[int, int, int]], now: int) -> None:
    boundary = fixing(rule, Ns(T))
    for venue_ns, source, price in ticks:
        before = boundary.value
        changed = boundary.observe(Ns(venue_ns), source, OraclePrice(price))  # type: ignore[arg-type]
        assert changed or boundary.value == before
    assert 0.0 <= boundary.elapsed(Ns(now)) <= 1.0
    boundary.known_average(Ns(now))


def test_whole_window_of_seconds_is_their_plain_mean() -> None:
    ticks = every_second(-60, 0)
    boundary = feed(average(), ticks)
    assert boundary.value == sum(price for _, price in ticks[:-1]) // 60
    assert boundary.recomputable


def test_average_opens_with_the_price_before_the_window() -> None:
    ticks = [tick for tick in every_second(-63, 0) if tick[0] != T - W]
    boundary = feed(average(), ticks)
    assert boundary.covered_ns == W
    assert boundary.recomputable


@pytest.mark.parametrize("rule", [INSTANT_RULE, AVERAGE_RULE])
def test_hole_at_the_exact_second(rule: Settlement) -> None:
    ticks = [tick for tick in every_second(-60, 5) if tick[0] != T]
    boundary = feed(fixing(rule, Ns(T)), ticks)
    assert boundary.value is not None
    assert boundary.closed_ns == T + SECOND
    assert not boundary.recomputable


def test_hole_inside_the_window_is_left_out() -> None:
    ticks = [
        tick for tick in every_second(-60, 0) if not T - 40 * SECOND <= tick[0] < T - 30 * SECOND
    ]
    boundary = feed(average(), ticks)
    assert boundary.covered_ns == W - 6 * SECOND
    assert boundary.value is not None
    assert not boundary.recomputable


def test_mostly_unseen_window_is_missing_for_good() -> None:
    boundary = feed(average(), every_second(-20, 10))
    assert boundary.value is None
    assert boundary.closed_ns == T
    assert not boundary.recomputable


def test_started_in_mid_window_has_no_instant_strike() -> None:
    boundary = feed(instant(), every_second(61, 90))
    assert boundary.value is None


@pytest.mark.parametrize(("late_ns", "known"), [(W, True), (W + 1, False)])
def test_a_first_tick_a_minute_late_is_the_last_that_is_a_fixing(late_ns: int, known: bool) -> None:
    boundary = feed(instant(), [(T + late_ns, OraclePrice(7))])
    assert (boundary.value == 7) == known


def test_of_equal_stamps_the_first_heard_counts() -> None:
    assert feed(instant(), [(T + 5, OraclePrice(7)), (T + 5, OraclePrice(8))]).value == 7


@pytest.mark.parametrize(("lost", "known"), [(0, True), (1, False)])
def test_a_window_half_covered_is_just_enough(lost: int, known: bool) -> None:
    """Six ticks stand for five seconds each: half a minute of one minute."""
    ticks = [(T - W + 10 * n * SECOND, OraclePrice(7)) for n in range(6)]
    ticks[-1] = (T - 5 * SECOND + lost, OraclePrice(7))
    boundary = feed(average(), [*ticks, (T, OraclePrice(7))])
    assert boundary.covered_ns == W // 2 - lost
    assert (boundary.value == 7) == known


def test_published_average_overrules() -> None:
    boundary = feed(average(), every_second(-60, 0))
    assert not boundary.observe(Ns(T - SECOND), TWAP_60, OraclePrice(5 * USD))
    assert boundary.observe(Ns(T), TWAP_60, OraclePrice(7 * USD))
    assert boundary.value == 7 * USD
    assert boundary.official
    assert boundary.recomputable
    assert not boundary.observe(Ns(T), TWAP_60, OraclePrice(8 * USD))
    assert not boundary.observe(Ns(T), CHAINLINK, OraclePrice(9 * USD))
    assert boundary.value == 7 * USD


def test_published_average_alone_is_enough_even_after_a_miss() -> None:
    boundary = feed(average(), every_second(0, 3))
    assert boundary.value is None
    assert boundary.observe(Ns(T), TWAP_60, OraclePrice(7 * USD))
    assert boundary.value == 7 * USD


def test_published_average_of_another_window_is_not_ours() -> None:
    thirty = fixing(Settlement(AVERAGE, Ns(30 * SECOND)), Ns(T))
    assert not thirty.observe(Ns(T), TWAP_60, OraclePrice(7 * USD))
    assert not instant().observe(Ns(T), TWAP_60, OraclePrice(7 * USD))


def test_binance_never_settles() -> None:
    boundary = instant()
    assert not boundary.observe(Ns(T), BINANCE, OraclePrice(7 * USD))
    assert boundary.value is None


def test_average_over_nothing_is_instant() -> None:
    boundary = fixing(Settlement(AVERAGE, Ns(0)), Ns(T))
    assert boundary == instant()


def test_elapsed() -> None:
    boundary = average()
    assert boundary.elapsed(Ns(T - W)) == 0.0
    assert boundary.elapsed(Ns(T - W // 4)) == 0.75
    assert boundary.elapsed(Ns(T)) == 1.0
    assert instant().elapsed(Ns(T - 1)) == 0.0
    assert instant().elapsed(Ns(T)) == 1.0


def test_freezes_at_the_largest_price() -> None:
    ticks = [(stamp, OraclePrice(9 * 10**18)) for stamp, _ in every_second(-60, -1)]
    boundary = feed(average(), ticks)
    thawed = thawed_copy(boundary)
    assert thawed == boundary
    assert feed(thawed, [(T, OraclePrice(1))]).value == 9 * 10**18


def test_outcome_and_ties() -> None:
    assert outcome(OraclePrice(1), OraclePrice(2), False) == 10_000
    assert outcome(OraclePrice(2), OraclePrice(1), True) == 0
    assert outcome(OraclePrice(2), OraclePrice(2), True) == 10_000
    assert outcome(OraclePrice(2), OraclePrice(2), False) == 0


def test_recorded_day_recomputes(shared_data: Callable[..., Path]) -> None:
    """Every market of a recorded day whose two seconds were heard settles as it officially did."""
    folder = shared_data("data", "A_updown", "chainlink_5m_day")
    checked = 0
    for prices in sorted(folder.glob("BTCUSD-prices-*.csv.gz")):
        day = prices.name.removeprefix("BTCUSD-prices-")[:10]
        with gzip.open(prices, "rt") as lines:
            ticks = [
                (int(row["feed_ts_ms"]) * 10**6, int(row["full_accuracy_value"]) // 10**6)
                for row in csv.DictReader(lines)
            ]
        by_stamp = dict(ticks)
        markets = next(folder.glob(f"BTC-5m-markets-{day}*"))
        with gzip.open(markets, "rt") as lines:
            for line in lines:
                row = json.loads(line)
                start, end = (_at(by_stamp, row[name] * 10**9) for name in ("start_sec", "end_sec"))
                if not (start.recomputable and end.recomputable and row["outcome_prices"]):
                    continue
                official = parse_decimal(str(row["outcome_prices"][0]), 4)
                assert outcome(start.price, end.price, True) == official, row["slug"]
                if row["strike_value"]:
                    assert start.price == int(row["strike_value"]) // 10**6
                checked += 1
    assert checked > 250


def _at(by_stamp: dict[int, int], at_ns: int) -> Fixing:
    boundary = fixing(INSTANT_RULE, Ns(at_ns))
    for stamp in range(at_ns - 3 * SECOND, at_ns + 3 * SECOND, SECOND):
        if stamp in by_stamp:
            boundary.observe(Ns(stamp), CHAINLINK, OraclePrice(by_stamp[stamp]))
    return boundary
