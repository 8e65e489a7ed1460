"""Markouts against a brute-force count, their sign, and the bound on what waits."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.ids import BUY, DOWN, OUTCOMES, SELL, UP, Outcome, Side
from pmcore.model.markout import HORIZONS_NS, PENDING_MAX, Markout, Markouts
from pmcore.units import MICRO, SECOND, Ns, Shares
from tests.model.thawed import thawed_copy

MID = st.integers(2, 19_998).map(lambda half_bp: half_bp / 20_000)
FILLS = st.lists(
    st.tuples(
        st.integers(0, 10),
        st.sampled_from(OUTCOMES),
        st.sampled_from((BUY, SELL)),
        st.integers(1, 10**9).map(Shares),
        MID,
    ),
    max_size=15,
)


@given(FILLS, MID, MID)
def test_totals_against_a_brute_count(
    fills: list[tuple[int, Outcome, Side, Shares, float]], up: float, down: float
) -> None:
    markouts = Markouts()
    now = 0
    expected = [0, 0, 0]
    measured: list[Markout] = []
    for gap, outcome, side, size, mid in fills:
        for _ in range(gap):
            now += SECOND
            measured += markouts.advance(Ns(now), up, down)
        assert markouts.add(Ns(now), outcome, side, size, mid)
        move = round((up if outcome == UP else down) * MICRO) - round(mid * MICRO)
        for horizon in range(3):
            expected[horizon] += (move if side == BUY else -move) * size // MICRO
    for _ in range(30):
        now += SECOND
        measured += markouts.advance(Ns(now), up, down)
    assert markouts.totals == expected
    assert markouts.sizes == [sum(fill[3] for fill in fills)] * 3
    assert markouts.missed == 0
    assert markouts.pending == []
    assert markouts.next_due_ns == 0
    assert [sum(m.cash for m in measured if m.horizon == h) for h in range(3)] == expected


@given(st.lists(st.tuples(st.integers(0, 10**11), st.floats(), st.floats(), st.floats())))
def test_total_and_every_fill_is_accounted_for(
    steps: list[tuple[int, float, float, float]],
) -> None:
    markouts = Markouts()
    now = added = measured = 0
    for gap, mid, up, down in steps:
        now += gap
        measured += len(markouts.advance(Ns(now), up, down))
        added += markouts.add(Ns(now), UP, BUY, Shares(MICRO), mid)
    waiting = sum(len(markouts.pending) - cursor for cursor in markouts.cursors)
    assert measured + markouts.missed + waiting == 3 * added


@pytest.mark.parametrize(
    ("outcome", "side", "cash"),
    [(UP, BUY, 20_000), (UP, SELL, -20_000), (DOWN, BUY, -20_000), (DOWN, SELL, 20_000)],
)
def test_sign(outcome: Outcome, side: Side, cash: int) -> None:
    markouts = Markouts()
    markouts.add(Ns(0), outcome, side, Shares(2 * MICRO), 0.5)
    assert markouts.advance(Ns(SECOND), 0.51, 0.49) == [
        Markout(outcome, 0, cash, cash / 2 / MICRO)  # type: ignore[arg-type]
    ]


def test_losses_round_down() -> None:
    markouts = Markouts()
    markouts.add(Ns(0), UP, BUY, Shares(1), 0.5)
    markouts.advance(Ns(SECOND), 0.49, 0.51)
    assert markouts.totals == [-1, 0, 0]


def test_due_times() -> None:
    markouts = Markouts()
    markouts.add(Ns(7), UP, BUY, Shares(1), 0.5)
    for span_ns in HORIZONS_NS:
        due = markouts.next_due_ns
        assert due == 7 + span_ns
        assert markouts.advance(Ns(due - 1), 0.5, 0.5) == []
        assert len(markouts.advance(due, 0.5, 0.5)) == 1
    assert markouts.next_due_ns == 0


def test_an_unknown_mid_waits_and_then_is_missed() -> None:
    markouts = Markouts()
    markouts.add(Ns(0), UP, BUY, Shares(1), 0.5)
    assert markouts.advance(Ns(SECOND), 0.0, 0.5) == []
    assert len(markouts.advance(Ns(2 * SECOND), 0.5, 0.5)) == 1
    assert markouts.advance(Ns(6 * SECOND), math.nan, 0.5) == []
    assert markouts.advance(Ns(11 * SECOND), 0.5, 0.5) == []
    assert markouts.missed == 1


def test_a_fill_without_a_mid_is_not_watched() -> None:
    markouts = Markouts()
    for mid in (0.0, -1.0, 1.0, math.nan):
        assert not markouts.add(Ns(0), UP, BUY, Shares(1), mid)
    assert not markouts.add(Ns(0), UP, BUY, Shares(0), 0.5)
    assert markouts == Markouts()


def test_what_waits_is_bounded() -> None:
    markouts = Markouts()
    for fill in range(PENDING_MAX):
        markouts.add(Ns(fill), UP, BUY, Shares(1), 0.5)
    markouts.advance(Ns(SECOND), 0.5, 0.5)
    assert markouts.cursors == [1, 0, 0]
    markouts.add(Ns(SECOND), UP, BUY, Shares(1), 0.5)
    assert len(markouts.pending) == PENDING_MAX
    assert markouts.cursors == [0, 0, 0]
    assert markouts.missed == 2


def test_freezes_half_way() -> None:
    markouts = Markouts()
    for second in range(4):
        markouts.add(Ns(second * SECOND), UP, BUY, Shares(MICRO), 0.5)
        markouts.advance(Ns(second * SECOND), 0.4, 0.6)
    thawed = thawed_copy(markouts)
    assert thawed == markouts
    now = Ns(20 * SECOND)
    assert thawed.advance(now, 0.4, 0.6) == markouts.advance(now, 0.4, 0.6)
    assert thawed == markouts
