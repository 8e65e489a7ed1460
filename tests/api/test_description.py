"""The OpenAPI description against the real answers: what it says comes, and nothing else."""

import json
import random
from urllib.parse import urlencode

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from pmapp.api.openapi import description
from pmapp.api.parameters import FLAGS, OPPORTUNITY_PARAMETERS
from tests.api.scene import scene_over
from tests.store.rows import add_markets

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def validator(path: str, status: int, content_type: str) -> Draft202012Validator:
    """Checks a body of that answer; the references lead into the description itself."""
    document = description()
    answer = document["paths"][path]["get"]["responses"][str(status)]
    schema = answer["content"][content_type]["schema"]
    whole = {"$schema": DIALECT, "components": document["components"], **schema}
    return Draft202012Validator(whole, format_checker=FormatChecker())


async def checked(scene, path: str, target: str, status: int = 200) -> object:
    answer = await scene.get(target)
    assert answer.status_code == status
    content = json.loads(await answer.get_data())
    validator(path, status, answer.content_type).validate(content)
    return content


def test_document_is_well_formed():
    document = description()
    assert document["openapi"] == "3.1.0"
    for shape in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(shape)
    text = json.dumps(document)
    for name in document["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in text or name in ("Page",)
    # An answer with a field more than it should have does not pass.
    assert all(
        shape.get("additionalProperties") is False
        for shape in document["components"]["schemas"].values()
    )


async def test_it_is_served_as_it_is(scene):
    assert await scene.json("/openapi.json") == json.loads(json.dumps(description()))


async def test_every_path_that_is_served_is_described_and_no_other(scene):
    served = {
        rule.rule.replace("<", "{").replace(">", "}") for rule in scene.api.app.url_map.iter_rules()
    }
    assert served == set(description()["paths"])


async def test_answers_are_as_described(scene):
    keys = await scene.fill(8)
    await checked(scene, "/v1/opportunities", "/v1/opportunities")
    await checked(scene, "/readyz", "/readyz")
    await scene.rescore()
    await add_markets(scene.store, "bare", close_time_ns=None, liquidity_usd=None)
    page = await checked(scene, "/v1/opportunities", "/v1/opportunities?limit=3")
    assert len(page["items"]) == 3
    for key in (*keys, "bare"):
        await checked(scene, "/v1/market/{market_id}", f"/v1/market/{key}")
    for path in ("/v1/config", "/healthz", "/readyz", "/openapi.json"):
        await checked(scene, path, path)
    csv = await scene.get("/v1/opportunities?format=csv")
    assert (
        csv.content_type.split(";")[0]
        in (description()["paths"]["/v1/opportunities"]["get"]["responses"]["200"]["content"])
    )


async def test_problems_are_as_described(scene):
    await checked(scene, "/v1/opportunities", "/v1/opportunities?limit=0&foo=1", 400)
    await checked(scene, "/v1/market/{market_id}", "/v1/market/gone", 404)
    for path in ("/v1/config", "/healthz", "/readyz", "/metrics", "/openapi.json"):
        await checked(scene, path, f"{path}?x=1", 400)


@pytest.mark.parametrize("path", description()["paths"])
async def test_refusals_that_any_path_can_meet_are_described(store, path):
    """A client that is made from the description has a case for each of them."""
    async with scene_over(store, burst=6.0, rate_per_s=0.01) as scene:
        key = (await scene.fill(1))[0]
        target = path.replace("{market_id}", key)
        asked = [
            await scene.get(target),
            await scene.get(target, If_None_Match="*"),
            await scene.get(target, Content_Length="3"),
            await scene.get(f"{target}?x={'y' * 5_000}"),
            await scene.get(f"{target}?x=1"),
            *[await scene.get(target) for _ in range(4)],
        ]
    statuses = {answer.status_code for answer in asked}
    assert {400, 413, 414} <= statuses
    described = {int(status) for status in description()["paths"][path]["get"]["responses"]}
    assert statuses <= described
    # Whoever is turned away for one address' sake may be for everybody's.
    assert (429 in statuses) == (429 in described) <= (503 in described)


async def test_whatever_the_description_allows_is_answered(scene):
    """Values are drawn from the description, as a client made from it would draw them."""
    await scene.fill(30)
    await scene.rescore()
    draw = random.Random(11)
    described = description()["paths"]["/v1/opportunities"]["get"]["parameters"]
    for _ in range(80):
        chosen = draw.sample(described, draw.randrange(5))
        pairs = [(one["name"], allowed(one, draw)) for one in chosen if one["name"] != "cursor"]
        pairs = [(name, text) for name, text in pairs if (name, text) != ("format", "csv")]
        await checked(scene, "/v1/opportunities", f"/v1/opportunities?{urlencode(pairs)}")


async def test_whatever_the_description_forbids_is_refused(scene):
    draw = random.Random(12)
    for one in description()["paths"]["/v1/opportunities"]["get"]["parameters"]:
        for text in forbidden(one, draw):
            query = urlencode([(one["name"], text)])
            problem = await checked(scene, "/v1/opportunities", f"/v1/opportunities?{query}", 400)
            assert problem["parameter"] == one["name"]


def allowed(parameter: dict[str, object], draw: random.Random) -> str:
    schema = parameter["schema"]
    match schema["type"]:
        case "integer":
            return str(draw.randint(schema["minimum"], schema["maximum"]))
        case "number":
            return repr(draw.uniform(schema["minimum"], schema["maximum"]))
        case "boolean":
            return draw.choice(("true", "false"))
        case "array":
            codes = [code for code in schema["items"]["enum"] if code not in ("true", "false")]
            return ",".join(draw.sample(codes, draw.randint(1, 4)))
    if "enum" in schema:
        return draw.choice(schema["enum"])
    return "".join(draw.choice("ev 1%_'\"\\é漢🎲") for _ in range(draw.randint(0, 30)))


def forbidden(parameter: dict[str, object], draw: random.Random) -> list[str]:
    schema = parameter["schema"]
    match schema["type"]:
        case "integer" | "number":
            low, high = schema["minimum"], schema["maximum"]
            return [repr(low - 1), repr(high * 2 + 1), "nan", "word", ""]
        case "boolean":
            return ["1", "yes"]
        case "array":
            return ["nope", f"{draw.choice(schema['items']['enum'])}x"]
    if "enum" in schema:
        return ["nope", ""]
    return ["x" * (schema["maxLength"] + 1)]


@pytest.mark.parametrize("parameter", OPPORTUNITY_PARAMETERS, ids=lambda one: one.name)
def test_parameters_are_explained(parameter):
    described = parameter.described()
    assert described["description"].endswith(".")
    assert ("explode" in described) == (parameter.kind == FLAGS)
