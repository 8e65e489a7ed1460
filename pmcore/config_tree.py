"""A configuration as a tree: sections of keys, built from nested mappings, or refused in full.

Nothing here knows whose keys they are: a root class (`pmcore.config.Config`, the scanner's
`SweepConfig`) lists its sections, a section lists its keys.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import attrs
import cattrs
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationNote

from pmcore.config_key import KeyDoc, complaint, shown

KIND_NAMES: Final = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
}


@attrs.frozen
class ConfigTree:
    """A root class: every attribute is a section, and has its class as its factory."""

    def contradictions(self) -> list[str]:
        """What no single key can know; each line begins with a key and names the others in full."""
        return []


C = TypeVar("C", bound=ConfigTree)


class ConfigError(ValueError):
    """All that is wrong with a configuration, one line per key, each naming key and remedy."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems,)


def key_docs(root: type[ConfigTree]) -> list[KeyDoc]:
    """Every key of a tree in order, for whoever shows, documents or reads them."""
    docs = []
    for section in attrs.fields(root):
        for key in _keys(section):
            m, name = key.metadata, f"{section.name}.{key.name}"
            docs.append(
                KeyDoc(name, m["unit"], m["low"], m["high"], m["choices"], key.default, m["why"])
            )
    return docs


def built(root: type[C], tree: Mapping[str, Any]) -> C:
    """The configuration that a nested mapping says, defaults filled in.

    Raises ConfigError naming every unknown, mistyped and out-of-range key; where each key by
    itself is sound, every contradiction between keys.
    """
    if not isinstance(tree, Mapping):
        raise ConfigError([f"the configuration must be sections of keys, not {shown(tree)}"])
    # attrs runs validators only once every type is right; ranges are read beforehand so that all
    # problems come out together.
    problems = [*_no_tables(root, tree), *_out_of_range(root, tree)]
    tables = {name: keys for name, keys in tree.items() if isinstance(keys, Mapping)}
    try:
        config = _CONVERTER.structure(tables, root)
    except ClassValidationError as error:
        raise ConfigError(sorted({*problems, *_explain(error, "")})) from error
    problems = problems or config.contradictions()
    if problems:
        raise ConfigError(problems)
    return config


def _keys(section: Any) -> tuple[Any, ...]:
    """The keys of one section, as attrs attributes."""
    keys: tuple[Any, ...] = attrs.fields(section.default.factory)
    return keys


def _no_tables(root: type[ConfigTree], tree: Mapping[str, Any]) -> list[str]:
    """What stands where only sections may: a key outside its section, or a value for one."""
    known = [section.name for section in attrs.fields(root)]
    return [
        f"{name}: must be a table of keys, not {shown(keys)}"
        if name in known
        else f"{name}: unknown section; known here: {', '.join(known)}"
        for name, keys in tree.items()
        if not isinstance(keys, Mapping)
    ]


def _out_of_range(root: type[ConfigTree], tree: Mapping[str, Any]) -> list[str]:
    problems = []
    for section in attrs.fields(root):
        given = tree.get(section.name)
        if not isinstance(given, Mapping):
            continue
        for key in _keys(section):
            value = given.get(key.name)
            problem = complaint(key, value) if _fits(value, type(key.default)) else ""
            if problem:
                problems.append(f"{section.name}.{key.name}: {problem}")
    return problems


def _fits(value: Any, kind: type) -> bool:
    """No silent conversions: `"no"` is not a boolean and 1.5 is not a whole number."""
    return type(value) is kind or (kind is float and type(value) is int)


def _strict(value: Any, kind: type) -> Any:
    if not _fits(value, kind):
        raise TypeError(f"must be {KIND_NAMES[kind]}, not {shown(value)}")
    return kind(value)


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
    for kind in KIND_NAMES:
        converter.register_structure_hook(kind, _strict)
    return converter


_CONVERTER = _converter()


def _explain(error: BaseException, where: str) -> list[str]:
    """Flatten cattrs' nested errors into `section.key: what is wrong`."""
    if isinstance(error, ForbiddenExtraKeysError):
        known = ", ".join(field.name for field in attrs.fields(error.cl))
        what = f"unknown {'key' if where else 'section'}; known here: {known}"
        return [f"{_join(where, name)}: {what}" for name in sorted(map(str, error.extra_fields))]
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
