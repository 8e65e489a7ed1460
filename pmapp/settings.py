"""The effective configuration of a program and where each of its values comes from.

Later layers overrule earlier ones: defaults, the file, the environment, the command line. A file is
TOML with one table per section. In the environment a key is the program's prefix and
`SECTION__KEY`, on the command line `--set section.key=value`. Everything that is wrong in any layer
is told at once, each with its source.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Generic, TypeVar

import attrs

from pmapp.settings_layers import Layer, environ_layer, file_layer, joined, option_layer
from pmcore.config_tree import ConfigError, ConfigTree, built

C = TypeVar("C", bound=ConfigTree)
DEFAULT: Final = "default"
NAME: Final = re.compile(r"\w+\.\w+")


@attrs.frozen
class Program(Generic[C]):
    """Whose configuration it is: its tree, and what its sources and its commands are called."""

    root: type[C]
    title: str
    file_name: str
    prefix: str
    shown_by: str


class SettingsError(ConfigError):
    """All that is wrong in the sources, one line per key, each with its source."""


@attrs.frozen
class Settings(Generic[C]):
    """The configuration, and the source of every key that is not at its default."""

    config: C
    sources: dict[str, str]

    def value(self, name: str) -> object:
        """The value of `section.key`."""
        section, _, key = name.partition(".")
        return getattr(getattr(self.config, section), key)

    def source(self, name: str) -> str:
        """Where the value of `section.key` comes from."""
        return self.sources.get(name, DEFAULT)


def settings_from(
    program: Program[C],
    file: Path | None,
    environ: Mapping[str, str],
    sets: Sequence[str],
    folder: Path = Path(),
) -> Settings[C]:
    """Put the layers together. Without `file`, the program's own in `folder` is read if there.

    Raises SettingsError with everything that is wrong.
    """
    path = file
    if path is None and (folder / program.file_name).is_file():
        path = folder / program.file_name
    layers = [file_layer(path)] if path is not None else []
    layers.append(environ_layer(program.root, program.prefix, environ))
    layers.append(option_layer(program.root, sets))
    whole = joined(layers)
    return Settings(_config_of(program.root, whole), whole.titles)


def overridden(config: C, sets: Sequence[str]) -> C:
    """`config` with `section.key=value` texts laid over it; raises SettingsError."""
    root = type(config)
    return _config_of(root, joined([Layer(attrs.asdict(config), {}, []), option_layer(root, sets)]))


def _config_of(root: type[C], layer: Layer) -> C:
    """The configuration of a layer, unless it or what came before it has problems."""
    try:
        config = built(root, layer.tree)
    except ConfigError as error:
        told = [_with_source(line, layer.titles) for line in error.problems]
        raise SettingsError(layer.problems + told) from None
    if layer.problems:
        raise SettingsError(layer.problems)
    return config


def _with_source(line: str, titles: Mapping[str, str]) -> str:
    """A fault and where it comes from: keys that contradict each other may have two sources."""
    name, _, fault = line.partition(": ")
    named = [name, *NAME.findall(fault)] if "." in name else [name]
    sources = dict.fromkeys(titles[key] for key in named if key in titles)
    return f"{line} ({', '.join(sources)})" if sources else line
