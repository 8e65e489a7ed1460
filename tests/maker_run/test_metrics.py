"""What `/metrics` says of one state made by hand, family by family, and what it does with texts."""

from collections import deque
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pmapp.maker_run.metrics import exposition
from pmapp.maker_run.tally import Tally
from pmcore.events import MarketListed
from pmcore.market import Market
from pmcore.state import State
from pmcore.units import SECOND, Cash, Ns, Price
from pmio.feed import FeedMeter
from tests.core.stage import T0, Stage, cash, market, shares

WRITTEN = Path(__file__).parent / "exposition.txt"
"""The scene's text as it was while its lines were put together by hand, without the process."""
PROCESS = {"pm_process_cpu_seconds": "counter", "pm_process_resident_bytes": "gauge"}


class Waiting(list[None]):
    """An inbox or a lane: what gauges read of it, and nothing else."""

    def __init__(self, count: int, name: str = "", *spans: float) -> None:
        super().__init__([None] * count)
        self.name = name
        self.peak = 7
        self.acts = 1_234_567
        self.spans = deque(spans)


def shell(lane: str = "post") -> Any:
    """Stands in for a shell."""
    meter = FeedMeter("market", open=True, lost=2, frames=99, events=2_000_001, garbled=1)
    meter.lag_ns = 12_345_678
    return SimpleNamespace(
        drive=SimpleNamespace(events=123_456_789, beats=17, spans=deque([1_000, 2_500_000])),
        inbox=Waiting(3),
        quoting=SimpleNamespace(is_set=lambda: True),
        account=SimpleNamespace(
            lanes=[Waiting(2, lane, 0.25, 0.125), Waiting(0, "cancel")],
            feeds=[SimpleNamespace(meter=FeedMeter("user"))],
        ),
        market=SimpleNamespace(lanes=[], feeds=[SimpleNamespace(meter=meter)]),
    )


def state(terms: Market) -> State:
    """One window; every number that is told is set here, none is worked out by the maker."""
    stage = Stage()
    stage.hear(MarketListed, terms)
    told, window = stage.state, stage.market
    told.now_ns = Ns(T0 + 90 * SECOND)
    told.reconciled_ns = Ns(T0 + 60 * SECOND)
    told.safety.heartbeat_ns = Ns(T0 + 88 * SECOND + 500_000_000)
    told.safety.day_start_pnl = cash(1.125)
    told.cash, told.cash_known = cash(1_000.25), True
    told.alpha.regime = 5
    told.totals.fees = Cash(1_500)
    told.totals.realised = cash(-12.5)
    window.gate = ""
    window.q_up = 0.4375
    window.target_total = Price(9_850)
    window.inventory.shares = [shares(12.5), shares(5)]
    window.inventory.cost = [cash(6), cash(2)]
    window.inventory.fees = Cash(123_457)
    window.inventory.realised = cash(3.75)
    window.inventory.rebates = Cash(7)
    return told


def tally(told: State, code: str = "not_enough_balance") -> Tally:
    """Counts, two codes of refusals, and answers on a bound, between bounds and beyond them."""
    counted = Tally(told)
    counted.counts.update(orders_placed=1_500_000, orders_accepted=12, merges=3, views_failed=1)
    counted.rejects.update({code: 4, "auth": 1})
    for span_s in (0.001, 0.003, 0.003, 0.75, 7.25):
        counted.submits.add(span_s)
    counted.ledger.fills, counted.ledger.maker_fills = 9, 7
    counted.pairs_merged = shares(2_345.678901)
    return counted


def text_of(terms: Market | None = None, lane: str = "post", code: str = "no_match") -> str:
    told = state(terms or market())
    return exposition(shell(lane), told, tally(told, code)).decode()


def families(text: str) -> dict[tuple[str, str], tuple[str, dict[Any, float]]]:
    """Name and kind of each family -> its help, and values by name and labels."""
    found: dict[tuple[str, str], tuple[str, dict[Any, float]]] = {}
    for family in text_string_to_metric_families(text):
        values = {(s.name, *sorted(s.labels.items())): s.value for s in family.samples}
        assert len(values) == len(family.samples), family
        key = (family.name, family.type)
        assert key not in found, key
        found[key] = (family.documentation, values)
    return found


def test_every_family_is_what_it_was_when_it_was_written_by_hand():
    now = families(text_of())
    for key in PROCESS.items():
        _, values = now.pop(key)
        assert min(values.values()) > 0
    assert now == families(WRITTEN.read_text(encoding="utf-8"))


UNKNOWN = {
    "pm_cash_dollars",
    "pm_heartbeat_age_seconds",
    "pm_view_age_seconds",
    "pm_window_q_up",
    "pm_window_pair_may_cost",
}


def test_what_is_not_known_is_left_out():
    """A 0 would be believed: an account without money, a heartbeat that was answered just now."""
    stage = Stage()
    stage.hear(MarketListed, market())
    fresh = stage.state
    fresh.cash_known, fresh.reconciled_ns, fresh.safety.heartbeat_ns = False, Ns(0), Ns(0)
    now = families(exposition(shell(), fresh, Tally(fresh)).decode())
    assert {name for name, _ in families(text_of())} >= UNKNOWN
    assert not {name for (name, _), (_, values) in now.items() if values} & UNKNOWN


ODD = 'a"b\nc\\d{e="f"}, é'


@pytest.mark.parametrize("given", [{"terms": market(slug=ODD)}, {"lane": ODD}, {"code": ODD}])
def test_texts_are_escaped(given):
    """A slug, a code of the venue: whatever is in it, it is one label's value and no more."""
    plain, odd = families(text_of()), families(text_of(**given))
    assert odd.keys() == plain.keys()
    labels = {value for _, values in odd.values() for _, *pairs in values for _, value in pairs}
    assert ODD in labels
    assert [len(values) for _, values in odd.values()] == [
        len(values) for _, values in plain.values()
    ]


def test_what_is_told_belongs_to_one_run_alone():
    """Nothing is kept between two answers, and nothing reaches the process's own registry."""
    from prometheus_client import REGISTRY

    assert families(text_of()).keys() == families(text_of()).keys()
    assert not [one.name for one in REGISTRY.collect() if one.name.startswith("pm_")]
