"""Every fault: it does what its name says while it is on, and nothing once it is healed."""

import json

import pytest

from pmapp.local_venue.fault_kinds import KINDS
from pmapp.local_venue.flow import natural
from pmapp.local_venue.storms import DRAWS, storm
from pmapp.local_venue.terms import VenueTerms
from pmcore.sim.floor import NORMAL
from tests.venue.listener import Listener
from tests.venue.stage import FAK, START_S, Stage, frames


def test_every_class_of_the_field_notes_has_faults():
    assert {kind.group for kind in KINDS.values()} == set(range(1, 11))


@pytest.mark.parametrize("kind", list(KINDS))
def test_fault_begins_ends_and_leaves_no_trace(kind):
    stage = Stage()
    alice = stage.trader()
    stage.book()
    stage.market_socket()
    stage.admin("POST", "grant", address=alice.address, up=5, down=5)
    bodies = [alice.signed(price=0.45).body, alice.signed(price=0.52, kind=FAK).body]
    params = {"per_s": 1000} if kind == "flood" else {}
    fault = stage.fault(kind, for_s=30.0, **params)
    assert fault.kind == kind
    for one in bodies:
        alice.send("POST", "/order", one)
    stage.outside("BUY", 0.47, 10)
    stage.print("SELL", 0.47, 3)
    stage.wait(60.0)
    stage.wait(130.0)
    assert stage.venue.switchboard.active == {}
    assert stage.venue.exchange.floor.mode == NORMAL
    assert stage.venue.exchange.unbalanced() == []
    fresh = stage.market_socket()
    if kind == "resolve":
        assert stage.first == [[]]
        return
    stage.outside("BUY", 0.46, 10)
    listener = Listener()
    for message in [*stage.first, *frames(fresh)]:
        listener.hear(json.dumps(message))
    assert listener.finish() == []
    assert alice.place(price=0.40).status == 200
    faults = stage.venue.faults
    assert all(channel.calm for channel in faults.channels.values())
    assert (faults.answers, faults.closed_only, faults.banned) == ([], {}, {})


# --- seeds and refusals --------------------------------------------------------------------------


def test_storms_repeat_and_heal():
    assert storm(7, 120) == storm(7, 120) != storm(8, 120)
    kinds = {spell.kind for seed in range(300) for spell in storm(seed, 120)}
    assert kinds == set(DRAWS)
    for seed in range(300):
        for spell in storm(seed, 120):
            lasting = spell.for_s
            if spell.kind == "restart":
                lasting = spell.params["down_s"] + spell.params["post_only_s"]
            assert spell.start_s + lasting <= 75


@pytest.mark.parametrize("seed", range(12))
def test_venue_survives_storms(seed):
    stage = Stage(natural(VenueTerms(seed=seed, ahead=2), 2.0), START_S + 100, seed=seed, ahead=2)
    alice = stage.trader()
    user, market = alice.socket(), stage.market_socket()
    for spell in storm(seed, 60):
        spell.plan(stage.venue)
    for step in range(70):
        stage.wait(1.0)
        book = stage.venue.board.book(stage.market.id, 0)
        price = min(max(book.best_bid, 100), 9_800) / 1e4
        alice.send("POST", "/order", alice.signed(price=price, size=20).body)
        alice.send("POST", "/order", alice.signed(price=price + 0.01, size=6, kind=FAK).body)
        if step % 5 == 4:
            alice.send("DELETE", "/cancel-all")
        user.outbox.take()
        market.outbox.take()
    assert stage.venue.switchboard.active == {}
    assert stage.venue.exchange.floor.mode == NORMAL
    assert stage.venue.exchange.unbalanced() == []
    listener = Listener()
    fresh = stage.market_socket()
    for _ in range(20):
        stage.wait(1.0)
        for message in [*stage.first, *frames(fresh)]:
            listener.hear(json.dumps(message))
        stage.first = []
    assert listener.finish() == []


@pytest.mark.parametrize(
    ("kind", "params", "text"),
    [
        ("nonsense", {}, "no fault"),
        ("stall", {"what": 1}, "no parameter"),
        ("stall", {"channel": "tv"}, "channel"),
        ("answer", {"on": "tv"}, "on:"),
        ("answer", {"fate": "doom"}, "fate"),
        ("garbage", {"sort": "fine"}, "garbage"),
        ("mode", {"mode": "party"}, "mode"),
        ("one_sided", {"side": "both"}, "side"),
    ],
)
def test_wrong_faults_are_refused(stage, kind, params, text):
    stage.market_socket()
    with pytest.raises(ValueError, match=text):
        stage.fault(kind, **params)
    assert stage.venue.switchboard.active == {}
