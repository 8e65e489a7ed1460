"""The admin service, and the venue being a pure function of its seed, its clock and its input."""

import hashlib

from pmapp.local_venue.flow import natural, taped
from pmapp.local_venue.http import Answer
from pmapp.local_venue.terms import VenueTerms
from pmcore.events import MarketListed
from pmcore.sim.nature import scene
from tests.venue.stage import FAK, START_S, Stage, body, frames


def test_state_and_clock(stage, alice):
    stage.market_socket()
    alice.place(price=0.45)
    got = body(stage.admin("GET", "state"))
    assert got["sessions"] == {"market": 1, "user": 0, "rtds": 0, "polybolt": 0}
    assert got["wallets"][0]["orders"] == 1
    assert (got["unbalanced"], got["mode"], got["faults"]) == ([], "normal", [])
    assert body(stage.admin("GET", "clock"))["now_ns"] == stage.now_ns


def test_faults_by_request(stage, alice):
    kinds = body(stage.admin("GET", "faults"))["kinds"]
    assert kinds["stall"]["parameters"] == {"channel": "market", "asset": ""}
    on = body(stage.admin("POST", "faults", kind="stall", for_s=5, channel="user"))
    stage.admin("POST", "faults", kind="hold")
    assert len(body(stage.admin("GET", "faults"))["active"]) == 2
    assert len(body(stage.admin("DELETE", "faults", number=on["number"]))["active"]) == 1
    assert body(stage.admin("DELETE", "faults"))["active"] == []
    wrong = stage.admin("POST", "faults", kind="nonsense")
    assert (wrong.status, "no fault 'nonsense'" in body(wrong)["error"]) == (400, True)
    assert stage.admin("POST", "faults", kind="lose", p="much").status == 400
    planned = body(stage.admin("POST", "storm", seed=3, span_s=60))["planned"]
    assert planned
    stage.wait(60.0)
    assert stage.venue.switchboard.active == {}


def test_money_books_and_trades_by_request(stage, alice):
    assert body(stage.admin("POST", "fund", address=alice.address, usd=1.5)) == {
        "cash": 10_001_500_000
    }
    assert stage.admin("POST", "fund", address="0x1", usd=1).status == 404
    assert stage.admin("POST", "grant", address="0x1", up=1).status == 404
    stage.admin("POST", "level", side="BUY", price=0.40, size=10)
    stage.admin("POST", "level", side="SELL", price=0.60, size=10)
    order = body(alice.place(price=0.50, size=10))["orderID"]
    stage.admin("POST", "trade", side="SELL", price=0.50, size=10)
    assert body(alice.ask("GET", f"/data/order/{order}"))["status"] == "MATCHED"
    assert stage.admin("POST", "trade", side="SELL", price=0.50).status == 400
    assert stage.admin("POST", "tier", address=alice.address, tier="Tin").status == 400
    assert stage.admin("GET", "nonsense").status == 404
    assert stage.venue.exchange.unbalanced() == []


def run_of(seed):
    """Everything that a venue says in a minute of trading, hashed."""
    terms = VenueTerms(seed=seed, ahead=2, protocol="mixed")
    stage = Stage(natural(terms, 2.0), START_S + 200, seed=seed, ahead=2, protocol="mixed")
    alice = stage.trader()
    said = hashlib.sha256(repr(alice.credentials).encode())
    sessions = [stage.market_socket(custom=True), alice.socket()]
    stage.fault("lose", p=0.1)
    stage.fault("trade_failed", p=0.3)
    for step in range(60):
        stage.wait(1.0)
        book = stage.venue.board.book(stage.market.id, 0)
        kind = {"price": book.best_ask / 1e4, "size": 6, "kind": FAK}
        answers: list[Answer] = alice.send("POST", "/order", alice.signed(**kind).body)
        alice.place(price=book.best_bid / 1e4, size=10 + step)
        for answer in answers:
            said.update(answer.body)
        for session in sessions:
            for frame in session.outbox.take():
                said.update(frame)
    return said.hexdigest()


def test_same_seed_same_bytes():
    assert run_of(5) == run_of(5)
    assert run_of(5) != run_of(6)


def test_tape_is_moved_to_the_present_window_and_begins_anew():
    """A five-minute scene becomes this window's market, then another one's."""
    facts = list(scene("quiet", 1))
    start = next(fact.terms.id for fact in facts if isinstance(fact, MarketListed))
    shift = START_S - start
    begins = facts[0].at_ns // 10**9 + shift
    stage = Stage(taped(lambda: iter(facts), 300), begins + 90, window_s=300,
                  prefix="btc-updown-5m", ahead=3)  # fmt: skip
    assert stage.market.slug.startswith("btc-updown-5m-")
    listed = stage.venue.listings.by_start[start + shift]
    session = stage.market_socket(tokens=listed.market.tokens)
    stage.wait(60.0)
    assert len(frames(session)) > 100
    assert stage.venue.board.book(listed.market.id, 0).best_bid > 0
    stage.wait(1200.0)
    quoted = [m for m, shown in stage.venue.board.shown.items() if shown.books[0].best_bid]
    assert len(quoted) > 1
