"""The scanner's page lists what the code has."""

from pmcore.sweep.eligibility import REASONS
from pmcore.sweep.rule_codes import CODES
from tests.house.tree import text

PAGE = text("docs/sweep.md")


def test_every_code_stands_on_the_page():
    rows = [f"| `{code.name}` | {code.severity} | {code.weight:g} | {code.why} |" for code in CODES]
    assert [row for row in rows if row not in PAGE] == []


def test_every_reason_stands_on_the_page():
    assert [reason for reason in REASONS[1:] if f"`{reason}`" not in PAGE] == []
