"""The scanner's configuration: layers, and everything that is wrong told at once."""

import pytest

from pmapp.services.service_settings import SweepSettings, settings_docs, sweep_settings_from
from pmcore.config import ConfigError


def test_defaults(tmp_path):
    assert sweep_settings_from(None, {}, (), tmp_path) == SweepSettings()
    cadence = SweepSettings().cadence
    assert (cadence.discovery_s, cadence.quotes_s, cadence.score_s) == (1_800.0, 60.0, 120.0)


def test_later_layers_overrule_earlier_ones(tmp_path):
    file = tmp_path / "pm-sweep.toml"
    file.write_text(
        "[cadence]\nscore_s = 30\nquotes_s = 20\nretry_s = 5\n[eligible]\nquote_stale_max_sec = 60",
        encoding="utf-8",
    )
    environ = {"PMSWEEP_CADENCE__QUOTES_S": "21", "PMSWEEP_CADENCE__RETRY_S": "6", "OTHER": "1"}
    found = sweep_settings_from(None, environ, ["cadence.retry_s=7"], tmp_path)
    assert (found.cadence.score_s, found.cadence.quotes_s, found.cadence.retry_s) == (30, 21, 7)
    assert found.core.eligible.quote_stale_max_sec == 60
    assert sweep_settings_from(file, {}, ()).cadence.score_s == 30.0


def test_everything_wrong_is_told_at_once(tmp_path):
    (tmp_path / "pm-sweep.toml").write_text(
        "[cadence]\nscore_s = 'x'\nwhat = 1\n[keep]\nsamples_days = 1e9\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError) as caught:
        sweep_settings_from(None, {"PMSWEEP_KEEP__SAMPLES_MAX": "many"}, ["x", "a.b=1"], tmp_path)
    told = "\n".join(caught.value.problems)
    for part in ("cadence.score_s", "cadence.what", "keep.samples_days", "keep.samples_max"):
        assert part in told
    assert "--set x: not of the form" in told
    assert "a: unknown section" in told


@pytest.mark.parametrize("text", ["[cadence", "\xff", "cadence = 5"])
def test_damaged_file(tmp_path, text):
    file = tmp_path / "c.toml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError):
        sweep_settings_from(file, {}, ())


def test_absent_file(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        sweep_settings_from(tmp_path / "gone.toml", {}, ())


def test_every_key_is_documented():
    docs = settings_docs()
    assert len({doc.name for doc in docs}) == len(docs)
    assert all(doc.why for doc in docs)
    assert {"cadence", "ingest", "keep", "weights"} <= {doc.name.split(".")[0] for doc in docs}
