"""A live shell against the local venue: it quotes, fills, merges, rolls, settles and stops."""

from itertools import pairwise

import pytest

from pmapp.replay import replay
from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import OUTCOMES
from pmcore.units import SECOND
from pmio.journal import JournalHead, JournalWriter
from tests.shell.rig import BRIEF, SHORT, Rig
from tests.shell.virtual import run_virtual, virtual


def answered_once(rig: Rig) -> None:
    """Every act was answered, and in the order of their kinds: no more answers than acts."""
    for act in (ef.CancelAll, ef.Reconcile, ef.FindMarket, ef.WatchMarket, ef.DropMarket):
        answers = ef.ANSWERS[act]
        if act is ef.FindMarket:
            continue  # a listing is told again when its terms change
        assert len(rig.events(*answers)) == len(rig.effects(act)), act
    placed = [effect.order for effect in rig.effects(ef.PlaceOrder)]
    assert len(set(placed)) == len(placed)
    told = {event.order for event in rig.events(*ef.ANSWERS[ef.PlaceOrder])}
    assert set(placed) <= told


@virtual
async def test_it_quotes_and_stops_in_good_order(nursery):
    rig = Rig(nursery)
    await rig.live()
    await rig.quoting()
    assert rig.window.gate == ""
    assert rig.venue.exchange.open_orders(rig.account)
    assert await rig.stop() == 0
    assert rig.journal.end == "closed"
    assert rig.venue.exchange.open_orders(rig.account) == ()
    answered_once(rig)


@virtual
async def test_nothing_is_quoted_before_the_account_is_reconciled(nursery):
    rig = Rig(nursery)
    rig.fault("answer", on="orders", fate="silent", for_s=40.0)
    await rig.live()
    await rig.until(lambda rig: rig.state.markets, 10)
    await rig.until(lambda rig: rig.host.clock() > 1_800_000_020 * SECOND)
    assert not rig.effects(ef.PlaceOrder)
    assert rig.events(ev.ReconcileFailed)
    await rig.until(lambda rig: rig.shell.quoting.is_set())
    begun = next(n for n, e in enumerate(rig.journal.events) if isinstance(e, ev.Reconciled))
    opened = [
        n for n, e in enumerate(rig.journal.events) if isinstance(e, ev.FeedOpened) and e.feed == 0
    ]
    assert opened == [] or begun < opened[0]
    await rig.stop()


@virtual
async def test_orders_have_their_names_before_anything_is_heard_of_them(nursery):
    rig = Rig(nursery)
    await rig.live()
    await rig.quoting()
    roster = rig.side._submits._roster
    ours = {posted.id for posted in rig.posted() if posted.open}
    assert ours
    assert ours <= set(roster.orders)
    for market in rig.state.markets.values():
        for order in market.orders.values():
            terms = roster.terms_for(order.market, order.outcome)
            assert rig.side.sealer.venue_id(order, terms) == roster.venue_id(order.id)
    await rig.stop()


@virtual
async def test_windows_roll_settle_and_add_up(nursery):
    rig = Rig(nursery, **BRIEF)
    await rig.live(SHORT)
    await rig.quoting()
    await rig.until(lambda rig: rig.state.totals.markets, 1_200)
    await rig.until(lambda rig: not any(m.merge_op for m in rig.state.markets.values()))
    assert await rig.stop() == 0
    exchange, number = rig.venue.exchange, rig.account
    assert exchange.open_orders(number) == ()
    assert exchange.unbalanced() == []
    held = {(h.market, h.outcome): h.shares for h in exchange.holdings(number)}
    flow = rig.state.totals.realised
    for market in rig.state.markets.values():
        for outcome in OUTCOMES:
            shares = market.inventory.shares[outcome]
            assert shares == held.pop((market.terms.id, outcome), 0)
        flow += market.inventory.cash_flow
    assert held == {}
    assert exchange.cash(number) == rig.terms.faucet + flow
    assert rig.events(ev.MergeConfirmed, ev.RedeemConfirmed)
    assert not rig.events(ev.Garbled, ev.FeedLost, ev.OrderUnknown)
    answered_once(rig)


def test_the_journal_of_a_live_session_replays_byte_for_byte(tmp_path):
    async def main(nursery) -> None:
        rig = Rig(nursery, seed=5)
        journal = JournalWriter(tmp_path, JournalHead(run_id="run-0", mode="live"))
        await rig.live(journal=journal)
        await rig.quoting()
        await rig.until(lambda rig: rig.state.seq > 2_000)
        assert await rig.stop() == 0

    run_virtual(main)
    found = replay(tmp_path)
    assert found.equal
    assert found.events > 2_000
    assert not found.torn


@virtual
async def test_heartbeats_are_never_late(nursery):
    rig = Rig(nursery)
    await rig.live()
    await rig.quoting()
    rig.fault("answer", on="place", fate="silent", for_s=30.0)
    await rig.until(lambda rig: rig.host.clock() > 1_800_000_060 * SECOND)
    beats = [event.at_ns for event in rig.events(ev.HeartbeatAcked)]
    gaps = [b - a for a, b in pairwise(beats)]
    assert max(gaps) <= 5.1 * SECOND
    assert not rig.events(ev.HeartbeatMissed)
    await rig.stop()


@pytest.mark.parametrize("seed", [4])
def test_the_same_seed_gives_the_same_session(seed):
    sessions: list[list[ev.AnyEvent]] = []

    async def main(nursery) -> None:
        rig = Rig(nursery, seed=seed)
        await rig.live()
        await rig.quoting()
        await rig.until(lambda rig: rig.state.seq > 800)
        await rig.stop()
        sessions.append(rig.journal.events)

    for _ in range(2):
        run_virtual(main, seed)
    assert sessions[0] == sessions[1]
