"""Everything public in pmcore says what it is."""

import ast

import pytest

from tests.house.tree import python, text


def undocumented(source: str) -> list[str]:
    """The module, and its public classes and top-level functions, that have no docstring."""
    tree = ast.parse(source)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [node for node in tree.body if isinstance(node, kinds) and node.name[0] != "_"]
    return [
        getattr(node, "name", "module") for node in (tree, *public) if not ast.get_docstring(node)
    ]


@pytest.mark.parametrize("name", python("pmcore"))
def test_public_names_are_documented(name):
    assert undocumented(text(name)) == []


def test_docstring_rule_bites():
    source = 'def f(): ...\nclass A: ...\ndef g():\n    """G."""\ndef _h(): ...'
    assert undocumented(source) == ["module", "f", "A"]
