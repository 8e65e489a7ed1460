"""The judge sees what it is there for: each check fails where its thing is broken."""

import msgspec
import pytest

from pmapp.simulate import play
from pmapp.simulate.judge import Judge
from pmapp.simulate.outcome import END, LIVENESS, SAFETY, Played
from pmapp.simulate.stage import Stage
from pmcore import events as ev
from pmcore.effects import PlaceOrder
from pmcore.ids import MarketId, OrderId
from pmcore.order import GTC
from pmcore.state import new_state
from pmcore.units import Ns, Price, Shares
from pmio.reconcile import Reconciler

CALM = 8
"""A seed without faults."""


def whats(found: Played, phase: str) -> str:
    assert found.failures
    assert {failure.phase for failure in found.failures} == {phase}
    return "\n".join(failure.what for failure in found.failures)


def test_a_calm_seed_is_fine():
    found = play.play(CALM)
    assert found.failures == []
    assert found.fills > 0
    assert found.faults == 0
    assert found.lives >= 1
    assert len(found.digest) == 64


def test_an_order_behind_the_bots_back_is_seen(monkeypatch):
    async def betray(stage: Stage) -> None:
        """Forget an order that rests."""
        assert await stage.until(lambda: play._quoting(stage, 0), 60.0)
        state = stage.life.state
        assert state is not None
        market = next(market for market in state.markets.values() if market.orders)
        _, order = market.orders.popitem()
        market.slots[order.slot] = OrderId(0)
        await stage.until(lambda: False, 1.0)

    monkeypatch.setattr(play, "_phases", betray)
    assert "the bot counts it as finished" in whats(play.play(CALM), SAFETY)


def test_a_cent_too_many_is_seen(monkeypatch):
    monkeypatch.setattr(play, "AGREED_S", 5.0)
    settle = play._settle

    async def slip(stage: Stage) -> None:
        venue = stage.place.venue
        account = venue.exchange.account(stage.place.account(stage.life.wallet))
        account.cash += 1
        venue.exchange.floor.ledger.deposited += 1
        await settle(stage)

    monkeypatch.setattr(play, "_settle", slip)
    assert "profit: the bot counts" in whats(play.play(CALM), END)


def test_a_bot_that_stands_still_is_seen(monkeypatch):
    monkeypatch.setattr(play, "QUOTING_S", 5.0)

    def never(stage: Stage, healed_ns: int) -> bool:
        return False

    monkeypatch.setattr(play, "_quoting", never)
    assert "not quoting 5 s after" in whats(play.play(CALM), LIVENESS)


def test_a_failure_of_ours_is_seen(monkeypatch):
    async def fail(self: Reconciler, acts: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(Reconciler, "perform", fail)
    told = whats(play.play(CALM), SAFETY)
    assert "ended by itself: exit code 70, ZeroDivisionError: ours at test_judge.py" in told


def test_a_journal_that_differs_is_seen(monkeypatch):
    replay = play.replay

    def other(*args: object) -> object:
        return msgspec.structs.replace(replay(*args), digest="0" * 64)

    monkeypatch.setattr(play, "replay", other)
    assert "replays to another digest" in whats(play.play(CALM), END)


POST = PlaceOrder(
    OrderId(3), MarketId(60), 0, 0, Price(4_000), Shares(5_000_000), GTC, True, Ns(0), "test"
)


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ([ev.OrderRejected(Ns(1), OrderId(3), "duplicate", "")], "sent twice"),
        ([ev.Beat(Ns(1))], "never answered"),
    ],
)
def test_answers_are_counted(events, told):
    judge = Judge()
    state = new_state()
    judge.stepped(state, ev.Beat(Ns(0)), [POST])
    for event in events:
        judge.stepped(state, event, [])
    judge.ended(0)
    assert told in "\n".join(judge.broken)


def test_a_law_that_is_broken_is_told_with_its_record():
    judge = Judge()
    judge.stepped(new_state(), ev.Beat(Ns(0)), [POST])
    assert "record 0, Beat: order 3: posted in a market that is not known" in judge.broken
