"""No module of pmcore says anything by which a second run could differ from the first."""

from functools import cache

import pytest

from tests.house.purity import findings
from tests.house.tree import ROOT, pyproject, python, text


@cache
def banned() -> frozenset[str]:
    """The modules that import-linter forbids to pmcore."""
    contracts = pyproject()["tool"]["importlinter"]["contracts"]
    (purity,) = [contract for contract in contracts if contract["type"] == "forbidden"]
    return frozenset(purity["forbidden_modules"])


@pytest.mark.parametrize("name", python("pmcore"))
def test_module_is_pure(name):
    simulator = name.startswith("pmcore/sim/")
    assert findings(text(name), banned(), simulator=simulator) == []


BREACHES = {
    "import time": "import of time",
    "import os.path": "import of os",
    "from logging import getLogger": "import of logging",
    "def f():\n    import socket": "import of socket",
    "def f(time):\n    return time.time()": "use of time.time",
    "import random": "import of random",
    "from random import random": "unseeded chance",
    "import numpy as np\nx = np.random.normal()": "chance outside pmcore.sim: np.random",
    "from pmcore.sim.world import World": "import of pmcore.sim",
    "from pmcore import sim": "import of pmcore.sim",
    "async def f(): ...": "coroutine",
    "def f(x): print(x)": "use of print",
    "def f(x): return open(x)": "use of open",
    "def f(x): return eval(x)": "use of eval",
    "f = input": "use of input",
    "def f(x): return hash(x)": "use of hash()",
    "def f(xs): return sorted(xs, key=id)": "use of id()",
    "def f(datetime): return datetime.now()": "ambient clock",
    "import datetime\ndef f(): return datetime.datetime.utcnow()": "ambient clock",
    "from datetime import date\nTODAY = date.today()": "ambient clock",
    "def f(datetime): return datetime.fromtimestamp(5)": "time zone",
    "def f():\n    for x in {1, 2}: yield x": "order of a set",
    "def f(xs): return [x for x in set(xs)]": "order of a set",
    "def f(xs): return {x: 1 for x in frozenset(xs)}": "order of a set",
    "def f(xs): return list({x for x in xs})": "order of a set",
    "def f(a, b): return [x for x in a.keys() - b.keys()]": "order of a set",
    "def f(xs):\n    seen = set(xs)\n    return tuple(seen)": "order of a set",
    "def f(xs: set[int]): return sum(xs)": "order of a set",
    "def f(xs: frozenset[int]): return [*xs]": "order of a set",
    "class A:\n    ids: set[str]\n    def f(self): return ','.join(self.ids)": "order of a set",
    "def f(xs: set[int]): return xs.pop()": "order of a set",
    "cache = {}": "mutable state outside State",
    "seen: list[int] = []": "mutable state outside State",
    "class A:\n    seen = set()": "mutable state outside State",
    "count = 0\ndef f():\n    global count\n    count = 1": "global count",
    "TABLE = {}\ndef f(k): TABLE[k] = 1": "table changed at run time",
    "TABLE = []\ndef f(k): TABLE.append(k)": "table changed at run time",
}


@pytest.mark.parametrize(("source", "what"), BREACHES.items())
def test_breach_is_found(source, what):
    assert any(what in finding for finding in findings(source, banned()))


PURE = (
    "from datetime import UTC, datetime\ndef f(s): return datetime.fromtimestamp(s, UTC)",
    "def f(id): return id",
    "def f(xs): return sorted(set(xs)) + [min({1, 2})]",
    "def f(xs, x): return x in {1, 2} and x in set(xs)",
    "def f(book): return book.now(3)",
    "class Frame(msgspec.Struct):\n    levels: list[int] = []",
    "TABLE = {1: 2}\ndef f(k): return TABLE.get(k)",
    "class A:\n    __slots__ = ['a']\n    def f(self): self.a.append(1)",
    "import re\nWORD = re.compile('a')\ndef f(s): return WORD.match(s)",
    "def f(xs):\n    stack = list(xs)\n    return stack.pop()",
)


@pytest.mark.parametrize("source", PURE)
def test_pure_source_is_let_through(source):
    assert findings(source, banned()) == []


def test_simulator_may_draw_but_only_from_a_seed():
    seeded = "import random\ndef f(seed): return random.Random(seed)"
    assert findings(seeded, banned(), simulator=True) == []
    for unseeded in ("random.random()", "random.Random()", "random.shuffle([])"):
        source = f"import random\ndef f(): return {unseeded}"
        assert any("unseeded" in finding for finding in findings(source, banned(), simulator=True))


def test_there_is_a_core_to_look_at():
    assert (ROOT / "pmcore" / "__init__.py").is_file()
    assert "time" in banned()
