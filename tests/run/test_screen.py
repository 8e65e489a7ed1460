"""The live view at every stage of a run, on wide and narrow terminals."""

import io
from itertools import pairwise

import pytest
from rich.console import Console

from pmapp.backtest import begin
from pmapp.backtest_job import facts_of, fitted, tape_job
from pmapp.backtest_run import Run
from pmapp.maker_settings import MAKER
from pmapp.screen import screen
from pmapp.screen_words import line
from pmapp.settings import settings_from
from pmcore.sim.assumptions import MIDDLE
from pmcore.units import MICRO, SECOND, Cash


def drawn(run: Run, width: int) -> list[str]:
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    console.print(screen(run, "a run", 60.0, 0.5, width))
    return console.file.getvalue().splitlines()


@pytest.fixture(scope="module")
def views(tiny):
    """The view and the line at every 20 s of a tiny run."""
    job, prefix = tape_job([tiny])
    facts, _ = facts_of(job)
    config = fitted(settings_from(MAKER, None, {}, []), prefix)
    run = begin(job, facts, config, MIDDLE, Cash(1_000 * MICRO), None)
    run.advance(0)
    seen = []
    while not run.over:
        run.advance(run.now_ns + 20 * SECOND)
        seen.append((drawn(run, 100), drawn(run, 72), line(run)))
        if len(seen) == 1:
            heights = {width: len(drawn(run, width)) for width in range(72, 130)}
            assert len(set(heights.values())) == 1, heights  # side by side at every width
    return seen


def test_the_view_keeps_its_height(views):
    heights = {len(wide) for wide, _, _ in views}
    assert len(heights) <= 2  # one less or more where no window is known
    assert max(heights) < 40


def test_the_view_fits_its_terminal(views):
    for wide, narrow, _ in views:
        assert max(map(len, wide)) <= 100
        assert max(map(len, narrow)) <= 72


def test_our_quotes_are_marked_and_reasons_shown(views):
    text = "\n".join(row for wide, _, _ in views for row in wide)
    for words in (
        "<- us",
        "q_up",
        "strike",
        "FILLED",
        "post buy",
        "SETTLED",
        "MERGED",
        "closes in",
    ):
        assert words in text
    assert any(reason in text for reason in ("(best_bid)", "(cap)", "(pair_cap)"))


def test_lines_tell_the_time_in_order(views):
    times = [told.split()[0] for _, _, told in views]
    # The window begins at midnight, where the clock starts from zero.
    turns = [after for before, after in pairwise(times) if after <= before]
    assert len(turns) == 1
    assert turns[0] < "00:00:20"
    assert any("not quoting: cutoff" in told for _, _, told in views)
