"""Keys: L1 makes them, L2 proves them, every header counts."""

import msgspec
import pytest

from pmcore.units import SECOND
from pmio.secrets import Secret
from pmio.signer import ApiKey, sign_l1
from tests.venue.stage import body, lower

ROUTES = (
    ("GET", "/auth/api-keys"),
    ("POST", "/order"),
    ("DELETE", "/cancel-all"),
    ("GET", "/data/orders"),
    ("GET", "/data/trades"),
    ("POST", "/v1/heartbeats"),
    ("GET", "/balance-allowance"),
)


def l1(stage, trader, nonce=0):
    return lower(sign_l1(trader.signer, 137, stage.now_ns // SECOND, nonce))


def test_create_then_derive(stage, alice):
    (again,) = stage.ask("POST", "/auth/api-key", l1(stage, alice))
    assert (again.status, body(again)) == (400, {"error": "Could not create api key"})
    (derived,) = stage.ask("GET", "/auth/derive-api-key", l1(stage, alice))
    assert body(derived) == alice.credentials
    (absent,) = stage.ask("GET", "/auth/derive-api-key", l1(stage, alice, 5))
    assert (absent.status, body(absent)) == (400, {"error": "Could not derive api key!"})
    (second,) = stage.ask("POST", "/auth/api-key", l1(stage, alice, 5))
    assert body(second)["apiKey"] != alice.key.id
    keys = body(alice.ask("GET", "/auth/api-keys"))["apiKeys"]
    assert keys == [alice.key.id, body(second)["apiKey"]]


def test_faucet_funds_a_new_key_once(stage, alice):
    assert alice.cash() == stage.venue.terms.faucet
    stage.ask("POST", "/auth/api-key", l1(stage, alice, 5))
    assert alice.cash() == stage.venue.terms.faucet


@pytest.mark.parametrize(
    "spoilt",
    [
        {"poly_address": "0x" + "1" * 40},
        {"poly_signature": "0x" + "1" * 130},
        {"poly_signature": "nonsense"},
        {"poly_timestamp": "soon"},
        {"poly_nonce": "1"},
        {"poly_nonce": "-1"},
    ],
)
def test_l1_headers_must_fit(stage, alice, spoilt):
    (answer,) = stage.ask("POST", "/auth/api-key", l1(stage, alice) | spoilt)
    assert (answer.status, body(answer)) == (401, {"error": "Invalid L1 Request headers"})
    assert stage.ask("GET", "/auth/derive-api-key")[0].status == 401


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize(
    "name",
    ["poly_address", "poly_signature", "poly_timestamp", "poly_api_key", "poly_passphrase"],
)
def test_l2_headers_must_all_fit(stage, alice, method, path, name):
    good = alice.headers(method, path)
    for value in ("", "1790000000"):
        (answer,) = stage.ask(method, path, good | {name: value})
        assert (answer.status, body(answer)) == (401, {"error": "Unauthorized/Invalid api key"})


def test_l2_covers_method_path_and_body_but_not_the_query(stage, alice):
    headers = alice.headers("GET", "/data/orders")
    assert stage.ask("GET", "/data/orders?market=0x1", headers)[0].status == 200
    assert stage.ask("GET", "/data/trades", headers)[0].status == 401
    assert stage.ask("GET", "/data/orders", headers, b"{}")[0].status == 401
    headers = alice.headers("DELETE", "/order", b'{"orderID":"0x"}')
    assert stage.ask("DELETE", "/order", headers, b'{"orderID": "0x"}')[0].status == 401


def test_deleted_key_is_gone(stage, alice):
    assert body(alice.ask("DELETE", "/auth/api-key")) == "OK"
    assert alice.ask("GET", "/data/orders").status == 401
    assert stage.ask("POST", "/auth/api-key", l1(stage, alice))[0].status == 200


def test_further_keys(stage, alice):
    made = body(alice.ask("POST", "/auth/readonly-api-key"))
    assert body(alice.ask("GET", "/auth/readonly-api-keys")) == {
        "readonlyApiKeys": [made["apiKey"]]
    }
    alice.ask("DELETE", "/auth/readonly-api-key", {"key": made["apiKey"]})
    assert body(alice.ask("GET", "/auth/readonly-api-keys")) == {"readonlyApiKeys": []}
    assert "passphrase" in body(alice.ask("POST", "/auth/builder-api-key"))


TRADING = (
    ("POST", "/order"),
    ("POST", "/orders"),
    ("DELETE", "/order"),
    ("DELETE", "/orders"),
    ("DELETE", "/cancel-all"),
    ("DELETE", "/cancel-market-orders"),
)


def reader(alice):
    """The same trader with a read-only key."""
    made = body(alice.ask("POST", "/auth/readonly-api-key"))
    alice.key = ApiKey(
        alice.address,
        made["apiKey"],
        Secret("secret", made["secret"]),
        Secret("passphrase", made["passphrase"]),
    )
    alice.terms = msgspec.structs.replace(alice.terms, owner=made["apiKey"])
    return alice


@pytest.mark.parametrize(("method", "path"), TRADING)
def test_a_read_only_key_does_not_trade(stage, alice, method, path):
    resting = alice.signed(price=0.4)
    assert alice.ask("POST", "/order", resting.body).status == 200
    who = reader(alice)
    bodies = {"/order": who.signed(price=0.41).body} if method == "POST" else {}
    answer = who.ask(method, path, bodies.get(path, b""))
    assert (answer.status, body(answer)) == (401, {"error": "Unauthorized/Invalid api key"})
    assert [one.id for one in stage.venue.orders.by_id.values() if one.open] == [resting.venue_id]
    assert who.ask("GET", "/data/orders").status == 200


def test_closed_only(stage, alice):
    assert body(alice.ask("GET", "/auth/ban-status/closed-only")) == {"closed_only": False}
    stage.fault("closed_only", address=alice.address)
    assert body(alice.ask("GET", "/auth/ban-status/closed-only")) == {"closed_only": True}
    refused = alice.place(price=0.45)
    assert body(refused) == {"error": f"'{alice.address}' address in closed only mode"}
    stage.fault("banned", address=alice.address)
    assert body(alice.place(price=0.45)) == {"error": f"'{alice.address}' address banned"}


def test_wallets_belong_to_whoever_used_them_first(stage, alice):
    bob = stage.trader()
    signed = alice.signed(price=0.45)
    stage.venue.wallets.by_address[alice.address].owner = bob.address
    assert alice.ask("POST", "/order", signed.body).status == 400
