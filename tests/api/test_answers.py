"""Everything that is not a page of opportunities, and what every answer has in common."""

import gzip

import attrs
import pytest

from pmapp.api.exchange import SECURITY, accepts_gzip, matches
from pmapp.services.score import Scorer
from pmcore.config_tree import key_docs
from pmcore.sweep.settings import SweepConfig
from tests.api.scene import CONTESTED, scene_over
from tests.store.rows import SECOND, add_markets

PATHS = ("/v1/opportunities", "/v1/config", "/healthz", "/readyz", "/metrics", "/openapi.json")


async def test_market_with_everything(scene):
    key = (await scene.fill(3))[0]
    await scene.rescore()
    item = next(item for item in await scene.walk() if item["market_id"] == key)
    found = await scene.json(f"/v1/market/{key}")
    assert found["market"]["market_id"] == key
    assert [one["name"] for one in found["market"]["outcomes"]] == ["Yes", "No"]
    assert found["rules"]["text"] == CONTESTED
    assert found["rules"]["version"] == len(found["rule_history"]) == 2
    assert "+" + CONTESTED in found["rule_history"][0]["diff"].splitlines()
    score, advice = found["score"], found["recommendation"]
    assert score["overall_score"] == item["overall_score"]
    assert sum(score["contributions"].values()) == pytest.approx(score["overall_score"], abs=1e-12)
    assert score["risk_score"] == item["risk_score"]
    assert (advice["side"], advice["entry_price"]) == (
        item["recommended_side"],
        item["entry_price"],
    )
    assert found["quote"][advice["side"]]["ask"] == item["quote"]["ask"]


async def test_market_by_other_names(scene):
    key = (await scene.fill(3))[1]
    for name in (key, "1", "will-event-1-take-place"):
        assert (await scene.json(f"/v1/market/{name}"))["market"]["market_id"] == key


async def test_market_of_which_little_is_known(scene):
    await add_markets(scene.store, "m1", close_time_ns=None)
    found = await scene.json("/v1/market/m1")
    assert found["market"]["close_time"] is None
    assert [found[name] for name in ("rules", "quote", "score", "recommendation")] == [None] * 4


@pytest.mark.parametrize("name", ["gone", "x" * 500, "%00", "a%0Ab", "%F0%9F%8E%B2", "'--", "%2e"])
async def test_unknown_market(scene, name):
    problem = await scene.json(f"/v1/market/{name}", status=404)
    assert problem["status"] == 404
    assert problem["type"] == "urn:pm-sweep:unknown-market"


async def test_configuration_shows_weights_bounds_and_every_key(scene):
    found = await scene.json("/v1/config")
    assert found["weights"] == {
        "velocity": 0.45,
        "net_yield": 0.25,
        "liquidity": 0.15,
        "definition_risk": 0.10,
        "staleness": 0.05,
    }
    assert found["bounds"]["spread_target"] == 0.05
    assert found["sections"]["eligible"]["max_spread"] == 0.3
    assert [key["name"] for key in found["keys"]] == [doc.name for doc in key_docs(SweepConfig)]
    for key in found["keys"]:
        section, name = key["name"].split(".")
        assert found["sections"][section][name] == key["value"]


async def test_scores_are_explained_by_the_scorers_configuration(scene):
    """Whatever the server is configured with: the contributions are of what was scored."""
    assert (await scene.json("/v1/config"))["of"] == "server"
    weights = attrs.evolve(scene.settings.core.weights, velocity=0.05, net_yield=0.6)
    settings = attrs.evolve(scene.settings, weights=weights)
    scene.scorer = Scorer(scene.store, scene.clock, scene.clock.now_ns, settings, scene.log)
    key = (await scene.fill(3))[0]
    await scene.rescore()
    score = (await scene.json(f"/v1/market/{key}"))["score"]
    assert sum(score["contributions"].values()) == pytest.approx(score["overall_score"], abs=1e-12)
    found = await scene.json("/v1/config")
    assert (found["of"], found["weights"]["net_yield"]) == ("scorer", 0.6)
    assert found["sections"]["weights"] == found["weights"]
    assert found["server_differs"] == ["weights.velocity", "weights.net_yield"]
    value = {key["name"]: key["value"] for key in found["keys"]}
    assert value["weights.velocity"] == 0.05


@pytest.mark.parametrize(
    "config",
    [
        "{}",
        "no JSON",
        '{"weights": 3}',
        '{"weights": {"strange": 1.0, "velocity": "much"}, "new": {"a": 2}}',
    ],
)
async def test_configuration_of_another_version_is_read_as_far_as_it_goes(scene, config):
    key = (await scene.fill(3))[0]
    await scene.rescore()
    await scene.store.database.write(
        lambda tx: tx.run("UPDATE generations SET config = :config", config=config)
    )
    await scene.look()
    assert (await scene.json("/v1/config"))["server_differs"] == []
    score = (await scene.json(f"/v1/market/{key}"))["score"]
    assert sum(score["contributions"].values()) == pytest.approx(score["overall_score"], abs=1e-12)


async def test_health(scene):
    assert await scene.json("/healthz") == {"status": "ok"}
    assert (await scene.json("/readyz"))["scoring_lag_sec"] is None
    await scene.fill(2)
    await scene.rescore()
    scene.clock.now += 7 * SECOND
    ready = await scene.json("/readyz")
    assert ready["database"] == scene.store.kind
    assert (ready["generation"], ready["scoring_lag_sec"]) == (1, 7.0)


async def measures(scene) -> dict[str, float]:
    text = (await (await scene.get("/metrics")).get_data()).decode()
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


