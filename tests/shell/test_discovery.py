"""Markets are found, completed, followed and resolved, whatever the listing does meanwhile."""

import trio

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import MARKET_FEED, MarketId
from pmcore.units import SECOND
from tests.shell.rig import WINDOW, Rig, live_orders
from tests.shell.virtual import virtual

NEXT = f"btc-updown-15m-{WINDOW + 900}"
SHORT = {"trading.window_seconds": 300, "trading.slug_prefix": "btc-updown-5m"}


@virtual
async def test_terms_are_the_engines_own(nursery):
    rig = Rig(nursery)
    await rig.live()
    await rig.quoting()
    for market in rig.state.markets.values():
        listed = rig.venue.listings.by_slug[market.terms.slug].market
        assert market.terms.tokens == listed.tokens
        assert market.terms.order_version == listed.order_version
        assert market.terms.tick == listed.tick
        assert market.terms.rewards.min_age_ns == listed.rewards.min_age_ns
    versions = {market.terms.order_version for market in rig.state.markets.values()}
    assert versions == {2, 3}, "windows of both protocols, one after the other"
    await rig.stop()


@virtual
async def test_a_slug_that_is_not_there_yet_is_asked_for_again(nursery):
    rig = Rig(nursery)
    rig.fault("unlisted", slug=NEXT, for_s=30.0)
    await rig.live()
    await rig.quoting()
    await trio.sleep(25)
    missing = [event for event in rig.events(ev.MarketMissing)]
    assert 3 <= len(missing) <= 8
    assert MarketId(WINDOW + 900) not in rig.state.markets
    await rig.until(lambda rig: MarketId(WINDOW + 900) in rig.state.markets, 60)
    await rig.stop()


@virtual
async def test_a_listing_without_tokens_is_not_a_market_yet(nursery):
    rig = Rig(nursery)
    rig.fault("hidden_tokens", slug=NEXT, for_s=20.0)
    await rig.live()
    await trio.sleep(10)
    assert MarketId(WINDOW + 900) not in rig.state.markets
    await rig.until(lambda rig: MarketId(WINDOW + 900) in rig.state.markets, 60)
    await rig.stop()


@virtual
async def test_a_tick_change_is_followed_at_once(nursery):
    rig = Rig(nursery)
    await rig.live()
    await rig.quoting()
    rig.fault("tick_change", slug=rig.window.terms.slug, tick="0.001")
    await trio.sleep(1)
    assert rig.window.ticks == [10, 10]
    await trio.sleep(40)
    assert rig.window.terms.tick == 10, "the listing is read again"
    assert not [e for e in rig.events(ev.OrderRejected) if e.code == "tick"]
    assert live_orders(rig)
    await rig.stop()


@virtual
async def test_a_result_that_the_socket_missed_is_read_from_the_listing(nursery):
    rig = Rig(nursery, window_s=300, prefix="btc-updown-5m")
    await rig.live(SHORT)
    await rig.quoting()
    await rig.until(lambda rig: rig.host.clock() > (WINDOW + 299) * SECOND, 400)
    rig.fault("stall", channel="market", for_s=600.0)
    await rig.until(lambda rig: rig.events(ev.MarketResolved), 600)
    assert rig.state.feeds[MARKET_FEED].losses >= 0
    first = rig.events(ev.MarketResolved)[0]
    listed = rig.venue.listings.by_start[first.market]
    assert first.payout_up == listed.payout_up
    await rig.stop()


@virtual
async def test_a_market_that_stops_accepting_is_left(nursery):
    rig = Rig(nursery)
    await rig.live()
    await rig.quoting()
    listed = rig.venue.listings.by_slug[rig.window.terms.slug]
    rig.venue.listings.revise(listed, accepting=False)
    await rig.until(lambda rig: rig.window.gate == "not_accepting", 60)
    await rig.until(lambda rig: live_orders(rig) == 0, 5)
    rig.venue.listings.revise(listed, accepting=True)
    await rig.quoting()
    await rig.stop()


@virtual
async def test_a_settled_market_is_dropped_and_forgotten(nursery):
    rig = Rig(nursery, window_s=300, prefix="btc-updown-5m")
    await rig.live(SHORT)
    await rig.quoting()
    await rig.until(lambda rig: len(rig.effects(ef.DropMarket)) >= 3, 1_500)
    await trio.sleep(1)
    roster = rig.side._submits._roster
    assert len(roster.markets) <= len(rig.state.markets) + 2
    assert set(roster.watched) == set(rig.state.markets)
    assert len(roster.tokens) == 2 * len(roster.markets)
    live = {order for market in rig.state.markets.values() for order in market.orders}
    assert live <= set(roster.orders.values())
    await rig.stop()
