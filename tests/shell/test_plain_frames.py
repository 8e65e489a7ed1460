"""Whatever a server sends, in whatever chunks: the messages are those that the library reads."""

import struct
from itertools import pairwise

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto import ConnectionType, WSConnection
from wsproto.connection import Connection
from wsproto.events import BytesMessage, CloseConnection, Request, TextMessage
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from pmio.memory_network import stream_pair
from pmio.plain_frames import PlainFrames
from tests.shell.virtual import virtual

LONGEST = 70_000
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


def frame(first: int, body: bytes, wide: int = 0) -> bytes:
    """A server's frame; `wide` forces a longer form of its length than is due."""
    if len(body) <= 125 and not wide:
        return bytes([first, len(body)]) + body
    if len(body) <= 0xFFFF and wide != 8:
        return struct.pack(">BBH", first, 126, len(body)) + body
    return struct.pack(">BBQ", first, 127, len(body)) + body


BODIES = st.one_of(
    st.text(max_size=40).map(str.encode),
    st.sampled_from([b"x" * 125, b"y" * 126, b"z" * 65_535, b"w" * 65_536, b"v" * LONGEST]),
)
PLAIN = st.builds(frame, st.sampled_from([0x81, 0x82]), BODIES)
CONTROL = st.builds(frame, st.sampled_from([0x89, 0x8A]), st.binary(max_size=125))
ODD = st.one_of(
    st.builds(lambda a, b: frame(0x01, a) + frame(0x80, b), BODIES, BODIES),
    st.builds(lambda a: frame(0x81, a, wide=2), BODIES),
    st.builds(lambda a: frame(0x81, a, wide=8), BODIES),
    st.just(frame(0x88, struct.pack(">H", 1000) + b"bye")),
    st.just(frame(0x88, b"")),
    st.just(frame(0x81, b"\xff\xfe")),
    st.just(frame(0xC1, b"reserved")),
    st.just(b"\x81\x85\0\0\0\0masks"),
    st.just(frame(0x81, b"u" * (LONGEST + 1))),
    st.binary(min_size=1, max_size=20),
)


def read_by_the_library(sent: bytes) -> tuple[list[bytes | str], bool]:
    """The whole messages of a server's bytes, and whether the connection goes on after them."""
    connection = Connection(ConnectionType.CLIENT)
    messages: list[bytes | str] = []
    parts: list[bytes | str] = []
    try:
        connection.receive_data(sent)
        for event in connection.events():
            if isinstance(event, TextMessage | BytesMessage):
                parts.append(event.data)
                if event.message_finished:
                    messages.append(parts[0][:0].join(parts))  # type: ignore[arg-type]
                    parts = []
            elif isinstance(event, CloseConnection):
                return messages, False
    except (RemoteProtocolError, LocalProtocolError):
        return messages, False
    return messages, True


def sifted(sent: bytes, cuts: list[int]) -> tuple[list[bytes | str], bytes, PlainFrames]:
    """Messages kept and bytes passed on, the bytes arriving in pieces."""
    wire = PlainFrames(stream_pair()[0], lambda: None, 256, LONGEST)
    places = sorted({cut % (len(sent) + 1) for cut in cuts})
    bounds = [0, *places, len(sent)]
    passed = b"".join(wire.sift(sent[a:b]) for a, b in pairwise(bounds) if b > a)
    return list(wire.messages), passed, wire


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(PLAIN, PLAIN, CONTROL, ODD), max_size=8),
    st.lists(st.integers(0, 1 << 20), max_size=6),
)
def test_messages_are_those_of_the_library(frames, cuts):
    sent = b"".join(frames)
    kept, passed, _ = sifted(SWITCHED + sent, cuts)
    assert passed.startswith(SWITCHED)
    theirs, _ = read_by_the_library(sent)
    left, _ = read_by_the_library(passed.removeprefix(SWITCHED))
    assert kept + left == theirs


@settings(max_examples=100, deadline=None)
@given(st.lists(PLAIN, max_size=6), st.lists(st.integers(0, 1 << 20), max_size=6))
def test_plain_frames_never_reach_the_library(frames, cuts):
    kept, passed, _ = sifted(SWITCHED + b"".join(frames), cuts)
    assert passed == SWITCHED
    assert len(kept) == len(frames)


@given(st.binary(max_size=200), st.lists(st.integers(0, 400), max_size=4))
def test_what_is_no_handshake_passes_as_it_is(junk, cuts):
    sent = b"HTTP/1.1 403 Forbidden\r\n\r\n" + junk
    kept, passed, _ = sifted(sent, cuts)
    assert (kept, passed) == ([], sent)


def test_a_head_without_an_end_is_not_kept_for_ever():
    sent = b"HTTP/1.1 101 " + b"x" * 200_000
    kept, passed, wire = sifted(sent, list(range(0, 200_000, 1_000)))
    assert (kept, passed) == ([], sent)
    assert not wire._rest


def test_the_library_agrees_with_the_reference_reading():
    client = WSConnection(ConnectionType.CLIENT)
    client.send(Request(host="a", target="/"))
    assert read_by_the_library(frame(0x81, b"one") + frame(0x82, b"two")) == (["one", b"two"], True)


@virtual
async def test_a_reader_that_does_not_read_leaves_the_peer_unread(nursery):
    ours, theirs = stream_pair()
    wire = PlainFrames(ours, lambda: None, 4, LONGEST)
    passed: list[bytes] = []

    async def library() -> None:
        while received := await wire.receive_some(64):
            passed.append(bytes(received))

    nursery.start_soon(library)
    await theirs.send_all(SWITCHED)
    for number in range(100):
        await theirs.send_all(frame(0x81, b"message %d" % number))
    await trio.sleep(1)
    assert len(wire.messages) <= 4 + 64 // 12
    got: list[bytes | str] = []
    while len(got) < 100:
        got += await wire.take()
    assert got == [f"message {number}" for number in range(100)]


@virtual
async def test_the_end_wakes_whoever_waits(nursery):
    ours, theirs = stream_pair()
    ended = trio.Event()
    wire = PlainFrames(ours, ended.set, 4, LONGEST)
    nursery.start_soon(wire.receive_some, 64)
    await theirs.aclose()
    assert await wire.take() == []
    assert ended.is_set()


@virtual
async def test_a_cut_wakes_whoever_waits_too(nursery):
    ours, theirs = stream_pair()
    wire = PlainFrames(ours, lambda: None, 4, LONGEST)

    async def library() -> None:
        with pytest.raises(trio.BrokenResourceError):
            await wire.receive_some(64)

    nursery.start_soon(library)
    await trio.testing.wait_all_tasks_blocked()
    theirs.cut()
    assert await wire.take() == []
