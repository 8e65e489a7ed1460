"""`docs/api.md`: its requests are answered as it says, and its names are the real ones."""

import json
import re

import msgspec
import pytest

from pmapp.api.parameters import OPPORTUNITY_PARAMETERS
from pmapp.api.problems import ProblemBody
from pmapp.api.shapes import Item
from pmapp.services.service_keys import Serve
from pmio.store.walk import SORTS
from tests.house.tree import text

PAGE = text("docs/api.md")
REQUESTS = re.findall(r"^\| `(GET|POST) (\S+)` \| (\d+) \|$", PAGE, re.MULTILINE)
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


def test_there_are_examples():
    assert len(REQUESTS) >= 15
    assert len(EXAMPLES) == 2


@pytest.fixture
async def filled(scene):
    await scene.fill(12)
    await scene.rescore()
    return scene


async def test_requests_are_answered_as_the_page_says(filled):
    for method, target, status in REQUESTS:
        answer = await filled.get(target, method=method)
        assert answer.status_code == int(status), (method, target)


def test_item_is_one():
    item = msgspec.convert(EXAMPLES[0], Item)
    assert list(EXAMPLES[0]) == list(Item.__struct_fields__)
    assert item.quote.ask == item.entry_price


async def test_problem_is_one(filled):
    problem = msgspec.convert(EXAMPLES[1], ProblemBody)
    assert await filled.json("/v1/opportunities?limit=0", status=400) == EXAMPLES[1]
    assert problem.parameter == problem.errors[0].parameter


def test_every_parameter_order_and_key_is_named():
    for parameter in OPPORTUNITY_PARAMETERS:
        assert f"`{parameter.name}`" in PAGE
    for sort in SORTS:
        assert f"`{sort}`" in PAGE
    for key in re.findall(r"`serve\.(\w+)`", PAGE):
        assert hasattr(Serve(), key)


async def test_metrics_are_the_named_ones(filled):
    await filled.get("/v1/config")
    served = (await (await filled.get("/metrics")).get_data()).decode()
    families = {line.split()[2] for line in served.splitlines() if line.startswith("# TYPE")}
    families = {name for name in families if not name.endswith("_created")}
    assert set(re.findall(r"`(pm_\w+)`", PAGE)) == families


def test_types_of_problems_are_the_named_ones():
    sources = " ".join(
        text(f"pmapp/api/{name}.py") for name in ("app", "endpoints", "problems", "parameters")
    )
    for kind in ("walk-expired", "overloaded", "no-body-wanted", "uri-too-long", "read-only"):
        assert f'"{kind}"' in sources
        assert f"`{kind}`" in PAGE
