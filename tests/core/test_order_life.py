"""The order table walked whole: total, final, and never less exposed for want of proof."""

from itertools import product

import pytest

from pmcore import order as o
from pmcore.order import FINAL, HAPPENING_NAMES, LIFE, STATUS_NAMES, Order, advance

STATUSES = range(len(STATUS_NAMES))
HAPPENINGS = range(len(HAPPENING_NAMES))
OPEN = [status for status in STATUSES if not FINAL[status]]
PROOF = {o.REFUSED, o.CANCEL_DONE, o.ALL_FILLED, o.SEEN_GONE}
"""Happenings after which the venue can fill no more of the order."""
LATE = {
    (o.CANCELLED, o.ALL_FILLED): o.FILLED,
    (o.REJECTED, o.ALL_FILLED): o.FILLED,
    (o.REJECTED, o.PART_FILLED): o.CANCELLED,
    (o.REJECTED, o.CANCEL_DONE): o.CANCELLED,
}
"""All that can still be learned of a finished order: that it was filled or had rested after all."""
SUBMIT_ANSWERS = {o.ACCEPTED, o.HELD, o.REFUSED, o.SILENT}


def order(status):
    return Order(1, 2, 0, 0, 0, 4_800, 10_000_000, o.GTC, 5, status=status, since_ns=5)


def test_table_is_total():
    assert len(LIFE) == len(STATUS_NAMES) == len(FINAL)
    assert {len(row) for row in LIFE} == {len(HAPPENING_NAMES)}
    assert all(entry in STATUSES for row in LIFE for entry in row)


@pytest.mark.parametrize("status", [s for s in STATUSES if FINAL[s]])
def test_final_is_final(status):
    for happening in HAPPENINGS:
        assert FINAL[LIFE[status][happening]]
        assert LIFE[status][happening] == LATE.get((status, happening), status)


@pytest.mark.parametrize(("status", "happening"), list(product(OPEN, HAPPENINGS)))
def test_only_proof_ends_an_order(status, happening):
    ended = FINAL[LIFE[status][happening]]
    assert not ended or happening in PROOF


@pytest.mark.parametrize("status", OPEN)
def test_proof_does_end_it(status):
    assert LIFE[status][o.CANCEL_DONE] == o.CANCELLED
    assert LIFE[status][o.SEEN_GONE] == o.CANCELLED
    assert LIFE[status][o.ALL_FILLED] == o.FILLED
    # A refusal contradicts an order that was seen to rest: that is doubt, not proof.
    assert LIFE[status][o.REFUSED] == (o.LOST if status == o.LIVE else o.REJECTED)


@pytest.mark.parametrize("status", OPEN)
def test_doubt_makes_lost_or_changes_nothing(status):
    for happening in (o.SILENT, o.CANCEL_SILENT, o.CANCEL_GONE):
        assert LIFE[status][happening] in (o.LOST, status)
    assert LIFE[status][o.CANCEL_GONE] == o.LOST


@pytest.mark.parametrize("status", OPEN)
def test_lost_is_left_only_by_an_answer(status):
    assert LIFE[o.LOST][o.CANCEL_ASKED] == o.LOST
    assert LIFE[status][o.SEEN_LIVE] == o.LIVE
    assert LIFE[o.LOST][o.PART_FILLED] == o.LOST


def test_every_status_can_be_reached_and_left():
    reached, frontier = {o.PENDING}, [o.PENDING]
    while frontier:
        for entry in LIFE[frontier.pop()]:
            if entry not in reached:
                reached.add(entry)
                frontier.append(entry)
    assert reached == set(STATUSES)
    assert all(any(FINAL[entry] for entry in LIFE[status]) for status in OPEN)


def test_no_answer_of_the_submit_frees_an_order_that_is_being_cancelled():
    assert {LIFE[o.CANCELLING][each] for each in (o.ACCEPTED, o.HELD)} == {o.CANCELLING}


@pytest.mark.parametrize(("status", "happening"), list(product(STATUSES, HAPPENINGS)))
def test_advance_follows_the_table_and_notes_when(status, happening):
    moved = order(status)
    expected = LIFE[status][happening]
    assert advance(moved, happening, 9) == moved.status == expected
    assert moved.since_ns == (5 if expected == status else 9)


@pytest.mark.parametrize(("status", "happening"), list(product(STATUSES, HAPPENINGS)))
def test_same_happening_twice_is_the_same_as_once_or_better_known(status, happening):
    once = LIFE[status][happening]
    twice = LIFE[once][happening]
    assert twice == once or (happening in SUBMIT_ANSWERS | {o.CANCEL_HELD, o.PART_FILLED})
    assert FINAL[twice] or not FINAL[once]


def test_leaves_are_what_is_not_filled():
    resting = order(o.LIVE)
    resting.filled = 4_000_000
    assert resting.leaves == 6_000_000
