"""The venue's own Python client, unchanged and in its own environment, against `pm venue`."""

import json
import subprocess
from itertools import product

import httpx
import pytest

from pmcore.wire.wallets import funder_of
from tests.house.tree import ROOT
from tests.venue.processes import venue_process

ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
"""Of the key in `official_client.py`."""
UNREACHABLE = 3
SLUGS = ("btc-updown-15m-1793491200", "btc-updown-15m-1793492100")
START = "1793491300"
"""100 s into a window: there are 40 s of the clock on the wall until it ends."""


@pytest.fixture(scope="module")
def python():
    """The interpreter of the client's environment, made on first use."""
    made = subprocess.run(
        [ROOT / "scripts" / "official_client_venv"], capture_output=True, text=True, check=False
    )
    if made.returncode == UNREACHABLE:
        pytest.skip("THE OFFICIAL CLIENT WAS NOT TRIED: the package index cannot be reached")
    assert made.returncode == 0, made.stderr
    return ROOT / ".venv-official" / "bin" / "python"


@pytest.fixture(scope="module")
def told(python):
    """What the client saw of a venue twenty times as fast as the clock on the wall."""
    wallets = {kind: funder_of(kind, ADDRESS) for kind in (1, 2, 3)}
    with venue_process(
        "--still", "--start", START, "--speed", "20", "--seed", "11", "--tier", "Elite"
    ) as at:
        with httpx.Client() as admin:
            for slug, side, price in product(SLUGS, ("BUY", "SELL"), range(1, 41)):
                at_price = 0.50 - price / 100 if side == "BUY" else 0.50 + price / 100
                level = {"slug": slug, "side": side, "price": at_price, "size": 200}
                admin.post(f"{at['admin']}/level", json=level).raise_for_status()
        script = ROOT / "tests" / "venue" / "official_client.py"
        run = subprocess.run(
            [python, script, json.dumps(at), json.dumps(wallets)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        state = httpx.get(f"{at['admin']}/state").json()
    assert state["unbalanced"] == []
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_keys(told):
    assert told["derived"]
    assert told["keys"]
    assert told["closed_only"] == {"closed_only": False}
    assert told["stranger"] == [401, {"error": "Unauthorized/Invalid api key"}]
    assert (told["deleted"], told["gone"][0]) == ("OK", 401)


def test_reads(told):
    assert told["reads"] == {
        "ok": "OK", "version": 2, "tick": "0.01", "neg_risk": False, "fee": 1000, "exponent": 1,
        "mid": ["mid"], "mids": True, "price": ["price"], "prices": ["BUY"], "spread": ["spread"],
        "last": ["price", "side"], "lasts": 1, "history": ["history"], "market": True,
        "compact": 5, "markets": True, "sampling": "LTE=", "activity": [], "rewards": [],
        "notifications": [], "dropped": "OK", "earned": [], "percentages": [],
        "pre_migration": [], "balance": ["balance", "allowances"], "updated": "",
    }  # fmt: skip


@pytest.mark.parametrize("protocol", ["v1", "v2"])
def test_trading(told, protocol):
    seen = told[protocol]
    assert seen.pop("levels") == [40, 40]
    # The client's checksum leaves out the `version` that Protocol-V2 books end with.
    assert seen.pop("checksums") == [protocol == "v1"] * 2
    assert seen.pop("duplicate") == [400, "Duplicated."]
    assert seen.pop("crossing")[1] == {"error": "invalid post-only order: order crosses book"}
    assert seen.pop("mismatch") == [400, {"error": "order_version_mismatch"}]
    assert seen == {
        "post": ["live", True],
        "order": ["LIVE", "60", "BUY"],
        "scoring": [{"scoring": True}, [True]],
        "canceled": True,
        "batch": [14, " (1) lower than the minimum: 5"],
        "open": 14,
        "cancels": [3, 11, {"canceled": [], "not_canceled": {}}],
        "bought": ["matched", True, True],
        "trade": ["TAKER", True],
        "confirmed": "CONFIRMED",
        "shares": True,
        "sold": "matched",
    }


def test_wallets_of_every_kind(told):
    assert told["wallets"] == {
        f"{kind}/{protocol}": "live" for kind in (1, 2, 3) for protocol in ("v1", "v2")
    }


def test_orders_of_the_first_exchange_are_refused(told):
    assert told["old"] == [400, {"error": "order_version_mismatch"}]


def test_heartbeats(told):
    assert told["beats"] == [400, True, 36]
