"""Two hundred seeds each time: `pm simulate --seeds 0..200`, in pieces for the workers."""

import pytest

from pmapp.simulate.seeds import simulate

SEEDS = 200
PIECE = 10


@pytest.mark.parametrize("first", range(0, SEEDS, PIECE))
def test_seeds(first):
    found = simulate(range(first, first + PIECE))
    told = "\n".join(f"{one.what}\n  again: {one.command}" for one in found.failures)
    assert not found.failures, told
    assert found.seeds == PIECE
    assert found.fills > 0
