"""Every key is documented and guarded; everything wrong is refused by name, all at once."""

import json
import math
import re

import attrs
import hypothesis.strategies as st
import pytest
from hypothesis import given

from pmcore.config import Config, config_from, config_of, config_text
from pmcore.config_tree import ConfigError, key_docs
from pmcore.rules import Rules, rules_of

DOCS = key_docs(Config)
SECTIONS = ("trading", "inventory", "risk", "alpha", "oracle", "completion", "merge")
SECTIONS += ("heartbeats", "rewards", "infra", "keys")
RANGED = [doc for doc in DOCS if doc.low is not None]
CHOSEN = [(doc.name, doc.choices) for doc in DOCS if doc.choices]


def one(name, value):
    section, key = name.split(".")
    return {section: {key: value}}


def problems(tree):
    with pytest.raises(ConfigError) as error:
        config_from(tree)
    return error.value.problems


def refused(tree):
    try:
        config_from(tree)
    except ConfigError as error:
        return error.problems
    return []


def value_of(config, name):
    section, key = name.split(".")
    return getattr(getattr(config, section), key)


def test_sections_are_those_of_the_specification():
    assert tuple(field.name for field in attrs.fields(Config)) == SECTIONS


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: doc.name)
def test_key_is_documented(doc):
    assert len(doc.why) > 10
    assert doc.name.split(".")[0] in SECTIONS
    if isinstance(doc.default, int | float) and not isinstance(doc.default, bool):
        assert doc.unit, "a number without a unit"
        assert doc.low is not None, "a number without a range"


@pytest.mark.parametrize("doc", RANGED, ids=lambda doc: doc.name)
def test_default_is_inside_its_range(doc):
    assert doc.low <= doc.default <= doc.high
    assert type(doc.default) in (int, float)


@pytest.mark.parametrize("doc", RANGED, ids=lambda doc: doc.name)
def test_value_outside_the_range_is_refused_by_name(doc):
    step = 1 if type(doc.default) is int else max(1e-9, abs(doc.high) * 1e-9)
    for value in (type(doc.default)(doc.low - step), type(doc.default)(doc.high + step)):
        found = problems(one(doc.name, value))
        assert any(line.startswith(f"{doc.name}: {value!r} is outside") for line in found)


@pytest.mark.parametrize("doc", RANGED, ids=lambda doc: doc.name)
def test_edges_of_the_range_are_accepted_or_contradict_another_key(doc):
    for edge in (doc.low, doc.high):
        tree = one(doc.name, type(doc.default)(edge))
        found = refused(tree)
        assert not any("outside" in line for line in found)
        if not found:
            config = config_from(tree)
            assert value_of(config, doc.name) == edge
            assert isinstance(rules_of(config), Rules)


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: doc.name)
def test_wrong_type_is_refused_by_name(doc):
    kind = type(doc.default)
    wrong = {bool: ("yes", 1), str: (5, True), int: ("5", 5.0, True), float: ("5", True)}[kind]
    for value in (*wrong, None, []):
        assert any(
            line.startswith(f"{doc.name}: must be") for line in problems(one(doc.name, value))
        )


@pytest.mark.parametrize(
    "doc", [d for d in RANGED if type(d.default) is float], ids=lambda d: d.name
)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_not_a_number_is_refused(doc, value):
    assert any(line.startswith(f"{doc.name}:") for line in problems(one(doc.name, value)))


@pytest.mark.parametrize(("name", "choices"), CHOSEN)
def test_only_the_choices_are_accepted(name, choices):
    for choice in choices:
        assert value_of(config_from(one(name, choice)), name) == choice
    assert any(line.startswith(f"{name}: ") for line in problems(one(name, "other")))


def test_unknown_keys_and_sections_are_refused_by_name():
    found = problems({"tradign": {}, "trading": {"livee": True}})
    assert any(line.startswith("tradign: unknown section; known here: trading") for line in found)
    assert any(line.startswith("trading.livee: unknown key; known here: live") for line in found)


@pytest.mark.parametrize("value", [5, None, "x", [], True])
def test_value_in_place_of_a_section_is_told_beside_the_rest(value):
    found = problems({"trading": value, "merge": {"path": "ship"}, "moon": value})
    assert [line.split(" (")[0] for line in found] == [
        "merge.path: 'ship' is not one of relayer, eoa",
        next(line for line in found if line.startswith("moon: unknown section; known here: ")),
        f"trading: must be a table of keys, not {value!r}",
    ]


