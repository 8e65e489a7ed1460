"""Class 1 and 2: what the market channel does not say, or says wrongly."""

import pytest
import trio

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import MARKET_FEED
from pmcore.order import FAK, FOK
from tests.faults.bots import check_books, quoting, well_again
from tests.shell.rig import Rig, live_orders
from tests.shell.virtual import virtual


@virtual
async def test_a_subscription_without_a_snapshot_is_read_by_rest(nursery):
    # As with more than 500 tokens: the subscription holds, the books do not come.
    rig = Rig(nursery)
    rig.fault("lose", channel="market", p=1.0, for_s=3.0)
    await rig.live()
    await rig.quoting()
    assert rig.effects(ef.ResyncBook)
    opened = [event for event in rig.events(ev.FeedOpened) if event.feed == MARKET_FEED]
    assert opened
    await well_again(rig)


@virtual
async def test_a_change_on_the_wrong_side_is_found_out_by_its_checksum(nursery):
    rig = await quoting(nursery)
    before = len(rig.effects(ef.ResyncBook))
    rig.fault("wrong_side", slug=rig.window.terms.slug, p=0.3, for_s=5.0)
    await trio.sleep(6.0)
    assert len(rig.effects(ef.ResyncBook)) > before
    await well_again(rig)


@pytest.mark.parametrize("kind", ["one_sided", "crossed", "empty", "placeholder"])
def test_a_book_that_is_none_is_no_reason_to_trade(kind):
    @virtual
    async def play(nursery) -> None:
        rig = await quoting(nursery)
        caps = 10_000
        asked = len(rig.effects(ef.PlaceOrder))
        rig.fault(kind, slug=rig.window.terms.slug, for_s=12.0)
        await trio.sleep(12.5)
        placed = rig.effects(ef.PlaceOrder)[asked:]
        assert not [order for order in placed if order.kind in (FOK, FAK)]
        assert all(order.post_only for order in placed)
        # Both top bids together stay below a dollar, whatever the book pretends.
        tops = {0: 0, 1: 0}
        for order in placed:
            tops[order.outcome] = max(tops[order.outcome], order.price)
        assert tops[0] + tops[1] < caps
        await trio.sleep(20.0)
        await well_again(rig)

    play()


@virtual
async def test_a_crossed_book_is_not_quoted_while_it_lasts(nursery):
    rig = await quoting(nursery)
    number = rig.fault("crossed", slug=rig.window.terms.slug)
    await rig.until(lambda rig: rig.window.gate == "book_invalid", 10)
    await rig.until(lambda rig: live_orders(rig) == 0, 5)
    asked = len(rig.effects(ef.PlaceOrder))
    await trio.sleep(5.0)
    assert len(rig.effects(ef.PlaceOrder)) == asked
    rig.heal(number)
    await well_again(rig)


@virtual
async def test_books_in_the_other_order_are_read_all_the_same(nursery):
    rig = Rig(nursery)
    slug = f"btc-updown-15m-{1_800_000_000}"
    rig.fault("reversed", slug=slug, p=1.0)
    await rig.live()
    await rig.quoting()
    await trio.sleep(15.0)
    assert not rig.events(ev.Garbled)
    check_books(rig)
    await well_again(rig)


@virtual
async def test_a_trade_that_is_told_before_its_changes_costs_no_book(nursery):
    rig = await quoting(nursery, rate=2.0)
    prints = len(rig.events(ev.TradePrinted))
    before = len(rig.effects(ef.ResyncBook))
    rig.fault("trade_first", slug=rig.window.terms.slug, p=1.0, for_s=20.0)
    await trio.sleep(20.0)
    assert len(rig.events(ev.TradePrinted)) > prints
    assert len(rig.effects(ef.ResyncBook)) == before
    await well_again(rig)
