"""Files stay short, names stay concrete, and every test can fail."""

import pytest

from tests.house.shape import banned_names, empty_tests, too_long, words
from tests.house.tree import PACKAGES, python, text

# Files of the packages between 300 and 400 lines, each with the reason why it is not two files.
LONG: dict[str, str] = {}


def test_files_are_short():
    lines = {name: len(text(name).splitlines()) for name in python()}
    assert too_long(lines, LONG, PACKAGES) == []


def test_length_rule_bites():
    lines = {"pmcore/a.py": 301, "pmcore/b.py": 350, "tests/c.py": 399, "tests/d.py": 401}
    found = too_long(lines, {"pmcore/b.py": "one table", "pmcore/e.py": "gone"}, PACKAGES)
    assert [finding.split(":")[0] for finding in found] == [
        "pmcore/a.py",
        "pmcore/e.py",
        "tests/d.py",
    ]
    assert too_long({"pmcore/b.py": 401}, {"pmcore/b.py": "one table"}, PACKAGES)


@pytest.mark.parametrize("name", python(*PACKAGES, "bench"))
def test_names_are_concrete(name):
    assert banned_names(name, text(name)) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("pmcore/order_manager.py", ""),
        ("pmio/utils.py", ""),
        ("pmcore/common/units.py", ""),
        ("pmcore/book.py", "class MarketData: ..."),
        ("pmcore/book.py", "class BaseBook: ..."),
        ("pmcore/book.py", "class _HTTPHandler: ..."),
    ],
)
def test_name_rule_bites(name, source):
    assert banned_names(name, source)


def test_name_rule_reads_whole_words():
    assert words("HTTPRequest_v2Book") == ["http", "request", "v2", "book"]
    assert banned_names("pmcore/database.py", "class Information: ...") == []


@pytest.mark.parametrize("name", python("tests"))
def test_tests_check_something(name):
    assert empty_tests(text(name)) == []


def test_empty_test_rule_bites():
    assert empty_tests("def test_nothing():\n    x = 1") == ["1: test_nothing"]
    assert empty_tests("async def test_check_nothing():\n    await f()") == [
        "1: test_check_nothing"
    ]
    assert empty_tests("def test_it():\n    with pytest.raises(E): f()") == []
