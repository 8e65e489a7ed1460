"""Defaults, file, environment and command line, in this order; every fault at once."""

import pytest

from pmapp.maker_settings import MAKER
from pmapp.settings import SettingsError, overridden, settings_from
from pmcore.config import Config
from pmcore.config_tree import key_docs

FILE = """
[trading]
base_size_shares = 20
ladder_levels = 3
live = true

[merge]
path = "eoa"
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "my.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def problems(*arguments):
    with pytest.raises(SettingsError) as refusal:
        settings_from(MAKER, *arguments)
    return refusal.value.problems


def test_nothing_given_is_the_default(tmp_path):
    settings = settings_from(MAKER, None, {}, (), tmp_path)
    assert settings.config == Config()
    assert {settings.source(doc.name) for doc in key_docs(Config)} == {"default"}


def test_file_overrules_defaults(file):
    settings = settings_from(MAKER, file, {}, ())
    assert settings.config.trading.base_size_shares == 20.0
    assert settings.config.merge.path == "eoa"
    assert settings.source("trading.live") == str(file)
    assert settings.source("trading.size_decay") == "default"


def test_environment_overrules_file_and_option_overrules_both(file):
    environ = {"PM_TRADING__LADDER_LEVELS": "4", "PM_TRADING__BASE_SIZE_SHARES": " 30.5 "}
    settings = settings_from(MAKER, file, environ, ("trading.ladder_levels=5",))
    trading = settings.config.trading
    assert (trading.ladder_levels, trading.base_size_shares, trading.live) == (5, 30.5, True)
    assert settings.source("trading.ladder_levels") == "--set trading.ladder_levels=5"
    assert settings.source("trading.base_size_shares") == "PM_TRADING__BASE_SIZE_SHARES"


def test_file_beside_the_caller_is_found(tmp_path):
    (tmp_path / "pm.toml").write_text("[trading]\nlive = true\n", encoding="utf-8")
    assert settings_from(MAKER, None, {}, (), tmp_path).config.trading.live


def test_last_of_two_options_counts(tmp_path):
    sets = ("trading.ladder_levels=5", "trading.ladder_levels=1")
    assert settings_from(MAKER, None, {}, sets, tmp_path).config.trading.ladder_levels == 1


@pytest.mark.parametrize("word", ["true", "YES", "on", "1"])
def test_words_for_true(word, tmp_path):
    assert settings_from(MAKER, None, {}, (f"trading.live={word}",), tmp_path).config.trading.live


def test_texts_keep_what_they_hold(tmp_path):
    environ = {"PM_KEYS__SOURCE": "file:a=b.c", "PM_TRADING__SLUG_PREFIX": "1"}
    config = settings_from(MAKER, None, environ, (), tmp_path).config
    assert (config.keys.source, config.trading.slug_prefix) == ("file:a=b.c", "1")


def test_every_key_can_be_given_as_text(tmp_path):
    sets = [
        f"{doc.name}={str(doc.default).lower() if isinstance(doc.default, bool) else doc.default}"
        for doc in key_docs(Config)
    ]
    settings = settings_from(MAKER, None, {}, sets, tmp_path)
    assert settings.config == Config()
    assert all(settings.source(doc.name).startswith("--set") for doc in key_docs(Config))


def test_all_faults_of_all_layers_come_at_once(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text('[trading]\nlive = "no"\nnonsense = 1\n[elsewhere]\nx = 1\n', encoding="utf-8")
    environ = {"PM_INFRA__PLACE_BURST": "many", "PM_RISK__MAX_REJECTS": "0", "PM_HOME": "x"}
    told = problems(path, environ, ("trading.ladder_levels=99", "levels=1", "merge.path=ship"))
    expected = {
        "trading.live": (str(path), "true or false"),
        "trading.nonsense": (str(path), "unknown key"),
        "elsewhere": (str(path), "unknown section"),
        "infra.place_burst": ("PM_INFRA__PLACE_BURST", "a number"),
        "risk.max_rejects": ("PM_RISK__MAX_REJECTS", "outside"),
        "trading.ladder_levels": ("--set trading.ladder_levels=99", "outside"),
        "--set levels=1": ("--set", "section.key=value"),
        "merge.path": ("--set merge.path=ship", "relayer, eoa"),
    }
    assert len(told) == len(expected)
    for name, words in expected.items():
        line = next(line for line in told if line.startswith(f"{name}:"))
        assert all(word in line for word in words)


@pytest.mark.parametrize(
    ("name", "value"),
    [("trading.ladder_levels", "2.5"), ("trading.live", "maybe"), ("trading.k_vol", "nan")],
)
def test_values_of_another_kind_are_refused(name, value, tmp_path):
    told = problems(None, {}, (f"{name}={value}",), tmp_path)
    assert len(told) == 1
    assert told[0].startswith(f"{name}: ")


def test_contradictions_are_told(tmp_path):
    told = problems(None, {}, ("trading.cutoff_seconds=900",), tmp_path)
    assert "trading.window_seconds" in told[0]
    assert "--set trading.cutoff_seconds=900" in told[0]


def test_contradictions_name_the_source_of_each_key_and_of_no_other(tmp_path):
    path = tmp_path / "my.toml"
    path.write_text("[trading]\ncutoff_seconds = 300\n", encoding="utf-8")
    told = problems(path, {"PM_TRADING__WINDOW_SECONDS": "300"}, ("trading.live=true",))
    fault = "trading.cutoff_seconds: must be less than trading.window_seconds"
    assert told == [f"{fault} ({path}, PM_TRADING__WINDOW_SECONDS)"]
    told = problems(None, {"PM_TRADING__WINDOW_SECONDS": "60"}, ("trading.live=true",), tmp_path)
    assert told == [f"{fault} (PM_TRADING__WINDOW_SECONDS)"]


def test_value_in_place_of_a_section_is_told_though_its_keys_are_overruled(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text("trading = 3\n", encoding="utf-8")
    told = problems(path, {"PM_TRADING__LIVE": "true"}, ("trading.live=false",))
    assert told == [f"trading: must be a table of keys, not 3 ({path})"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"[trading\n", "line 1"),
        (b"\xff\xfe", "not UTF-8"),
        (b"trading = 3\n", "trading"),
        (b"[trading]\nladder_levels = 2024-01-01\n", "trading.ladder_levels"),
    ],
)
def test_files_that_cannot_be_used_are_named(tmp_path, content, fault):
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    told = problems(path, {}, ())
    assert all(str(path) in line for line in told)
    assert any(fault in line for line in told)


def test_missing_file_is_named(tmp_path):
    assert problems(tmp_path / "gone.toml", {}, ()) == [
        f"{tmp_path / 'gone.toml'}: No such file or directory"
    ]


def test_overridden_changes_one_key_only():
    config = overridden(Config(), ("trading.ladder_levels=5",))
    assert config.trading.ladder_levels == 5
    assert config.risk == Config().risk
    with pytest.raises(SettingsError, match=r"trading.levels: unknown key"):
        overridden(Config(), ("trading.levels=5",))