def test_everything_wrong_comes_out_at_once():
    found = problems(
        {
            "trading": {"ladder_levels": 99, "live": "yes", "nonsense": 1, "size_decay": math.nan},
            "risk": {"max_rejects": 0, "max_daily_loss_usdc": "much"},
            "moon": {},
        }
    )
    names = {line.split(":")[0] for line in found}
    assert names >= {
        "trading.ladder_levels",
        "trading.live",
        "trading.nonsense",
        "trading.size_decay",
        "risk.max_rejects",
        "risk.max_daily_loss_usdc",
        "moon",
    }


@pytest.mark.parametrize(
    ("tree", "name"),
    [
        ({"trading": {"target_total_min": 0.99}}, "trading.target_total_base"),
        ({"inventory": {"skew_mild_shares": 40.0}}, "inventory.skew_moderate_shares"),
        ({"trading": {"cutoff_seconds": 900}}, "trading.cutoff_seconds"),
        ({"inventory": {"taker_window_s": 500}}, "inventory.taker_window_s"),
        ({"infra": {"cancel_reserve": 119.5}}, "infra.cancel_reserve"),
        ({"infra": {"place_reserve": 60.0}}, "infra.place_reserve"),
        ({"heartbeats": {"grace_ms": 5_000}}, "heartbeats.grace_ms"),
        ({"trading": {"live": True}, "heartbeats": {"enabled": False}}, "heartbeats.enabled"),
    ],
)
def test_contradictions_are_named(tree, name):
    found = problems(tree)
    assert [line.split(":")[0] for line in found] == [name]
    # Every key that has a part in it is named in full, so that its source can be told.
    named = re.findall(r"\w+\.\w+", found[0])
    assert len(named) > 1
    assert set(named) <= {doc.name for doc in DOCS}


@pytest.mark.parametrize("tree", [[], 5, None, {"trading": 5}, {"trading": None}, {5: {}}])
def test_what_is_no_tree_is_refused_as_a_configuration(tree):
    with pytest.raises(ConfigError):
        config_from(tree)


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '{"trading":{"live":"no"}}'])
def test_what_is_no_text_of_one_is_refused_too(text):
    with pytest.raises(ConfigError):
        config_of(text)


def test_default_is_a_safe_first_run():
    config = config_from({})
    assert config == Config()
    assert not config.trading.live
    assert config.keys.source == "none"


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "trading": st.fixed_dictionaries(
                {}, optional={"ladder_levels": st.integers(1, 7), "size_decay": st.floats(0.05, 2)}
            ),
            "risk": st.fixed_dictionaries({"max_daily_loss_usdc": st.floats(0, 1e6)}),
            "keys": st.fixed_dictionaries(
                {"source": st.from_regex(r"env:[A-Z_]{1,9}", fullmatch=True)}
            ),
        },
    )
)
def test_text_form_comes_back(tree):
    config = config_from(tree)
    text = config_text(config)
    assert config_of(text) == config
    assert config_text(config_of(text)) == text
    assert json.loads(text).keys() == set(SECTIONS)


def test_whole_numbers_are_numbers():
    assert config_from(one("trading.base_size_shares", 7)).trading.base_size_shares == 7.0


def test_rules_take_their_units_from_the_keys():
    rules = rules_of(
        config_from(
            {
                "trading": {"window_seconds": 300, "cutoff_seconds": 45, "min_price_usdc": 0.0123},
                "inventory": {"max_unpaired_shares": 12.5},
                "merge": {"gas_usdc": 0.25, "path": "eoa"},
            }
        )
    )
    assert (rules.window_s, rules.window_ns, rules.cutoff_ns) == (300, 300 * 10**9, 45 * 10**9)
    assert (rules.min_price, rules.max_unpaired, rules.merge_gas) == (123, 12_500_000, 250_000)


def test_relayer_costs_no_gas():
    assert rules_of(config_from({"merge": {"gas_usdc": 0.25}})).merge_gas == 0


def test_ladder_leaves_the_last_rung_to_completions():
    with pytest.raises(ConfigError, match="ladder_levels"):
        config_from(one("trading.ladder_levels", 8))
