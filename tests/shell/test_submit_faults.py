"""Acts whose answers are late, lost, refused or strange: doubt, never a second order."""

import pytest
import trio

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import OpId, OrderId
from pmcore.order import FAK
from pmcore.units import SECOND
from tests.core.stage import shares
from tests.shell.rig import WINDOW, Rig, live_orders
from tests.shell.virtual import virtual


async def quoting(nursery, **more) -> Rig:
    rig = Rig(nursery, **more)
    await rig.live()
    await rig.quoting()
    return rig


async def later(rig: Rig, seconds: float) -> None:
    """Until so many seconds of the window have passed."""
    await rig.until(lambda rig: rig.host.clock() >= (WINDOW + seconds) * SECOND, seconds + 10)


def check_same_orders(rig: Rig) -> None:
    """Everything that rests at the venue is known to us by its number, once."""
    theirs = sorted(posted.id for posted in rig.posted() if posted.open)
    roster = rig.side._submits._roster
    ours = sorted(
        roster.venue_id(order.id)
        for market in rig.state.markets.values()
        for order in market.orders.values()
    )
    assert theirs == ours


@pytest.mark.parametrize("fate", ["silent", "cut", "torn"])
@pytest.mark.parametrize("applied", [True, False])
def test_a_submit_without_an_answer_is_resolved_by_its_id(fate, applied):
    @virtual
    async def play(nursery) -> None:
        rig = Rig(nursery)
        await rig.live()
        rig.fault("answer", on="place", fate=fate, applied=applied, count=3)
        await later(rig, 20)
        unknown = {event.order for event in rig.events(ev.OrderUnknown)}
        assert unknown
        asked = [effect for effect in rig.effects(ef.Reconcile) if effect.why == "doubt"]
        assert asked
        await rig.quoting()
        await trio.sleep(1)
        check_same_orders(rig)
        # Every order was sent once: the venue has refused no duplicate.
        assert not [event for event in rig.events(ev.OrderRejected) if event.code == "duplicate"]
        known = {posted.id for posted in rig.posted()}
        roster = rig.side._submits._roster
        named = {roster.venue_id(order) for order in unknown}
        # Where the venue did it, some may have been refused by it as crossing.
        assert bool(named & known) is applied
        assert await rig.stop() == 0
        assert rig.venue.exchange.open_orders(rig.account) == ()

    play()


@pytest.mark.parametrize("status", [500, 502])
def test_a_server_error_is_doubt(status):
    @virtual
    async def play(nursery) -> None:
        rig = Rig(nursery)
        await rig.live()
        rig.fault("answer", on="place", status=status, applied=True, count=2)
        await later(rig, 15)
        assert rig.events(ev.OrderUnknown)
        await rig.quoting()
        await trio.sleep(1)
        check_same_orders(rig)
        await rig.stop()

    play()


@virtual
async def test_an_unreadable_answer_is_doubt(nursery):
    rig = Rig(nursery)
    await rig.live()
    rig.fault("answer", on="place", garbage=True, applied=True, count=2)
    await later(rig, 15)
    assert "not json" in rig.events(ev.OrderUnknown)[0].text
    await rig.quoting()
    await trio.sleep(1)
    check_same_orders(rig)
    await rig.stop()


@virtual
async def test_part_of_a_batch_refused_keeps_the_rest(nursery):
    rig = Rig(nursery)
    await rig.live()
    rig.fault("partial_batch", p=0.5, for_s=10.0)
    await later(rig, 9)
    assert rig.events(ev.OrderAccepted)
    assert rig.events(ev.OrderUnknown, ev.OrderRejected)
    await rig.quoting()
    await trio.sleep(8)
    check_same_orders(rig)
    await rig.stop()


@virtual
async def test_an_engine_restart_is_a_mode_and_ends(nursery):
    rig = await quoting(nursery)
    rig.fault("restart", down_s=5.0, post_only_s=20.0)
    await rig.until(lambda rig: rig.events(ev.VenueModeChanged), 20)
    modes = [event.mode for event in rig.events(ev.VenueModeChanged)]
    assert modes[0] == "restarting"
    await trio.sleep(30)
    modes = [event.mode for event in rig.events(ev.VenueModeChanged)]
    assert modes[-1] in ("normal", "post_only")
    await rig.quoting()
    assert rig.state.safety.mode == "running"
    await trio.sleep(10)
    check_same_orders(rig)
    await rig.stop()


@pytest.mark.parametrize("mode", ["cancel_only", "post_only", "disabled"])
def test_a_mode_of_the_venue_is_followed_and_left(mode):
    @virtual
    async def play(nursery) -> None:
        rig = Rig(nursery)
        rig.fault("mode", mode=mode, for_s=40.0)
        await rig.live()
        await later(rig, 30)
        modes = [event.mode for event in rig.events(ev.VenueModeChanged)]
        if mode == "post_only":
            assert modes == []  # we post nothing else
            assert live_orders(rig)
        else:
            assert modes[0] == mode
            # Tried again when its time was over; "disabled" is given 30 s.
            assert ("normal" in modes) is (mode == "cancel_only")
            assert live_orders(rig) == 0
            posts = len(rig.effects(ef.PlaceOrder))
            assert posts < 30
        await later(rig, 80)
        await rig.quoting()
        assert rig.side.venue_mode.mode == "normal"
        assert rig.state.safety.mode == "running"
        await rig.stop()

    play()


