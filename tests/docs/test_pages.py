"""Pages that are made from the code say what the code says now."""

import re

import grimp
import pytest

from pmapp.maker_settings import MAKER
from pmapp.services.service_settings import SCANNER
from pmcore.config_tree import key_docs
from pmcore.effects import ANSWERS
from pmcore.ids import Outcome
from pmcore.order import FINAL, HAPPENING_NAMES, LIFE, STATUS_NAMES
from pmcore.step import OBSERVERS
from scripts import draw_order_life, write_contract
from tests.house.tree import ROOT, files, text

MAKERS = {
    "docs/contract.md": (write_contract.page, "scripts/write_contract.py"),
    "docs/pictures/order-life.md": (draw_order_life.page, "scripts/draw_order_life.py"),
    "docs/pictures/order-life.svg": (draw_order_life.picture, "scripts/draw_order_life.py"),
}
PAGES = [name for name in files() if re.fullmatch(r"README\.md|docs/.*\.md", name)]
PREFIXES = {program.prefix: program.root for program in (MAKER, SCANNER)}
"""Of the environment's variables -> the keys that they set."""
DECISIONS = [name for name in files() if re.fullmatch(r"docs/decisions/\d{4}-.*\.md", name)]


@pytest.mark.parametrize("name", MAKERS)
def test_made_pages_are_current(name):
    make, script = MAKERS[name]
    assert text(name) == make(), f"run: .venv/bin/python {script}"


def test_drawing_has_an_arrow_for_each_move_and_a_dot_for_each_stay():
    svg = draw_order_life.picture()
    moves = sum(after != at for at, row in enumerate(LIFE) for after in row)
    assert svg.count("<path d=") == 2 * moves
    assert svg.count('r="2"') == len(LIFE) * len(HAPPENING_NAMES) - moves
    assert all(f">{name}</text>" in svg for name in (*STATUS_NAMES, *HAPPENING_NAMES))


def test_drawing_follows_the_table(monkeypatch):
    page, picture = draw_order_life.page(), draw_order_life.picture()
    changed = ((*LIFE[0][:-1], LIFE[0][0]), *LIFE[1:])
    assert changed != LIFE
    monkeypatch.setattr(draw_order_life, "LIFE", changed)
    assert draw_order_life.page() != page
    assert draw_order_life.picture() != picture


def test_page_of_the_order_tells_every_move_once():
    rows = re.findall(r"^\| (\w+) \| (\w+) \| ([^|]+) \|$", draw_order_life.page(), re.MULTILINE)
    told = {
        (start, end, happening)
        for start, end, happenings in rows
        for happening in happenings.split(", ")
        if start in STATUS_NAMES
    }
    true = {
        (STATUS_NAMES[status], STATUS_NAMES[after], HAPPENING_NAMES[happening])
        for status, row in enumerate(LIFE)
        for happening, after in enumerate(row)
        if after != status
    }
    assert told == true
    italic = set(re.findall(r"^\| \*(\w+)\*", draw_order_life.page(), re.MULTILINE))
    assert italic == {name for name, final in zip(STATUS_NAMES, FINAL, strict=True) if final}


def test_contract_lists_everything_once():
    listed = re.findall(r"^\| `(\w+)` \|", write_contract.page(), re.MULTILINE)
    parts = sum(map(len, write_contract.PARTS.values()))
    names = [kind.__name__ for kind in (*OBSERVERS, *ANSWERS)]
    assert sorted(listed[:-parts]) == sorted(names)


def test_contract_knows_the_unit_of_every_type():
    known = {*write_contract.UNITS, "str", "int", "bool", "tuple"}
    known |= {name for names in write_contract.PARTS.values() for name in names}
    used = set()
    for module in (*write_contract.GROUPS, *write_contract.PARTS, "pmcore.effects"):
        for _, fields in write_contract.declared(module).values():
            used |= {word for _, kind, _ in fields for word in re.findall(r"\w+", kind)}
    assert used - known == set()
    assert Outcome.__name__ in used


