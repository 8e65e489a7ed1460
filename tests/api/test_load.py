"""The load test itself: what it counts, and when a bar holds."""

from bench.load_test import Row
from bench.sweep_api import MIX, measured


def test_a_scorer_beside_the_server_is_measured():
    found = measured(300, "process", rate=40.0, seconds=2.0)
    assert 80 <= found["answered"] <= 81
    assert found["failed"] == 0
    assert found["cycles"] >= 1
    assert set(found["ms_by_kind"]) == {name for name, _ in MIX}
    assert 0.0 < found["ms"]["p50"] <= found["ms"]["p99"] <= found["ms"]["max"]


def test_bars():
    assert Row("x", 1.0, "s", 2.0).holds
    assert not Row("x", 2.1, "s", 2.0).holds
    assert Row("x", 200.0, "", 198.0, least=True).holds
    assert not Row("x", 197.0, "", 198.0, least=True).holds
    assert not Row("x", None, "no server here", 5.0).holds
    assert Row("x", None, "no server here", 5.0).cells()[1:] == (
        "not measured",
        "under 5",
        "no server here",
    )
