"""Rule texts: versions, differences, and what must be read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pmio.store import rule_writes
from pmio.store.rows import PutCount, RulesKnown
from pmio.store.rule_writes import DIFF_LINES, text_difference
from pmio.store.upkeep import VERSIONS_MAX, Retention
from tests.store.rows import NOW, RULES, add_markets


def version(number: int, text: str) -> object:
    return replace(RULES, sha256=f"sha-{number}", text=text, seen_ns=NOW + number)


async def test_first_text_is_version_one(store):
    await add_markets(store, "m1")
    assert await store.put_rules([RULES]) == PutCount(added=1)
    detail = await store.market_detail("m1")
    assert detail.rules == replace(RULES, version=1)
    assert [(one.version, one.sha256, one.diff) for one in detail.versions] == [(1, "sha-1", "")]
    assert await store.rules_known(["m1", "m2"]) == {"m1": RulesKnown("m1", "sha-1", "parser-1", 1)}


async def test_changed_text_is_a_version_with_its_difference(store):
    await add_markets(store, "m1")
    await store.put_rules([version(1, "It rains.\nIn Paris.")])
    assert await store.put_rules([version(2, "It rains.\nIn Rome.")]) == PutCount(changed=1)
    detail = await store.market_detail("m1")
    assert detail.rules.version == 2
    assert detail.versions[0].diff == "@@ -1,2 +1,2 @@\n It rains.\n-In Paris.\n+In Rome."
    assert [one.version for one in detail.versions] == [2, 1]


async def test_text_that_comes_back_is_a_version_too(store):
    await add_markets(store, "m1")
    for number, text in ((1, "a"), (2, "b"), (1, "a")):
        await store.put_rules([version(number, text)])
    detail = await store.market_detail("m1")
    assert [one.sha256 for one in detail.versions] == ["sha-1", "sha-2", "sha-1"]


async def test_same_text_read_by_another_parser_is_no_version(store):
    await add_markets(store, "m1")
    await store.put_rules([RULES])
    again = replace(RULES, parser="parser-2", definition_risk=0.75, seen_ns=NOW + 9)
    assert await store.put_rules([again]) == PutCount(unchanged=1)
    detail = await store.market_detail("m1")
    assert detail.rules == replace(again, version=1, seen_ns=NOW)
    assert len(detail.versions) == 1


async def test_texts_of_another_parser_are_listed(store):
    await add_markets(store, "m1", "m2", "m3")
    rows = [replace(RULES, market_id=key) for key in ("m1", "m2", "m3")]
    rows[1] = replace(rows[1], parser="parser-2")
    await store.put_rules(rows)
    assert await store.texts_to_read("parser-2", "", 10) == [
        ("m1", "sha-1", "It rains."),
        ("m3", "sha-1", "It rains."),
    ]
    assert [row[0] for row in await store.texts_to_read("parser-2", "m1", 10)] == ["m3"]
    assert [row[0] for row in await store.texts_to_read("parser-2", "", 1)] == ["m1"]


async def test_markets_without_a_text(store):
    await add_markets(store, "m1", "m2", "m3")
    await add_markets(store, "shut", status="closed")
    await store.put_rules([replace(RULES, market_id="m2")])
    assert await store.markets_without_rules(2**62, 10) == ["m1", "m3"]
    assert await store.markets_without_rules(2**62, 1) == ["m1"]
    assert await store.markets_without_rules(NOW, 10) == []


async def test_text_of_a_market_that_is_gone_is_left_out(store):
    assert await store.put_rules([RULES]) == PutCount()


async def test_history_is_bounded(store):
    await add_markets(store, "m1")
    for number in range(1, VERSIONS_MAX + 4):
        await store.put_rules([version(number, f"text {number}")])
    purged = await store.purge(NOW, Retention())
    assert purged.versions == 3
    assert (await store.purge(NOW, Retention())).nothing
    assert (await store.market_detail("m1")).versions[0].version == VERSIONS_MAX + 3


TEXTS = st.lists(st.sampled_from(["a", "b", "c", "", "dd"]), max_size=8).map("\n".join)


@given(TEXTS, TEXTS)
def test_difference_tells_what_went_and_what_came(old, new):
    lines = text_difference(old, new).splitlines()
    gone = [line[1:] for line in lines if line.startswith("-")]
    come = [line[1:] for line in lines if line.startswith("+")]
    left = old.splitlines()
    for line in gone:
        left.remove(line)
    assert sorted(left + come) == sorted(new.splitlines())


@pytest.mark.parametrize("lines", [DIFF_LINES * 2, 50_000])
def test_long_differences_are_not_compared_line_by_line(lines, monkeypatch):
    monkeypatch.setattr(rule_writes, "unified_diff", None)  # quadratic: it must not be asked
    old = "\n".join(str(n % 7) for n in range(lines))
    new = "\n".join(str(n % 11) for n in range(lines))
    difference = text_difference("same\n" + old, "same\n" + new)
    assert difference.startswith("@@ -")
    assert "same" not in difference
