"""The page about the venue names what there is."""

import re

from pmapp.commands.venue import venue
from pmapp.local_venue.admin import CALLS
from pmapp.local_venue.fault_kinds import KINDS
from pmapp.local_venue.routes import SERVICES
from tests.house.tree import text

PAGE = text("docs/venue.md")


def test_every_fault_is_in_its_class():
    rows = {int(m[1]): m[0] for m in re.finditer(r"^\| (\d+) .*$", PAGE, re.MULTILINE)}
    for name, kind in KINDS.items():
        assert f"`{name}`" in rows[kind.group]


def test_every_option_is_explained():
    for option in venue.params:
        assert f"`{option.opts[0]}" in PAGE


def test_every_endpoint_is_named():
    words = set(re.findall(r"[a-z0-9-]+", PAGE))
    for table in SERVICES.values():
        for _, path in table:
            last = path.rstrip("/*").rpartition("/")[2]
            assert last in words or not last or path.startswith("/rewards/")
    assert {path.rpartition("/")[2] for _, path in CALLS} <= words
