"""The scanner's settings: the core's sections and the services', from layers as the maker's."""

import attrs
import pytest

from pmapp.services.serve_process import settings_words
from pmapp.services.service_settings import SCANNER, SweepSettings
from pmapp.settings import SettingsError, settings_from
from pmcore.config_tree import key_docs
from pmcore.sweep.settings import SweepConfig


def test_defaults(tmp_path):
    assert settings_from(SCANNER, None, {}, (), tmp_path).config == SweepSettings()
    cadence = SweepSettings().cadence
    assert (cadence.discovery_s, cadence.quotes_s, cadence.score_s) == (1_800.0, 60.0, 120.0)


def test_later_layers_overrule_earlier_ones(tmp_path):
    file = tmp_path / "pm-sweep.toml"
    file.write_text(
        "[cadence]\nscore_s = 30\nquotes_s = 20\nretry_s = 5\n[eligible]\nquote_stale_max_sec = 60",
        encoding="utf-8",
    )
    environ = {"PMSWEEP_CADENCE__QUOTES_S": "21", "PMSWEEP_CADENCE__RETRY_S": "6", "OTHER": "1"}
    found = settings_from(SCANNER, None, environ, ["cadence.retry_s=7"], tmp_path).config
    assert (found.cadence.score_s, found.cadence.quotes_s, found.cadence.retry_s) == (30, 21, 7)
    assert found.core.eligible.quote_stale_max_sec == 60
    assert settings_from(SCANNER, file, {}, ()).config.cadence.score_s == 30.0


def test_core_is_the_core_alone(tmp_path):
    sets = ("entry.fee_bps=7", "serve.burst=9")
    found = settings_from(SCANNER, None, {}, sets, tmp_path).config
    assert type(found.core) is SweepConfig
    assert found.core == attrs.evolve(SweepConfig(), entry=found.entry)
    assert found.core.entry.fee_bps == 7.0


def test_contradictions_of_the_core_are_told_with_their_source(tmp_path):
    with pytest.raises(SettingsError) as caught:
        settings_from(SCANNER, None, {"PMSWEEP_SIZING__MIN_PCT": "0.5"}, (), tmp_path)
    assert caught.value.problems == [
        "sizing.min_pct: must not exceed sizing.max_pct (PMSWEEP_SIZING__MIN_PCT)"
    ]


def test_another_process_is_told_all_the_same(tmp_path):
    sets = ["serve.cors_origin=https://a.example", "entry.fee_bps=1e-7", "serve.in_flight=7"]
    settings = settings_from(SCANNER, None, {}, sets, tmp_path).config
    words = settings_words(settings)
    assert words[::2] == ["--set"] * len(key_docs(SweepSettings))
    assert settings_from(SCANNER, None, {}, words[1::2], tmp_path).config == settings


def test_every_key_is_documented():
    docs = key_docs(SweepSettings)
    assert len({doc.name for doc in docs}) == len(docs)
    assert all(doc.why for doc in docs)
    assert {"cadence", "ingest", "keep", "weights"} <= {doc.name.split(".")[0] for doc in docs}
