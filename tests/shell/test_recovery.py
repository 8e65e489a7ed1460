"""A restart after a crash: no order untracked, none doubled, positions equal the venue's."""

from pathlib import Path
from random import Random

import pytest
import trio

from pmapp.replay import replay
from pmcore import effects as ef
from pmcore import events as ev
from pmcore.freeze import freeze
from pmcore.ids import MARKET_FEED, OUTCOMES, USER_FEED
from pmcore.units import SECOND
from pmio.journal import JournalHead, JournalReader, JournalWriter
from pmio.recovery import opening, prepare, recovered
from tests.shell.rig import Rig
from tests.shell.virtual import run_virtual, virtual


def writer(folder: Path, run_id: str, rig: Rig | None = None, first: int = 1) -> JournalWriter:
    def snapshot() -> bytes:
        assert rig is not None
        return freeze(rig.state)

    head = JournalHead(run_id=run_id, mode="live", first=first)
    return JournalWriter(folder, head, snapshot=snapshot)


class Crashing:
    """A rig whose live shell writes a real journal and can die like a process."""

    def __init__(self, nursery: trio.Nursery, folder: Path, seed: int = 1) -> None:
        self.rig = Rig(nursery, seed=seed, delay_s=0.01)
        self.folder = folder
        self.runs = 0

    async def start(self) -> None:
        found = recovered(self.folder)
        rig = self.rig
        self.runs += 1
        run_id = f"run-{self.runs}"
        if found is None:
            journal = writer(self.folder, run_id)
        else:
            prepare(found, rig.host.clock())
            first = found.first
            head = JournalHead(run_id=run_id, mode="live", first=first)
            state = found.state
            journal = JournalWriter(self.folder, head, snapshot=lambda: freeze(state))
        await rig.live(journal=journal, found=found, ops=self.folder / "ops.jsonl")
        self.journal = journal

    async def crash(self) -> None:
        """Die: what is not flushed is lost, and nobody cancels anything."""
        shell = self.rig.shell

        async def nothing(within_s: float) -> bool:
            return True

        shell.account.cancel_everything = nothing
        self.journal.flush = lambda: None
        shell._scope.cancel()
        await self.rig.done.wait()

    def check(self) -> None:
        """Orders and positions of the state are the venue's."""
        rig = self.rig
        roster = rig.side._submits._roster
        theirs = sorted(posted.id for posted in rig.posted() if posted.open)
        ours = sorted(
            roster.venue_id(order.id)
            for market in rig.state.markets.values()
            for order in market.orders.values()
        )
        assert theirs == ours
        held = {(h.market, h.outcome): h.shares for h in rig.venue.exchange.holdings(rig.account)}
        for market in rig.state.markets.values():
            for outcome in OUTCOMES:
                believed = market.inventory.shares[outcome]
                assert believed == held.get((market.terms.id, outcome), 0)


@pytest.mark.parametrize("seed", range(4))
def test_crashes_at_random_moments_lose_and_double_nothing(seed, tmp_path):
    chance = Random(seed)

    async def main(nursery) -> None:
        crashing = Crashing(nursery, tmp_path, seed)
        rig = crashing.rig
        await crashing.start()
        await rig.quoting()
        for _ in range(3):
            await trio.sleep(chance.uniform(0.5, 8.0))
            # Into the middle of a post or a cancel, where it hurts.
            busy = (rig.side._post, rig.side._cancel)
            await rig.until(lambda rig, busy=busy: any(map(len, busy)), 30, 0.003)
            await crashing.crash()
            await trio.sleep(chance.uniform(0.1, 5.0))
            await crashing.start()
            await rig.quoting()
        await trio.sleep(20)
        await rig.until(lambda rig: not any(m.merge_op for m in rig.state.markets.values()))
        assert await rig.stop() == 0
        crashing.check()

    run_virtual(main, seed)
    assert replay(tmp_path).equal


def test_nothing_is_quoted_before_the_first_view_after_a_crash(tmp_path):
    @virtual
    async def play(nursery) -> None:
        crashing = Crashing(nursery, tmp_path)
        rig = crashing.rig
        await crashing.start()
        await rig.quoting()
        await crashing.crash()
        left = {posted.id for posted in rig.posted() if posted.open}
        assert left
        # The first view takes its time; books, prices and channels would all be there before it.
        view_s = 3.0
        rig.fault("answer", on="orders", delay_ms=round(view_s * 1_000), count=1, applied=True)
        await crashing.start()
        seen: list[ev.AnyEvent | ef.AnyEffect] = []
        drive, routes = rig.shell.drive, rig.shell._routes
        offer, tap = routes[ef.PlaceOrder], drive._tap

        def place(effect: ef.PlaceOrder, asked_ns: int) -> None:
            seen.append(effect)
            offer(effect, asked_ns)

        def hear(event: ev.AnyEvent) -> None:
            seen.append(event)
            tap(event)

        routes[ef.PlaceOrder], drive._tap = place, hear
        await trio.sleep(view_s - 0.5)
        opened = [event.feed for event in seen if isinstance(event, ev.FeedOpened)]
        assert USER_FEED in opened
        assert MARKET_FEED not in opened, "no books before the view"
        assert not [one for one in seen if isinstance(one, ev.Reconciled | ef.PlaceOrder)]
        await rig.until(lambda rig: any(isinstance(one, ef.PlaceOrder) for one in seen))
        kinds = [type(one) for one in seen]
        assert kinds.index(ev.Reconciled) < kinds.index(ef.PlaceOrder)
        assert not left & {posted.id for posted in rig.posted() if posted.open}
        await rig.stop()

    play()


