"""The market channel: every checksum recomputed, every change on both tokens."""

import json

from pmapp.local_venue.flow import natural
from pmapp.local_venue.terms import VenueTerms
from pmcore.ids import DOWN, UP
from pmcore.units import Ns
from pmcore.wire.clob_ws import decode
from tests.venue.listener import Listener
from tests.venue.stage import FAK, START_S, Stage, body, frames


def test_first_books_come_as_an_array(stage):
    stage.book()
    stage.market_socket()
    (books,) = stage.first
    assert [book["asset_id"] for book in books] == list(stage.market.tokens)
    assert books[0]["bids"] == [{"price": "0.48", "size": "100"}]
    assert books[1]["asks"] == [{"price": "0.52", "size": "100"}]
    assert "min_order_size" not in books[0]
    assert "version" not in books[0]


def test_protocol_v2_books_say_so():
    stage = Stage(protocol="v2")
    stage.market_socket()
    assert [book["version"] for book in stage.first[0]] == ["v2", "v2"]


def test_rest_book_is_the_preimage(stage):
    stage.book()
    got = body(stage.get(f"/book?token_id={stage.token()}"))
    assert list(got) == [
        "market", "asset_id", "timestamp", "hash", "bids", "asks", "min_order_size", "tick_size",
        "neg_risk", "last_trade_price",
    ]  # fmt: skip
    import hashlib

    text = json.dumps(got | {"hash": ""}, separators=(",", ":"))
    assert hashlib.sha1(text.encode()).hexdigest() == got["hash"]


def test_change_is_mirrored_on_both_tokens(stage):
    stage.book()
    session = stage.market_socket()
    stage.outside("BUY", 0.47, 30)
    (message,) = frames(session)
    first, second = message["price_changes"]
    assert message["event_type"] == "price_change"
    assert (first["asset_id"], first["side"], first["price"]) == (stage.token(0), "BUY", "0.47")
    assert (second["asset_id"], second["side"], second["price"]) == (
        stage.token(1), "SELL", "0.53",
    )  # fmt: skip
    assert (first["best_bid"], first["best_ask"]) == ("0.48", "0.52")
    assert (second["best_bid"], second["best_ask"]) == ("0.48", "0.52")
    assert first["hash"] != second["hash"]
    assert len(first["hash"]) == 40


def test_own_orders_are_shown_like_everybodys(stage, alice):
    stage.book()
    session = stage.market_socket()
    order = body(alice.place(price=0.48, size=10, outcome=1))["orderID"]
    (message,) = frames(session)
    assert [c["size"] for c in message["price_changes"]] == ["110", "110"]
    alice.cancel(order)
    (message,) = frames(session)
    assert [c["size"] for c in message["price_changes"]] == ["100", "100"]


def test_batch_cancel_shares_one_stamp_and_checksum(stage, alice):
    stage.book()
    session = stage.market_socket()
    alice.place_many({"price": 0.45}, {"price": 0.44}, {"price": 0.43})
    placed = frames(session)
    assert len({m["timestamp"] for m in placed}) == 1
    assert len({m["price_changes"][0]["hash"] for m in placed}) == 1
    alice.ask("DELETE", "/cancel-all")
    gone = frames(session)
    assert len(gone) == 3
    assert len({(m["timestamp"], m["price_changes"][0]["hash"]) for m in gone}) == 1
    assert gone[0]["timestamp"] > placed[0]["timestamp"]


def test_trade_is_told_with_both_books(stage):
    stage.book()
    session = stage.market_socket()
    stage.print("BUY", 0.52, 20)
    kinds = [message["event_type"] for message in frames(session)]
    assert kinds == ["book", "book", "last_trade_price"]
    stage.print("SELL", 0.52, 5, outcome="Down")
    told = frames(session)[-1]
    assert (told["asset_id"], told["price"], told["side"]) == (stage.token(1), "0.520", "SELL")


