"""Every exception of the project can be sent from a worker to the process that waits for it.

One that cannot be unpickled breaks the pool: what was a message becomes a traceback of its threads.
"""

import importlib
import inspect
import pickle
import pkgutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from pmapp.api.problems import Fault
from tests.house.tree import PACKAGES

SAMPLES = {
    str: "told\N{SNOWMAN}",
    int: 404,
    float: 2.5,
    bool: True,
    Path: Path("a/b.tape"),
    Path | str: "a/b.tape",
    list[str]: ["one", "two"],
    Sequence[Fault]: (Fault("limit", "is not a number"),),
    Sequence[tuple[str, str]]: (("retry-after", "1"),),
}
"""A value for each type that an exception takes. Whoever adds a type adds a sample of it."""


def modules():
    for package in PACKAGES:
        path = importlib.import_module(package).__path__
        for found in pkgutil.walk_packages(path, f"{package}."):
            # Alembic runs its environment itself, with a connection in hand.
            if not found.name.startswith("pmio.store.migrations"):
                yield importlib.import_module(found.name)


def exceptions():
    """Those that have a beginning of their own, each where it is defined."""
    return sorted(
        {
            kind
            for module in modules()
            for kind in vars(module).values()
            if inspect.isclass(kind)
            and issubclass(kind, BaseException)
            and kind.__module__ == module.__name__
            and "__init__" in vars(kind)
        },
        key=lambda kind: (kind.__module__, kind.__name__),
    )


FOUND = exceptions()


def made(kind):
    taken = list(inspect.signature(kind).parameters.values())
    values = {one.name: SAMPLES[one.annotation] for one in taken}
    return kind(
        *(values[one.name] for one in taken if one.kind is not one.KEYWORD_ONLY),
        **{one.name: values[one.name] for one in taken if one.kind is one.KEYWORD_ONLY},
    )


def same(error):
    again = pickle.loads(pickle.dumps(error))
    return (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize("kind", FOUND, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_survives_the_way_from_a_worker(kind):
    assert same(made(kind))


def test_the_search_finds_them():
    names = {kind.__name__ for kind in FOUND}
    assert {"TapeError", "JournalError", "ConfigError", "Unreachable", "Refused"} <= names
