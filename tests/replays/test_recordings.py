"""The recordings of this folder replay equal, keep every law, and show what their names promise."""

import json
from functools import cache

import pytest

from pmapp.replay import replay
from pmapp.scene_journal import RECIPES
from pmcore.effects import MergePairs, PlaceOrder
from pmcore.events import (
    FAILED,
    MATCHED,
    FeedLost,
    MarketResolved,
    OrderAccepted,
    OrderCancelled,
    TickChanged,
    TradeReported,
)
from pmcore.ids import CHAINLINK_FEED, MARKET_FEED
from pmcore.laws import violations
from pmcore.model.regime import FAST_MOVE, STALE_ORACLE
from pmcore.state import new_state
from pmcore.step import step
from pmio.journal import JournalReader
from tests.house.tree import ROOT

FOLDER = ROOT / "replays"
DIGESTS = json.loads((FOLDER / "digests.json").read_text(encoding="utf-8"))
REMEDY = "if the core is meant to decide otherwise: .venv/bin/python scripts/make_replays.py"


@cache
def played(name):
    """Every event of a recording with its effects, the gates and regimes met, the laws broken."""
    state = new_state()
    events, effects, gates, regimes, broken, prices = [], [], set(), set(), [], []
    for batch in JournalReader(FOLDER / f"{name}.pmj"):
        for event in batch.events:
            asked = step(state, event)
            events.append(event)
            effects.extend(asked)
            broken += violations(state, asked)
            regimes.add(state.alpha.regime)
            for market in state.markets.values():
                gates.add(market.gate)
                left_s = (market.terms.end_ns - state.now_ns) / 1e9
                prices.append((left_s, market.q_up))
    return events, effects, gates, regimes, broken, prices


def of_kind(name, kind):
    return [thing for things in played(name)[:2] for thing in things if isinstance(thing, kind)]


@pytest.mark.parametrize("name", RECIPES)
def test_replays_equal(name):
    found = replay(FOLDER / f"{name}.pmj")
    assert found.equal, f"{found.difference}\n{REMEDY}"
    golden = DIGESTS[name]
    assert found.digest == golden["digest"], REMEDY
    assert (found.events, found.effects) == (golden["events"], golden["effects"])
    assert (found.torn, found.dropped) == (False, 0)


@pytest.mark.parametrize("name", RECIPES)
def test_laws_hold(name):
    assert played(name)[4] == []


@pytest.mark.parametrize("name", RECIPES)
def test_recordings_are_small_and_trade(name):
    assert (FOLDER / f"{name}.pmj").stat().st_size <= 150_000
    assert len(of_kind(name, PlaceOrder)) > 50
    assert any(report.status == MATCHED for report in of_kind(name, TradeReported))


def test_every_recording_is_known():
    assert {path.stem for path in FOLDER.glob("*.pmj")} == set(RECIPES) == set(DIGESTS)


def test_quiet_is_quiet_and_merges():
    _, _, gates, regimes, _, _ = played("quiet")
    assert "" in gates
    assert not any(flags & FAST_MOVE for flags in regimes)
    assert of_kind("quiet", MergePairs)


def test_breakout_is_a_fast_move():
    assert any(flags & FAST_MOVE for flags in played("breakout")[3])
    assert not any(flags & FAST_MOVE for flags in played("quiet")[3])


def test_favourite_of_the_last_minute_loses():
    prices = played("flip_at_end")[5]
    assert next(q_up for left_s, q_up in prices if left_s < 90) > 0.9
    assert [event.payout_up for event in of_kind("flip_at_end", MarketResolved)] == [0]
    assert "cutoff" in played("flip_at_end")[2]


def test_feeds_are_lost():
    lost = [event.feed for event in of_kind("feed_lost", FeedLost)]
    assert lost == [MARKET_FEED, CHAINLINK_FEED]
    _, _, gates, regimes, _, _ = played("feed_lost")
    assert "market_feed_lost" in gates
    assert any(flags & STALE_ORACLE for flags in regimes)
    # Whichever looks first: the gate of the window, or the kill switch.
    assert gates & {"stale_oracle", "killed"}


def test_fills_come_late_early_and_are_undone():
    accepted, cancelled = set(), set()
    early = late = 0
    for event in played("late_fill")[0]:
        if isinstance(event, OrderAccepted):
            accepted.add(event.order)
        elif isinstance(event, OrderCancelled):
            cancelled.add(event.order)
        elif isinstance(event, TradeReported) and event.status == MATCHED:
            early += event.order not in accepted
            late += event.order in cancelled
    assert early > 5
    assert late > 5
    assert any(report.status == FAILED for report in of_kind("late_fill", TradeReported))


def test_grid_changes_while_orders_rest():
    changed = of_kind("tick_change", TickChanged)
    assert {event.outcome for event in changed} == {0, 1}
    fine = [order for order in of_kind("tick_change", PlaceOrder) if order.price % 100]
    assert fine