def test_keep_alive_and_updates(stage):
    session = stage.market_socket()
    session.hear("PING")
    session.hear("ping")
    assert session.outbox.take() == [b"PONG", b"PONG"]
    session.hear(json.dumps({"operation": "subscribe", "assets_ids": [stage.token()]}))
    assert session.outbox.take() == [b"NO NEW ASSETS"]
    session.hear(json.dumps({"operation": "unsubscribe", "assets_ids": list(stage.market.tokens)}))
    stage.outside("BUY", 0.47, 30)
    assert session.outbox.take() == []
    session.hear(b"\xff\xfe not json")
    session.hear("{" * 100_000)
    assert session.outbox.take() == [b"INVALID OPERATION"] * 2
    session.gone()
    assert stage.venue.sessions("market") == []


def test_no_dump_when_not_wanted_or_too_many(stage):
    wish = {"type": "market", "assets_ids": [stage.token()], "initial_dump": False}
    assert stage.socket("/ws/market", wish).outbox.take() == []
    many = [str(n) for n in range(501)]
    wish = {"type": "market", "assets_ids": many}
    assert stage.socket("/ws/market", wish).outbox.take() == []


def test_custom_features(stage):
    stage.book()
    plain, custom = stage.market_socket(), stage.market_socket(custom=True)
    stage.outside("BUY", 0.49, 10)
    assert [m["event_type"] for m in frames(plain)] == ["price_change"]
    told = frames(custom)
    assert [m["event_type"] for m in told] == ["price_change", "best_bid_ask", "best_bid_ask"]
    assert (told[1]["best_bid"], told[1]["best_ask"], told[1]["spread"]) == ("0.49", "0.52", "0.03")
    stage.wait(600.0)
    (listed,) = frames(custom)
    assert (listed["event_type"], listed["outcomes"]) == ("new_market", ["Up", "Down"])
    stage.fault("resolve", slug=stage.market.slug, payout_up=0)
    resolved = [m for m in frames(custom) if m["event_type"] == "market_resolved"]
    assert [m["winning_outcome"] for m in resolved] == ["Down"]
    assert frames(plain) == []


def test_slow_reader_is_closed():
    stage = Stage(outbox_frames=20)
    session = stage.market_socket()
    for step in range(40):
        stage.outside("BUY", 0.10, step + 1)
    assert session.outbox.closing == (4002, "slow consumer")
    assert session.outbox.take() == []


def test_synthetic_market_keeps_every_promise():
    """Minutes of the synthetic market, with a trader in it, against a strict listener."""
    terms = VenueTerms(protocol="mixed", ahead=2)
    stage = Stage(natural(terms, 2.0), START_S + 840, protocol="mixed", ahead=2)
    alice = stage.trader()
    listener = Listener()
    session = stage.market_socket(custom=True)
    following = stage.venue.listings.by_start[START_S + 900].market
    session.hear(json.dumps({"operation": "subscribe", "assets_ids": list(following.tokens)}))
    session.outbox.frames.extendleft([json.dumps(book).encode() for book in stage.first])
    tokens = {token: (m.id, o) for m in (stage.market, following)
              for o, token in zip((UP, DOWN), m.tokens, strict=True)}  # fmt: skip
    for step in range(900):
        stage.wait(0.2)
        market = stage.market if step < 250 else following
        if step % 7 == 0:
            book = stage.venue.board.book(market.id, UP)
            if book.best_bid > 200:
                alice.place(price=book.best_bid / 1e4, size=20, market=market, post_only=True)
                kind = {"price": book.best_ask / 1e4, "size": 6, "kind": FAK}
                alice.send("POST", "/order", alice.signed(market=market, **kind).body)
        if step % 40 == 39:
            alice.ask("DELETE", "/cancel-all")
        for frame in session.outbox.take():
            listener.hear(frame)
            decode(frame, Ns(stage.now_ns), tokens)
    assert listener.finish() == []
    assert listener.counts["price_change"] > 3_000
    assert listener.counts["last_trade_price"] > 50
    assert listener.resolved["market"] == stage.market.condition_id
    assert len(alice.trades()) > 5
    assert stage.venue.exchange.unbalanced() == []
