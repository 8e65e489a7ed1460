"""What the plots are drawn from means what its label says."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pmapp.backtest_series import Tracks
from pmapp.ledger import Ledger
from pmcore.events import MATCHED, MarketListed, TradeReported
from pmcore.ids import BUY, OUTCOMES
from pmcore.state import new_state
from pmcore.step import step
from pmcore.units import MICRO, SECOND, Ns
from tests.backtest.test_ledger import START, TERMS

NEXT = START + 900
BUYS = st.lists(
    st.tuples(st.sampled_from((START, NEXT)), st.sampled_from(OUTCOMES), st.integers(1, 500))
)


@given(BUYS)
def test_shares_of_one_window_pair_with_no_other(buys):
    """Up of this window and Down of the next are two bets, not a hedge."""
    state, at = new_state(), Ns(START * SECOND)
    held = {(window, outcome): 0 for window in (START, NEXT) for outcome in OUTCOMES}
    for window in (START, NEXT):
        step(state, MarketListed(at, msgspec.structs.replace(TERMS, id=window)))
    for number, (window, outcome, shares) in enumerate(buys):
        size = shares * MICRO
        step(
            state,
            TradeReported(at, f"t{number}", 1, window, outcome, BUY, 4_000, size, 0, True, MATCHED),
        )
        held[window, outcome] += shares
    tracks = Tracks()
    tracks.beat(state, Ledger())
    gaps = [abs(held[window, 0] - held[window, 1]) for window in (START, NEXT)]
    assert tracks.run.column("unpaired_shares") == [sum(gaps)]
    for outcome, name in zip(OUTCOMES, ("up_shares", "down_shares"), strict=True):
        assert tracks.run.column(name) == [held[START, outcome] + held[NEXT, outcome]]
