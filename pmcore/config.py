"""The maker's configuration tree: every key with its unit, range, default and reason.

One literal declaration per key; validation, documentation (`docs/configuration.md`) and the
compiled integer `Rules` of the hot path all read the same declarations. Unknown and out-of-range
keys are refused by name, all at once.
"""

import json
from collections.abc import Mapping
from typing import Any

import attrs

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
)
from pmcore.config_tree import ConfigError, ConfigTree, built


@attrs.frozen
class Config(ConfigTree):
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

    def contradictions(self) -> list[str]:
        """What no single key can know."""
        t, i, infra, beats = self.trading, self.inventory, self.infra, self.heartbeats
        rules = (
            (
                t.target_total_min <= t.target_total_base <= t.target_total_max,
                "trading.target_total_base: must lie between trading.target_total_min and"
                " trading.target_total_max",
            ),
            (
                i.skew_mild_shares <= i.skew_moderate_shares <= i.skew_severe_shares,
                "inventory.skew_moderate_shares: must lie between inventory.skew_mild_shares and"
                " inventory.skew_severe_shares",
            ),
            (
                t.cutoff_seconds < t.window_seconds,
                "trading.cutoff_seconds: must be less than trading.window_seconds",
            ),
            (
                i.taker_window_s <= i.emergency_window_s,
                "inventory.taker_window_s: must not exceed inventory.emergency_window_s",
            ),
            (
                infra.cancel_reserve + 1 <= infra.cancel_burst,
                "infra.cancel_reserve: must leave one of infra.cancel_burst, or no order is ever"
                " moved",
            ),
            (
                infra.place_reserve + 1 <= infra.place_burst,
                "infra.place_reserve: must leave one of infra.place_burst, or no order is ever"
                " posted",
            ),
            (
                beats.interval_ms < beats.grace_ms,
                "heartbeats.grace_ms: must exceed heartbeats.interval_ms, or every wait for the"
                " next heartbeat is a loss of it",
            ),
            (
                beats.enabled or not t.live,
                "heartbeats.enabled: must be true where trading.live is: without it the venue keeps"
                " the orders of a program that died",
            ),
        )
        return [text for holds, text in rules if not holds]


def config_from(tree: Mapping[str, Any]) -> Config:
    """The configuration that a nested mapping says; raises ConfigError with all that is wrong."""
    return built(Config, tree)


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
