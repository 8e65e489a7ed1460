"""Every order vector of the three versions: separator, struct hash, id, signature, body."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pmcore.ids import BUY, SELL, OrderId, Side
from pmcore.order import KIND_NAMES
from pmcore.wire.contracts import EXCHANGES, Exchange, exchange_of, order_version_of
from pmcore.wire.order_body import OrderDraft, posted_order
from pmcore.wire.order_typed_data import (
    ORDER_TYPE,
    ORDER_TYPE_V1,
    POLY_1271,
    OrderFields,
    OrderFieldsV1,
    order_hash,
    order_hash_v1,
    order_id,
    order_id_v1,
    salt_of,
    signing_digest,
    wallet_sig65,
    wallet_signature,
)
from pmcore.wire.typed_data import SigningError
from pmio.signer import order_signer, sign_order
from tests.house.forbidden import forbidden_world
from tests.signing.vectors import ADDRESS, UP_TOKEN, WALLETS, cases, signer

SIDES = {"BUY": BUY, "SELL": SELL}
ORDER_ID = "order_hash_eip712_digest_=orderID"


def text(raw: bytes) -> str:
    return "0x" + raw.hex()


def exchange_named(case) -> Exchange:
    """The exchange of a vector, found by its address and version alone."""
    wanted = (case["chainId"], int(case["domain_version"]), case["verifyingContract"].lower())
    return next(
        e for e in EXCHANGES.values() if (e.chain_id, e.version, e.address.lower()) == wanted
    )


def fields_of(order) -> OrderFields:
    return OrderFields(
        order["salt"],
        order["maker"],
        order["signer"],
        int(order["tokenId"]),
        int(order["makerAmount"]),
        int(order["takerAmount"]),
        SIDES[order["side"]],
        order["signatureType"],
        int(order["timestamp"]),
        bytes.fromhex(order["metadata"][2:]),
        bytes.fromhex(order["builder"][2:]),
    )


@pytest.mark.parametrize("case", cases("orders_v1.json", "vectors"))
def test_v1_vector(case):
    body = case["post_order_body"]["order"]
    order = OrderFieldsV1(
        body["salt"],
        body["maker"],
        body["signer"],
        int(body["tokenId"]),
        int(body["makerAmount"]),
        int(body["takerAmount"]),
        SIDES[body["side"]],
        body["signatureType"],
        body["taker"],
        int(body["expiration"]),
        int(body["nonce"]),
        int(body["feeRateBps"]),
    )
    exchange = exchange_named(case)
    assert case["order_type_string"] == ORDER_TYPE_V1
    assert text(exchange.separator) == case["domain_separator"]
    assert text(order_hash_v1(order)) == case["struct_hash"]
    assert text(order_id_v1(order, exchange)) == case[ORDER_ID]
    assert text(signer().sign_digest(order_id_v1(order, exchange))) == case["signature"]


@pytest.mark.parametrize(
    "case", cases("orders_v2.json", "vectors") + cases("orders_v3.json", "vectors")
)
def test_vector(case):
    body = case["post_order_body"]
    order, exchange = fields_of(body["order"]), exchange_named(case)
    with forbidden_world():
        hashed, named = order_hash(order), order_id(order, exchange)
    assert case["order_type_string"] == ORDER_TYPE
    assert text(exchange.separator) == case["domain_separator"]
    assert text(hashed) == case["struct_hash"]
    assert text(named) == case[ORDER_ID]
    kind = KIND_NAMES.index(body["orderType"])
    expiration = int(body["order"]["expiration"])
    draft = OrderDraft(order, exchange, body["owner"], kind, body["postOnly"], expiration)
    signed = sign_order(signer(), draft)
    assert signed.venue_id == case[ORDER_ID]
    assert text(signed.signature) == case["signature"]
    # Byte for byte what the official client sends, key order included.
    assert signed.body.decode() == json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    assert order_signer(order, exchange, signed.signature) == ADDRESS
    # The newer client sorts its keys and omits a false postOnly: the same order to a venue.
    assert posted_order(json.dumps(case["sdk_0_14_post_order_body"]).encode()) == posted_order(
        signed.body
    )


@pytest.mark.parametrize(
    "case", cases("orders_v2.json", "vectors") + cases("orders_v3.json", "vectors")
)
def test_vector_chooses_its_exchange(case):
    version = order_version_of(int(case["post_order_body"]["order"]["tokenId"]))
    assert str(version) == case["domain_version"]
    assert (version == 3) == case["sdk_0_14_selects_exchange_v3"]


ORDER = OrderFields(
    479249096354, ADDRESS, ADDRESS, UP_TOKEN, 50_000_000, 100_000_000, BUY, 0, 1790000000000
)
V2 = exchange_of(137, 2, neg_risk=False)


def test_reference_vector():
    """The one that the venue reference prints (section 2.3): it needs no recordings."""
    assert V2.separator.hex().startswith("3264e159346253e26a64e00b69032db0e7d32f94628de3e6")
    assert text(order_id(ORDER, V2)) == (
        "0x1d3f48be5e5326e74dafdcbc8f9b5aa4896bf494d48a3e6d3125d046accb7cff"
    )
    assert signer().sign_digest(order_id(ORDER, V2)).hex() == (
        "fd5d81886d35a62b583be4411187bbca202c2c3d54e3dd7c02511e0b4fc9385e"
        "73884039df5a66bc05e6963ab02e941a6ecf06bdefa498a082ef750e2d12932e1b"
    )


UINT = st.integers(0, 2**256 - 1)
ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
WORDS = st.binary(min_size=32, max_size=32)
FIELDS = {
    "salt": UINT,
    "maker": ADDRESSES,
    "signer": ADDRESSES,
    "token_id": UINT,
    "maker_amount": UINT,
    "taker_amount": UINT,
    "side": st.integers(0, 1).map(Side),
    "signature_type": st.integers(0, 3),
    "timestamp_ms": UINT,
    "metadata": WORDS,
    "builder": WORDS,
}
ORDERS = st.builds(OrderFields, **FIELDS)


@given(order=ORDERS, data=st.data())
def test_any_change_changes_the_id(order, data):
    name = data.draw(st.sampled_from(sorted(FIELDS)))
    value = data.draw(FIELDS[name].filter(lambda v: v != getattr(order, name)))
    other = replace(order, **{name: value})
    assert order_id(order, V2) != order_id(other, V2)
    if POLY_1271 in (order.signature_type, other.signature_type):
        assert signing_digest(order, V2) != signing_digest(other, V2)


@given(order=ORDERS)
def test_every_exchange_has_its_own_ids(order):
    ids = {order_id(order, exchange) for exchange in EXCHANGES.values()}
    assert len(ids) == len({e.separator for e in EXCHANGES.values()})


@given(order=ORDERS)
def test_wallet_signs_another_digest_that_recovers(order):
    order = replace(order, signature_type=POLY_1271)
    contents, digest = order_hash(order), signing_digest(order, V2)
    assert digest != order_id(order, V2)
    wire = wallet_signature(signer().sign_digest(digest), contents, V2)
    assert len(wire) == 65 + 32 + 32 + len(ORDER_TYPE) + 2
    assert wire[-2:] == len(ORDER_TYPE).to_bytes(2, "big")
    assert order_signer(order, V2, wire) == ADDRESS


@pytest.mark.parametrize("at", [65, 96, 97, 128, 129, 200, -1])
def test_forged_wallet_signature_is_refused(at):
    order = replace(ORDER, maker=WALLETS[3], signer=WALLETS[3], signature_type=POLY_1271)
    contents = order_hash(order)
    wire = bytearray(
        wallet_signature(signer().sign_digest(signing_digest(order, V2)), contents, V2)
    )
    wire[at] ^= 1
    with pytest.raises(SigningError, match="does not wrap this order"):
        wallet_sig65(bytes(wire), contents, V2)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"salt": -1}, "salt"),
        ({"salt": 2**256}, "salt"),
        ({"token_id": -1}, "tokenId"),
        ({"maker_amount": -1}, "makerAmount"),
        ({"taker_amount": 2**256}, "takerAmount"),
        ({"timestamp_ms": -5}, "timestamp"),
        ({"maker": "0x12"}, "maker"),
        ({"maker": ADDRESS[2:] + "00"}, "maker"),
        ({"signer": "0x" + " " * 40}, "signer"),
        ({"signer": "0x" + "g" * 40}, "signer"),
        ({"side": 2}, "side"),
        ({"signature_type": 4}, "signatureType"),
        ({"signature_type": -1}, "signatureType"),
        ({"metadata": b""}, "metadata"),
        ({"builder": bytes(33)}, "builder"),
    ],
)
def test_unpackable_field_is_named(change, named):
    with pytest.raises(SigningError, match=named):
        order_hash(replace(ORDER, **change))


@pytest.mark.parametrize("signature_type", [3, -1])
def test_v1_knows_no_deposit_wallet(signature_type):
    order = OrderFieldsV1(1, ADDRESS, ADDRESS, 1, 1, 1, BUY, signature_type)
    with pytest.raises(SigningError, match="V1 order"):
        order_hash_v1(order)


@given(run=st.text(max_size=20), order=st.integers(0, 2**40))
def test_salt_is_a_function_that_fits_53_bits(run, order):
    salt = salt_of(run, OrderId(order))
    assert 0 <= salt < 2**53
    assert salt == salt_of(run, OrderId(order))
    assert salt != salt_of(run, OrderId(order + 1))
    assert salt != salt_of(run + "1", OrderId(order))


def test_salts_are_pinned():
    """A changed salt would lose every order that was open when the program was updated."""
    assert [salt_of("run-7", OrderId(n)) for n in (1, 2)] == [
        2951711454984206,
        2202940706779427,
    ]
    assert len({salt_of("run-7", OrderId(n)) for n in range(20_000)}) == 20_000
