"""The scanner's configuration as the API's answer."""

from typing import Any

from pmapp.api.shapes import ConfigAnswer, ConfigKey
from pmcore.sweep.settings import SweepConfig, sweep_config_tree, sweep_key_docs


def config_answer(config: SweepConfig) -> ConfigAnswer:
    """What the scores are made with: every key of the scanner's core."""
    tree = sweep_config_tree(config)
    keys = []
    for doc in sweep_key_docs():
        section, _, name = doc.name.partition(".")
        default: Any = doc.default
        keys.append(
            ConfigKey(doc.name, doc.unit, tree[section][name], default, doc.low, doc.high, doc.why)
        )
    return ConfigAnswer(tree["weights"], tree["bounds"], tree, tuple(keys))
