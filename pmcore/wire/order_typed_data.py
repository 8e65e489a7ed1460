"""The order as EIP-712 typed data: its hash, which is its id, and what a wallet signs of it.

The venue's order id is the digest of the signed order, so it is known before the order is sent;
with salts that are a pure function of run and order number, a lost answer is resolved by looking
for the id. Layout and type strings: venue reference, section 1.4.

A deposit wallet (signature type 3) does not sign the order but a `TypedDataSign` struct around it
(ERC-7739), under the exchange's domain. On the wire it says what was wrapped:

    sig65 ‖ exchange domain separator ‖ hash of the order ‖ order type string ‖ its length, uint16
"""

from hashlib import sha256
from typing import Final

import msgspec

from pmcore.ids import BUY, SELL, OrderId, Side
from pmcore.wire.contracts import Exchange
from pmcore.wire.typed_data import (
    ZERO_ADDRESS,
    ZERO_WORD,
    SigningError,
    address_word,
    keccak256,
    signature_65,
    typed_digest,
    word,
)

EOA: Final = 0
POLY_PROXY: Final = 1
POLY_GNOSIS_SAFE: Final = 2
POLY_1271: Final = 3

ORDER_TYPE: Final = (
    "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,"
    "uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,"
    "bytes32 builder)"
)
ORDER_TYPE_V1: Final = (
    "Order(uint256 salt,address maker,address signer,address taker,uint256 tokenId,"
    "uint256 makerAmount,uint256 takerAmount,uint256 expiration,uint256 nonce,"
    "uint256 feeRateBps,uint8 side,uint8 signatureType)"
)
WALLET_SIGN_TYPE: Final = (
    "TypedDataSign(Order contents,string name,string version,uint256 chainId,"
    "address verifyingContract,bytes32 salt)" + ORDER_TYPE
)
WALLET_NAME: Final = "DepositWallet"
WALLET_VERSION: Final = "1"
SALT_BITS: Final = 53
"""Salts travel as JSON numbers, which JavaScript reads exactly below 2**53 only."""

_ORDER_HASH: Final = keccak256(ORDER_TYPE.encode())
_ORDER_HASH_V1: Final = keccak256(ORDER_TYPE_V1.encode())
_WALLET_SIGN_HASH: Final = keccak256(WALLET_SIGN_TYPE.encode())
_WALLET_NAMES: Final = keccak256(WALLET_NAME.encode()) + keccak256(WALLET_VERSION.encode())
_TYPE_TAIL: Final = ORDER_TYPE.encode() + len(ORDER_TYPE).to_bytes(2, "big")
_SMALL: Final = tuple(word(n) for n in range(4))


class OrderFields(msgspec.Struct, frozen=True, gc=False):
    """The eleven signed fields of a V2 or V3 order. Addresses are texts, amounts micros."""

    salt: int
    maker: str
    signer: str
    token_id: int
    maker_amount: int
    taker_amount: int
    side: Side
    signature_type: int
    timestamp_ms: int
    metadata: bytes = ZERO_WORD
    builder: bytes = ZERO_WORD


class OrderFieldsV1(msgspec.Struct, frozen=True, gc=False):
    """The twelve signed fields of a V1 order: the venue refuses them since 2026-04-28."""

    salt: int
    maker: str
    signer: str
    token_id: int
    maker_amount: int
    taker_amount: int
    side: Side
    signature_type: int
    taker: str = ZERO_ADDRESS
    expiration: int = 0
    nonce: int = 0
    fee_rate_bps: int = 0


def salt_of(run_id: str, order: OrderId) -> int:
    """The salt of order number `order` of a run: 53 bits of a SHA-256, the same every time.

    Where a restarted program counts on in the same numbers, it must also keep the same `run_id`:
    the orders of before the restart would lose their ids otherwise.
    """
    digest = sha256(b"pm order salt\x00%d\x00%b" % (order, run_id.encode())).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - SALT_BITS)


def order_hash(order: OrderFields) -> bytes:
    """The EIP-712 struct hash of an order. SigningError names a field that cannot be packed."""
    side, signature_type = order.side, order.signature_type
    if side not in (BUY, SELL):
        raise SigningError("side: neither 0 (BUY) nor 1 (SELL)")
    if not EOA <= signature_type <= POLY_1271:
        raise SigningError("signatureType: not 0, 1, 2 or 3")
    if len(order.metadata) != 32 or len(order.builder) != 32:
        raise SigningError("metadata, builder: not 32 bytes")
    return keccak256(
        _ORDER_HASH,
        word(order.salt, "salt"),
        address_word(order.maker, "maker"),
        address_word(order.signer, "signer"),
        word(order.token_id, "tokenId"),
        word(order.maker_amount, "makerAmount"),
        word(order.taker_amount, "takerAmount"),
        _SMALL[side],
        _SMALL[signature_type],
        word(order.timestamp_ms, "timestamp"),
        order.metadata,
        order.builder,
    )


def order_hash_v1(order: OrderFieldsV1) -> bytes:
    """The EIP-712 struct hash of a V1 order."""
    if order.side not in (BUY, SELL) or not EOA <= order.signature_type <= POLY_GNOSIS_SAFE:
        raise SigningError("side, signatureType: not one of a V1 order")
    return keccak256(
        _ORDER_HASH_V1,
        word(order.salt, "salt"),
        address_word(order.maker, "maker"),
        address_word(order.signer, "signer"),
        address_word(order.taker, "taker"),
        word(order.token_id, "tokenId"),
        word(order.maker_amount, "makerAmount"),
        word(order.taker_amount, "takerAmount"),
        word(order.expiration, "expiration"),
        word(order.nonce, "nonce"),
        word(order.fee_rate_bps, "feeRateBps"),
        _SMALL[order.side],
        _SMALL[order.signature_type],
    )


def order_id(order: OrderFields, exchange: Exchange) -> bytes:
    """The venue's id of an order, 32 bytes: its digest under the exchange's domain."""
    return typed_digest(exchange.separator, order_hash(order))


def order_id_v1(order: OrderFieldsV1, exchange: Exchange) -> bytes:
    """The id of a V1 order, 32 bytes."""
    return typed_digest(exchange.separator, order_hash_v1(order))


def wallet_digest(contents: bytes, wallet: str, exchange: Exchange) -> bytes:
    """What the owner of a deposit wallet signs for an order whose struct hash is `contents`."""
    wrapped = keccak256(
        _WALLET_SIGN_HASH,
        contents,
        _WALLET_NAMES,
        word(exchange.chain_id, "chainId"),
        address_word(wallet, "wallet"),
        ZERO_WORD,
    )
    return typed_digest(exchange.separator, wrapped)


def wallet_signature(sig65: bytes, contents: bytes, exchange: Exchange) -> bytes:
    """The wire signature of a deposit wallet from the owner's 65 bytes: 317 bytes."""
    return b"".join((signature_65(sig65), exchange.separator, contents, _TYPE_TAIL))


def wallet_sig65(signature: bytes, contents: bytes, exchange: Exchange) -> bytes:
    """The owner's 65 bytes inside a wire signature. SigningError unless it wraps this order."""
    sig65 = signature[:65]
    if wallet_signature(sig65, contents, exchange) != signature:
        raise SigningError("signature: does not wrap this order under this exchange")
    return sig65


def signing_digest(order: OrderFields, exchange: Exchange) -> bytes:
    """What the key signs: the order's id, or for a deposit wallet the struct around the order."""
    if order.signature_type == POLY_1271:
        return wallet_digest(order_hash(order), order.maker, exchange)
    return order_id(order, exchange)
