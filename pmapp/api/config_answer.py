"""The scanner's configuration as the API's answer."""

from typing import Any

import attrs

from pmapp.api.shapes import ConfigAnswer, ConfigKey
from pmcore.config_tree import key_docs
from pmcore.sweep.settings import SweepConfig


def config_answer(config: SweepConfig) -> ConfigAnswer:
    """What the scores are made with: every key of the scanner's core."""
    tree = attrs.asdict(config)
    keys = []
    for doc in key_docs(SweepConfig):
        section, _, name = doc.name.partition(".")
        default: Any = doc.default
        keys.append(
            ConfigKey(doc.name, doc.unit, tree[section][name], default, doc.low, doc.high, doc.why)
        )
    return ConfigAnswer(tree["weights"], tree["bounds"], tree, tuple(keys))
