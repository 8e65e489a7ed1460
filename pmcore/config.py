"""The configuration tree: every key with its unit, range, default and reason.

One literal declaration per key; validation, documentation (`docs/configuration.md`) and the
compiled integer `Rules` of the hot path all read the same declarations. Unknown and out-of-range
keys are refused by name, all at once.
"""

import json
from collections.abc import Mapping
from typing import Any

import attrs
import cattrs
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationNote

from pmcore.config_keys import (
    Alpha,
    Completion,
    Heartbeats,
    Infra,
    Inventory,
    Keys,
    Merge,
    Oracle,
    Rewards,
    Risk,
    Trading,
    complaint,
)


@attrs.frozen
class Config:
    """The whole configuration. `Config()` is a sane first run: paper, small sizes."""

    trading: Trading = attrs.field(factory=Trading)
    inventory: Inventory = attrs.field(factory=Inventory)
    risk: Risk = attrs.field(factory=Risk)
    alpha: Alpha = attrs.field(factory=Alpha)
    oracle: Oracle = attrs.field(factory=Oracle)
    completion: Completion = attrs.field(factory=Completion)
    merge: Merge = attrs.field(factory=Merge)
    heartbeats: Heartbeats = attrs.field(factory=Heartbeats)
    rewards: Rewards = attrs.field(factory=Rewards)
    infra: Infra = attrs.field(factory=Infra)
    keys: Keys = attrs.field(factory=Keys)


class ConfigError(ValueError):
    """All that is wrong with a configuration, one line per key, each naming key and remedy."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems,)


@attrs.frozen
class KeyDoc:
    """One key as documentation shows it."""

    name: str
    unit: str
    low: float | None
    high: float | None
    default: object
    why: str


def section_keys(section: Any) -> tuple[Any, ...]:
    """The keys of one section, as attrs attributes."""
    keys: tuple[Any, ...] = attrs.fields(section.default.factory)
    return keys


def key_docs() -> list[KeyDoc]:
    """Every key of the tree in order, for the documentation and for `pm config`."""
    docs = []
    for section in attrs.fields(Config):
        for key in section_keys(section):
            meta = key.metadata
            name = f"{section.name}.{key.name}"
            docs.append(
                KeyDoc(name, meta["unit"], meta["low"], meta["high"], key.default, meta["why"])
            )
    return docs


def _strict(value: Any, kind: type) -> Any:
    """Refuse silent conversions: `"no"` is not a boolean and 1.5 is not a whole number."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind:
        raise TypeError(f"must be {_KIND_NAMES[kind]}, not {value!r}")
    return value


_KIND_NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
    for kind in _KIND_NAMES:
        converter.register_structure_hook(kind, _strict)
    return converter


_CONVERTER = _converter()


def config_from(tree: Mapping[str, Any]) -> Config:
    """The configuration that a nested mapping says, defaults filled in.

    Raises ConfigError naming every unknown, mistyped and out-of-range key, and every
    contradiction between keys.
    """
    if not isinstance(tree, Mapping):
        raise ConfigError([f"the configuration must be sections of keys, not {tree!r}"])
    # attrs runs validators only once every type is right; ranges are read beforehand so that all
    # problems come out together.
    found = _out_of_range(tree)
    try:
        config = _CONVERTER.structure(tree, Config)
    except ClassValidationError as error:
        raise ConfigError(sorted({*found, *_explain(error, "")})) from error
    problems = _contradictions(config)
    if problems:
        raise ConfigError(problems)
    return config


def config_text(config: Config) -> str:
    """Canonical JSON of a configuration: what `Configured` carries and the journal keeps."""
    return json.dumps(attrs.asdict(config), sort_keys=True, separators=(",", ":"))


def config_of(text: str) -> Config:
    """The inverse of `config_text`; raises ConfigError for a text from an incompatible version."""
    try:
        tree = json.loads(text)
    except ValueError as error:
        raise ConfigError([f"not a configuration's text: {error}"]) from error
    return config_from(tree)


def _out_of_range(tree: Mapping[str, Any]) -> list[str]:
    problems = []
    for section in attrs.fields(Config):
        given = tree.get(section.name)
        if not isinstance(given, Mapping):
            continue
        for field in section_keys(section):
            value = given.get(field.name)
            if type(value) is type(field.default) or _widens(value, field.default):
                problem = complaint(field, value)
                if problem:
                    problems.append(f"{section.name}.{field.name}: {problem}")
    return problems


def _widens(value: Any, default: Any) -> bool:
    return type(value) is int and type(default) is float


def _explain(error: BaseException, where: str) -> list[str]:
    """Flatten cattrs' nested errors into `section.key: what is wrong`."""
    if isinstance(error, ForbiddenExtraKeysError):
        known = ", ".join(field.name for field in attrs.fields(error.cl))
        return [
            f"{_join(where, name)}: unknown key; known here: {known}"
            for name in sorted(error.extra_fields)
        ]
    if isinstance(error, ClassValidationError):
        lines: list[str] = []
        for inner in error.exceptions:
            step = _step(inner)
            lines.extend(_explain(inner, _join(where, step) if step else where))
        return lines
    if isinstance(error, ValueError | TypeError):
        text = str(error)
        prefix, colon, rest = text.partition(": ")
        if colon and prefix.isidentifier():
            return [f"{_join(where, prefix)}: {rest}"]
        return [f"{where}: {text}"]
    return [f"{where}: {error}"]


def _step(error: BaseException) -> str:
    for note in getattr(error, "__notes__", ()):
        name = getattr(note, "name", None)
        if name is not None and not isinstance(note, IterableValidationNote):
            return str(name)
    return ""


def _join(where: str, step: str) -> str:
    return f"{where}.{step}" if where else step


def _contradictions(config: Config) -> list[str]:
    """What no single key can know."""
    t, i, problems = config.trading, config.inventory, list[str]()

    def rule(holds: bool, text: str) -> None:
        if not holds:
            problems.append(text)

    rule(
        t.target_total_min <= t.target_total_base <= t.target_total_max,
        "trading.target_total_base: must lie between target_total_min and target_total_max",
    )
    rule(
        i.skew_mild_shares <= i.skew_moderate_shares <= i.skew_severe_shares,
        "inventory.skew_moderate_shares: must lie between skew_mild_shares and skew_severe_shares",
    )
    rule(
        t.cutoff_seconds < t.window_seconds,
        "trading.cutoff_seconds: must be less than trading.window_seconds",
    )
    rule(
        i.taker_window_s <= i.emergency_window_s,
        "inventory.taker_window_s: must not exceed inventory.emergency_window_s",
    )
    rule(
        config.infra.cancel_reserve < config.infra.cancel_burst,
        "infra.cancel_reserve: must be less than infra.cancel_burst",
    )
    return problems
