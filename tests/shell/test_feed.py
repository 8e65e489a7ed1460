"""One feed against a scripted peer: opening, keeping alive, losing, trying again."""

from itertools import pairwise
from random import Random

import msgspec
import pytest
import trio

from pmcore import events as ev
from pmcore.ids import CHAINLINK_FEED, MARKET_FEED, UP
from pmcore.units import SECOND, Ns, Price, Shares
from pmio.bolt_feed import BoltLine
from pmio.clock import TrioClock
from pmio.credentials import Credentials
from pmio.feed import GARBLED_MAX, Feed
from pmio.inbox import Inbox
from pmio.market_feed import MarketLine
from pmio.memory_network import MemoryNetwork, MemoryStream
from pmio.price_feed import RtdsLine, symbols_of
from pmio.roster import Roster
from pmio.secrets import Secret
from tests.core.stage import T0, WINDOW, market
from tests.shell.fakes import SocketFake, listen
from tests.shell.virtual import virtual

SYMBOLS = symbols_of("btc-updown-15m")
PRICE = {"timestamp": 1_800_000_000_000, "value": 64_000.5}


def rtds(price: dict) -> str:
    payload = {"symbol": "btc/usd", **price}
    frame = {
        "topic": "crypto_prices_chainlink",
        "type": "update",
        "timestamp": 1,
        "payload": payload,
    }
    return msgspec.json.encode(frame).decode()


class Peer:
    """A host with one feed that talks to it."""

    def __init__(self, nursery, play, line=None, **more) -> None:
        self.network = MemoryNetwork(nursery)
        self.inbox = Inbox(TrioClock(T0))
        self.fake = SocketFake(self.network, "peer.local", play)
        url = "ws://peer.local:80/ws"
        self.roster = Roster()
        if line is MarketLine:
            clock = TrioClock(T0 + 10 * SECOND)
            self.line = MarketLine(url, self.roster, clock.now_ns, 15.0)
        elif line is BoltLine:
            key = Credentials(
                "0x" + "ab" * 20, "key-id", Secret("s", "c2VjcmV0"), Secret("p", "pass")
            )
            self.line = BoltLine(url, SYMBOLS, key, self.inbox.stamp, 10.0)
        else:
            self.line = RtdsLine(CHAINLINK_FEED, url, SYMBOLS, 10.0)
        self.feed = Feed(self.line, self.inbox, self.network, Random(1))
        nursery.start_soon(self.feed.run)

    def told(self, *kinds: type) -> list:
        self.kept = [*getattr(self, "kept", []), *self.inbox.take(10**6)]
        return [event for event in self.kept if isinstance(event, kinds or object)]


@virtual
async def test_it_opens_hears_and_keeps_alive(nursery):
    heard: list[str] = []

    async def play(socket) -> None:
        with trio.move_on_after(30):
            async with trio.open_nursery() as inner:

                async def hear() -> None:
                    while True:
                        heard.append(str(await socket.get_message()))

                inner.start_soon(hear)
                while True:
                    await socket.send_message(rtds(PRICE))
                    await trio.sleep(1)

    peer = Peer(nursery, play)
    await trio.sleep(21)
    assert [type(event) for event in peer.told()[:2]] == [ev.FeedOpened, ev.OracleTicked]
    assert heard.count("PING") == 4
    subscriptions = [msgspec.json.decode(text)["subscriptions"][0] for text in heard[:2]]
    assert [one["topic"] for one in subscriptions] == [
        "crypto_prices_chainlink",
        "crypto_prices_twap_sixty",
    ]
    assert {one["filters"] for one in subscriptions} == {'{"symbol":"btc/usd"}'}
    assert peer.told(ev.FeedLost) == []


