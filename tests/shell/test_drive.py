"""The drive with a fake performer: order, deadlines, journal before action, halts."""

from functools import partial
from itertools import pairwise

import msgspec
import pytest
import trio

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.config import Config, config_text
from pmcore.ids import BINANCE_FEED, MARKET_FEED
from pmcore.state import new_state
from pmcore.units import SECOND, Ns
from pmio.clock import TrioClock
from pmio.drive import BATCH_MAX, FLUSH_NS, Drive
from pmio.inbox import Inbox
from pmio.journal import JournalError
from tests.shell.journals import MemoryJournal
from tests.shell.virtual import virtual

T0 = Ns(1_800_000_000 * SECOND)


class Rig:
    """A drive with everything around it in memory."""

    def __init__(self, **more) -> None:
        self.inbox = Inbox(TrioClock(T0))
        self.journal = MemoryJournal()
        self.handed: list[tuple[ef.AnyEffect, int, int]] = []
        self.drive = Drive(
            new_state(),
            self.inbox,
            self.journal,
            self.hand,
            stopwatch=self.journal.stopwatch,
            **more,
        )
        self.drive.open("run", "sim", config_text(Config()))

    def hand(self, effect: ef.AnyEffect, asked_ns: Ns) -> None:
        self.handed.append((effect, asked_ns, self.journal.written))


def kinds(events) -> list[str]:
    return [type(event).__name__ for event in events]


@virtual
async def test_batch_is_stepped_in_order_and_ends_with_a_beat(nursery):
    rig = Rig()
    rig.inbox.hear(ev.FeedOpened, MARKET_FEED)
    nursery.start_soon(rig.drive.run)
    await trio.sleep(0.01)
    assert kinds(rig.journal.events)[:4] == ["RunOpened", "Configured", "FeedOpened", "Beat"]


@virtual
async def test_stamps_never_fall_along_the_journal(nursery):
    rig = Rig()
    nursery.start_soon(rig.drive.run)
    late = ev.FeedOpened(rig.inbox.stamp(), MARKET_FEED)
    await trio.sleep(1)
    rig.inbox.hear(ev.FeedOpened, BINANCE_FEED)
    rig.inbox.put([late])
    await trio.sleep(1)
    stamps = [event.at_ns for event in rig.journal.events]
    assert stamps == sorted(stamps)
    assert ev.FeedOpened(Ns(T0 + SECOND), MARKET_FEED) in rig.journal.events


@virtual
async def test_drive_wakes_at_the_cores_deadline(nursery):
    rig = Rig()
    nursery.start_soon(rig.drive.run)
    await trio.sleep(10)
    beats = [event.at_ns for event in rig.journal.events if type(event) is ev.Beat]
    gaps = {(b - a) / SECOND for a, b in pairwise(beats[1:])}
    # upkeep is due every second while nothing rests
    assert max(gaps) < 1.01
    assert len(beats) > 10


@virtual
async def test_nothing_is_handed_on_before_it_is_written(nursery):
    rig = Rig()
    nursery.start_soon(rig.drive.run)
    await trio.sleep(2)
    assert rig.handed
    asked = [effect for effect, _, _ in rig.handed]
    assert asked == rig.journal.effects
    for effect, asked_ns, written in rig.handed:
        place = next(
            number
            for number, (_, effects) in enumerate(rig.journal.records)
            if any(effect is one for one in effects)
        )
        assert place < written
        assert asked_ns == rig.journal.records[place][0].at_ns


@virtual
async def test_facts_without_consequences_are_written_within_the_span(nursery):
    rig = Rig()
    nursery.start_soon(rig.drive.run)
    for _ in range(50):
        await trio.sleep(0.05)
        oldest = rig.journal.records[rig.journal.written :]
        assert all(rig.inbox.stamp() - event.at_ns <= 2 * FLUSH_NS for event, _ in oldest)
    assert rig.journal.written > 0


