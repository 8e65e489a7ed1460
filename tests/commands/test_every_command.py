"""What holds for every command of `pm`: its numbers are numbers, and Ctrl-C is no answer."""

import click
import pytest
from click.testing import CliRunner

from pmapp.backtest_options import Finite
from pmapp.cli import main


def leaves(command, words=()):
    """Every command that does something, with the words that call it."""
    if not isinstance(command, click.Group):
        yield words, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        yield from leaves(command.get_command(context, name), (*words, name))


LEAVES = dict(leaves(main))


def named(words):
    return " ".join(words)


def minimal(words):
    """Those words and whatever the command cannot do without."""
    given = list(words)
    for param in LEAVES[words].params:
        if param.required:
            given += [param.opts[0], "x"] if isinstance(param, click.Option) else ["x"]
    return given


def test_all_commands_are_found():
    assert {("stress",), ("tape", "import", "bbo"), ("sweep", "run"), ("maker",)} <= set(LEAVES)


@pytest.mark.parametrize("words", LEAVES, ids=named)
def test_a_number_is_finite_and_in_a_range(words):
    numbers = [
        param
        for param in LEAVES[words].params
        if isinstance(param.type, click.types.FloatParamType)
    ]
    loose = [param.name for param in numbers if not isinstance(param.type, Finite)]
    endless = [p.name for p in numbers if p.name not in loose and None in (p.type.min, p.type.max)]
    assert (loose, endless) == ([], [])


@pytest.mark.parametrize("option", ["--hours", "--rate"])
@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_what_is_no_number_is_refused(option, value):
    done = CliRunner().invoke(main, ["stress", "--seed", "1", option, value])
    assert done.exit_code == 2, done.output
    assert option in done.output


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), "of tasks"], ids=["plain", "of tasks"])
@pytest.mark.parametrize("words", LEAVES, ids=named)
def test_ctrl_c_ends_with_130(words, raised, monkeypatch):
    if raised == "of tasks":
        raised = BaseExceptionGroup("tasks", [BaseExceptionGroup("more", [KeyboardInterrupt()])])
    invoke = click.Command.invoke
    reached = []

    def pressed(command, ctx):
        if isinstance(command, click.Group):
            return invoke(command, ctx)
        reached.append(command.name)
        raise raised

    monkeypatch.setattr(click.Command, "invoke", pressed)
    done = CliRunner().invoke(main, minimal(words))
    assert reached == [words[-1]], done.output
    assert done.exit_code == 130
    assert done.stderr.strip().splitlines()[-1] == "stopped by Ctrl-C: nothing is reported"


def test_a_failure_beside_ctrl_c_is_not_hidden(monkeypatch):
    both = BaseExceptionGroup("tasks", [KeyboardInterrupt(), ValueError("ours")])

    def fails(*_):
        raise both

    monkeypatch.setattr(click.Group, "invoke", fails)
    with pytest.raises(BaseExceptionGroup, match="tasks"):
        CliRunner().invoke(main, ["config"])