def test_orders_that_we_never_knew_are_cancelled_as_strays(tmp_path):
    @virtual
    async def play(nursery) -> None:
        crashing = Crashing(nursery, tmp_path)
        rig = crashing.rig
        await crashing.start()
        await rig.quoting()
        await crashing.crash()
        left = {posted.id for posted in rig.posted() if posted.open}
        for path in tmp_path.iterdir():
            path.unlink()
        await crashing.start()
        await rig.quoting()
        assert not left & {posted.id for posted in rig.posted() if posted.open}
        journal = crashing.journal
        assert journal.events
        await rig.stop()
        told = [event for batch in JournalReader(tmp_path) for event in batch.events]
        assert len([e for e in told if isinstance(e, ev.StrayCancelled) and e.done]) == len(left)

    play()


def test_an_orderly_end_is_continued(tmp_path):
    @virtual
    async def play(nursery) -> None:
        crashing = Crashing(nursery, tmp_path)
        rig = crashing.rig
        await crashing.start()
        await rig.quoting()
        await trio.sleep(20)
        assert await rig.stop() == 0
        fills = {m.terms.id: m.inventory.fills for m in rig.state.markets.values()}
        found = recovered(tmp_path)
        assert found is not None
        assert found.orderly
        assert found.dropped == 0
        await crashing.start()
        await rig.quoting()
        for market, count in fills.items():
            assert rig.state.markets[market].inventory.fills >= count
        assert rig.state.safety.mode == "running"
        assert await rig.stop() == 0
        crashing.check()

    play()


def test_a_kill_outlives_a_crash_and_not_an_orderly_restart(tmp_path):
    @virtual
    async def play(nursery) -> None:
        crashing = Crashing(nursery, tmp_path)
        rig = crashing.rig
        await crashing.start()
        await rig.quoting()
        rig.shell.inbox.hear(ev.KillAsked, "test")
        await rig.until(lambda rig: rig.state.safety.mode == "halted", 10)
        await trio.sleep(1)
        await crashing.crash()
        await crashing.start()
        await trio.sleep(20)
        assert rig.state.safety.mode in ("killed", "halted")
        assert not [posted for posted in rig.posted() if posted.open]
        assert await rig.stop() == 0
        await crashing.start()
        await rig.quoting()
        assert await rig.stop() == 0

    play()


def test_a_long_absence_is_no_reason_to_kill(tmp_path):
    @virtual
    async def play(nursery) -> None:
        crashing = Crashing(nursery, tmp_path)
        rig = crashing.rig
        await crashing.start()
        await rig.quoting()
        await crashing.crash()
        await trio.sleep(90)
        await crashing.start()
        assert any(market.orders for market in rig.state.markets.values())
        await rig.quoting()
        assert rig.state.safety.mode == "running"
        assert not [note for note in rig.notes if note.code == "killed"]
        assert await rig.stop() == 0
        crashing.check()

    play()


def test_without_a_journal_there_is_nothing_to_recover(tmp_path):
    assert recovered(tmp_path) is None
    assert recovered(tmp_path / "nowhere") is None


def test_every_open_question_of_a_crash_is_answered(tmp_path):
    @virtual
    async def play(nursery) -> None:
        crashing = Crashing(nursery, tmp_path)
        rig = crashing.rig
        await crashing.start()
        await rig.quoting()
        rig.fault("answer", on="any", fate="silent")
        rig.shell.inbox.hear(ev.KillAsked, "test")
        await trio.sleep(1)
        await crashing.crash()
        found = recovered(tmp_path)
        assert found is not None
        told = opening(found, found.state.now_ns)
        assert ev.CancelAllUnknown in {type(event) for event in told}
        lost = [event.feed for event in told if isinstance(event, ev.FeedLost)]
        assert lost == [0, 1, 2, 3]
        assert all(event.at_ns == found.state.now_ns for event in told)
        assert found.state.now_ns > 1_800_000_000 * SECOND

    play()