async def test_metrics_tell_what_the_other_processes_do(scene):
    await scene.fill(4)
    tell = scene.store.note_cycle
    for name, told in (
        ("discovery", '{"cycle": "discovery", "seen": 9, "new": 9, "known": 0, "skipped": 0}'),
        ("quotes", '{"cycle": "quotes", "ok": true, "duration_s": 3.5}'),
        ("score", '{"cycle": "score", "stored": 99}'),
    ):
        await tell(name, 1, True, told)
    # A server that begins now.
    async with scene_over(scene.store) as late:
        before = await measures(late)
        # What was done before this server began is not its to count.
        assert before["pm_score_opportunities_total"] == 0.0
        await tell(
            "discovery", 2, True, '{"seen": 12, "new": 2, "known": 9, "skipped": 1, "odd": {'
        )
        await tell("quotes", 2, True, '{"cycle": "quotes", "ok": true, "duration_s": 4.5')
        await tell("score", 2, True, '{"cycle": "score", "stored": 40}')
        await tell("rules", 2, False, "VenueDown: away")
        await late.rescore()
        late.clock.now += 30 * SECOND
        await late.look()
        await late.look()
        found = await measures(late)
        assert found['pm_ingest_markets_total{outcome="new"}'] == 2.0
        assert found['pm_ingest_markets_total{outcome="skipped"}'] == 1.0
        assert found["pm_ingest_quote_latency_seconds_count"] == 1.0
        assert found["pm_ingest_quote_latency_seconds_sum"] == 4.5
        assert found["pm_score_opportunities_total"] == 40.0
        assert found["pm_scoring_lag_seconds"] == 30.0
        assert 150.0 <= found["pm_quote_freshness_seconds"] <= 210.0
        assert found["pm_markets_open"] == 4.0
        assert found['pm_cycle_failures{cycle="rules"}'] == 1.0
        assert found["pm_database_up"] == 1.0


async def test_metrics_count_the_first_cycle_of_a_fresh_start(scene):
    """The server was there first: whatever is done for the first time was done before its eyes."""
    await scene.store.note_cycle("score", 1, True, '{"cycle": "score", "stored": 40}')
    await scene.store.note_cycle("quotes", 1, False, "VenueDown: away")
    await scene.look()
    await scene.store.note_cycle("quotes", 2, True, '{"cycle": "quotes", "duration_s": 4.5}')
    await scene.look()
    await scene.look()
    found = await measures(scene)
    assert found["pm_score_opportunities_total"] == 40.0
    assert found["pm_ingest_quote_latency_seconds_count"] == 1.0


async def test_requests_are_counted_by_route_never_by_what_was_made_up(scene):
    for target in ("/v1/market/a", "/v1/market/b", "/nowhere", "/v1/opportunities?x=1"):
        await scene.get(target)
    found = await measures(scene)
    assert found['pm_api_requests_total{route="/v1/market/<market_id>",status="404"}'] == 2.0
    assert found['pm_api_requests_total{route="other",status="404"}'] == 1.0
    assert found['pm_api_requests_total{route="/v1/opportunities",status="400"}'] == 1.0


@pytest.mark.parametrize("path", [*PATHS, "/v1/market/x", "/nowhere", "/v1/opportunities?x=1"])
async def test_every_answer_has_the_security_headers(scene, path):
    answer = await scene.get(path)
    for name, value in SECURITY:
        assert answer.headers[name] == value
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Server" not in answer.headers


async def test_one_origin_may_read_if_it_is_named(store):
    async with scene_over(store, cors_origin="https://example.org") as scene:
        answer = await scene.get("/v1/config")
        assert answer.headers["Access-Control-Allow-Origin"] == "https://example.org"


@pytest.mark.parametrize("path", ["/v1/opportunities", "/v1/config", "/openapi.json"])
async def test_what_has_not_changed_is_not_sent_again(scene, path):
    await scene.fill(3)
    await scene.rescore()
    first = await scene.get(path)
    tag = first.headers["ETag"]
    for told in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = await scene.get(path, If_None_Match=told)
        assert again.status_code == 304
        assert await again.get_data() == b""
        assert again.headers["ETag"] == tag
    assert (await scene.get(path, If_None_Match='W/"other"')).status_code == 200


async def test_new_scores_have_a_new_tag(scene):
    await scene.fill(3)
    await scene.rescore()
    tag = (await scene.get("/v1/opportunities")).headers["ETag"]
    await scene.rescore(3)
    again = await scene.get("/v1/opportunities", If_None_Match=tag)
    assert again.status_code == 200
    assert again.headers["ETag"] != tag


async def test_compressed_where_it_is_accepted(scene):
    await scene.fill(10)
    await scene.rescore()
    plain = await scene.get("/v1/opportunities")
    zipped = await scene.get("/v1/opportunities", Accept_Encoding="br, gzip;q=0.5")
    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in zipped.headers["Vary"]
    content = await zipped.get_data()
    assert len(content) < 4_000
    assert gzip.decompress(content) == await plain.get_data()
    small = await scene.get("/healthz", Accept_Encoding="gzip")
    assert "Content-Encoding" not in small.headers


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP;q=1.0", True),
        ("gzip;q=0", False),
        ("br", False),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("gzip;q=x", False),
    ],
)
def test_accepting_gzip(header, accepted):
    assert accepts_gzip(header) is accepted


def test_tags_compare_weakly():
    assert matches('W/"a"', '"a"')
    assert matches('"b", "a"', 'W/"a"')
    assert not matches("", 'W/"a"')
    assert not matches('"ab"', 'W/"a"')


async def test_head_is_answered_as_get_is(scene):
    """The server cuts the content off: `test_process.py`."""
    for path in PATHS:
        assert (await scene.get(path, method="HEAD")).status_code == 200
