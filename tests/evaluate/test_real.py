"""The evaluation of the real recordings: what no change of the scores may change, and bounds.

The recordings are fixed, so their counts are; what is recommended follows the scanner's
configuration and is held to what must be true of any.
"""

from pathlib import Path

import pytest

from pmapp.evaluate.evaluation import evaluation
from pmapp.evaluate.verdicts import NO_EDGE
from pmcore.sweep.settings import SweepConfig

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "evaluate.md"


@pytest.fixture(scope="module")
def report():
    from tests.recordings import shared_data

    return evaluation(shared_data("data", "B_markets"), SweepConfig(), 0.005)


def groups(report):
    return [
        report,
        report["any_horizon"],
        report["other_venue"],
        *report["sources"],
        *report["sources_any_horizon"],
    ]


def test_recordings_are_read_whole(report):
    assert {one["name"]: (one["markets"], one["rows"]) for one in report["sources"]} == {
        "crypto": (781, 430_267),
        "listings": (305, 1_514),
        "forecastbench": (724, 1_023),
        "histories": (87, 5_424),
    }
    assert report["markets"] == 1_825
    assert report["other_venue"]["markets"] == 90_389
    assert report["outcome_conflicts"] == 0


def test_baseline_is_what_it_was(report):
    """No weight and no threshold of the scanner is in it."""
    found = [
        (group["baseline"]["bought"], group["baseline"]["settled"], group["baseline"]["hits"])
        for group in (report, report["any_horizon"], report["other_venue"])
    ]
    assert found == [(314, 48, 44), (838, 234, 227), (22_490, 5_607, 4_668)]
    assert report["any_horizon"]["baseline"]["realised_yield"] == pytest.approx(-0.02136, abs=1e-5)


def test_every_group_adds_up(report):
    for group in groups(report):
        assert group["settled"] + group["unsettled"] == group["bought"] == group["recommended"]
        assert sum(row["settled"] for row in group["deciles"]) == group["settled"]
        assert sum(row["bought"] for row in group["spreads"]) == group["any_spread"]["bought"]
        assert group["bought"] <= group["any_spread"]["bought"]
        assert len(group["deciles"]) == min(10, group["settled"])
        if group["settled"]:
            low, high = group["hit_rate_interval"]
            assert 0.0 <= low <= group["hit_rate"] <= high <= 1.0
            assert group["realised_yield"] == pytest.approx(
                group["promised_yield"] - group["losses"] / group["settled"], abs=0.01
            )


def test_verdicts_follow_from_the_intervals(report):
    for group in groups(report):
        margin = group["margin_over_baseline"]
        if margin["interval"] is None or margin["interval"][0] <= 0.0 <= margin["interval"][1]:
            assert any(NO_EDGE in verdict for verdict in group["verdicts"])


def test_labelled_contested_markets_are_all_counted(report):
    contested = report["contested"]
    assert (contested["cases"], contested["labelled"], contested["published"]) == (22, 12, 4)
    assert contested["texts"] == 2_211
    assert contested["labelled_families"] < contested["labelled"]
    rows = [*contested["quality"], *contested["quality_published"]]
    assert {row["contested"] for row in rows} == {12, 4}
    for row in rows:
        low, high = row["recall_interval"]
        assert 0.0 <= low <= row["recall"] + 1e-9 <= high + 2e-9 <= 1.0 + 2e-9


def test_page_shows_what_was_measured(report):
    """The table in the document is that of the program."""
    page = PAGE.read_text(encoding="utf-8")
    for group in (report, report["any_horizon"], report["other_venue"]):
        for name in ("", "tight", "any_spread", "baseline", "baseline_after_fee"):
            row = shown(group[name] if name else group, 4)
            assert row in page, f"docs/evaluate.md lacks: {row}"
    for band in report["other_venue"]["spreads"]:
        row = shown(band, 3)
        assert row in page, f"docs/evaluate.md lacks: {row}"


def test_page_of_the_flags_shows_what_was_measured(report):
    page = (DOCS / "sweep.md").read_text(encoding="utf-8")
    contested = report["contested"]
    assert f"\n{contested['texts']:,} recorded markets" in page
    assert f"({contested['families']:,} families" in page
    quality = {row["name"]: row for row in contested["quality"]}
    published = {row["name"]: row for row in contested["quality_published"]}
    for name, row in (
        ("any medium or high flag", quality["any medium or high"]),
        ("score at least 0.20", quality["score >= 0.20"]),
        ("score at least 0.25", quality["score >= 0.25"]),
        ("`split_settlement`", quality["split_settlement"]),
        ("score at least 0.25, published disputes only", published["score >= 0.25"]),
    ):
        precision = percent(row["precision"], row["precision_interval"], 1)
        recall = percent(row["recall"], row["recall_interval"], 0)
        told = f"{row['flagged']} | {row['flagged_contested']} of {row['contested']}"
        line = f"| {name} | {told} | {precision} | {recall} | {row['lift']:.1f} |"
        assert line in page, f"docs/sweep.md lacks: {line}"


def percent(rate, interval, places):
    value, low, high = (f"{100.0 * part:.{places}f}" for part in (rate, *interval))
    return f"{value} % ({low} .. {high})"


def shown(numbers, places):
    """A row as the page has it, from what was bought to the interval."""
    low, high = numbers["realised_yield_interval"]
    return (
        f"| {numbers['bought']:,} | {numbers['settled']:,} | {numbers['clusters']:,} | "
        f"{numbers['hit_rate']:.1%} | {numbers['break_even_hit_rate']:.1%} | "
        f"{numbers['realised_yield']:+.{places}f} | {low:+.3f} .. {high:+.3f} |"
    )
