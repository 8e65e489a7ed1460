"""`docs/faults.md` names a test for every fault that really happened, and each of them exists."""

import ast
import re
from functools import cache

import pytest

from tests.house.tree import ROOT
from tests.recordings import shared_data

PAGE = (ROOT / "docs" / "faults.md").read_text()
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
CLASSES = 10


@cache
def defined_in(name: str) -> set[str]:
    """The tests that a file defines, by name."""
    path = ROOT / name
    found = ast.walk(ast.parse(path.read_text())) if path.is_file() else ()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in found if isinstance(node, kinds)}


def table() -> dict[int, list[tuple[str, str]]]:
    """Class -> its faults and what stands beside each."""
    rows: dict[int, list[tuple[str, str]]] = {}
    number = 0
    for line in PAGE.splitlines():
        if heading := re.fullmatch(r"## (\d+)\. .*", line):
            number = int(heading[1])
        elif number and line.startswith("| ") and not line.startswith("| fault |"):
            fault, beside = line.strip("| ").split(" | ")
            rows.setdefault(number, []).append((fault, beside))
    return rows


def wanted(text: str) -> dict[int, list[str]]:
    """The faults of the list: separated by semicolons, a line without any by commas."""
    part = text.partition("## Faults that really happened")[2].partition("\n## ")[0]
    faults: dict[int, list[str]] = {}
    for number, line in re.findall(r"^(\d+)\. (.*)\.$", part, re.MULTILINE):
        after = line.partition(": ")[2]
        mark = "; " if "; " in after else ", "
        faults[int(number)] = [fault.strip() for fault in after.split(mark)]
    return faults


@pytest.mark.parametrize(("name", "test"), sorted(set(TEST.findall(PAGE))))
def test_named_test_exists(name, test):
    assert test in defined_in(name), f"{name} has no {test}"


def test_every_fault_has_a_test():
    rows = table()
    assert sorted(rows) == list(range(1, CLASSES + 1))
    for number, faults in rows.items():
        for fault, beside in faults:
            assert TEST.search(beside), f"{number}: {fault} has no test"


def test_every_fault_of_the_list_stands_in_the_table():
    listed = wanted(shared_data("field.md").read_text())
    assert sorted(listed) == list(range(1, CLASSES + 1))
    rows = table()
    for number, faults in listed.items():
        assert [fault for fault, _ in rows[number]] == faults


def test_a_name_that_is_none_is_found_out():
    assert "test_a_name_that_is_none_is_found_out" in defined_in("tests/faults/test_table.py")
    assert "test_of_nothing" not in defined_in("tests/faults/test_table.py")
    assert defined_in("tests/faults/nowhere.py") == set()
