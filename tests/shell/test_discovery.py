"""Markets are found, completed, followed and resolved, whatever the listing does meanwhile."""

import trio

from pmcore import events as ev
from pmcore.ids import MARKET_FEED, MarketId, OrderId
from pmcore.units import SECOND
from pmio.roster import Roster
from tests.core.stage import market
from tests.shell.rig import BRIEF, SHORT, WINDOW, Rig, live_orders
from tests.shell.virtual import virtual

NEXT = f"btc-updown-15m-{WINDOW + 900}"


@virtual
async def test_terms_are_the_engines_own(nursery):
    rig = Rig(nursery)
    await rig.live()
    await rig.quoting()
    for window in rig.state.markets.values():
        listed = rig.venue.listings.by_slug[window.terms.slug].market
        assert window.terms.tokens == listed.tokens
        assert window.terms.order_version == listed.order_version
        assert window.terms.tick == listed.tick
        assert window.terms.rewards.min_age_ns == listed.rewards.min_age_ns
    versions = {window.terms.order_version for window in rig.state.markets.values()}
    assert versions == {2, 3}, "windows of both protocols, one after the other"
    await rig.stop()


@virtual
async def test_a_slug_that_is_not_there_yet_is_asked_for_again(nursery):
    rig = Rig(nursery)
    rig.fault("unlisted", slug=NEXT, for_s=30.0)
    await rig.live()
    await rig.quoting()
    await trio.sleep(25)
    assert 3 <= len(rig.events(ev.MarketMissing)) <= 8
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
    rig = Rig(nursery, **BRIEF)
    await rig.live(SHORT)
    await rig.quoting()
    await rig.until(lambda rig: rig.host.clock() > (WINDOW + 119) * SECOND, 400, 1.0)
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
    assert rig.window.gate == ""
    await rig.stop()


@virtual
async def test_a_dropped_market_is_forgotten_when_its_last_trades_are_in(nursery):
    roster = Roster()
    windows = [market(WINDOW + 900 * n) for n in range(5)]
    for number, terms in enumerate(windows, 1):
        roster.list(terms)
        roster.watch(terms.id)
        roster.name(OrderId(number), terms.id, f"0x{number}")
    for number, terms in enumerate(windows[:4], 1):
        roster.drop(terms.id)
        assert roster.venue_id(OrderId(number)) == f"0x{number}"
    assert list(roster.markets) == [terms.id for terms in windows[2:]]
    assert list(roster.watched) == [windows[4].id]
    assert sorted(roster.orders) == ["0x3", "0x4", "0x5"]
    assert len(roster.tokens) == len(roster.ticks) == 6
    assert roster.ours.orders is roster.orders
    assert roster.venue_id(OrderId(1)) == ""


@virtual
async def test_the_nearest_window_is_found_when_the_grid_has_moved(nursery):
    rig = Rig(nursery)
    for start in (WINDOW - 900, WINDOW, WINDOW + 900):
        rig.fault("unlisted", slug=f"btc-updown-15m-{start}")
    await rig.live({"trading.max_wait_next_market_seconds": 5})
    await rig.until(lambda rig: rig.state.markets, 60)
    assert min(rig.state.markets) == WINDOW + 1_800
    await rig.stop()
