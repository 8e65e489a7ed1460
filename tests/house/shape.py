"""How long a file may be, what nothing may be called, and which tests prove nothing."""

import ast
import re
from pathlib import PurePosixPath

LINES_PREFERRED = 300
LINES_MAX = 400
BANNED_WORDS = frozenset(
    word + plural
    for word in (
        *("manager", "handler", "helper", "util", "processor"),
        *("data", "info", "engine", "misc", "common", "base"),
    )
    for plural in ("", "s")
)
TERMS = ("typed_data",)
"""Words of the field that hold a banned one: EIP-712 itself speaks of typed data."""
# What counts as a check, anywhere in a test: assert, pytest.raises, a call of check_ or assert_.
CHECKS = ("assert", "raises", "check", "run_state_machine")


def too_long(
    lines: dict[str, int], reasons: dict[str, str], packages: tuple[str, ...]
) -> list[str]:
    """Files beyond their length, and reasons given for files that are not long."""
    found = [f"{name}: {n} lines > {LINES_MAX}" for name, n in lines.items() if n > LINES_MAX]
    for name, n in lines.items():
        if LINES_PREFERRED < n <= LINES_MAX and name.split("/")[0] in packages:
            if not reasons.get(name):
                found.append(f"{name}: {n} lines > {LINES_PREFERRED}, and no reason is given")
    found += [
        f"{name}: a reason is given, and it is not long"
        for name in reasons
        if lines.get(name, 0) <= LINES_PREFERRED
    ]
    return sorted(found)


def banned_names(name: str, source: str) -> list[str]:
    """Words that design forbids, in a module's path and in the names of its classes."""
    titles = [*PurePosixPath(name).with_suffix("").parts]
    titles += [node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
    return [f"{title} in {name}" for title in titles if BANNED_WORDS.intersection(words(title))]


def words(title: str) -> list[str]:
    """The lower-case words of a name in either case: `RawBook`, `raw_book` -> raw, book."""
    for term in TERMS:
        title = title.replace(term, "")
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", title)
    return [word.lower() for word in spaced.split("_") if word]


def empty_tests(source: str) -> list[str]:
    """Test functions in which nothing is checked."""
    return [
        f"{node.lineno}: {node.name}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test")
        and not any(check in ast.dump(node).lower().replace(node.name, "") for check in CHECKS)
    ]
