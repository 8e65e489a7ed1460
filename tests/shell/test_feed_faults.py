"""Sockets that misbehave: each fault is an event, the feed comes back, the book is right again."""

import pytest
import trio

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import BINANCE_FEED, CHAINLINK_FEED, MARKET_FEED, OUTCOMES, USER_FEED
from tests.shell.rig import Rig, live_orders
from tests.shell.virtual import virtual


async def quoting(nursery, **more) -> Rig:
    rig = Rig(nursery, **more)
    await rig.live()
    await rig.quoting()
    return rig


def lost(rig: Rig, feed: int) -> list[str]:
    return [event.reason for event in rig.events(ev.FeedLost) if event.feed == feed]


def check_books(rig: Rig) -> None:
    """Our books are the venue's."""
    market = rig.window
    for outcome in OUTCOMES:
        theirs = rig.venue.board.book(market.terms.id, outcome)
        ours = market.books[outcome]
        assert (ours.bids, ours.asks) == (theirs.bids, theirs.asks)


@virtual
async def test_a_silent_stall_is_a_loss_though_pongs_come(nursery):
    rig = await quoting(nursery)
    rig.fault("stall", channel="market", for_s=20.0)
    await rig.until(lambda rig: lost(rig, MARKET_FEED), 20)
    assert "silent for 15 s" in lost(rig, MARKET_FEED)[0]
    await rig.until(lambda rig: live_orders(rig) == 0, 2)
    await rig.quoting()
    await rig.stop()


@virtual
async def test_one_stalled_asset_is_a_loss_though_others_speak(nursery):
    rig = await quoting(nursery)
    token = rig.window.terms.tokens[0]
    rig.fault("stall", channel="market", asset=token, for_s=30.0)
    await rig.until(lambda rig: lost(rig, MARKET_FEED), 25)
    assert rig.window.terms.slug in lost(rig, MARKET_FEED)[0]
    await rig.stop()


@virtual
async def test_unanswered_pings_are_a_loss(nursery):
    rig = await quoting(nursery)
    rig.fault("no_pong", channel="user", for_s=120.0)
    rig.fault("stall", channel="user", for_s=120.0)
    await rig.until(lambda rig: lost(rig, USER_FEED), 60)
    assert lost(rig, USER_FEED) == ["silent for 30 s"]
    assert rig.window.gate == "user_feed_lost"
    await rig.stop()


@virtual
async def test_a_gap_and_then_a_burst_leave_a_right_book(nursery):
    rig = await quoting(nursery)
    rig.fault("hold", channel="market", for_s=10.0)
    await trio.sleep(10.5)
    await rig.until(lambda rig: rig.window.gate == "")
    await trio.sleep(0.2)
    check_books(rig)
    assert lost(rig, MARKET_FEED) == []
    await rig.stop()


@pytest.mark.parametrize("fault", ["duplicate", "reorder", "lose"])
def test_a_spoilt_stream_of_changes_is_mended_by_snapshots(fault):
    @virtual
    async def play(nursery) -> None:
        rig = await quoting(nursery)
        rig.fault(fault, channel="market", p=0.2, for_s=15.0)
        await trio.sleep(15)
        await trio.sleep(20)
        assert rig.window.gate == ""
        await trio.sleep(0.2)
        check_books(rig)
        assert not rig.events(ev.Garbled)
        await rig.stop()

    play()


@virtual
async def test_a_wrong_checksum_asks_for_a_snapshot(nursery):
    rig = await quoting(nursery)
    rig.fault("wrong_hash", slug=rig.window.terms.slug, p=1.0, for_s=2.0)
    await rig.until(lambda rig: any(e.why == "invalid" for e in rig.effects(ef.ResyncBook)))
    await trio.sleep(10)
    assert rig.window.gate == ""
    check_books(rig)
    await rig.stop()


