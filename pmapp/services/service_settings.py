"""The scanner's configuration in layers: defaults, a TOML file, the environment, `--set`.

A key is `section.key`: the sections of the scanner's core (`pmcore.sweep.settings`) and those of
its services (`service_keys`). In the environment it is `PMSWEEP_SECTION__KEY`. Everything that is
wrong is told at once.
"""

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs
import click

from pmapp.refused import Refused
from pmapp.services.service_keys import Cadence, Ingest, Keep, Serve
from pmcore.config import ConfigError, KeyDoc, section_keys
from pmcore.config_keys import complaint
from pmcore.sweep.settings import SweepConfig, sweep_config_from, sweep_key_docs

F = TypeVar("F", bound=Callable[..., Any])
FILE_NAME: Final = "pm-sweep.toml"
PREFIX: Final = "PMSWEEP_"


@attrs.frozen
class SweepSettings:
    """Everything that the services are told."""

    core: SweepConfig = attrs.field(factory=SweepConfig)
    cadence: Cadence = attrs.field(factory=Cadence)
    ingest: Ingest = attrs.field(factory=Ingest)
    keep: Keep = attrs.field(factory=Keep)
    serve: Serve = attrs.field(factory=Serve)


OWN: Final = ("cadence", "ingest", "keep", "serve")


def sweep_settings_from(
    file: Path | None, environ: Mapping[str, str], sets: Sequence[str], folder: Path = Path()
) -> SweepSettings:
    """Put the layers together; raises ConfigError with all that is wrong.

    Without `file`, `pm-sweep.toml` in `folder` is read if it is there.
    """
    problems: list[str] = []
    tree: dict[str, Any] = {}
    path = file or (folder / FILE_NAME if (folder / FILE_NAME).is_file() else None)
    if path is not None:
        _merge(tree, _file_tree(path, problems))
    given = [
        (name.removeprefix(PREFIX).lower().replace("__", ".", 1), environ[name])
        for name in sorted(environ)
        if name.startswith(PREFIX) and "__" in name
    ]
    for text in sets:
        name, equals, value = text.partition("=")
        if not equals or name.count(".") != 1:
            problems.append(f"--set {text}: not of the form section.key=value")
        else:
            given.append((name.strip(), value.strip()))
    kinds = {doc.name: type(doc.default) for doc in settings_docs()}
    for name, text in given:
        section, _, key = name.partition(".")
        try:
            _merge(tree, {section: {key: _typed(text, kinds.get(name, str))}})
        except ValueError:
            problems.append(f"{name}: must be of type {kinds[name].__name__}, not {text!r}")
    return _built(tree, problems)


def settings_docs() -> list[KeyDoc]:
    """Every key in order: the core's, then the services'."""
    docs = list(sweep_key_docs())
    for section in attrs.fields(SweepSettings):
        for key in section_keys(section) if section.name in OWN else ():
            meta, name = key.metadata, f"{section.name}.{key.name}"
            docs.append(
                KeyDoc(name, meta["unit"], meta["low"], meta["high"], key.default, meta["why"])
            )
    return docs


def sweep_settings_options(command: F) -> F:
    """Give a command `--config` and `--set`; it receives `settings: SweepSettings`."""

    def gather(ctx: click.Context, _: click.Parameter, sets: tuple[str, ...]) -> SweepSettings:
        try:
            return sweep_settings_from(ctx.params.pop("config_file", None), os.environ, sets)
        except ConfigError as error:
            lines = "\n  ".join(error.problems)
            raise Refused(f"the scanner's configuration cannot be used:\n  {lines}") from None

    chosen = click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="SECTION.KEY=VALUE",
        callback=gather,
        help="Overrule one key of the scanner's configuration; may be repeated.",
    )(command)
    return click.option(
        "--config",
        "config_file",
        type=click.Path(path_type=Path),
        is_eager=True,
        help=f"Configuration file in TOML. Default: ./{FILE_NAME} if there is one.",
    )(chosen)


def _built(tree: dict[str, Any], problems: list[str]) -> SweepSettings:
    own = {name: tree.pop(name) for name in OWN if name in tree}
    sections: dict[str, Any] = {}
    for section in attrs.fields(SweepSettings):
        if section.name in own:
            sections[section.name] = _section(section, own[section.name], problems)
    try:
        core = sweep_config_from(tree)
    except ConfigError as error:
        raise ConfigError(problems + error.problems) from None
    if problems:
        raise ConfigError(problems)
    return SweepSettings(core, **sections)


def _section(section: Any, given: object, problems: list[str]) -> Any:
    kind = section.default.factory
    if not isinstance(given, Mapping):
        problems.append(f"{section.name}: must be a table of keys, not {given!r}")
        return kind()
    keys = {key.name: key for key in section_keys(section)}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in keys:
            known = ", ".join(keys)
            problems.append(f"{section.name}.{name}: unknown key; known here: {known}")
            continue
        wanted = type(keys[name].default)
        widened = float(value) if wanted is float and type(value) is int else value
        if type(widened) is not wanted:
            problems.append(f"{section.name}.{name}: must be of type {wanted.__name__}")
        elif fault := complaint(keys[name], widened):
            problems.append(f"{section.name}.{name}: {fault}")
        else:
            values[name] = widened
    return kind(**values)


def _file_tree(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{path}: {getattr(error, 'strerror', None) or error}")
        return {}


def _merge(tree: dict[str, Any], layer: Mapping[str, Any]) -> None:
    for section, keys in layer.items():
        if isinstance(keys, Mapping) and isinstance(tree.get(section), dict):
            tree[section] |= keys
        else:
            tree[section] = dict(keys) if isinstance(keys, Mapping) else keys


def _typed(text: str, kind: type) -> object:
    if kind is bool:
        return {"true": True, "false": False}[text.lower()] if text.lower() in (
            "true", "false") else text  # fmt: skip
    return text if kind is str else kind(text)
