"""The sentences follow the numbers."""

import pytest

from pmapp.evaluate.summary import summary
from pmapp.evaluate.verdicts import (
    EDGE,
    NO_EDGE,
    edge_verdict,
    flags_verdict,
    order_verdict,
    profit_verdict,
)
from tests.evaluate.histories import bought


def margin(mean, interval, clusters=50):
    return {"mean": mean, "interval": interval, "clusters": clusters}


def group(clusters, losses, cost=0.95, each=1):
    """`clusters` clusters of `each` purchases, the first `losses` of them all lost."""
    lines = [
        (f"{c:04}-{k}", f"c{c:04}", 0.0 if c < losses else 1.0, cost, 0.5)
        for c in range(clusters)
        for k in range(each)
    ]
    return summary(bought(lines))


PAID = group(1_000, 5)


@pytest.mark.parametrize(
    ("numbers", "start"),
    [
        (summary(bought([("a", "x", None, 0.95, 0.1)])), "nothing to judge"),
        (group(9, 0), "too few independent groups"),
        (group(200, 40), "a loss is shown"),
        (group(200, 10), "no profit shown, the interval includes zero"),
        # All won, but so few that a 5 % loser would often look the same.
        (group(40, 0), "no profit shown: hit rates from"),
        (group(5, 0, each=500), "too few independent groups"),
        (PAID, "a profit is shown"),
    ],
)
def test_profit(numbers, start):
    assert profit_verdict(numbers).startswith(start)


@pytest.mark.parametrize(
    ("found", "numbers", "start"),
    [
        (margin(None, None), PAID, NO_EDGE),
        (margin(0.01, [-0.01, 0.03]), PAID, f"{NO_EDGE} over it: the interval includes zero"),
        (margin(0.0, [0.0, 0.0]), PAID, f"{NO_EDGE} over it: the interval includes zero"),
        (margin(0.02, [0.01, 0.03], 9), PAID, f"{NO_EDGE} over it: only 9 independent groups"),
        (margin(0.02, None), PAID, f"{NO_EDGE} over it"),
        (margin(-0.02, [-0.03, -0.01]), PAID, "worse than it"),
        (margin(0.02, [0.01, 0.03]), group(200, 40), f"{NO_EDGE} over it: it did better"),
        (margin(0.02, [0.01, 0.03]), PAID, f"{EDGE} over it"),
    ],
)
def test_edge(found, numbers, start):
    assert edge_verdict(found, numbers, "it").startswith(start)


@pytest.mark.parametrize(
    ("found", "start"),
    [
        (margin(None, None), "nothing shown"),
        (margin(0.1, [0.05, 0.2], 9), "nothing shown"),
        (margin(0.1, [-0.05, 0.2]), "nothing shown about the score's order, the interval"),
        (margin(0.1, [0.05, 0.2]), "higher scores earned more"),
        (margin(-0.1, [-0.2, -0.05]), "higher scores earned less"),
    ],
)
def test_order(found, start):
    assert order_verdict(found).startswith(start)


def test_flags_with_few_groups_are_not_judged():
    few = {"code": "a", "clusters": 3, "margin_over_unflagged": margin(-0.5, [-0.9, -0.1])}
    many = {"code": "b", "clusters": 30, "margin_over_unflagged": margin(-0.5, [-0.9, -0.1])}
    even = {"code": "c", "clusters": 30, "margin_over_unflagged": margin(-0.5, [-0.9, 0.1])}
    assert flags_verdict([]).startswith("nothing shown")
    assert flags_verdict([few]).startswith("nothing shown")
    assert flags_verdict([few, even]).startswith("no flag is shown")
    assert "earned those with b;" in flags_verdict([few, many, even])
