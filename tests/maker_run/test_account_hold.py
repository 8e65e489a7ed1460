"""No two live makers trade for one account of one venue."""

import subprocess
import sys

import pytest

from pmapp.maker_run.account_hold import AccountHold
from pmapp.refused import Refused

CLOB = "http://127.0.0.1:9"
WALLET = "0xAbC0000000000000000000000000000000000001"
HOLDER = f"""
from pmapp.maker_run.account_hold import AccountHold
held = AccountHold({CLOB!r}, {WALLET!r})
print("held", flush=True)
input()
"""


def test_an_account_is_held_once_however_its_address_is_spelt():
    first = AccountHold(CLOB, WALLET)
    for wallet in (WALLET, WALLET.lower()):
        with pytest.raises(Refused, match=r"another `pm maker` trades for this account; stop it"):
            AccountHold(CLOB, wallet)
    AccountHold(CLOB, WALLET[:-1] + "2").release()
    AccountHold("http://127.0.0.1:10", WALLET).release()
    first.release()
    AccountHold(CLOB, WALLET).release()


def test_a_process_that_was_killed_holds_nothing():
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(Refused):
            AccountHold(CLOB, WALLET)
        other.kill()
    AccountHold(CLOB, WALLET).release()
