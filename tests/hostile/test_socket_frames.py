"""Whatever a websocket peer sends, a frame costs at most one `Garbled`, and the feed comes back."""

from random import Random

import msgspec
import pytest
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pmcore import events as ev
from pmcore.ids import BINANCE_FEED, CHAINLINK_FEED
from pmcore.wire.trade import Account
from pmio.bolt_feed import BoltLine
from pmio.clock import TrioClock
from pmio.credentials import Credentials
from pmio.feed import GARBLED_MAX, Feed
from pmio.inbox import Inbox
from pmio.market_feed import KEPT_MAX, MarketLine
from pmio.memory_network import MemoryNetwork
from pmio.price_feed import RtdsLine, symbols_of
from pmio.roster import Roster
from pmio.secrets import Secret
from pmio.trade_log import TradeLog
from pmio.user_feed import UserLine
from pmio.websocket import MESSAGE_MAX, SocketLost
from tests.core.stage import T0, market
from tests.hostile.rubbish import FRAMES, MORE
from tests.shell.virtual import run_virtual
from tests.wire import frames_seen as seen

URL = "ws://peer.local:80/ws"
LINES = ("market", "user", "chainlink", "binance", "polybolt")
HELLO = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"


def line_of(name: str, inbox: Inbox):
    """One of the shell's lines; its market is of the tokens that the real frames name."""
    roster = Roster(Account("me", "0xf3"))
    roster.list(market(tokens=(seen.UP_TOKEN, seen.DOWN_TOKEN)))
    roster.watch(market().id)
    secret, phrase = Secret("secret", "c2VjcmV0"), Secret("passphrase", "passphrase-of-ours")
    key = Credentials("0x" + "ab" * 20, "key-id", secret, phrase)
    symbols = symbols_of("btc-updown-15m")

    async def catch_up() -> str:
        return ""

    if name == "market":
        return MarketLine(URL, roster, inbox.stamp, 15.0)
    if name == "user":
        return UserLine(URL, roster, key, TradeLog(0), catch_up)
    if name == "polybolt":
        return BoltLine(URL, symbols, key, inbox.stamp, 10.0)
    feed = CHAINLINK_FEED if name == "chainlink" else BINANCE_FEED
    return RtdsLine(feed, URL, symbols, 10.0)


@pytest.mark.parametrize("name", LINES)
@given(frames=st.lists(FRAMES, min_size=1, max_size=8))
@example(frames=[b"\xff\xfe", "", "PONG", b"[]", "\x00", "[" * 200_000])
@settings(max_examples=40 * MORE)
def test_a_frame_is_at_most_one_garbled(name, frames):
    async def main(nursery: trio.Nursery) -> None:
        inbox = Inbox(TrioClock(T0))
        feed = Feed(line_of(name, inbox), inbox, MemoryNetwork(nursery), Random(1))
        for frame in frames:
            reason = "left without a word"
            try:
                feed._hear(frame)
            except SocketLost as lost:
                reason = lost.reason
            assert 0 < len(reason) <= 400
            told = inbox.take(10**6)
            garbled = [event for event in told if isinstance(event, ev.Garbled)]
            assert len(garbled) <= 1
            assert not garbled or len(told) == 1, "what is refused is refused whole"
            for event in told:
                msgspec.msgpack.encode(event)
            for event in garbled:
                assert len(event.reason) <= 200
                assert len(event.excerpt) <= 200

    run_virtual(main)


def raw_frame(code: int, sent: bytes, final: bool = True) -> bytes:
    """A server's frame, unmasked."""
    first = bytes(((0x80 if final else 0) | code,))
    if len(sent) < 126:
        return first + bytes((len(sent),)) + sent
    if len(sent) < 65_536:
        return first + b"\x7e" + len(sent).to_bytes(2, "big") + sent
    return first + b"\x7f" + len(sent).to_bytes(8, "big") + sent


RAW = st.one_of(
    st.binary(max_size=80),
    st.builds(raw_frame, st.integers(0, 15), st.binary(max_size=200), st.booleans()),
    st.sampled_from([
        b"\x81\x7f" + b"\xff" * 8,  # a length beyond everything
        b"\x81\x7f" + (1 << 40).to_bytes(8, "big") + b"x" * 100,
        b"\x81\xfe\x00\x80" + b"x" * 200,  # masked, as no server's is
        b"\xf1\x01x",  # reserved bits
        b"\x89\x7e\x01\x00" + b"p" * 256,  # a ping too long
        b"\x88\x01\x03",  # a close code cut in half
        b"\x01\x01a" * 3,  # a message begun anew inside another
        b"\x80\x01a",  # the end of nothing
        raw_frame(1, b"\xff\xfe"),
        raw_frame(1, b"x" * 70_000),
    ]),
)  # fmt: skip


def peers(name: str, serve, seconds: float, check) -> None:
    """Run one feed against `serve(stream, accept)`, then `check(told, tries, line)`."""

    async def main(nursery: trio.Nursery) -> None:
        network = MemoryNetwork(nursery)
        inbox = Inbox(TrioClock(T0))
        line = line_of(name, inbox)
        feed = Feed(line, inbox, network, Random(1))

        async def play(stream) -> None:
            try:
                await serve(stream)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass
            finally:
                await trio.aclose_forcefully(stream)

        network.listen("peer.local", 80, play)
        nursery.start_soon(feed.run)
        await trio.sleep(seconds)
        check(inbox.take(10**6), network.tries["peer.local"], line)

    run_virtual(main)


