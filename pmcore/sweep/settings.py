"""The scanner's configuration: every key with unit, range, default and reason.

The keys are declared as the maker's are (`pmcore.config_keys.key`), but in a tree of their own, so
that neither can be mistaken for the other. `SweepConfig()` is a sane first run.
"""

from collections.abc import Mapping
from typing import Any

import attrs

from pmcore.config import ConfigError, KeyDoc, section_keys
from pmcore.config_keys import complaint
from pmcore.sweep.settings_keys import (
    Bounds,
    Eligible,
    Entry,
    Jump,
    Operational,
    Return,
    RiskMix,
    Sizing,
    Weights,
)


@attrs.frozen
class SweepConfig:
    """The scanner's whole configuration."""

    eligible: Eligible = attrs.field(factory=Eligible)
    entry: Entry = attrs.field(factory=Entry)
    weights: Weights = attrs.field(factory=Weights)
    bounds: Bounds = attrs.field(factory=Bounds)
    risk: RiskMix = attrs.field(factory=RiskMix)
    operational: Operational = attrs.field(factory=Operational)
    jump: Jump = attrs.field(factory=Jump)
    returning: Return = attrs.field(factory=Return)
    sizing: Sizing = attrs.field(factory=Sizing)


def sweep_key_docs() -> list[KeyDoc]:
    """Every key in order, for documentation, `/v1/config` and `pm config`."""
    docs = []
    for section in attrs.fields(SweepConfig):
        for key in section_keys(section):
            meta, name = key.metadata, f"{section.name}.{key.name}"
            docs.append(
                KeyDoc(name, meta["unit"], meta["low"], meta["high"], key.default, meta["why"])
            )
    return docs


def sweep_config_tree(config: SweepConfig) -> dict[str, dict[str, Any]]:
    """The configuration as nested dictionaries; `sweep_config_from` is its inverse."""
    return attrs.asdict(config)


def sweep_config_from(tree: Mapping[str, Any]) -> SweepConfig:
    """The configuration that a nested mapping says, defaults filled in.

    Raises ConfigError naming every unknown, mistyped and out-of-range key and every contradiction.
    """
    sections: dict[str, Any] = {section.name: section for section in attrs.fields(SweepConfig)}
    problems = [
        f"{name}: unknown section; known are {', '.join(sections)}"
        for name in sorted(set(tree) - set(sections))
    ]
    made: dict[str, Any] = {}
    for name, section in sections.items():
        given = tree.get(name, {})
        if not isinstance(given, Mapping):
            problems.append(f"{name}: must be a table of keys, not {given!r}")
            continue
        keys = {key.name: key for key in section_keys(section)}
        for unknown in sorted(set(given) - set(keys)):
            known = ", ".join(keys)
            problems.append(f"{name}.{unknown}: unknown key; known here: {known}")
        values = {key: given[key] for key in keys if key in given}
        wrong = [_wrong(keys[key], value) for key, value in values.items()]
        problems += [f"{name}.{text}" for text in wrong if text]
        if not any(wrong):
            values = {k: float(v) if _widens(keys[k], v) else v for k, v in values.items()}
            made[name] = section.default.factory(**values)
    if problems:
        raise ConfigError(problems)
    config = SweepConfig(**made)
    problems = _contradictions(config)
    if problems:
        raise ConfigError(problems)
    return config


def _widens(key: Any, value: Any) -> bool:
    return type(value) is int and type(key.default) is float


def _wrong(key: Any, value: Any) -> str:
    """What is wrong with one value, or nothing."""
    if type(value) is not type(key.default) and not _widens(key, value):
        return f"{key.name}: must be of type {type(key.default).__name__}, not {value!r}"
    problem = complaint(key, value)
    return f"{key.name}: {problem}" if problem else ""


def _contradictions(config: SweepConfig) -> list[str]:
    """What no single key can know."""
    e, b, r, s = config.eligible, config.bounds, config.risk, config.sizing
    rules = (
        (
            e.min_t_remaining_sec < e.max_t_remaining_sec,
            "eligible.min_t_remaining_sec: must be less than eligible.max_t_remaining_sec",
        ),
        (b.velocity_low < b.velocity_high, "bounds.velocity_low: must be below velocity_high"),
        (b.net_yield_low < b.net_yield_high, "bounds.net_yield_low: must be below net_yield_high"),
        (
            r.definition + r.operational + r.liquidity + r.jump > 0.0,
            "risk.definition: at least one weight of risk must be above 0",
        ),
        (s.min_pct <= s.max_pct, "sizing.min_pct: must not exceed sizing.max_pct"),
    )
    return [text for holds, text in rules if not holds]
