"""The scanner's configuration as the API's answer."""

from typing import Any

import attrs

from pmapp.api.scorer_config import scorer_tree
from pmapp.api.shapes import ConfigAnswer, ConfigKey
from pmcore.config_tree import key_docs
from pmcore.sweep.settings import SweepConfig
from pmio.store.generations import Generation


def config_answer(config: SweepConfig, newest: Generation | None) -> ConfigAnswer:
    """What the newest scores are made with, every key of the scanner's core; the server's own
    configuration where no scorer has said."""
    tree, known = scorer_tree(newest, config)
    own = attrs.asdict(config)
    keys, differing = [], []
    for doc in key_docs(SweepConfig):
        section, _, name = doc.name.partition(".")
        default: Any = doc.default
        value = tree[section][name]
        keys.append(ConfigKey(doc.name, doc.unit, value, default, doc.low, doc.high, doc.why))
        if value != own[section][name]:
            differing.append(doc.name)
    return ConfigAnswer(
        weights={name: float(value) for name, value in tree["weights"].items()},
        bounds=tree["bounds"],
        sections=tree,
        keys=tuple(keys),
        of="scorer" if known else "server",
        server_differs=tuple(differing),
    )