def test_law_table_names_every_law():
    laws = {name for name in files() if re.fullmatch(r"tests/laws/test_law\d_.*\.py", name)}
    page = text("docs/architecture.md")
    assert len(laws) == 6
    assert [name for name in laws if f"(../{name})" not in page] == []


def test_layout_names_every_package():
    layout = text("docs/architecture.md").partition("## Layout and layers")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", layout, re.MULTILINE)
    named = {span for row in rows for span in re.findall(r"`([^`]+)`", row)}
    packages = [
        name.removesuffix("/__init__.py")
        for name in files()
        if re.fullmatch(r"pm(core|io|app)/(\w+/)?__init__\.py", name)
    ]
    assert len(packages) > 15
    lost = [name for name in packages if not {name, name.rpartition("/")[2]} & named]
    assert lost == ["pmcore"]  # its parts have a row each


def test_files_named_in_the_pages_exist():
    lost = []
    for name in PAGES:
        for span in re.findall(r"`([\w./-]+/[\w.-]+\.(?:py|md|json|toml|pmj))`", text(name)):
            homes = (ROOT, ROOT / "pmcore", (ROOT / name).parent)
            if not any((home / span).exists() for home in homes):
                lost.append(f"{name}: {span}")
    assert lost == []


@pytest.mark.parametrize("name", DECISIONS)
def test_decisions_say_what_why_and_what_was_given_up(name):
    page = text(name)
    assert "**Chosen" in page
    assert "**Why" in page
    assert "**Given up.**" in page
    assert f"({name.rsplit('/', 1)[1]})" in text("docs/decisions/README.md")


def test_keys_named_in_the_pages_exist():
    names = {doc.name for root in PREFIXES.values() for doc in key_docs(root)}
    sections = "|".join(sorted({name.partition(".")[0] for name in names}))
    spans = [
        (name, span)
        for name in PAGES
        for span in re.findall(rf"[`( ]((?:{sections})\.[a-z_0-9]+)[`=]", text(name))
        if not span.endswith((".png", ".py"))
    ]
    assert [f"{name}: {span}" for name, span in spans if span not in names] == []
    # Pages name keys of both, or this would hold for lack of names.
    assert {"risk.late_fill_ms", "cadence.score_s"} <= {span for _, span in spans}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_variables_named_in_the_pages_are_of_keys(prefix):
    names = {doc.name.replace(".", "__").upper() for doc in key_docs(PREFIXES[prefix])}
    named = {
        (name, variable)
        for name in PAGES
        for variable in re.findall(rf"\b{prefix}([A-Z]\w*__\w+)", text(name))
    }
    assert named
    assert [f"{name}: {prefix}{key}" for name, key in sorted(named) if key not in names] == []


ONLINE = (
    "pmapp.commands.venue",
    "pmapp.commands.sweep",
    "pmapp.commands.maker",
    "pmapp.commands.simulate",
)
"""Commands that may open a connection, as README says under Safety."""


def test_no_other_command_reaches_the_network_or_a_key():
    graph = grimp.build_graph(
        "pmapp", "pmio", "pmcore", include_external_packages=True, cache_dir=None
    )
    # The graph sees imports inside functions too, or this would prove nothing.
    assert graph.find_shortest_chain(importer="pmapp.commands.run", imported="matplotlib")
    outside = {"socket", "ssl", "http", "trio", "httpx", "websockets", "eth_account"}
    outside |= {"pmio.secrets", "pmio.signer", "pmio.drive"}
    commands = sorted(graph.find_descendants("pmapp.commands"))
    begins = [name for name in commands if not name.startswith(ONLINE)]
    assert "pmapp.commands.run" in begins
    chains = [
        " > ".join(chain)
        for begin in begins
        for end in sorted(outside & graph.modules)
        if (chain := graph.find_shortest_chain(importer=begin, imported=end))
    ]
    assert "opens a network connection, reads a key or signs an order" in text("README.md")
    assert chains == [], "then README.md, under Safety, must say so"