@virtual
async def test_post_only_is_believed_for_as_long_as_the_venue_says(nursery):
    rig = await quoting(nursery)
    rig.fault("mode", mode="post_only", for_s=20.0)
    await trio.sleep(15.0)
    # Only a taker order meets it; this one is nobody's, and its refusal tells of the mode.
    taker = ef.PlaceOrder(
        OrderId(99_001), rig.window.terms.id, 0, 0, 5_000, shares(20), FAK, False, 0, "test"
    )
    rig.side._take.offer(taker, rig.shell.inbox.stamp())
    await rig.until(lambda rig: rig.state.safety.venue_mode == "post_only", 1.0)
    await rig.until(lambda rig: rig.state.safety.venue_mode == "normal", 6.0)
    assert await rig.stop() == 0


@virtual
async def test_429_pauses_placements_and_never_cancels(nursery):
    rig = await quoting(nursery)
    rig.fault("answer", on="place", status=429, retry_after=5, count=1)
    await rig.until(lambda rig: rig.events(ev.OrderRejected), 30)
    begun = trio.current_time()
    first = rig.events(ev.OrderRejected)[0]
    assert first.code == "rate_limited"
    asked = len(rig.venue.orders.by_id)
    await trio.sleep(4.5)
    assert len(rig.venue.orders.by_id) == asked, "nothing is sent while the limit is closed"
    ours = [e for e in rig.events(ev.OrderRejected) if e.text.startswith("not sent")]
    assert all(event.code == "rate_limited" for event in ours)
    await trio.sleep(3)
    assert trio.current_time() - begun > 7
    await rig.quoting()
    assert rig.state.safety.mode == "running"
    assert await rig.stop() == 0


@virtual
async def test_the_signers_tokens_are_reported_and_the_tier_is_followed(nursery):
    rig = Rig(nursery, tier="Gold")
    await rig.live()
    await rig.quoting()
    reports = rig.events(ev.RateReported)
    assert reports
    assert rig.side.venue_mode._pacing.tier_name == "gold"
    await rig.stop()


@virtual
async def test_cancels_go_on_while_the_post_lane_is_stuck(nursery):
    rig = await quoting(nursery)
    rig.fault("answer", on="place", fate="silent", for_s=30.0)
    await rig.until(lambda rig: len(rig.side._post), 20)
    before = len(rig.events(ev.OrderCancelled))
    rig.shell.inbox.hear(ev.KillAsked, "test")
    await trio.sleep(0.5)
    assert len(rig.side._post), "still stuck"
    assert rig.events(ev.AllCancelled)
    assert len(rig.events(ev.OrderCancelled)) >= before
    live = [p for p in rig.posted() if p.open]
    assert live == []


@pytest.mark.parametrize("fate", ["silent", "cut"])
@pytest.mark.parametrize("applied", [True, False])
def test_a_cancel_without_an_answer_is_resolved(fate, applied):
    @virtual
    async def play(nursery) -> None:
        rig = await quoting(nursery)
        rig.fault("answer", on="cancel", fate=fate, applied=applied, for_s=8.0)
        await rig.until(lambda rig: rig.events(ev.CancelUnknown), 60)
        await trio.sleep(15)
        check_same_orders(rig)
        assert rig.state.safety.mode == "running"
        await rig.stop()

    play()


@virtual
async def test_a_cancel_bucket_in_debt_only_delays(nursery):
    rig = await quoting(nursery)
    rig.fault("debt", tokens=200)
    answered: list[float] = []
    for op in (OpId(90_001), OpId(90_002)):
        known = len(rig.events(ev.StrayCancelled))
        rig.side._cancel.offer(ef.CancelStray(op, "0x" + "ab" * 32), rig.shell.inbox.stamp())
        await rig.until(lambda rig, known=known: len(rig.events(ev.StrayCancelled)) > known, 5)
        answered.append(trio.current_time())
    # The venue has said 429: the next one is sent a second later, not at once.
    assert 0.9 < answered[1] - answered[0] < 2.0
    await trio.sleep(20)
    await rig.quoting()
    check_same_orders(rig)
    assert rig.state.safety.mode == "running"
    await rig.stop()


@virtual
async def test_wrong_credentials_stop_the_trading(nursery):
    rig = await quoting(nursery)
    rig.fault("answer", on="clob", status=401, for_s=60.0)
    await rig.until(lambda rig: rig.state.safety.mode in ("killed", "halted"), 60)
    assert "auth" in rig.state.safety.why
    assert rig.state.safety.operator


@virtual
async def test_a_restricted_account_stops_the_trading(nursery):
    rig = await quoting(nursery)
    rig.fault("closed_only")
    await rig.until(lambda rig: rig.state.safety.mode in ("killed", "halted"), 60)
    assert "restricted" in rig.state.safety.why
    assert rig.venue.exchange.open_orders(rig.account) == ()


@virtual
async def test_another_order_version_is_refused_without_a_storm(nursery):
    rig = await quoting(nursery)
    rig.fault("version_flip", slug=rig.window.terms.slug, for_s=3.0)
    await trio.sleep(20)
    told = [e for e in rig.events(ev.OrderRejected) if e.code == "version_mismatch"]
    assert len(told) < 10
    await rig.stop()
