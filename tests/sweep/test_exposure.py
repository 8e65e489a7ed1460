"""The joint loss of an event against every one of its outcomes tried in turn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.sweep.exposure import exposures
from tests.sweep.batches import several

ROW = {"close_ns": 1, "quote_ns": 1, "bid_bp": 9_600, "ask_bp": 9_700}


def joint(rows):
    """Exposures of rows `(event, neg_risk, side, stake, recommended)`."""
    columns = several([ROW | {"event": row[0], "neg_risk": row[1]} for row in rows])
    return exposures(
        columns,
        np.array([row[2] for row in rows], dtype=np.int64),
        np.array([row[3] for row in rows], dtype=np.float64),
        np.array([row[4] for row in rows], dtype=np.bool_),
    )


def worst_by_trial(rows):
    """The largest loss over all outcomes: one market resolves to Yes, or none that we hold."""
    if not all(row[1] for row in rows):
        return sum(row[3] for row in rows if row[4])
    losses = []
    for winner in range(len(rows) + 1):
        lost = [row[3] for i, row in enumerate(rows) if row[4] and (row[2] == 1) == (i == winner)]
        losses.append(sum(lost))
    return max(losses)


ROWS = st.lists(
    st.tuples(
        st.just(0),
        st.just(True),
        st.integers(0, 1),
        st.floats(0.01, 0.10),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


@given(ROWS)
def test_one_of_many_loses_what_the_worst_outcome_takes(rows):
    found = joint(rows)
    assert found.event_worst_loss_pct == pytest.approx([worst_by_trial(rows)] * len(rows))


@given(ROWS)
def test_without_neg_risk_all_may_lose(rows):
    rows = [(row[0], False, *row[2:]) for row in rows]
    found = joint(rows)
    assert found.event_worst_loss_pct == pytest.approx(found.event_stake_pct)


def test_events_are_kept_apart():
    found = joint(
        [
            (7, True, 1, 0.10, True),
            (7, True, 1, 0.04, True),
            (8, True, 1, 0.05, True),
            (-1, False, 0, 0.02, True),
            (-1, False, 0, 0.03, True),
            (7, True, 0, 0.09, False),
        ]
    )
    assert found.event_markets.tolist() == [2, 2, 1, 1, 1, 2]
    assert found.event_stake_pct == pytest.approx([0.14, 0.14, 0.05, 0.02, 0.03, 0.14])
    assert found.event_worst_loss_pct == pytest.approx([0.10, 0.10, 0.05, 0.02, 0.03, 0.10])


def test_one_market_without_neg_risk_makes_the_event_ordinary():
    found = joint([(1, True, 1, 0.1, True), (1, False, 1, 0.1, True)])
    assert found.event_worst_loss_pct == pytest.approx([0.2, 0.2])
