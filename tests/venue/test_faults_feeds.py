"""Faults of sockets and of books: classes 1 and 2 of the field notes."""

import json

import pytest
from wsproto.frame_protocol import FrameProtocol, ParseFailed

from pmapp.local_venue.channel_faults import GARBAGE
from pmapp.local_venue.outbox import RawBytes
from tests.venue.listener import Listener
from tests.venue.stage import FAK, START_S, body, frames

# --- 1: sockets ----------------------------------------------------------------------------------


def test_silent_stall_still_answers_pings(stage):
    stage.book()
    session = stage.market_socket()
    stage.fault("stall", for_s=10)
    stage.outside("BUY", 0.47, 10)
    session.hear("PING")
    assert session.outbox.take() == [b"PONG"]
    stage.wait(11.0)
    stage.outside("BUY", 0.46, 10)
    assert len(frames(session)) == 1


def test_stall_of_one_token(stage):
    stage.book()
    up, down = (stage.market_socket(tokens=[token]) for token in stage.market.tokens)
    other = stage.venue.listings.by_start[START_S + 900].market
    stage.fault("stall", asset=stage.token(0))
    stage.outside("BUY", 0.47, 10)
    assert frames(up) == frames(down) == []
    session = stage.market_socket(tokens=other.tokens)
    assert len(stage.first[0]) == 2
    assert session.outbox.take() == []


def test_gap_then_burst(stage):
    stage.book()
    session = stage.market_socket()
    stage.fault("hold", for_s=5)
    for step in range(20):
        stage.outside("BUY", 0.40, 10 + step)
        stage.wait(0.1)
    assert frames(session) == []
    stage.wait(5.0)
    assert len(frames(session)) == 20


def heard_with(stage, kind, **params):
    """What a listener finds wrong with 200 changes under a fault."""
    stage.book()
    session = stage.market_socket()
    listener = Listener()
    listener.hear(json.dumps(stage.first[0]))
    stage.fault(kind, **params)
    for step in range(200):
        stage.outside("BUY", 0.20 + step % 20 / 100, 10 + step)
        stage.wait(0.01)
    told = session.outbox.take()
    for frame in told:
        listener.hear(frame)
    return listener.finish(), told


@pytest.mark.parametrize("kind", ["lose", "wrong_side", "wrong_hash"])
def test_checksums_bring_it_to_light(stage, kind):
    found, _ = heard_with(stage, kind, p=0.2)
    assert any("checksum" in fault for fault in found)


def test_duplicates_do_no_harm(stage):
    found, told = heard_with(stage, "duplicate", p=0.5)
    assert found == []
    assert 260 < len(told) < 340


def test_frames_swap_places(stage):
    found, told = heard_with(stage, "reorder", p=0.3)
    assert any("after" in fault for fault in found)
    assert len(told) in (199, 200)


def test_lost_subscription(stage):
    session = stage.socket("/ws/market")
    stage.fault("lost_ack")
    wish = json.dumps({"type": "market", "assets_ids": [stage.token()]})
    session.hear(wish)
    assert session.outbox.take() == []
    session.hear(wish)
    assert len(session.outbox.take()) == 1


def unreadable(error):
    """Whether reading a frame as JSON fails with `error`."""

    def check(frame):
        with pytest.raises(error):
            json.loads(frame)

    return check


def check_text(frame):
    assert len(frame.decode()) == 80
    unreadable(json.JSONDecodeError)(frame)


def check_empty(frame):
    assert json.loads(frame) == []


def check_truncated(frame):
    assert frame.startswith(b'{"event_type":"book"')
    assert frame.count(b"{") > frame.count(b"}")
    unreadable(json.JSONDecodeError)(frame)


def check_types(frame):
    message = json.loads(frame)
    assert message.pop("event_type") == "book"
    right = {"asset_id": str, "bids": list, "asks": list, "timestamp": str}
    assert message.keys() == right.keys()
    assert [name for name, kind in right.items() if isinstance(message[name], kind)] == []


def check_unknown(frame):
    known = "book price_change tick_size_change last_trade_price best_bid_ask new_market"
    known += " market_resolved order trade"
    assert json.loads(frame)["event_type"] not in known.split()


def check_deep(frame):
    half = len(frame) // 2
    assert half >= 10_000
    assert frame == b"[" * half + b"]" * half


def check_huge(frame):
    assert len(frame) > 500_000
    assert json.loads(frame)["event_type"] == "book"


def check_non_utf8(frame):
    # A whole text frame, which the protocol requires to be UTF-8.
    assert (frame[0], frame[1]) == (0x81, len(frame) - 2)
    unreadable(UnicodeDecodeError)(bytes(frame[2:]))


def check_no_frame(frame):
    received = FrameProtocol(client=True, extensions=[])
    received.receive_bytes(bytes(frame))
    with pytest.raises(ParseFailed):
        list(received.received_frames())