@pytest.mark.parametrize(("channel", "feed"), [("market", 0), ("user", 1), ("rtds", 2)])
@pytest.mark.parametrize("how", ["cut", "close"])
def test_a_lost_connection_is_opened_again(channel, feed, how):
    @virtual
    async def play(nursery) -> None:
        rig = await quoting(nursery)
        rig.fault(how, channel=channel)
        await trio.sleep(5)
        assert len(lost(rig, feed)) == 1
        opened = [event for event in rig.events(ev.FeedOpened) if event.feed == feed]
        assert len(opened) == 2
        await rig.quoting()
        await rig.stop()

    play()


@virtual
async def test_a_venue_that_refuses_connections_is_asked_less_and_less_often(nursery):
    rig = await quoting(nursery)
    before = rig.network.tries["market.local"]
    rig.fault("refuse", channel="market", for_s=120.0)
    rig.fault("cut", channel="market")
    await trio.sleep(119)
    tries = rig.network.tries["market.local"] - before
    assert 4 <= tries <= 16
    assert len(lost(rig, MARKET_FEED)) == 1
    await rig.quoting()
    await rig.stop()


@pytest.mark.parametrize(
    "sort",
    ["text", "empty", "truncated", "types", "unknown", "deep", "huge", "non_utf8", "no_frame"],
)
@pytest.mark.parametrize("channel", ["market", "user", "rtds"])
def test_rubbish_is_at_most_one_event(sort, channel):
    @virtual
    async def play(nursery) -> None:
        rig = await quoting(nursery)
        rig.fault("garbage", channel=channel, sort=sort)
        await trio.sleep(5)
        connections = 2 if channel == "rtds" else 1
        told = len(rig.events(ev.Garbled)) + len(rig.events(ev.FeedLost))
        assert told <= connections
        # A well-formed frame of another channel's kind is skipped, as new kinds must be.
        if sort in ("truncated", "text", "deep") or (sort, channel) == ("types", "market"):
            assert told == connections
        for event in rig.events(ev.Garbled):
            assert len(event.excerpt) <= 200
        await rig.quoting()
        assert await rig.stop() == 0

    play()


@virtual
async def test_binance_alive_while_chainlink_is_dead(nursery):
    rig = await quoting(nursery)
    rig.fault("oracle_hole", source="chainlink", for_s=25.0)
    await rig.until(lambda rig: lost(rig, CHAINLINK_FEED), 25)
    assert lost(rig, CHAINLINK_FEED) == ["no chainlink price for 10 s"]
    assert lost(rig, BINANCE_FEED) == []
    await rig.stop()


def missed(rig: Rig) -> set[str]:
    """Trades of ours that the venue has and nobody has told us of."""
    told = {event.trade.partition("#")[0] for event in rig.events(ev.TradeReported)}
    return {one.id for one in rig.venue.trades.by_id.values() if one.id not in told}


@virtual
async def test_fills_that_the_user_channel_missed_are_caught_up(nursery):
    rig = await quoting(nursery)
    # No view of the account helps: it fails before it comes to the trades.
    views = rig.fault("answer", on="orders", status=500)
    stall = rig.fault("stall", channel="user")
    await rig.until(missed, 60)
    unheard = missed(rig)
    known = len(rig.events(ev.TradeReported))
    told = len(rig.events(ev.FeedOpened))
    rig.heal(stall)
    rig.fault("close", channel="user")
    await rig.until(lambda rig: len(rig.events(ev.FeedOpened)) > told, 20, 0.001)
    assert rig.events(ev.FeedOpened)[-1].feed == USER_FEED
    story = [one for one in rig.journal.events if isinstance(one, ev.FeedOpened | ev.TradeReported)]
    caught_up = rig.events(ev.TradeReported)[known:]
    assert caught_up
    assert story.index(caught_up[0]) < story.index(rig.events(ev.FeedOpened)[-1])
    assert not unheard & missed(rig)
    rig.heal(views)
    await trio.sleep(40)
    await rig.until(lambda rig: not rig.window.merge_op)
    shares = {(h.market, h.outcome): h.shares for h in rig.venue.exchange.holdings(rig.account)}
    market = rig.window
    for outcome in OUTCOMES:
        believed = market.inventory.shares[outcome]
        assert believed == shares.get((market.terms.id, outcome), 0)
    await rig.stop()
