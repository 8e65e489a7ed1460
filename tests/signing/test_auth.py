"""L1 and L2 headers: every vector, and what must and must not change a signature."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.wire.auth import (
    hmac_key,
    l1_digest,
    l2_message,
    l2_signature,
    same_signature,
)
from pmcore.wire.typed_data import SigningError
from pmio.secrets import Secret
from pmio.signer import ApiKey, sign_l1
from tests.house.forbidden import forbidden_world
from tests.signing.vectors import ADDRESS, OWNER, cases, load, signer

SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
PASSPHRASE = "6465616462656566646561646265656664656164626565666465616462656566"


def api_key() -> ApiKey:
    return ApiKey(ADDRESS, OWNER, Secret("API secret", SECRET), Secret("passphrase", PASSPHRASE))


@pytest.mark.parametrize("case", cases("l1_auth.json", "vectors"))
def test_l1_vector(case):
    got = sign_l1(signer(), case["chainId"], case["timestamp"], case["nonce"])
    assert got == case["headers"]
    assert list(got) == list(case["headers"])
    assert got["POLY_SIGNATURE"] == case["signature"]


@pytest.mark.parametrize("case", cases("l2_hmac.json", "vectors"))
def test_l2_vector(case):
    body = (case["body"] or "").encode()
    at = case["timestamp"], case["method"], case["path"]
    with forbidden_world():
        signed = l2_signature(hmac_key(SECRET), *at, body)
    assert l2_message(*at, body) == case["signed_message"].encode()
    assert signed == case["signature"]
    assert api_key().headers(*at, body) == case["headers"]
    assert (
        api_key().headers(at[0], at[1].lower(), at[2] + "?market=0x1&x=?", body)
        == (case["headers"])
    )


def test_l2_credentials_of_the_vectors_are_ours():
    meta = (load("l2_hmac.json") or {}).get("meta")
    if meta is None:
        pytest.skip("recordings absent at the vectors")
    assert (meta["secret"], meta["api_key"], meta["passphrase"]) == (SECRET, OWNER, PASSPHRASE)


@pytest.mark.parametrize(
    ("message", "signature"),
    [
        (("GET", "/data/orders", b""), "x7mJQCZTeyx4Fss83a5NrL7kvpT7okVZ8Uqy5mUshUQ="),
        (
            ("POST", "/v1/heartbeats", b'{"heartbeat_id":""}'),
            "MzqfrK8_dH7bcDmKT5hgrJWLPgihyPYB5vpb5GfPRb8=",
        ),
        (("DELETE", "/cancel-all", b""), "rf4QvELb1UnKqS0LRPzVTts9Pqkd3SrIreNR0gy5H10="),
    ],
)
def test_reference_vectors(message, signature):
    """Those that the venue reference prints (section 2.3): they need no recordings."""
    assert l2_signature(hmac_key(SECRET), 1790000000, *message) == signature


def test_builder_headers():
    got = api_key().builder_headers(1790000000, "POST", "/submit", b"{}")
    assert set(got) == {
        f"POLY_BUILDER_{n}" for n in ("API_KEY", "PASSPHRASE", "SIGNATURE", "TIMESTAMP")
    }
    signed = api_key().headers(1790000000, "POST", "/submit", b"{}")["POLY_SIGNATURE"]
    assert got["POLY_BUILDER_SIGNATURE"] == signed


@given(body=st.binary(min_size=1, max_size=200), at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_any_changed_bit_of_a_body_changes_its_signature(body, at, bit):
    changed = bytearray(body)
    changed[at % len(body)] ^= 1 << bit
    key = hmac_key(SECRET)
    one = l2_signature(key, 1, "POST", "/order", body)
    other = l2_signature(key, 1, "POST", "/order", bytes(changed))
    assert not same_signature(one, other)
    assert same_signature(one, l2_signature(key, 1, "post", "/order?a=b", body))


@given(
    chain=st.sampled_from([137, 80002]),
    timestamp=st.integers(0, 2**40),
    nonce=st.integers(0, 2**64),
)
def test_l1_digest_depends_on_each_part(chain, timestamp, nonce):
    digest = l1_digest(chain, ADDRESS, timestamp, nonce)
    assert digest != l1_digest(chain + 1, ADDRESS, timestamp, nonce)
    assert digest != l1_digest(chain, ADDRESS, timestamp + 1, nonce)
    assert digest != l1_digest(chain, ADDRESS, timestamp, nonce + 1)
    assert digest != l1_digest(chain, "0x" + "11" * 20, timestamp, nonce)


@given(raw=st.binary(min_size=1, max_size=64))
def test_secret_in_either_alphabet(raw):
    from base64 import b64encode, urlsafe_b64encode

    assert hmac_key(b64encode(raw).decode()) == hmac_key(urlsafe_b64encode(raw).decode()) == raw


@pytest.mark.parametrize("text", ["", "AAECAwQ", "é" * 8, "===="])
def test_bad_secret_is_refused_without_showing_it(text):
    with pytest.raises(SigningError, match="API secret: not base64") as caught:
        hmac_key(text)
    assert not text or text not in str(caught.value)


def test_host_is_not_a_path():
    with pytest.raises(SigningError, match="path: does not begin with /"):
        l2_message(1, "GET", "https://clob.polymarket.com/data/orders")
