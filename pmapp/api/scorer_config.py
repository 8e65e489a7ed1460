"""The configuration that scores were made with: the scorer's, which need not be the server's.

The scorer leaves it with each generation, as JSON. A scorer of another version may know other
keys, so it is read key by key, and what is not there is the server's own.
"""

from typing import Any

import attrs
import msgspec

from pmcore.sweep.settings import SweepConfig
from pmio.store.generations import Generation

Value = bool | int | float | str
Tree = dict[str, dict[str, Value]]


def scorer_tree(generation: Generation | None, own: SweepConfig) -> tuple[Tree, bool]:
    """Every key of ours by section, with the scorer's value where it is known; and whether any is.

    It is not for a generation that was scored before scorers left it.
    """
    tree: dict[str, dict[str, Any]] = attrs.asdict(own)
    told = _told(generation)
    for section, keys in tree.items():
        theirs = told.get(section, {})
        for name, value in keys.items():
            given = theirs.get(name)
            if type(given) is type(value):
                keys[name] = given
    return tree, bool(told)


def _told(generation: Generation | None) -> Tree:
    if generation is None:
        return {}
    try:
        return msgspec.json.decode(generation.config, type=Tree)
    except msgspec.MsgspecError:
        return {}
