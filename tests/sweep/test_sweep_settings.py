"""The scanner's configuration: complete, in range, refused by name."""

import attrs
import pytest

from pmcore.config_tree import ConfigError, built, key_docs
from pmcore.sweep.categories import CATEGORIES
from pmcore.sweep.settings import SweepConfig


def test_defaults_are_those_of_the_spec():
    config = SweepConfig()
    assert config.eligible.min_t_remaining_sec == 3_600
    assert config.eligible.max_t_remaining_sec == 1_209_600
    assert config.eligible.quote_stale_max_sec == 180
    assert config.eligible.max_spread == 0.30
    assert config.entry.fee_bps == 120.0
    weights = config.weights
    assert (weights.velocity, weights.net_yield, weights.liquidity) == (0.45, 0.25, 0.15)
    assert (weights.definition_risk, weights.staleness) == (0.10, 0.05)
    assert (config.sizing.min_pct, config.sizing.max_pct) == (0.01, 0.10)


def test_every_key_is_documented():
    docs = key_docs(SweepConfig)
    assert len({doc.name for doc in docs}) == len(docs) > 50
    assert all(doc.why for doc in docs)
    assert all(doc.low is not None for doc in docs if isinstance(doc.default, int | float))


def test_every_category_has_its_rates():
    config = SweepConfig()
    for name in CATEGORIES:
        assert 0.0 <= getattr(config.operational, name) <= 1.0
        assert 0.0 <= getattr(config.jump, name) <= 1.0
        assert getattr(config.returning, f"{name}_h") >= 0.0


def test_tree_and_back():
    config = built(SweepConfig, {"entry": {"fee_bps": 50}, "bounds": {"velocity_basis": "cash"}})
    assert config.entry.fee_bps == 50.0
    assert built(SweepConfig, attrs.asdict(config)) == config
    assert built(SweepConfig, {}) == SweepConfig()


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"entri": {}}, "entri: unknown section"),
        ({"entry": {"fee": 1}}, "entry.fee: unknown key"),
        ({"entry": 3}, "entry: must be a table"),
        ({"entry": {"fee_bps": "1"}}, "entry.fee_bps: must be a number"),
        ({"entry": {"fee_bps": True}}, "entry.fee_bps: must be a number"),
        ({"entry": {"fee_bps": float("nan")}}, "entry.fee_bps: nan is outside"),
        ({"eligible": {"quote_stale_max_sec": 0}}, "eligible.quote_stale_max_sec: 0 is outside"),
        ({"eligible": {"max_spread": 1.01}}, "eligible.max_spread: 1.01 is outside"),
        ({"eligible": {"max_spread": -0.01}}, "eligible.max_spread: -0.01 is outside"),
        ({"bounds": {"velocity_basis": "never"}}, "is not one of close, cash"),
        ({"eligible": {"max_t_remaining_sec": 60}}, "eligible.min_t_remaining_sec: must be less"),
        ({"bounds": {"velocity_low": 0.5}}, "bounds.velocity_low"),
        ({"bounds": {"net_yield_low": 0.5}}, "bounds.net_yield_low"),
        ({"sizing": {"min_pct": 0.5}}, "sizing.min_pct"),
        (
            {"risk": {"definition": 0.0, "operational": 0.0, "liquidity": 0.0, "jump": 0.0}},
            "risk.definition",
        ),
    ],
)
def test_wrong_trees_are_refused_by_name(tree, said):
    with pytest.raises(ConfigError, match=said.replace(".", r"\.")):
        built(SweepConfig, tree)


def test_all_problems_come_at_once():
    with pytest.raises(ConfigError) as caught:
        built(SweepConfig, {"entry": {"fee": 1, "fee_bps": -1.0}, "x": {}})
    assert len(caught.value.problems) == 3
