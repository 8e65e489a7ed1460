"""`pm` itself and the two `config`: light to start, plain when refused, documented as it is."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from pmapp.cli import COMMANDS, main
from pmapp.key_text import plain, range_text
from pmapp.services.service_settings import SweepSettings
from pmcore.config import Config
from pmcore.config_tree import key_docs
from tests.house.tree import ROOT


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words, **options: CliRunner().invoke(main, words, **options)


def test_help_names_every_command(call):
    for words in ((), ("--help",), ("-h",)):
        told = call(*words).output
        assert all(f"  {name} " in told for name in COMMANDS)


def groups(command=main, words=()) -> Iterator[tuple[str, ...]]:
    """The words of every command that has sub-commands."""
    if isinstance(command, click.Group):
        yield words
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from groups(command.get_command(context, name), (*words, name))


def test_no_help_is_cut(call):
    found = list(groups())
    assert {(), ("sweep",), ("tape",), ("tape", "import")} <= set(found)
    for words in found:
        told = call(*words, "--help", env={"COLUMNS": "80"}).output.splitlines()
        assert [line for line in told if line.endswith("...") and "Usage:" not in line] == []
        assert max(map(len, told)) <= 80


def test_starting_imports_nothing_heavy():
    script = (
        "import sys; from click.testing import CliRunner; from pmapp.cli import main\n"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0\n"
        "heavy = {'numpy', 'msgspec', 'trio', 'rich', 'matplotlib', 'pmcore', 'pmio', 'attrs'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_version(call):
    assert call("--version").output.startswith("pm ")


def test_unknown_command_is_answered_with_the_known_ones(call):
    done = call("trade")
    assert done.exit_code == 2
    assert "no command 'trade'; there are run, tape" in done.output
    done = call("sweep", "trade")
    assert done.exit_code == 2
    assert "no command 'trade'; there are explain, ingest" in done.output


@pytest.mark.parametrize("name", ["replay", "stress", "config"])
def test_commands_are_found_by_name(name):
    command = main.get_command(click.Context(main), name)
    assert command.name == name
    assert command.help


def test_config_shows_value_range_reason_and_source(call):
    told = call("config", "--set", "trading.ladder_levels=3").output
    assert "* ladder_levels = 3 rungs   (1 .. 7)" in told
    assert "--set trading.ladder_levels=3, default 2" in told
    assert "  size_decay = 1 ratio" in told
    told = call("sweep", "config", env={"PMSWEEP_SERVE__BURST": "7"}).output
    assert "* burst = 7   (1 .. 1000000.0)" in told
    assert "; PMSWEEP_SERVE__BURST, default 600" in told
    assert "  velocity_basis = close   (close, cash)" in told


CONFIGS = {
    ("config",): (Config, "PM_RISK__MAX_REJECTS", "merge.path", ["relayer", "eoa"]),
    ("sweep", "config"): (
        SweepSettings,
        "PMSWEEP_KEEP__SAMPLES_MAX",
        "bounds.velocity_basis",
        ["close", "cash"],
    ),
}


@pytest.mark.parametrize("words", CONFIGS)
def test_config_as_json_has_every_key(call, words):
    root, variable, chosen, choices = CONFIGS[words]
    told = json.loads(call(*words, "--json", env={variable: "7"}).output)
    assert list(told) == [doc.name for doc in key_docs(root)]
    name = variable.partition("_")[2].lower().replace("__", ".")
    assert told[name]["value"] == 7
    assert told[name]["source"] == variable
    assert told[chosen]["choices"] == choices
    keys = {"value", "unit", "low", "high", "choices", "default", "reason", "source"}
    assert all(set(shown) == keys for shown in told.values())


@pytest.mark.parametrize(
    ("words", "file", "title"),
    [
        (("config",), "pm.toml", "the configuration"),
        (("sweep", "config"), "pm-sweep.toml", "the scanner's configuration"),
    ],
)
def test_config_check(call, tmp_path, words, file, title):
    root = CONFIGS[words][0]
    section, _, key = key_docs(root)[1].name.partition(".")
    told = call(*words, "--check", "--set", f"{section}.{key}={key_docs(root)[1].default}").output
    assert told == f"{title} is sound: {len(key_docs(root))} keys, 1 of them set\n"
    (tmp_path / file).write_text(f"[{section}]\nlevels = 3\n", encoding="utf-8")
    done = call(*words, "--check")
    assert done.exit_code == 2
    assert f"{title} cannot be used" in done.output
    assert f"{section}.levels: unknown key" in done.output
    assert f"({file})" in done.output


def test_config_file_option(call, tmp_path):
    (tmp_path / "a.toml").write_text("[trading]\nlive = true\n", encoding="utf-8")
    told = json.loads(call("config", "--json", "--config", "a.toml").output)
    assert told["trading.live"]["source"] == "a.toml"
    assert call("config", "--config", "b.toml").exit_code == 2
    assert "unknown section" in call("sweep", "config", "--config", "a.toml").output


@pytest.mark.parametrize("words", CONFIGS)
def test_documentation_is_what_the_keys_say(call, words):
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    remedy = "run: .venv/bin/pm config --markdown > docs/configuration.md"
    assert text == call(*words, "--markdown").output, remedy


def test_documentation_has_every_key_of_both():
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    maker, scanner = text.split("\n## The maker\n")[1].split("\n## The scanner\n")
    for part, root in ((maker, Config), (scanner, SweepSettings)):
        sections = (piece.partition("\n") for piece in part.split("\n### ")[1:])
        names = [
            f"{section}.{key}"
            for section, _, rows in sections
            for key in re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE)
        ]
        assert names == [doc.name for doc in key_docs(root)]


def test_every_key_has_a_range_and_a_reason():
    for doc in key_docs(Config) + key_docs(SweepSettings):
        assert range_text(doc)
        assert doc.why


PLAIN = {
    True: "true",
    10.0: "10",
    2.5e-9: "2.5e-09",
    86_400: "86400",
    "a": "a",
    2e9: "2000000000.0",
}


@pytest.mark.parametrize(("value", "text"), PLAIN.items())
def test_plain_values(value, text):
    assert plain(value) == text
