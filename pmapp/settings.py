"""The effective configuration and where each of its values comes from.

Later layers overrule earlier ones: defaults, the file, the environment, the command line. A file is
TOML with one table per section. In the environment a key is `PM_SECTION__KEY`, on the command line
`--set section.key=value`. Everything that is wrong in any layer is told at once, each with its
source.
"""

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs
import click

from pmapp.refused import Refused
from pmcore.config import Config, ConfigError, KeyDoc, config_from, key_docs, section_keys

F = TypeVar("F", bound=Callable[..., Any])
FILE_NAME: Final = "pm.toml"
PREFIX: Final = "PM_"
DEFAULT: Final = "default"
WORDS: Final = {
    "true": True, "yes": True, "on": True, "1": True,
    "false": False, "no": False, "off": False, "0": False,
}  # fmt: skip


class SettingsError(ValueError):
    """All that is wrong, one line per key, each naming the key, the fault and its source."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems,)


@attrs.frozen
class Settings:
    """The configuration, and the source of every key that is not at its default."""

    config: Config
    sources: dict[str, str]

    def value(self, name: str) -> object:
        """The value of `section.key`."""
        section, _, key = name.partition(".")
        return getattr(getattr(self.config, section), key)

    def source(self, name: str) -> str:
        """Where the value of `section.key` comes from."""
        return self.sources.get(name, DEFAULT)


@attrs.frozen
class Layer:
    """One source: its name for each key, and the keys it sets."""

    title: str
    tree: dict[str, Any]
    titles: dict[str, str]
    problems: list[str]


def settings_from(
    file: Path | None, environ: Mapping[str, str], sets: Sequence[str], folder: Path = Path()
) -> Settings:
    """Put the layers together. Without `file`, `pm.toml` in `folder` is read if it is there.

    Raises SettingsError with everything that is wrong.
    """
    path = file
    if path is None and (folder / FILE_NAME).is_file():
        path = folder / FILE_NAME
    layers = [_file_layer(path)] if path is not None else []
    layers += [_environ_layer(environ), _option_layer(sets)]
    tree: dict[str, Any] = {}
    titles: dict[str, str] = {}
    problems: list[str] = []
    for layer in layers:
        problems += layer.problems
        titles |= layer.titles
        for section, keys in layer.tree.items():
            if isinstance(keys, dict) and isinstance(tree.get(section), dict):
                tree[section] |= keys
            else:
                tree[section] = dict(keys) if isinstance(keys, dict) else keys
    return Settings(_config_from(tree, titles, problems), titles)


def overridden(config: Config, sets: Sequence[str]) -> Config:
    """`config` with `section.key=value` texts laid over it; raises SettingsError."""
    layer = _option_layer(sets)
    tree = attrs.asdict(config)
    for section, keys in layer.tree.items():
        tree[section] = tree.get(section, {}) | keys
    return _config_from(tree, layer.titles, layer.problems)


def _config_from(tree: dict[str, Any], titles: Mapping[str, str], problems: list[str]) -> Config:
    """The configuration of a tree, unless it or what came before it has problems."""
    try:
        config = config_from(tree)
    except ConfigError as error:
        told = [_with_source(line, titles) for line in error.problems]
        raise SettingsError(problems + told) from None
    if problems:
        raise SettingsError(problems)
    return config


def settings_options(command: F) -> F:
    """Give a command `--config` and `--set`; it receives `settings: Settings`."""

    def gather(ctx: click.Context, _: click.Parameter, sets: tuple[str, ...]) -> Settings:
        try:
            return settings_from(ctx.params.pop("config_file", None), os.environ, sets)
        except SettingsError as error:
            lines = "\n  ".join(error.problems)
            remedy = "see `pm config` for every key and its range"
            raise Refused(f"the configuration cannot be used ({remedy}):\n  {lines}") from None

    chosen = click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="SECTION.KEY=VALUE",
        callback=gather,
        help="Overrule one key of the configuration; may be repeated.",
    )(command)
    return click.option(
        "--config",
        "config_file",
        type=click.Path(path_type=Path),
        is_eager=True,
        help="Configuration file in TOML. Default: ./pm.toml if there is one.",
    )(chosen)


def choices_of(name: str) -> tuple[str, ...]:
    """The words that `section.key` accepts; empty where it is not a choice."""
    section, _, key = name.partition(".")
    for field in section_keys(getattr(attrs.fields(Config), section)):
        if field.name == key:
            return tuple(field.metadata["choices"])
    raise KeyError(name)


def range_text(doc: KeyDoc) -> str:
    """What a key accepts, in words."""
    if choices := choices_of(doc.name):
        return ", ".join(choices)
    if isinstance(doc.default, bool):
        return "true, false"
    if doc.low is None:
        return "any text"
    return f"{plain(doc.low)} .. {plain(doc.high)}"


def plain(value: object) -> str:
    """A value as the file would write it, without needless zeros."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)


def _file_layer(path: Path) -> Layer:
    title = str(path)
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        fault = getattr(error, "strerror", None) or "is not UTF-8 text"
        return Layer(title, {}, {}, [f"{title}: {fault}"])
    except tomllib.TOMLDecodeError as error:
        return Layer(title, {}, {}, [f"{title}: {error}"])
    names = dict.fromkeys(tree, title)
    for section, keys in tree.items():
        if isinstance(keys, dict):
            names |= {f"{section}.{key}": title for key in keys}
    return Layer(title, tree, names, [])


def _environ_layer(environ: Mapping[str, str]) -> Layer:
    given = []
    for variable in sorted(environ):
        if variable.startswith(PREFIX) and "__" in variable:
            name = variable.removeprefix(PREFIX).lower().replace("__", ".", 1)
            given.append((name, environ[variable], variable))
    return _text_layer("environment", given)


def _option_layer(sets: Sequence[str]) -> Layer:
    given, problems = [], []
    for text in sets:
        name, equals, value = text.partition("=")
        if not equals or name.count(".") != 1:
            problems.append(f"--set {text}: not of the form section.key=value")
        else:
            given.append((name.strip(), value, f"--set {text}"))
    layer = _text_layer("--set", given)
    return attrs.evolve(layer, problems=problems + layer.problems)


def _text_layer(title: str, given: list[tuple[str, str, str]]) -> Layer:
    """Values that came as text, read by the type of their key."""
    kinds = {doc.name: type(doc.default) for doc in key_docs()}
    tree: dict[str, Any] = {}
    titles: dict[str, str] = {}
    problems = []
    for name, text, source in given:
        section, _, key = name.partition(".")
        try:
            value = _value(text.strip(), kinds.get(name, str))
        except ValueError as error:
            problems.append(f"{name}: {error} ({source})")
            continue
        tree.setdefault(section, {})[key] = value
        titles[name] = source
        titles.setdefault(section, source)
    return Layer(title, tree, titles, problems)


def _value(text: str, kind: type) -> object:
    if kind is bool:
        if text.lower() not in WORDS:
            raise ValueError(f"must be true or false, not {text!r}")
        return WORDS[text.lower()]
    if kind is str:
        return text
    try:
        return int(text) if kind is int else float(text)
    except ValueError:
        wanted = "a whole number" if kind is int else "a number"
        raise ValueError(f"must be {wanted}, not {text!r}") from None


def _with_source(line: str, titles: Mapping[str, str]) -> str:
    name = line.split(":", 1)[0]
    source = titles.get(name) or titles.get(name.split(".", maxsplit=1)[0])
    return f"{line} ({source})" if source else line
