"""Class 8, 9 and 10: markets that end otherwise, a process that stands still, a stubborn chain."""

import pytest
import trio

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import OpId
from pmcore.units import SECOND
from tests.faults.bots import quoting, well_again
from tests.shell.rig import BRIEF, SHORT, WINDOW, Rig
from tests.shell.test_chain import give, merging, offer_merge, told
from tests.shell.virtual import virtual


@pytest.mark.parametrize("payout_up", [0.5, 1])
def test_an_early_or_split_resolution_pays_what_it_says(payout_up):
    @virtual
    async def play(nursery) -> None:
        rig = Rig(nursery, **BRIEF)
        await rig.live(SHORT)
        await rig.quoting()
        market = rig.window.terms.id
        await trio.sleep(15.0)
        rig.fault("resolve", slug=rig.window.terms.slug, payout_up=payout_up)
        await rig.until(lambda rig: rig.state.totals.markets, 400)
        result = next(e for e in rig.events(ev.MarketResolved) if e.market == market)
        assert result.payout_up == payout_up * 10_000
        placed = [e for e in rig.effects(ef.PlaceOrder) if e.market == market]
        assert placed
        await rig.until(lambda rig: not any(m.merge_op for m in rig.state.markets.values()))
        assert await rig.stop() == 0
        flow = rig.state.totals.realised
        flow += sum(m.inventory.cash_flow for m in rig.state.markets.values())
        assert rig.venue.exchange.cash(rig.account) == rig.terms.faucet + flow

    play()


@virtual
async def test_a_rule_that_is_edited_after_entry_is_not_followed_blindly(nursery):
    rig = await quoting(nursery)
    window = rig.window
    before = window.terms.settlement
    rig.fault("rule_text", slug=window.terms.slug, for_s=38.0)
    await trio.sleep(34.0)
    # A text that names no rule that we know is told, and the market keeps the rule of its entry.
    assert rig.window.terms.settlement == before
    assert rig.events(ev.Garbled)
    assert rig.state.safety.mode == "running"
    await well_again(rig)


@virtual
async def test_a_loop_that_is_blocked_longer_than_the_heartbeat_window(nursery):
    rig = await quoting(nursery)
    mine = {posted.id for posted in rig.posted() if posted.open}
    assert mine
    # Nothing of ours runs for 16 s: the venue lets go of everything.
    trio.lowlevel.current_clock().jump(16.0)
    await trio.sleep(3.0)
    assert not mine & {posted.id for posted in rig.posted() if posted.open}
    # Prices were as old as the pause when it woke: that is a kill, which a person lifts.
    assert rig.state.safety.mode in ("killed", "halted")
    assert not [posted for posted in rig.posted() if posted.open]
    await trio.sleep(5.0)
    rig.shell.inbox.hear(ev.ResumeAsked)
    await well_again(rig)


@virtual
async def test_heartbeats_that_do_not_arrive_cost_the_orders_and_no_more(nursery):
    rig = await quoting(nursery)
    rig.fault("answer", on="beat", fate="cut", for_s=25.0)
    await rig.until(lambda rig: rig.events(ev.HeartbeatMissed), 20)
    await rig.until(lambda rig: not [p for p in rig.posted() if p.open], 30)
    await trio.sleep(30.0)
    beats = [type(e) for e in rig.events(ev.HeartbeatAcked, ev.HeartbeatMissed)]
    assert beats[-1] is ev.HeartbeatAcked
    rig.shell.inbox.hear(ev.ResumeAsked)
    await well_again(rig)


@virtual
async def test_a_relayer_that_says_429_was_not_told_anything(nursery):
    rig = await merging(nursery)
    market = give(rig, 40)
    rig.fault("answer", on="relayer", status=429, for_s=5.0)
    offer_merge(rig, market, 30)
    await rig.until(lambda rig: told(rig, ev.MergeFailed, ev.MergeUnknown, ev.MergeConfirmed), 90)
    (event,) = told(rig, ev.MergeFailed, ev.MergeUnknown, ev.MergeConfirmed)
    assert isinstance(event, ev.MergeFailed)
    await trio.sleep(10.0)
    offer_merge(rig, market, 30, op=901)
    await rig.until(lambda rig: [e for e in rig.events(ev.MergeConfirmed) if e.op == 901], 90)
    await rig.stop()


@virtual
async def test_a_redemption_of_nothing_is_done_without_asking_the_chain(nursery):
    rig = await merging(nursery)
    sent = len(rig.venue.relayer.transactions)
    stamp = rig.shell.inbox.stamp()
    rig.side._chain.offer(ef.RedeemShares(OpId(950), rig.window.terms.id), stamp)
    await rig.until(lambda rig: [e for e in rig.events(ev.RedeemConfirmed) if e.op == 950], 30)
    (event,) = [e for e in rig.events(ev.RedeemConfirmed) if e.op == 950]
    assert event.payout == 0
    assert len(rig.venue.relayer.transactions) == sent
    assert rig.host.clock() < (WINDOW + 900) * SECOND
    await rig.stop()
