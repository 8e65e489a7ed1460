"""What is refused, and how it is said."""

import base64
import json
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmapp.api.parameters import OPPORTUNITY_PARAMETERS, values_of
from pmapp.api.problems import Problem
from pmapp.api.rates import CLIENTS_MAX, Rates
from pmio.store.walk import CursorError, OpportunityQuery, digest_of
from tests.api.scene import scene_over

NAMES = [parameter.name for parameter in OPPORTUNITY_PARAMETERS]
BAD = {
    "min_score": ("x", "", "nan", "inf", "1e999", "1_0", "%D9%A3", " 1", "0x1", "11"),
    "max_risk_score": ("-0.1", "1.01", "nan"),
    "max_t_remaining_sec": ("-1", "1e11"),
    "limit": ("0", "-5", "1001", "1.5", "ten", "9" * 500, "true"),
    "has_flags": ("unknown_code", "vague_source,nope", "true,vague_source", "true,false", "%"),
    "lacks_flags": ("true", "nope", "", ","),
    "sort": ("", "scores", "score desc", "market_id"),
    "side": ("0", "YES", "maybe"),
    "stale": ("1", "True", ""),
    "recommended": ("no",),
    "category": ("Sports", "everything"),
    "q": ("x" * 201, "a%00b", "a%0Ab"),
    "format": ("xml", "CSV"),
    "cursor": ("x" * 513,),
}


@pytest.fixture
def address(sqlite_migrated, tmp_path) -> str:
    """One kind of database is enough for what never gets there."""
    shutil.copy(sqlite_migrated, tmp_path / "store.sqlite3")
    return f"sqlite:///{tmp_path / 'store.sqlite3'}"


@pytest.mark.parametrize(("name", "text"), [(n, text) for n in BAD for text in BAD[n]])
async def test_bad_parameters_are_named(scene, name, text):
    answer = await scene.get(f"/v1/opportunities?{name}={text}")
    problem = json.loads(await answer.get_data())
    assert answer.status_code == 400 == problem["status"]
    assert answer.content_type == "application/problem+json"
    assert problem["parameter"] == name
    assert problem["errors"][0]["parameter"] == name
    assert name in problem["detail"]


@pytest.mark.parametrize("text", ["", ",", "vague_source,"])
async def test_empty_flags_are_no_filter_and_are_refused(scene, text):
    problem = await scene.json(f"/v1/opportunities?has_flags={text}", status=400)
    assert problem["parameter"] == "has_flags"


async def test_all_that_is_wrong_is_told_at_once(scene):
    problem = await scene.json("/v1/opportunities?limit=0&foo=1&sort=x&min_score=0.1", status=400)
    assert [fault["parameter"] for fault in problem["errors"]] == ["limit", "foo", "sort"]


async def test_twice_is_once_too_often(scene):
    problem = await scene.json("/v1/opportunities?limit=5&limit=6", status=400)
    assert problem["errors"] == [{"parameter": "limit", "detail": "given more than once"}]
    again = "/v1/opportunities?has_flags=vague_source&has_flags=undefined_term"
    problem = await scene.json(again, status=400)
    assert problem["errors"] == [{"parameter": "has_flags", "detail": "given more than once"}]


STRANGE = [
    '[-1, "{digest}", 0.5, "m"]',
    '[9223372036854775808, "{digest}", 0.5, "m"]',
    '[1, "{digest}", 9223372036854775808, "m"]',
    '[1, "{digest}", -99999999999999999999, "m"]',
    '[1, "{digest}", 1e999, "m"]',
    '[1, "{digest}", NaN, "m"]',
    '[1, "{digest}", 0.5, "a\\u0000b"]',
    '[1, "{digest}", 0.5, "\\ud800"]',
    '[1, "{digest}", null, "m"]',
    '[1, "{digest}"]',
    "{{}}",
]


