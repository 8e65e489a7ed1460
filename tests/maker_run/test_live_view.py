"""The live view shows what is wanted, what rests and why, at every moment of a run."""

import io

from rich.console import Console

from pmapp.maker_run.live_view import picture
from pmapp.maker_run.preparation import Standing
from pmapp.maker_run.summary import Named
from tests.maker_run.watched import Watched
from tests.shell.virtual import virtual


def drawn(rig: Watched, width: int = 80) -> str:
    named = Named("run-1", "live", "local", "journal")
    console = Console(file=io.StringIO(), width=width)
    console.print(picture(Standing(named, rig.built, rig.state, rig.watch, rig.journal)))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@virtual
async def test_it_can_be_drawn_from_the_first_moment_to_the_last(nursery):
    rig = Watched(nursery)
    await rig.begin()
    assert "no window" in drawn(rig)
    assert "starting" in drawn(rig)
    await rig.quoting()
    text = drawn(rig)
    assert "quoting" in text
    assert rig.window.terms.slug in text
    reasons = [reason for reason in rig.window.plan.reasons if reason]
    assert reasons
    for reason in reasons:
        assert reason in text
    for width in (20, 40, 200):
        drawn(rig, width)
    rig.fault("cut", channel="market")
    rig.fault("refuse", channel="market", for_s=10.0)
    await rig.until(lambda rig: "paused" in drawn(rig), 20)
    await rig.stop()
    assert "stopping" in drawn(rig)
