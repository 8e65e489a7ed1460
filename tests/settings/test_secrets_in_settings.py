"""A secret pasted where its source belongs, or anywhere else, is repeated by nobody."""

import json

import pytest
from click.testing import CliRunner

from pmapp.cli import main

SECRET = "0x" + "5ec2e7" * 10 + "abcd"
COMMANDS = (("config",), ("config", "--json"), ("run", "--no-plots"), ("maker", "--venue", "local"))


@pytest.fixture
def told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*args: str) -> str:
        got = CliRunner().invoke(main, args)
        assert got.exit_code == 2, got.output
        assert [path.name for path in tmp_path.iterdir() if path.suffix != ".toml"] == []
        return got.output

    return run


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("name", ["keys.source", "keys.wallet_type", "keys.secret", "key.source"])
def test_as_an_option_or_a_variable(told, monkeypatch, command, name):
    first = told(*command, "--set", f"{name}={SECRET}")
    monkeypatch.setenv(f"PM_{name.upper().replace('.', '__')}", SECRET)
    for output in (first, told(*command)):
        assert name.partition(".")[0] in output
        assert SECRET[:12] not in output


@pytest.mark.parametrize(
    "text",
    [
        f"[keys]\nsource = {SECRET}",
        f"[keys]\nsource = {json.dumps(SECRET)}",
        f"[keys]\nkey = {json.dumps(SECRET)}",
        f"keys = {json.dumps(SECRET)}",
        f"keys = {SECRET}",
        f"keys = [{json.dumps(SECRET)}]",
    ],
)
def test_in_a_file(told, tmp_path, text):
    file = tmp_path / "pm.toml"
    file.write_text(text)
    for command in COMMANDS:
        output = told(*command)
        assert "keys" in output
        assert SECRET[:12] not in output
        assert str(int(SECRET, 16))[:12] not in output
