"""The log: every decision with its reason, every fill, and a stream that may break."""

import io
import json

from pmapp.maker_run.run_log import RunLog
from pmapp.maker_run.watch import Watch
from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import OpId
from pmcore.state import new_state
from pmcore.units import Ns
from pmio.secrets import Scrubber, Secret
from tests.maker_run.watched import Watched
from tests.shell.journals import MemoryJournal
from tests.shell.virtual import virtual


@virtual
async def test_every_decision_is_a_line_with_its_reason(nursery):
    rig = Watched(nursery)
    await rig.begin()
    await rig.quoting()
    await rig.until(lambda rig: rig.watch.tally.counts["merges"] >= 2, 600)
    await rig.stop()
    for effect, name in ((ef.CancelOrder, "cancel"), (ef.MergePairs, "merge_pairs")):
        asked, told = rig.effects(effect), rig.lines(name)
        assert len(asked) == len(told) > 0
        assert [line["why"] for line in told] == [one.why for one in asked]
    asked = rig.effects(ef.PlaceOrder)
    told = [line for line in rig.lines() if line["event"] in ("place", "take")]
    assert [(line["order"], line["why"]) for line in told] == [(a.order, a.why) for a in asked]
    assert all(line["market"].startswith("btc-updown-15m-") for line in told)
    assert len(rig.lines("fill")) == rig.watch.tally.ledger.fills > 0
    assert len(rig.lines("merge_confirmed")) == len(rig.events(ev.MergeConfirmed))


@virtual
async def test_a_failed_trade_is_one_line_however_often_it_is_told(nursery):
    rig = Watched(nursery)
    rig.fault("trade_failed", p=0.5)
    rig.fault("trade_doubled", p=1.0)
    await rig.begin()
    await rig.quoting()
    await rig.until(lambda rig: rig.watch.tally.ledger.failed >= 3, 600)
    await rig.stop()
    reports = [event for event in rig.events(ev.TradeReported) if event.status == ev.FAILED]
    failed = {(event.trade, event.order) for event in reports}
    assert len(reports) > len(failed) == rig.watch.tally.ledger.failed
    assert sorted((line["trade"], line["order"]) for line in rig.lines("trade_failed")) == sorted(
        failed
    )


@virtual
async def test_what_the_world_does_is_told(nursery):
    rig = Watched(nursery)
    await rig.begin()
    await rig.quoting()
    rig.fault("garbage", channel="market", sort="text")
    rig.fault("cut", channel="user")
    rig.fault("broken_beat", count=30)
    await rig.until(lambda rig: rig.lines("heartbeat_missed"), 60)
    assert rig.lines("garbled")[0]["feed"] == "market"
    assert rig.lines("feed_lost")[0]["feed"] == "user"
    levels = {line["level"] for line in rig.lines() if line["event"] in ("garbled", "feed_lost")}
    assert levels == {"warning"}
    await rig.stop()


class Broken(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_log_that_cannot_be_written_costs_lines_only():
    log = RunLog("info", Broken())
    for number in range(3):
        log.info("begun", number=number)
    assert log.stream.lost >= 3


def test_levels_below_the_threshold_are_not_written():
    stream = io.StringIO()
    log = RunLog("warning", stream)
    log.info("begun")
    log.debug("begun")
    log.told("info", "note")
    assert stream.getvalue() == ""
    log.told("alert", "note", code="killed")
    assert '"level": "error"' in stream.getvalue()


def test_a_traceback_is_cleared_too():
    stream = io.StringIO()
    log = RunLog("info", stream)
    log.hide(Scrubber((Secret("key", "tell-nobody"),)))
    try:
        raise ValueError("it was tell-nobody all along")
    except ValueError as error:
        log.error("failed", exc_info=error, more={"key": "tell-nobody"})
    assert "tell-nobody" not in stream.getvalue()
    assert stream.getvalue().count("[secret]") >= 2


def test_an_order_that_nobody_here_has_placed_is_a_warning():
    stream = io.StringIO()
    watch = Watch(new_state(), MemoryJournal(), RunLog("warning", stream))
    watch.append(ev.Beat(Ns(1)), [ef.CancelStray(OpId(7), "0xab")])
    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["venue_id"]) == ("cancel_stray", "warning", "0xab")
