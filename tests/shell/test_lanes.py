"""Lanes: order of arrival, batches, and one answer for each act whatever happens."""

from collections import Counter

import pytest
import trio

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import BUY, UP, MarketId, OpId, OrderId
from pmcore.order import GTC
from pmcore.units import SECOND, Ns, Price, Shares
from pmio.answers import UNANSWERED, unanswered
from pmio.clock import TrioClock
from pmio.inbox import Inbox
from pmio.lanes import Lane, answer
from tests.shell.virtual import virtual

T0 = Ns(1_800_000_000 * SECOND)
M = MarketId(1_800_000_000)
EFFECTS = [
    ef.PlaceOrder(
        OrderId(7), M, UP, BUY, Price(4_500), Shares(10_000_000), GTC, True, Ns(0), "joined"
    ),
    ef.CancelOrder(OrderId(7), "moved"),
    ef.CancelAll(OpId(8), "killed"),
    ef.CancelStray(OpId(9), "0xab"),
    ef.MergePairs(OpId(10), M, Shares(5_000_000), "full sets"),
    ef.RedeemShares(OpId(11), M),
    ef.FindMarket(M, "slug"),
    ef.WatchMarket(M),
    ef.DropMarket(M),
    ef.ResyncBook(M, UP, "invalid"),
    ef.Reconcile(OpId(12), "doubt"),
    ef.AskScoring(OpId(13), (OrderId(7),)),
    ef.Halt("stopping"),
]


def place(number: int) -> ef.PlaceOrder:
    return ef.PlaceOrder(
        OrderId(number), M, UP, BUY, Price(4_500), Shares(10_000_000), GTC, True, Ns(0), ""
    )


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: type(effect).__name__)
def test_the_answer_of_last_resort_is_one_that_the_core_expects(effect):
    event = unanswered(T0, effect, "why")
    assert type(event) in ef.ANSWERS[type(effect)]
    for field in ("order", "op", "market"):
        if hasattr(effect, field) and hasattr(event, field):
            assert getattr(event, field) == getattr(effect, field)


def test_every_act_has_an_answer_of_last_resort():
    assert set(UNANSWERED) == {kind for kind, answers in ef.ANSWERS.items() if answers}


def test_what_was_never_sent_binds_no_pairs():
    merge = unanswered(T0, EFFECTS[4], "lane full")
    assert isinstance(merge, ev.MergeFailed)


@virtual
async def test_acts_are_performed_in_order_of_arrival_and_in_batches(nursery):
    inbox = Inbox(TrioClock(T0))
    batches = []

    async def perform(acts) -> None:
        batches.append([act.effect.order for act in acts])
        await trio.sleep(1)
        for act in acts:
            answer(inbox, act, ev.OrderAccepted(inbox.stamp(), act.effect.order))

    lane = Lane("post", inbox, perform, capacity=100, batch=15)
    nursery.start_soon(lane.run)
    lane.offer(place(1), T0)
    await trio.sleep(0.5)
    for number in range(2, 20):
        lane.offer(place(number), T0)
    await trio.sleep(10)
    assert batches == [[1], list(range(2, 17)), [17, 18, 19]]
    assert [event.order for event in inbox.take(100)] == list(range(1, 20))
    assert len(lane) == 0
    assert lane.acts == 19
    assert max(lane.spans) == pytest.approx(2.5)


@virtual
async def test_a_full_lane_answers_at_once(nursery):
    inbox = Inbox(TrioClock(T0))

    async def perform(acts) -> None:
        await trio.sleep_forever()

    lane = Lane("post", inbox, perform, capacity=3)
    nursery.start_soon(lane.run)
    for number in range(1, 3):
        lane.offer(place(number), T0)
    await trio.sleep(1)
    for number in range(3, 8):
        lane.offer(place(number), T0)
    told = inbox.take(100)
    assert [(type(event), event.order) for event in told] == [
        (ev.OrderUnknown, 5),
        (ev.OrderUnknown, 6),
        (ev.OrderUnknown, 7),
    ]
    assert all(event.text == "post: lane full" for event in told)


@virtual
async def test_forgotten_cancelled_and_late_acts_are_answered_once(nursery):
    inbox = Inbox(TrioClock(T0))

    async def forgetful(acts) -> None:
        await trio.sleep(1)

    lane = Lane("post", inbox, forgetful, capacity=10, batch=2)
    with trio.move_on_after(2.5):
        async with trio.open_nursery() as inner:
            inner.start_soon(lane.run)
            for number in range(1, 8):
                lane.offer(place(number), T0)
    lane.offer(place(8), T0)
    told = inbox.take(100)
    assert Counter(event.order for event in told) == Counter(range(1, 9))
    texts = Counter(event.text for event in told)
    assert texts == {"no answer": 4, "lane closed": 3, "post: lane closed": 1}


@virtual
async def test_an_exception_of_ours_answers_and_goes_on_up(nursery):
    inbox = Inbox(TrioClock(T0))

    async def broken(acts) -> None:
        answer(inbox, acts[0], ev.OrderAccepted(inbox.stamp(), acts[0].effect.order))
        raise RuntimeError("ours")

    lane = Lane("post", inbox, broken, capacity=10, batch=3)
    for number in range(1, 6):
        lane.offer(place(number), T0)
    with pytest.raises(RuntimeError, match="ours"):
        await lane.run()
    told = inbox.take(100)
    assert [type(event).__name__ for event in told] == ["OrderAccepted"] + ["OrderUnknown"] * 4


@virtual
async def test_two_answers_are_a_mistake_of_ours(nursery):
    inbox = Inbox(TrioClock(T0))

    async def eager(acts) -> None:
        for _ in range(2):
            answer(inbox, acts[0], ev.OrderAccepted(inbox.stamp(), acts[0].effect.order))

    lane = Lane("post", inbox, eager)
    lane.offer(place(1), T0)
    with pytest.raises(AssertionError, match="twice"):
        await lane.run()
    assert len(inbox.take(10)) == 1


@virtual
async def test_a_stuck_lane_does_not_hold_up_another(nursery):
    inbox = Inbox(TrioClock(T0))

    async def stuck(acts) -> None:
        await trio.sleep_forever()

    async def quick(acts) -> None:
        for act in acts:
            answer(inbox, act, ev.OrderCancelled(inbox.stamp(), act.effect.order, "cancelled"))

    post, cancel = Lane("post", inbox, stuck), Lane("cancel", inbox, quick, batch=100)
    nursery.start_soon(post.run)
    nursery.start_soon(cancel.run)
    post.offer(place(1), T0)
    await trio.sleep(1)
    begun = trio.current_time()
    cancel.offer(ef.CancelOrder(OrderId(2), "moved"), T0)
    await inbox.wait()
    assert trio.current_time() == begun
    assert [type(event) for event in inbox.take(10)] == [ev.OrderCancelled]