@virtual
async def test_silence_is_a_loss_and_the_pauses_grow(nursery):
    peer = Peer(nursery, listen)
    await trio.sleep(600)
    lost = peer.told(ev.FeedLost)
    assert {event.reason for event in lost} <= {
        "no chainlink price for 10 s",
        "silent for 10 s",
    }
    gaps = [(b.at_ns - a.at_ns) / SECOND for a, b in pairwise(lost)]
    assert min(gaps) >= 10
    assert 20 < max(gaps) <= 42
    assert len(lost) == len(peer.told(ev.FeedOpened))


@virtual
async def test_a_lost_subscription_is_a_stall(nursery):
    peer = Peer(nursery, listen, MarketLine)
    await trio.sleep(60)
    assert peer.fake.connections == 0, "there is nothing to watch"
    peer.roster.list(market())
    peer.roster.watch(WINDOW)
    await trio.sleep(40)
    reasons = [event.reason for event in peer.told(ev.FeedLost)]
    assert reasons
    assert all("silent for 15 s" in reason for reason in reasons)


@virtual
async def test_subscriptions_follow_the_roster_on_the_open_connection(nursery):
    said: list[dict] = []

    async def play(socket) -> None:
        said.extend([{"connection": peer.fake.connections}])
        said.extend(msgspec.json.decode(text) for text in await listen(socket))

    peer = Peer(nursery, play, MarketLine)
    first, second = market(), market(WINDOW + 900)
    for terms in (first, second):
        peer.roster.list(terms)
    peer.roster.watch(first.id)
    await trio.sleep(1)
    peer.roster.watch(second.id)
    await trio.sleep(1)
    peer.roster.drop(first.id)
    await trio.sleep(1)
    peer.network.cut("peer.local", 80)
    await trio.sleep(1)
    features = {"custom_feature_enabled": True}
    assert said[1:4] == [
        {"assets_ids": list(first.tokens), "type": "market"} | features,
        {"operation": "subscribe", "assets_ids": list(second.tokens)} | features,
        {"operation": "unsubscribe", "assets_ids": list(first.tokens)},
    ]


@virtual
async def test_a_peer_of_nothing_but_rubbish_is_left(nursery):
    async def play(socket) -> None:
        while True:
            await socket.send_message("{rubbish")
            await trio.sleep(0.01)

    peer = Peer(nursery, play)
    await trio.sleep(0.3)
    assert len(peer.told(ev.Garbled)) == GARBLED_MAX
    assert peer.told(ev.FeedLost)[0].reason == f"{GARBLED_MAX} unreadable frames in a row"


@virtual
async def test_one_bad_frame_among_good_ones_costs_one_event(nursery):
    async def play(socket) -> None:
        for number in range(200):
            text = "\x00" if number == 100 else rtds(PRICE)
            await socket.send_message(text)
        await listen(socket)

    peer = Peer(nursery, play)
    await trio.sleep(1)
    assert len(peer.told(ev.OracleTicked)) == 199
    assert len(peer.told(ev.Garbled)) == 1


@pytest.mark.parametrize("bytes_a_second", [1, 50])
def test_a_slow_loris_holds_nobody(bytes_a_second):
    @virtual
    async def play(nursery) -> None:
        peer = Peer(nursery, listen)

        async def drip(stream: MemoryStream) -> None:
            try:
                for byte in b"HTTP/1.1 101 Switching Protocols\r\n" + b"x: y\r\n" * 10_000:
                    await stream.send_all(bytes((byte,)))
                    await trio.sleep(1 / bytes_a_second)
            except trio.BrokenResourceError:
                pass

        peer.network.listen("peer.local", 80, drip)
        await trio.sleep(60)
        assert peer.network.tries["peer.local"] >= 3
        assert peer.told() == []
        assert "handshake" in peer.feed.meter.reason

    play()


@virtual
async def test_a_peer_that_does_not_read_is_left(nursery):
    peer = Peer(nursery, listen, MarketLine)
    peer.roster.list(market())
    peer.roster.watch(WINDOW)
    await trio.sleep(1)
    peer.network.stall("peer.local", 80)
    many = [
        market(WINDOW + 900 * n, tokens=(f"{n}0".zfill(77), f"{n}1".zfill(77)))
        for n in range(1, 3_000)
    ]
    for terms in many:
        peer.roster.list(terms)
        peer.roster.watched[terms.id] = None
    peer.roster.watch(many[0].id)
    await trio.sleep(6)
    assert peer.feed.meter.reason == "the peer does not read"


