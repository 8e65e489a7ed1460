"""Base rates: losses by category, 50/50 by category, and whether the configured rate fits."""

import attrs
import pytest

from pmapp.evaluate.assumed_rates import jump_rates, operational_rate
from pmcore.sweep.categories import CATEGORIES
from pmcore.sweep.settings import SweepConfig
from tests.evaluate.folders import condition, jsonl
from tests.evaluate.histories import bought

CONFIG = SweepConfig()


def test_losses_are_counted_by_category_and_halves_are_none():
    payouts = [1.0] * 16 + [0.0] * 2 + [0.5, None]
    own = bought([(f"{k:02}", f"c{k}", pay, 0.95, 0.1) for k, pay in enumerate(payouts)])
    own.category[:] = [CATEGORIES.index("sports")] * 18 + [CATEGORIES.index("weather")] * 2
    rows = {row["category"]: row for row in jump_rates(own, CONFIG)}
    assert list(rows) == ["sports", "weather"]
    assert (rows["sports"]["settled"], rows["sports"]["cases"]) == (18, 2)
    assert rows["sports"]["rate"] == pytest.approx(2 / 18, abs=1e-6)
    assert (rows["weather"]["settled"], rows["weather"]["cases"]) == (1, 0)
    assert rows["sports"]["configured_fits"] is False  # 1.5 % against 3.1 .. 32.8
    higher = attrs.evolve(CONFIG, jump=attrs.evolve(CONFIG.jump, sports=0.1))
    assert jump_rates(own, higher)[0]["configured_fits"] is True


def test_one_fate_counts_as_one_observation():
    alone = bought([(f"{k}", f"c{k}", 1.0, 0.95, 0.1) for k in range(40)])
    together = bought([(f"{k}", "c", 1.0, 0.95, 0.1) for k in range(40)])
    assert jump_rates(alone, CONFIG)[0]["interval"][1] < 0.1
    assert jump_rates(together, CONFIG)[0]["interval"][1] > 0.7


def test_halves_of_closed_markets_are_counted_once_a_market(tmp_path):
    def closed(number, winner="1", price=0.3, **more):
        tokens = [
            {"outcome": name, "token_id": name, "winner": name == winner, "price": left}
            for name, left in (("1", price), ("2", 1 - price))
        ]
        market = {"condition_id": condition(number), "question": "Rain?", "closed": True}
        return {"raw": market | {"tokens": tokens} | more}

    rows = [closed(1), closed(2), closed(3, is_50_50_outcome=True), closed(3), closed(4)]
    rows += [closed(5, closed=False), closed(6, winner="", price=1), closed(7, winner="")]
    rows += [closed(8, winner="", price=0.5)]
    jsonl(tmp_path / "rules" / "some.jsonl.gz", rows)
    found = operational_rate(tmp_path, CONFIG)
    assert (found["settled"], found["cases"], found["rate"]) == (5, 1, 0.2)
    assert operational_rate(tmp_path / "nowhere", CONFIG) is None
