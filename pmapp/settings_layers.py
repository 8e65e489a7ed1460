"""The sources of a configuration as layers: a file, the environment, the command line.

Each says what it sets, what it calls each key it sets, and what is wrong in it. Layers are read by
the keys of a root class and know nothing else of whose configuration it is.
"""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from pmcore.config_key import SHOWN_MAX
from pmcore.config_tree import KIND_NAMES, ConfigTree, key_docs

WORDS: Final = {
    "true": True, "yes": True, "on": True, "1": True,
    "false": False, "no": False, "off": False, "0": False,
}  # fmt: skip


@attrs.frozen
class Layer:
    """One source: the keys it sets, its name for each section and key, and its own faults."""

    tree: dict[str, Any]
    titles: dict[str, str]
    problems: list[str]


def file_layer(path: Path) -> Layer:
    """A TOML file with one table per section."""
    title = str(path)
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        fault = getattr(error, "strerror", None) or "is not UTF-8 text"
        return Layer({}, {}, [f"{title}: {fault}"])
    except tomllib.TOMLDecodeError as error:
        return Layer({}, {}, [f"{title}: {error}"])
    titles = dict.fromkeys(tree, title)
    for section, keys in tree.items():
        if isinstance(keys, dict):
            titles |= {f"{section}.{key}": title for key in keys}
    return Layer(tree, titles, [])


def environ_layer(root: type[ConfigTree], prefix: str, environ: Mapping[str, str]) -> Layer:
    """Variables named `PREFIXSECTION__KEY`; others that begin alike are not the configuration's."""
    given = []
    for variable in sorted(environ):
        if variable.startswith(prefix) and "__" in variable:
            name = variable.removeprefix(prefix).lower().replace("__", ".", 1)
            given.append((name, environ[variable], variable))
    return _text_layer(root, given)


def option_layer(root: type[ConfigTree], sets: Sequence[str]) -> Layer:
    """Texts `section.key=value`; the last of two for one key counts."""
    given, problems = [], []
    for text in sets:
        name, equals, value = text.partition("=")
        if not equals or name.count(".") != 1:
            problems.append(f"--set {text}: not of the form section.key=value")
        else:
            # Long enough to be a secret in the place of its source: not to be repeated.
            told = value if len(value) <= SHOWN_MAX else "…"
            given.append((name.strip(), value, f"--set {name}={told}"))
    layer = _text_layer(root, given)
    return attrs.evolve(layer, problems=problems + layer.problems)


def joined(layers: Sequence[Layer]) -> Layer:
    """Later layers over earlier ones, as one; all their faults."""
    whole = Layer({}, {}, [])
    for layer in layers:
        whole.problems.extend(layer.problems)
        for section, keys in layer.tree.items():
            under = whole.tree.setdefault(section, {})
            # A file may say `section = 3`: that stays, to be told, whatever overrules its keys.
            if isinstance(under, dict) and isinstance(keys, dict):
                under |= keys
            elif isinstance(under, dict):
                whole.tree[section] = keys
        for name, title in layer.titles.items():
            # A key belongs to the last that sets it, a section to the first that names it.
            if "." in name or name not in whole.titles:
                whole.titles[name] = title
    return whole


def _text_layer(root: type[ConfigTree], given: list[tuple[str, str, str]]) -> Layer:
    """Values that came as text, read by the type of their key."""
    kinds = {doc.name: type(doc.default) for doc in key_docs(root)}
    layer = Layer({}, {}, [])
    for name, text, title in given:
        section, _, key = name.partition(".")
        try:
            value = _value(text.strip(), kinds.get(name, str))
        except ValueError as error:
            layer.problems.append(f"{name}: {error} ({title})")
            continue
        layer.tree.setdefault(section, {})[key] = value
        layer.titles[name] = title
        layer.titles.setdefault(section, title)
    return layer


def _value(text: str, kind: type) -> object:
    try:
        return WORDS[text.lower()] if kind is bool else kind(text)
    except (KeyError, ValueError):
        raise ValueError(f"must be {KIND_NAMES[kind]}, not {text!r}") from None