@virtual
async def test_polybolt_is_opened_with_proof_and_left_when_messages_are_missing(nursery):
    said: list[dict] = []

    def frame(seq: int) -> str:
        payload = {
            "symbol": "btcusd",
            "value": 64_000.0,
            "full_accuracy_value": "64000.5",
            "timestamp": 1_800_000_000_000 + seq,
            "source": "chainlink",
            "window_seconds": 60,
        }
        whole = {"v": 1, "channel": "price.crypto.twap", "seq": seq, "ts": 1, "payload": payload}
        return msgspec.json.encode(whole).decode()

    async def play(socket) -> None:
        said.append(msgspec.json.decode(await socket.get_message()))
        await socket.send_message('{"op":"authed","rid":"a1"}')
        said.append(msgspec.json.decode(await socket.get_message()))
        await socket.send_message('{"op":"subscribed","rid":"s1"}')
        for seq in (1, 2, 3, 7):
            await socket.send_message(frame(seq))
        await listen(socket)

    peer = Peer(nursery, play, BoltLine)
    await trio.sleep(0.2)
    assert said[0]["auth"] == {"apiKey": "key-id", "secret": "c2VjcmV0", "passphrase": "pass"}
    assert [one["channel"] for one in said[1]["subscriptions"]] == [
        "price.crypto",
        "price.crypto.twap",
    ]
    assert len(peer.told(ev.OracleTicked)) >= 3
    assert peer.told(ev.FeedLost)[0].reason == "price.crypto.twap: messages are missing before 7"


@virtual
async def test_polybolt_that_refuses_us_is_never_open_and_tells_no_secret(nursery):
    async def play(socket) -> None:
        await socket.get_message()
        await socket.send_message('{"op":"error","code":"auth_invalid","error":"c2VjcmV0 pass"}')
        await listen(socket)

    peer = Peer(nursery, play, BoltLine)
    await trio.sleep(30)
    assert peer.told() == []
    assert peer.feed.meter.reason == "refused: auth_invalid"
    assert peer.fake.connections >= 3


@virtual
async def test_an_echo_of_our_secrets_is_cleared(nursery):
    async def play(socket) -> None:
        first = await socket.get_message()
        await socket.send_message('{"op":"authed","rid":"a1"}')
        await socket.get_message()
        await socket.send_message("{" + str(first))
        await listen(socket)

    peer = Peer(nursery, play, BoltLine)
    await trio.sleep(1)
    (event,) = peer.told(ev.Garbled)
    assert "c2VjcmV0" not in event.excerpt
    assert "[secret]" in event.excerpt


def test_what_came_after_a_snapshot_is_replayed_behind_it():
    roster = Roster()
    line = MarketLine("ws://x/", roster, lambda: Ns(T0), 15.0)

    def change(ms: int, price: int) -> ev.LevelChanged:
        stamp = Ns(T0 + ms * 1_000_000)
        return ev.LevelChanged(T0, stamp, WINDOW, UP, 0, Price(price), Shares(1), "sum")

    changes = [change(ms, 4_000 + ms) for ms in (10, 20, 20, 30)]
    for one in changes:
        line._keep(one)

    def snapshot(ms: int) -> ev.BookReset:
        stamp = Ns(T0 + ms * 1_000_000)
        return ev.BookReset(Ns(T0 + 1), stamp, WINDOW, UP, (), ())

    assert [one.price for one in line.after(snapshot(20))] == [4_020, 4_020, 4_030]
    assert line.after(snapshot(31)) == []
    assert {one.at_ns for one in line.after(snapshot(0))} == {T0 + 1}
    assert line.after(snapshot(-6_000)) is None
    assert line.feed == MARKET_FEED
