"""What stress measures is what was stepped, and broken laws are found and told."""

import json

import pytest
from click.testing import CliRunner

from pmapp.cli import main
from pmapp.replay import first_state, replay
from pmapp.stress import EffectsDifferError, journal_run, measure
from pmapp.stress_world import seeded_run
from pmcore.config import config_from
from pmcore.effects import Note
from pmcore.events import Beat, KillAsked
from pmcore.maker.decide import decide
from pmcore.state import new_state
from pmcore.units import SECOND, Ns
from pmio.journal import JournalReader
from tests.replays.test_difference import changed_at, copied
from tests.replays.test_recordings import FOLDER

KEYS = {"events_per_s", "decision_p50_us", "decision_p99_us", "queue_max", "rss_mib", "violations"}
SHORT = config_from({"trading": {"window_seconds": 300, "slug_prefix": "btc-updown-5m"}})
ARGUMENTS = ("--set", "trading.window_seconds=300", "--set", "trading.slug_prefix=btc-updown-5m")


def of_journal(name, **options):
    reader = JournalReader(FOLDER / f"{name}.pmj")
    run = journal_run(reader, lambda batch: first_state(reader, batch))
    return measure(run, source=name, speed="max", **options)


def test_journal_is_stepped_as_it_was():
    found = of_journal("late_fill")
    replayed = replay(FOLDER / "late_fill.pmj")
    assert (found.events, found.beats, found.effects) == (
        replayed.events,
        replayed.beats,
        replayed.effects,
    )
    assert sum(row["count"] for row in found.kinds.values()) == found.events
    assert found.laws_checked == found.events
    assert (found.violations, found.shown) == (0, [])
    assert found.decisions > 500
    assert found.decision_p50_us <= found.decision_p99_us <= found.decision_max_us
    assert found.outcome["fills"] > 50
    assert found.rss_mib > 10
    assert found.queue_of == "events between two beats"


def test_journal_of_another_core_is_refused(tmp_path):
    path = copied(tmp_path / "a.pmj", changed_at(5_000, [Note("info", "made", "up")]))
    run = journal_run(JournalReader(path), lambda batch: first_state(None, batch))
    with pytest.raises(EffectsDifferError):
        measure(run, source="a", speed="max")
    done = CliRunner().invoke(main, ["stress", str(path)])
    assert done.exit_code == 2
    assert "pm replay" in done.output


@pytest.mark.parametrize("seed", [3, 4])
def test_laws_hold_in_a_seeded_storm(seed):
    found = measure(seeded_run(SHORT, seed, 0.05, 1.0, True), source="", speed="max")
    assert found.shown == []
    assert found.violations == 0
    assert found.events > 10_000
    assert found.outcome["open_orders"] == 0


@pytest.mark.parametrize("seed", [2, 5])
def test_a_storm_that_kills_does_not_end_the_test(seed):
    """Refusals kill for good; without somebody who resumes, the rest would test a halted maker."""
    found = measure(seeded_run(SHORT, seed, 0.5, 0.3, True), source="", speed="max", laws=False)
    assert found.kinds["Halted"]["count"] > 0
    assert found.outcome["mode"] == "running"
    assert found.outcome["running_pct"] > 50
    assert found.outcome["markets_done"] > 0


@pytest.mark.parametrize("beats_a_second", [1, 50])
def test_the_share_of_running_is_of_time(beats_a_second):
    """A killed maker is asked less often: a share of beats would call it well."""

    def run(advance):
        state = new_state(SHORT)
        for number in range(2 * beats_a_second + 1):
            advance(state, Beat(Ns(SECOND + number * SECOND // beats_a_second)))
        advance(state, KillAsked(Ns(3 * SECOND), "lunch"))
        for second in (3, 5, 11):
            advance(state, Beat(Ns(second * SECOND)))
        return state

    found = measure(run, source="", speed="max")
    assert found.outcome["running_pct"] == 20.0


def test_a_run_at_full_speed_is_never_late():
    """Nothing is due at a time: a lag of 0 would be a measurement."""
    found = of_journal("quiet")
    assert (found.lag_p50_us, found.lag_p99_us, found.lag_max_us) == (None, None, None)


def test_a_seeded_run_is_the_same_again():
    runs = [
        measure(seeded_run(SHORT, 5, 0.02, 0.5, True), source="", speed="max", laws=laws)
        for laws in (True, False)
    ]
    assert len({(run.events, run.beats, run.effects, str(run.outcome)) for run in runs}) == 1
    assert runs[1].laws_checked == 0


def test_broken_laws_are_counted_and_shown():
    def greedy(state, market):
        decide(state, market)
        for want in market.plan.wants:
            if want is not None:
                want.price = want.price + 150

    run = seeded_run(SHORT, 3, 0.02, 0.5, False)
    found = measure(run, source="", speed="max", policy=greedy)
    assert found.violations > 100
    assert len(found.shown) == 20
    assert found.shown[0].startswith("record ")
    assert any("not on the grid" in line for line in found.shown)


def call(*words):
    return CliRunner().invoke(main, ["stress", *map(str, words)])


def test_command_with_a_journal():
    done = call(FOLDER / "quiet.pmj", "--json")
    assert done.exit_code == 0
    told = json.loads(done.output)
    assert set(told) >= KEYS
    assert told["violations"] == 0
    assert {"LevelChanged", "Beat"} <= set(told["kinds"])
    assert set(told["kinds"]["Beat"]) == {"count", "p50_us", "p90_us", "p99_us", "max_us"}


def test_command_with_a_seed():
    done = call("--seed", 3, "--hours", 0.05, "--rate", 0.5, *ARGUMENTS)
    assert done.exit_code == 0, done.output
    assert "0 violations in" in done.output
    assert "step of" in done.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "one of the two"),
        ((FOLDER / "quiet.pmj", "--seed", 1), "one of the two"),
        (("gone.pmj",), "No such file"),
        ((FOLDER / "README.md",), "not a journal"),
        (("--seed", 1, "--set", "trading.ladder_levels=0"), "outside 1 .. 7"),
        (("--seed", 1, "--speed", "2"), "max"),
    ],
)
def test_command_refuses_in_plain_words(words, told):
    done = call(*words)
    assert done.exit_code == 2
    assert told in done.output