async def shake_hands(stream) -> None:
    """The server's half of the handshake, by hand, so that anything may follow."""
    from base64 import b64encode
    from hashlib import sha1

    asked = b""
    while b"\r\n\r\n" not in asked:
        asked += await stream.receive_some()
    (key,) = [
        text.split(b":")[1].strip()
        for text in asked.split(b"\r\n")
        if text.lower().startswith(b"sec-websocket-key")
    ]
    accept = b64encode(sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    await stream.send_all(HELLO + b"sec-websocket-accept: " + accept + b"\r\n\r\n")


@pytest.mark.parametrize("name", LINES)
@given(raws=st.lists(RAW, min_size=1, max_size=5))
@settings(max_examples=12 * MORE)
def test_bytes_below_the_framing_cost_the_connection_at_most(name, raws):
    async def serve(stream) -> None:
        await shake_hands(stream)
        for raw in raws:
            await stream.send_all(raw)
        await trio.sleep(1.0)

    def check(told, tries, line) -> None:
        assert tries >= 2, "it came back"
        lost = sum(isinstance(event, ev.FeedLost) for event in told)
        opened = sum(isinstance(event, ev.FeedOpened) for event in told)
        garbled = sum(isinstance(event, ev.Garbled) for event in told)
        assert opened - lost in (0, 1)
        assert garbled <= tries * min(GARBLED_MAX, 3 * len(raws) + 30)
        for event in told:
            msgspec.msgpack.encode(event)

    peers(name, serve, 30.0, check)


@pytest.mark.parametrize("name", ["market", "polybolt"])
@given(
    answer=st.binary(max_size=120) | st.just(b"HTTP/1.1 200 OK\r\n\r\n") | st.just(HELLO + b"\r\n")
)
@settings(max_examples=12 * MORE)
def test_a_handshake_that_is_none_is_tried_again(name, answer):
    async def serve(stream) -> None:
        await stream.receive_some()
        await stream.send_all(answer)
        await trio.sleep(2.0)

    def check(told, tries, line) -> None:
        assert told == [], "a feed that never opened was never lost"
        assert 2 <= tries <= 40

    peers(name, serve, 60.0, check)


@pytest.mark.parametrize("name", LINES)
def test_a_message_above_the_limit_is_never_held_in_memory(name):
    sent = []

    async def serve(stream) -> None:
        await shake_hands(stream)
        await stream.send_all(b"\x81\x7f" + (MESSAGE_MAX * 40).to_bytes(8, "big"))
        sent.append(0)
        while True:
            await stream.send_all(b"x" * 65_536)
            sent[-1] += 65_536

    def check(told, tries, line) -> None:
        assert sent
        assert max(sent) <= 2 * MESSAGE_MAX + (1 << 20)
        assert sum(isinstance(event, ev.Garbled) for event in told) == 0

    peers(name, serve, 20.0, check)


@pytest.mark.parametrize("name", LINES)
def test_a_slow_loris_in_the_handshake_and_after_it_is_left(name):
    async def serve(stream) -> None:
        for byte in HELLO * 100:
            await stream.send_all(bytes((byte,)))
            await trio.sleep(1.0)

    def early(told, tries, line) -> None:
        assert tries >= 3
        assert told == []

    peers(name, serve, 60.0, early)

    async def serve_frames(stream) -> None:
        await shake_hands(stream)
        for byte in raw_frame(1, b"x" * 60_000):
            await stream.send_all(bytes((byte,)))
            await trio.sleep(0.5)

    def late(told, tries, line) -> None:
        assert tries >= 2, "bytes that never become a frame are silence"

    peers(name, serve_frames, 200.0, late)


def test_a_flood_of_changes_of_our_tokens_is_kept_within_bounds():
    async def main(nursery: trio.Nursery) -> None:
        inbox = Inbox(TrioClock(T0))
        line = line_of("market", inbox)
        feed = Feed(line, inbox, MemoryNetwork(nursery), Random(1))
        change = '{"asset_id":"%s","price":"0.4","size":"%d","side":"BUY","hash":"h"}'
        for number in range(KEPT_MAX + 3_000):
            one = change % (seen.UP_TOKEN, number + 1)
            feed._hear(
                '{"event_type":"price_change","timestamp":"1800000000000",'
                f'"price_changes":[{one}]}}'
            )
        assert len(inbox.take(10**6)) == KEPT_MAX + 3_000
        (kept,) = line._kept.values()
        assert len(kept) == KEPT_MAX
        # Stamps that jump about cannot make it grow either.
        for number in range(2_000):
            stamp = 1_800_000_000_000 + (number * 7_919_000_000) % 10**12
            one = change % (seen.DOWN_TOKEN, number + 1)
            feed._hear(
                f'{{"event_type":"price_change","timestamp":"{stamp}","price_changes":[{one}]}}'
            )
        assert all(len(each) <= KEPT_MAX for each in line._kept.values())

    run_virtual(main)
