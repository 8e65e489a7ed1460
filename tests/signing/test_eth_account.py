"""An oracle: eth-account's general typed data, call data and signatures against our fixed ones."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pmcore.wire.auth import l1_digest
from pmcore.wire.contracts import EXCHANGES
from pmcore.wire.order_typed_data import ORDER_TYPE, POLY_1271, OrderFields, signing_digest
from pmcore.wire.relayer import Call, ProxyRequest, SafeRequest, WalletRequest
from pmcore.wire.typed_data import checksum_address, keccak256
from tests.signing.eth_oracle import (
    Account,
    encode,
    encode_defunct,
    encode_typed_data,
    to_checksum_address,
)
from tests.signing.test_orders import ORDERS
from tests.signing.vectors import ADDRESS, KEY, WALLETS, signer

EXCHANGE = st.sampled_from(list(EXCHANGES.values()))
MEMBERS = [
    {"type": kind, "name": name}
    for kind, name in (part.split(" ") for part in ORDER_TYPE[6:-1].split(","))
]
DOMAIN = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]


def message_of(order: OrderFields) -> dict:
    values = (order.salt, order.maker, order.signer, order.token_id, order.maker_amount)
    values += (order.taker_amount, order.side, order.signature_type, order.timestamp_ms)
    values += (order.metadata, order.builder)
    return dict(zip((m["name"] for m in MEMBERS), values, strict=True))


def typed(domain, types, primary, message):
    full = {"domain": domain, "types": types, "primaryType": primary, "message": message}
    return Account.sign_message(encode_typed_data(full_message=full), KEY)


def ours(digest: bytes) -> str:
    return signer().sign_digest(digest).hex()


def domain_of(exchange) -> dict:
    return {
        "name": "Polymarket CTF Exchange",
        "version": str(exchange.version),
        "chainId": exchange.chain_id,
        "verifyingContract": exchange.address,
    }


@settings(max_examples=40)
@given(order=ORDERS.filter(lambda o: o.signature_type != POLY_1271), exchange=EXCHANGE)
def test_order(order, exchange):
    types = {"EIP712Domain": DOMAIN, "Order": MEMBERS}
    theirs = typed(domain_of(exchange), types, "Order", message_of(order))
    assert theirs.message_hash == signing_digest(order, exchange)
    assert theirs.signature.hex() == ours(signing_digest(order, exchange))


@settings(max_examples=25)
@given(order=ORDERS, exchange=EXCHANGE)
def test_order_of_a_deposit_wallet(order, exchange):
    order = replace(order, signature_type=POLY_1271)
    wrapper = [{"name": "contents", "type": "Order"}, *DOMAIN, {"name": "salt", "type": "bytes32"}]
    types = {"EIP712Domain": DOMAIN, "Order": MEMBERS, "TypedDataSign": wrapper}
    message = {
        "contents": message_of(order),
        "name": "DepositWallet",
        "version": "1",
        "chainId": exchange.chain_id,
        "verifyingContract": order.maker,
        "salt": bytes(32),
    }
    theirs = typed(domain_of(exchange), types, "TypedDataSign", message)
    assert theirs.message_hash == signing_digest(order, exchange)


@settings(max_examples=20)
@given(chain=st.integers(1, 10**6), timestamp=st.integers(0, 2**40), nonce=st.integers(0, 2**200))
def test_l1(chain, timestamp, nonce):
    kinds = ("address address", "string timestamp", "uint256 nonce", "string message")
    types = {
        "EIP712Domain": DOMAIN[:3],
        "ClobAuth": [dict(zip(("type", "name"), k.split(), strict=True)) for k in kinds],
    }
    message = {
        "address": ADDRESS,
        "timestamp": str(timestamp),
        "nonce": nonce,
        "message": "This message attests that I control the given wallet",
    }
    domain = {"name": "ClobAuthDomain", "version": "1", "chainId": chain}
    theirs = typed(domain, types, "ClobAuth", message)
    assert theirs.message_hash == l1_digest(chain, ADDRESS, timestamp, nonce)


ADDRESSES = st.binary(min_size=20, max_size=20).map(checksum_address)
CALLS = st.lists(
    st.builds(Call, target=ADDRESSES, data=st.binary(max_size=100), value=st.integers(0, 2**90)),
    min_size=1,
    max_size=3,
).map(tuple)


@settings(max_examples=25)
@given(calls=CALLS, nonce=st.integers(0, 2**60))
def test_wallet_batch(calls, nonce):
    types = {
        "EIP712Domain": DOMAIN,
        "Call": [
            {"name": "target", "type": "address"},
            {"name": "value", "type": "uint256"},
            {"name": "data", "type": "bytes"},
        ],
        "Batch": [
            {"name": "wallet", "type": "address"},
            {"name": "nonce", "type": "uint256"},
            {"name": "deadline", "type": "uint256"},
            {"name": "calls", "type": "Call[]"},
        ],
    }
    wallet = WALLETS[3]
    message = {"wallet": wallet, "nonce": nonce, "deadline": 9}
    message["calls"] = [{"target": c.target, "value": c.value, "data": c.data} for c in calls]
    domain = {"name": "DepositWallet", "version": "1", "chainId": 137, "verifyingContract": wallet}
    theirs = typed(domain, types, "Batch", message)
    assert theirs.message_hash == WalletRequest(ADDRESS, wallet, calls, nonce, 9).digest()


@settings(max_examples=25)
@given(calls=CALLS, nonce=st.integers(0, 2**60))
def test_safe_transaction(calls, nonce):
    request = SafeRequest(ADDRESS, WALLETS[2], calls, nonce)
    call, operation = request.bundle()
    if len(calls) > 1:
        packed = b"".join(
            bytes(1)
            + bytes.fromhex(c.target[2:])
            + encode(["uint256", "uint256"], [c.value, len(c.data)])
            + c.data
            for c in calls
        )
        assert call.data == bytes.fromhex("8d80ff0a") + encode(["bytes"], [packed])
        assert operation == 1
    fields = (
        "address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,"
        "uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce"
    )
    members = [dict(zip(("type", "name"), f.split(), strict=True)) for f in fields.split(",")]
    nobody = "0x" + "0" * 40
    values = (call.target, call.value, call.data, operation, 0, 0, 0, nobody, nobody, nonce)
    full = {
        "domain": {"chainId": 137, "verifyingContract": WALLETS[2]},
        "types": {"EIP712Domain": DOMAIN[2:], "SafeTx": members},
        "primaryType": "SafeTx",
        "message": dict(zip((m["name"] for m in members), values, strict=True)),
    }
    message = encode_typed_data(full_message=full)
    typed_hash = keccak256(b"\x19\x01", message.header, message.body)
    theirs = Account.sign_message(encode_defunct(primitive=typed_hash), KEY)
    assert theirs.message_hash == request.digest()
    assert theirs.signature.hex() == ours(request.digest())


@settings(max_examples=25)
@given(calls=CALLS)
def test_proxy_call_data(calls):
    request = ProxyRequest(ADDRESS, WALLETS[1], calls, 0, ADDRESS, 100)
    rows = [(1, c.target, c.value, c.data) for c in calls]
    wanted = encode(["(uint8,address,uint256,bytes)[]"], [rows])
    assert request.data() == bytes.fromhex("34ee9791") + wanted


@given(raw=st.binary(min_size=20, max_size=20))
def test_checksum(raw):
    assert checksum_address(raw) == to_checksum_address(raw)


@pytest.mark.parametrize("digest", [bytes(32), b"\xff" * 32, keccak256(b"x")])
def test_signature_of_a_digest(digest):
    assert Account.unsafe_sign_hash(digest, KEY).signature.hex() == ours(digest)


def test_the_oracle_leaves_the_recursion_limit_alone():
    assert sys.getrecursionlimit() < 10_000


def test_signing_needs_none_of_it():
    """The program must not load what raises the limit (see `eth_oracle`)."""
    code = "import sys, pmio.signer, pmcore.wire.relayer; "
    code += "print(sys.getrecursionlimit(), sorted(m for m in sys.modules if m[:3] == 'eth'))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["1000", "[]"]
