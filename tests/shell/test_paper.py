"""Paper trading: the feeds are real, the fills are not, and nothing reaches the venue's account."""

import trio

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import OUTCOMES
from tests.shell.rig import Rig, live_orders
from tests.shell.virtual import virtual


@virtual
async def test_it_trades_on_paper_and_adds_up(nursery):
    rig = Rig(nursery)
    await rig.paper(usd=500.0)
    await rig.quoting()
    await trio.sleep(120)
    assert rig.window.inventory.fills
    assert rig.events(ev.MergeConfirmed)
    assert await rig.stop() == 0
    exchange = rig.paper_venue.exchange
    assert exchange.unbalanced() == []
    assert exchange.open_orders(1) == ()
    held = {(h.market, h.outcome): h.shares for h in exchange.holdings(1)}
    flow = rig.state.totals.realised
    for market in rig.state.markets.values():
        flow += market.inventory.cash_flow
        for outcome in OUTCOMES:
            believed = market.inventory.shares[outcome]
            assert abs(believed - held.get((market.terms.id, outcome), 0)) == 0
    assert exchange.cash(1) == 500_000_000 + flow


@virtual
async def test_nothing_of_it_reaches_the_venue(nursery):
    rig = Rig(nursery)
    await rig.paper()
    await rig.quoting()
    await trio.sleep(20)
    assert rig.posted() == []
    assert rig.venue.keys.by_id == {} if hasattr(rig.venue.keys, "by_id") else True
    assert await rig.stop() == 0


@virtual
async def test_acts_travel_with_the_latency_of_the_simulation(nursery):
    rig = Rig(nursery)
    await rig.paper()
    await rig.quoting()
    asked = {}
    for event, effects in rig.journal.records:
        for effect in effects:
            if isinstance(effect, ef.PlaceOrder):
                asked[effect.order] = event.at_ns
    accepted = rig.events(ev.OrderAccepted)
    assert accepted
    for event in accepted:
        assert 59_000_000 <= event.at_ns - asked[event.order] <= 70_000_000
    await rig.stop()


@virtual
async def test_a_lost_market_feed_cancels_on_paper_too(nursery):
    rig = Rig(nursery)
    await rig.paper()
    await rig.quoting()
    rig.fault("refuse", channel="market", for_s=20.0)
    rig.fault("cut", channel="market")
    await rig.until(lambda rig: live_orders(rig) == 0, 5)
    await rig.quoting()
    assert await rig.stop() == 0


@virtual
async def test_what_a_snapshot_repeats_is_not_traded_twice(nursery):
    rig = Rig(nursery)
    await rig.paper()
    await rig.quoting()
    market = rig.window.terms.id
    now_ns = rig.shell.inbox.stamp()
    heard: list[ev.TradePrinted] = []
    observe = rig.paper_venue.exchange.observe

    def watch(fact: ev.AnyEvent, at_ns: int) -> None:
        if isinstance(fact, ev.TradePrinted):
            heard.append(fact)
        observe(fact, at_ns)

    exchange = rig.paper_venue.exchange
    rig.paper_venue.exchange = type("Watched", (), {})()
    for name in dir(exchange):
        if not name.startswith("__"):
            setattr(rig.paper_venue.exchange, name, getattr(exchange, name))
    rig.paper_venue.exchange.observe = watch
    prints = [
        ev.TradePrinted(now_ns, now_ns + ms, market, 0, 0, 4_000 + ms, 5_000_000, "0.4")
        for ms in (10**9, 10**9, 10**9 + 1)
    ]
    prints[1] = ev.TradePrinted(now_ns, prints[1].venue_ns, market, 0, 0, 4_444, 1, "0.4444")
    for one in (*prints, *prints):
        rig.paper_venue.hear(one)
    assert heard == prints
