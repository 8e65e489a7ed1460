"""Class 3, 4 and 6: answers to orders and cancels that are late, short of words or unfair."""

import pytest
import trio

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import OUTCOMES, OrderId
from pmcore.order import DELAYED
from tests.core.stage import Stage, of, shares
from tests.faults.bots import quoting, well_again
from tests.shell.rig import Rig
from tests.shell.virtual import virtual


@pytest.mark.parametrize("retry_after", [0, 4])
def test_429_with_and_without_a_time_pauses_and_nothing_else(retry_after):
    @virtual
    async def play(nursery) -> None:
        rig = await quoting(nursery)
        rig.fault("answer", on="place", status=429, retry_after=retry_after, count=1)
        await rig.until(lambda rig: rig.events(ev.OrderRejected), 60)
        known = len(rig.posted())
        await trio.sleep(0.9 * (retry_after or 1))
        assert len(rig.posted()) == known, "nothing is sent while the limit is closed"
        assert rig.state.safety.mode == "running"
        await trio.sleep(5.0)
        await well_again(rig)

    play()


@pytest.mark.parametrize("matched", [True, False])
def test_delayed_then_matched_or_not(matched):
    stage = Stage()
    stage.open()
    place = of(stage.beat(), ef.PlaceOrder)[0]
    stage.hear(ev.OrderDelayed, place.order)
    order = stage.market.orders[place.order]
    assert order.status == DELAYED
    held = stage.market.inventory.shares[place.outcome]
    if matched:
        stage.fill(place, place.size)
        assert stage.market.inventory.shares[place.outcome] == held + place.size
        assert place.order not in stage.market.orders
    else:
        stage.hear(ev.OrderAccepted, place.order)
        assert stage.market.orders[place.order].leaves == place.size
        assert stage.market.inventory.shares[place.outcome] == held
    # Never sent a second time, whichever it was.
    assert place.order not in {e.order for e in of(stage.beat(1.0), ef.PlaceOrder)}


@virtual
async def test_a_cancel_before_the_answer_goes_by_the_precomputed_id(nursery):
    rig = await quoting(nursery)
    rig.fault("answer", on="place", delay_ms=2_000, applied=True, for_s=6.0)
    await rig.until(lambda rig: len(rig.side._post), 60)
    (act, *_) = rig.side._post._out or rig.side._post._waiting
    number = act.effect.order
    await rig.until(lambda rig: rig.side._submits._roster.venue_id(number), 5)
    await trio.sleep(0.2)
    assert not act.answered
    rig.side._cancel.offer(ef.CancelOrder(number, "test"), rig.shell.inbox.stamp())

    def ended(rig: Rig) -> bool:
        kinds = (ev.OrderCancelled, ev.CancelRefused)
        return any(event.order == number for event in rig.events(*kinds))

    await rig.until(ended, 1.5)
    assert not act.answered, "the cancel was done while the order's own answer was on its way"
    venue_id = rig.side._submits._roster.venue_id(number)
    assert not rig.venue.orders.by_id[venue_id].open
    await trio.sleep(10.0)
    await well_again(rig)


@pytest.mark.parametrize("kind", ["phantom_lock", "allowance"])
def test_cash_that_cannot_be_spent_is_no_storm_of_orders(kind):
    @virtual
    async def play(nursery) -> None:
        rig = await quoting(nursery)
        before = len(rig.effects(ef.PlaceOrder))
        number = rig.fault(kind)
        await trio.sleep(20.0)
        refused = {e.code for e in rig.events(ev.OrderRejected)}
        assert refused <= {"not_enough_balance", "post_only_would_cross", "other"}
        asked = len(rig.effects(ef.PlaceOrder)) - before
        assert asked < 40, "refused slots wait"
        rig.heal(number)
        rig.shell.inbox.hear(ev.ResumeAsked)
        await trio.sleep(10.0)
        await well_again(rig)

    play()


@virtual
async def test_a_second_process_on_the_wallet_is_seen_and_its_orders_are_cancelled(nursery):
    rig = await quoting(nursery)
    listed = rig.window.terms
    twin = rig.side.sealer
    act = ef.PlaceOrder(
        OrderId(rig.state.counter + 5_000), listed.id, 0, 0, 100, shares(20), 0, True, 0, "other"
    )
    signed = twin.seal(act, rig.shell.inbox.stamp(), listed)
    rest = rig.side._rests[0]
    url = "http://clob.local:80/order"
    await rest.ask("place", "POST", url, signed.body, sign=rig.credentials.key.headers)
    assert rig.venue.orders.by_id[signed.venue_id].open
    await rig.until(lambda rig: not rig.venue.orders.by_id[signed.venue_id].open, 120)
    assert [event for event in rig.events(ev.StrayCancelled) if event.done]
    held = {(h.market, h.outcome): h.shares for h in rig.venue.exchange.holdings(rig.account)}
    for outcome in OUTCOMES:
        believed = rig.window.inventory.shares[outcome]
        assert believed == held.get((listed.id, outcome), 0)
    await well_again(rig)
