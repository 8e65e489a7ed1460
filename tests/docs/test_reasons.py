"""Every reason for which the maker stops trading is on the operator's page."""

import ast
import inspect
from collections.abc import Callable, Iterator

import pytest

from pmcore.maker import gate, safety
from pmcore.observe import control, reconciling
from pmio import drive
from tests.house.tree import text

PAGE = text("docs/operating.md")


def texts(node: ast.AST) -> str:
    """A text as the page writes it: `…` for what differs from time to time; "" for no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(texts(part) or "…" for part in node.values)
    return ""


def walked(thing: object) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(inspect.getsource(thing)))  # type: ignore[arg-type]


def returned(*functions: Callable[..., str]) -> set[str]:
    """What functions return as texts."""
    nodes = [node for function in functions for node in walked(function)]
    found = {texts(node.value) for node in nodes if isinstance(node, ast.Return) and node.value}
    return found - {""}


def handed(thing: object, name: str, place: int) -> set[str]:
    """The texts that are handed to calls of `name`, as the argument at `place`."""
    calls = [node for node in walked(thing) if isinstance(node, ast.Call)]
    named = [call for call in calls if call.args and getattr(call.func, "id", "") == name]
    heard = [call for call in calls if call.args and getattr(call.args[0], "id", "") == name]
    return {texts(call.args[place]) for call in (*named, *heard)} - {""}


KILLS = (
    returned(safety._lasting_cause, safety._healing_cause)
    | handed(reconciling, "kill", 1)
    | handed(control, "kill", 1)
    | handed(drive, "KillAsked", 1)
) - {"stopping"}
GATES = returned(gate.gate_of, gate._book_gate) - {"venue_…"} | {gate.BEFORE_START}


def test_they_are_found():
    assert {"stale oracle", "heartbeats lost", "operator: …", "daily loss of … USDC"} <= KILLS
    assert "the journal fell … s behind" in KILLS
    assert len(KILLS) >= 11
    assert {"no_strike", "book_stale", "user_feed_lost"} <= GATES


@pytest.mark.parametrize("reason", sorted(KILLS))
def test_each_kill_has_a_row(reason):
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert any(f"{reason}`" in line.split(" | ")[0] for line in rows), reason


@pytest.mark.parametrize("reason", sorted(GATES))
def test_each_gate_has_a_word(reason):
    assert f"`{reason}`" in PAGE