@virtual
async def test_a_burst_is_cut_into_batches_with_beats_between(nursery):
    rig = Rig()
    nursery.start_soon(rig.drive.run)
    await trio.sleep(1)
    begun = len(rig.journal.records)
    for _ in range(3 * BATCH_MAX):
        rig.inbox.hear(ev.FeedOpened, BINANCE_FEED)
    await trio.sleep(0.001)
    names = kinds(rig.journal.events[begun:])
    assert names.count("FeedOpened") == 3 * BATCH_MAX
    assert "".join("B" if name == "Beat" else "." for name in names).count("B") >= 3


@virtual
async def test_a_slow_journal_kills_in_good_order(nursery):
    rig = Rig(stall_s=2.0)
    nursery.start_soon(rig.drive.run)
    await trio.sleep(1)
    rig.journal.slow_s = 3.0
    await trio.sleep(1)
    rig.journal.slow_s = 0.0
    await trio.sleep(1)
    assert "KillAsked" in kinds(rig.journal.events)
    assert any(type(effect) is ef.CancelAll for effect in rig.journal.effects)
    assert any(getattr(effect, "code", "") == "journal_slow" for effect, _, _ in rig.handed)


@virtual
async def test_a_journal_that_cannot_be_written_is_our_failure(nursery):
    rig = Rig()
    rig.journal.broken = True
    with pytest.raises(JournalError):
        await rig.drive.run()
    assert rig.handed == []


@virtual
async def test_stop_is_an_event_and_ends_the_drive(nursery):
    rig = Rig()
    ended = trio.Event()

    async def run() -> None:
        await rig.drive.run()
        ended.set()

    def perform(effect: ef.AnyEffect, asked_ns: Ns) -> None:
        if type(effect) is ef.CancelAll:
            rig.inbox.hear(ev.AllCancelled, effect.op)
        elif type(effect) is ef.Halt:
            rig.inbox.hear(ev.Halted)

    rig.drive._hand = perform
    nursery.start_soon(run)
    await trio.sleep(1)
    rig.inbox.hear(ev.StopAsked)
    with trio.fail_after(1):
        await ended.wait()
    names = [name for name in kinds(rig.journal.events) if name not in ("Beat",)]
    assert names[-3:] == ["StopAsked", "AllCancelled", "Halted"]
    assert rig.journal.pending == 0


@virtual
async def test_a_condition_is_looked_at_after_each_beat(nursery):
    rig = Rig()
    nursery.start_soon(rig.drive.run)
    seen = []

    async def wait() -> None:
        await rig.drive.when(lambda state: state.feeds[MARKET_FEED].open)
        seen.append(rig.inbox.stamp())

    nursery.start_soon(wait)
    await trio.sleep(3)
    assert seen == []
    rig.inbox.hear(ev.FeedOpened, MARKET_FEED)
    await trio.sleep(0.01)
    assert seen == [T0 + 3 * SECOND]


@virtual
async def test_the_tap_hears_every_event_before_its_step(nursery):
    heard = []
    rig = Rig(tap=heard.append)
    nursery.start_soon(rig.drive.run)
    await trio.sleep(1)
    assert heard == rig.journal.events


@pytest.mark.parametrize("limit", [1, 10])
@virtual
async def test_feeds_wait_for_room_and_answers_do_not(nursery, limit):
    inbox = Inbox(TrioClock(T0), limit=limit)
    entered = []

    async def feed() -> None:
        for number in range(30):
            await inbox.room()
            inbox.hear(ev.FeedOpened, MARKET_FEED)
            entered.append(number)

    nursery.start_soon(feed)
    await trio.sleep(1)
    assert len(inbox) == len(entered) == limit
    inbox.hear(ev.Halted)
    assert len(inbox) == limit + 1
    while len(entered) < 30:
        inbox.take(3)
        await trio.sleep(0.01)
    assert inbox.peak == limit + 1


@virtual
async def test_every_fact_of_the_core_survives_the_journal_of_a_shell(nursery):
    rig = Rig()
    nursery.start_soon(rig.drive.run)
    await trio.sleep(1)
    encode = partial(msgspec.msgpack.encode)
    decoded = msgspec.msgpack.decode(encode(rig.journal.events), type=list[ev.AnyEvent])
    assert decoded == rig.journal.events