@pytest.mark.parametrize("text", STRANGE)
async def test_cursors_that_somebody_has_made_up_are_refused(scene, text):
    await scene.fill(3)
    await scene.rescore()
    content = text.format(digest=digest_of(OpportunityQuery())).encode()
    cursor = base64.urlsafe_b64encode(content).decode().rstrip("=")
    problem = await scene.json(f"/v1/opportunities?cursor={cursor}", status=400)
    assert problem["parameter"] == "cursor"
    # The store itself refuses it too, whoever asks.
    with pytest.raises(CursorError):
        await scene.store.opportunities(OpportunityQuery(cursor=cursor))


@pytest.mark.parametrize(
    "path", ["/v1/market/x", "/v1/config", "/healthz", "/readyz", "/metrics", "/openapi.json"]
)
async def test_unknown_parameters_are_refused_everywhere(scene, path):
    problem = await scene.json(f"{path}?pretty=1", status=400)
    assert problem["parameter"] == "pretty"


@given(name=st.sampled_from(NAMES) | st.text(max_size=8), text=st.text(max_size=20))
def test_any_text_is_a_value_or_a_named_fault(name, text):
    fault = values = None
    try:
        values = values_of(OPPORTUNITY_PARAMETERS, [(name, text)])
    except Problem as problem:
        fault = (problem.status, problem.faults[0].parameter)
    if values is None:
        assert fault == (400, name)
    else:
        assert set(values) == {name}


@given(st.floats(0.0, 1.0), st.integers(1, 1_000), st.booleans())
def test_numbers_arrive_as_they_were_given(risk, limit, stale):
    pairs = [("max_risk_score", repr(risk)), ("limit", str(limit)), ("stale", str(stale).lower())]
    assert values_of(OPPORTUNITY_PARAMETERS, pairs) == {
        "max_risk_score": risk,
        "limit": limit,
        "stale": stale,
    }


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_read_only(scene, method):
    answer = await scene.get("/v1/opportunities", method=method)
    assert answer.status_code == 405
    assert answer.content_type == "application/problem+json"
    assert "GET" in answer.headers["Allow"]


async def test_no_body_is_taken(scene):
    for headers in ({"Content_Length": "10"}, {"Transfer_Encoding": "chunked"}):
        assert (await scene.get("/v1/opportunities", **headers)).status_code == 413


async def test_long_addresses_are_refused(scene):
    assert (await scene.get("/v1/opportunities?q=" + "x" * 5_000)).status_code == 414


async def test_unknown_paths(scene):
    for path in ("/", "/v1", "/v1/", "/v1/opportunities/", "/v1/market/", "/../etc/passwd"):
        problem = await scene.json(path, status=404)
        assert problem["type"] == "urn:pm-sweep:not-found"


async def test_own_faults_are_logged_and_tell_nothing(scene, monkeypatch):
    async def broken(query):
        raise RuntimeError("secret")

    monkeypatch.setattr(scene.store, "opportunities", broken)
    problem = await scene.json("/v1/opportunities", status=500)
    assert "secret" not in json.dumps(problem)
    assert "secret" in scene.lines.getvalue()


async def test_too_many_requests(store):
    async with scene_over(store, rate_per_s=0.5, burst=3.0) as scene:
        statuses = [(await scene.get("/v1/config")).status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        answer = await scene.get("/v1/config")
        assert 1 <= int(answer.headers["Retry-After"]) <= 3
        assert answer.content_type == "application/problem+json"
        # Whoever watches over us is never turned away.
        assert (await scene.get("/healthz")).status_code == 200
        assert (await scene.get("/readyz")).status_code == 200


def test_buckets_fill_again_and_are_only_so_many():
    now = 0.0
    rates = Rates(2.0, 2.0, lambda: now)
    assert [rates.wait_s("a") for _ in range(3)] == [0.0, 0.0, 0.5]
    assert rates.wait_s("b") == 0.0
    now = 0.5
    assert rates.wait_s("a") == 0.0
    assert rates.wait_s("a") == 0.5
    for number in range(2 * CLIENTS_MAX):
        rates.wait_s(str(number))
    assert len(rates) == CLIENTS_MAX