GARBAGE_CHECKS = {
    "text": check_text,
    "empty": check_empty,
    "truncated": check_truncated,
    "types": check_types,
    "unknown": check_unknown,
    "deep": check_deep,
    "huge": check_huge,
    "non_utf8": check_non_utf8,
    "no_frame": check_no_frame,
}


@pytest.mark.parametrize("sort", GARBAGE)
def test_garbage(stage, sort):
    session = stage.market_socket()
    stage.fault("garbage", sort=sort)
    (frame,) = session.outbox.take()
    assert isinstance(frame, RawBytes) == (sort in ("non_utf8", "no_frame"))
    GARBAGE_CHECKS[sort](frame)


def test_connections_end(stage):
    first, second = stage.market_socket(), stage.market_socket()
    stage.fault("close", code=1012, reason="restart")
    assert first.outbox.closing == (1012, "restart")
    stage.fault("cut")
    assert second.outbox.cut
    stage.fault("refuse", for_s=5)
    assert stage.venue.open("/ws/market", lambda: None) is None
    assert stage.venue.open("/ws/user", lambda: None) is not None
    stage.wait(5.0)
    assert stage.venue.open("/ws/market", lambda: None) is not None


def test_unanswered_pings(stage):
    session = stage.market_socket()
    stage.fault("no_pong", channel="all")
    session.hear("PING")
    assert session.outbox.take() == []


def test_flood_is_a_true_book(stage):
    stage.book()
    session = stage.market_socket()
    listener = Listener()
    listener.hear(json.dumps(stage.first[0]))
    stage.fault("flood", per_s=20_000, for_s=0.5)
    stage.wait(1.0)
    for frame in session.outbox.take():
        listener.hear(frame)
    assert 9_900 < listener.counts["price_change"] < 10_100
    assert listener.finish() == []


# --- 2: books ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "params", "bids", "asks"),
    [
        ("one_sided", {"side": "asks"}, ["0.48"], []),
        ("one_sided", {"side": "bids"}, [], ["0.52"]),
        ("crossed", {}, ["0.48", "0.53"], ["0.52"]),
        ("empty", {}, [], []),
        ("placeholder", {}, ["0.01"], ["0.99"]),
    ],
)
def test_distorted_books(stage, alice, kind, params, bids, asks):
    stage.book()
    session = stage.market_socket()
    stage.fault(kind, for_s=5, **params)
    got = body(stage.get(f"/book?token_id={stage.token()}"))
    assert [level["price"] for level in got["bids"]] == bids
    assert [level["price"] for level in got["asks"]] == asks
    heard = alice.place_held(price=0.52, size=10, kind=FAK)
    stage.wait(5.0)
    assert body(heard[0])["status"] == "matched"
    listener = Listener()
    listener.hear(json.dumps(stage.first[0]))
    for message in frames(session):
        listener.hear(json.dumps(message))
    assert [fault for fault in listener.finish() if "crossed" not in fault] == []
    got = body(stage.get(f"/book?token_id={stage.token()}"))
    assert [level["price"] for level in got["bids"]] == ["0.48"]


def test_reversed_books(stage):
    stage.book()
    stage.outside("BUY", 0.40, 10)
    stage.fault("reversed")
    stage.market_socket()
    assert [level["price"] for level in stage.first[0][0]["bids"]] == ["0.48", "0.4"]


def test_trade_told_before_its_changes(stage, alice):
    stage.book()
    session = stage.market_socket()
    listener = Listener()
    listener.hear(json.dumps(stage.first[0]))
    stage.fault("trade_first")
    for _ in range(3):
        alice.place_held(price=0.52, size=10, kind=FAK)
        stage.outside("BUY", 0.40, 10)
        stage.wait(0.2)
        stage.outside("BUY", 0.40, 20)
    told = frames(session)
    kinds = [message["event_type"] for message in told]
    first = kinds.index("last_trade_price")
    assert kinds[first : first + 4] == ["last_trade_price", "price_change", "book", "book"]
    for message in told:
        listener.hear(json.dumps(message))
    assert listener.finish() == []


def test_tick_change_in_mid_stream(stage, alice):
    stage.book()
    session = stage.market_socket()
    stage.fault("tick_change", tick="0.001", for_s=5)
    told = frames(session)
    assert [m["event_type"] for m in told] == ["tick_size_change"] * 2
    assert (told[0]["old_tick_size"], told[0]["new_tick_size"]) == ("0.01", "0.001")
    fine = alice.signed(price=0.455)
    assert alice.ask("POST", "/order", fine.body).status == 200
    compact = body(stage.get(f"/clob-markets/{stage.market.condition_id}"))
    assert compact["mts"] == 0.001
    with pytest.raises(ValueError, match="divide"):
        stage.fault("tick_change", tick="0.3")
