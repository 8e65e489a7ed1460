"""Three consents to real orders: each that is missing is named with its remedy."""

from itertools import product
from pathlib import Path

import pytest

from pmapp.maker_run.consents import consented, throwaway
from pmapp.maker_settings import MAKER
from pmapp.refused import Refused
from pmapp.settings import settings_from
from pmcore.config import config_from
from pmcore.config_tree import ConfigError

KEY = "0x" + "ab" * 31 + "07"
ENVIRON = {"PM_WALLET_KEY": KEY}


def config(live=True, source="env", wallet="safe"):
    return config_from(
        {"trading": {"live": live}, "keys": {"source": source, "wallet_type": wallet}}
    )


@pytest.mark.parametrize(
    ("said", "live", "source"),
    [row for row in product((True, False), (True, False), ("env", "none")) if not all(
        (row[0], row[1], row[2] == "env"))],
)  # fmt: skip
def test_each_missing_consent_is_told_and_no_other(said, live, source):
    with pytest.raises(Refused) as refused:
        consented(config(live, source), said, local=False, environ=ENVIRON)
    told = refused.value.message
    assert ("--live:" in told) is not said
    assert ("trading.live:" in told) is not live
    assert ("keys:" in told) is (source == "none")
    assert refused.value.exit_code == 2


def test_with_all_three_the_keys_are_had():
    keys = consented(config(), True, local=False, environ=ENVIRON)
    assert keys.wallet.reveal() == KEY
    assert keys.signature_type == 2
    assert keys.relayer is None
    assert keys.scrubber()(f"x {KEY} y") == "x [secret] y"


@pytest.mark.parametrize("wallet", ["eoa", "proxy", "safe", "deposit"])
def test_the_wallet_type_is_the_venues_number(wallet):
    keys = consented(config(wallet=wallet), True, local=False, environ=ENVIRON)
    assert keys.signature_type == ["eoa", "proxy", "safe", "deposit"].index(wallet)


def test_a_key_that_is_none_is_refused_without_showing_it():
    for text in ("12", "zz" * 32, "00" * 32, "ff" * 32):
        with pytest.raises(Refused) as refused:
            consented(config(), True, local=False, environ={"PM_WALLET_KEY": text})
        assert text not in refused.value.message
        assert "64 hex digits" in refused.value.message


@pytest.mark.parametrize("source", [KEY, f"env:{KEY}", f"credential:/{KEY}"])
def test_a_secret_pasted_as_its_own_source_is_not_shown(source):
    with pytest.raises((Refused, ConfigError)) as refused:
        consented(config(source=source), True, local=True, environ={})
    assert KEY not in str(refused.value)


def test_a_file_that_others_may_read_is_refused(tmp_path):
    file = tmp_path / "key"
    file.write_text(KEY)
    file.chmod(0o644)
    with pytest.raises(Refused, match="chmod 600"):
        consented(config(source=f"file:{file}"), True, local=False, environ={})
    file.chmod(0o600)
    assert consented(config(source=f"file:{file}"), True, local=False).wallet.reveal() == KEY


def test_a_throwaway_key_is_for_this_machine_only():
    with pytest.raises(Refused, match="on this machine only"):
        consented(config(source="throwaway"), True, local=False, environ=ENVIRON)
    keys = consented(config(source="throwaway"), True, local=True, seed=7, environ={})
    assert keys.wallet == throwaway(7)
    assert keys.wallet != throwaway(8)
    assert keys.relayer is not None


def test_the_example_gives_what_a_file_can_give():
    example = Path(__file__).parents[2] / "examples" / "local-live.toml"
    found = settings_from(MAKER, example, {}, ()).config
    assert consented(found, True, local=True, environ={}).signature_type == 2
    with pytest.raises(Refused, match="on this machine only"):
        consented(found, True, local=False, environ={})


def test_the_relayers_key_has_a_source_of_its_own():
    environ = ENVIRON | {"PM_RELAYER_KEY": "first", "OTHER": "second"}
    first = consented(config(), True, local=False, environ=environ)
    other = consented(config(), True, local=False, environ=environ, relayer_source="env:OTHER")
    assert first.relayer is not None
    assert other.relayer is not None
    assert (first.relayer.reveal(), other.relayer.reveal()) == ("first", "second")
    with pytest.raises(Refused, match="NOWHERE"):
        consented(config(), True, local=False, environ=environ, relayer_source="env:NOWHERE")
