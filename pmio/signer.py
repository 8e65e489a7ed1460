"""Keys at work: a digest in, 65 bytes out; and the venue's proofs made with it.

`Signer` is all that the rest of the shell knows of a key, so another kind of key (a hardware token,
a remote signer) is another class with two members. `KeySigner` holds a secp256k1 key and signs with
libsecp256k1 (coincurve): deterministic nonces (RFC 6979), low s, about 20 µs a signature. Neither a
signer nor an API key shows, copies or pickles what it holds. `docs/signing.md` has the reasons.
"""

import re
from typing import Final, NoReturn, Protocol

import msgspec
from coincurve import PrivateKey, PublicKey

from pmcore.wire.auth import (
    builder_headers,
    hmac_key,
    l1_digest,
    l1_headers,
    l2_headers,
    l2_signature,
)
from pmcore.wire.contracts import Exchange
from pmcore.wire.order_body import OrderDraft, order_body
from pmcore.wire.order_typed_data import (
    POLY_1271,
    OrderFields,
    order_hash,
    wallet_digest,
    wallet_sig65,
    wallet_signature,
)
from pmcore.wire.relayer import RelayRequest
from pmcore.wire.typed_data import (
    SigningError,
    checksum_address,
    hex_text,
    keccak256,
    signature_65,
    typed_digest,
)
from pmio.secrets import Secret, SecretError

_KEY: Final = re.compile(r"(?:0x)?[0-9a-fA-F]{64}")
_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""The order of secp256k1's group: s must be at most half of it."""


class Signer(Protocol):
    """A key that signs 32-byte digests."""

    @property
    def address(self) -> str:
        """The key's own address, checksummed."""

    def sign_digest(self, digest: bytes) -> bytes:
        """`r ‖ s ‖ v`, 65 bytes with v of 27 or 28."""


class KeySigner:
    """A `Signer` with its key in this process's memory."""

    __slots__ = ("_address", "_key")

    def __init__(self, secret: Secret) -> None:
        key = _private_key(secret)
        if key is None:
            remedy = "give 64 hex digits, with or without 0x"
            raise SecretError(secret.name, "its source", "it is not a private key", remedy)
        self._key = key
        self._address = _address_of(key.public_key)

    @property
    def address(self) -> str:
        """The key's own address, checksummed."""
        return self._address

    def sign_digest(self, digest: bytes) -> bytes:
        """`r ‖ s ‖ v`, 65 bytes with v of 27 or 28. SigningError unless 32 bytes are given."""
        if len(digest) != 32:
            raise SigningError("digest: not 32 bytes")
        raw = self._key.sign_recoverable(digest, hasher=None)
        return raw[:64] + (b"\x1c" if raw[64] else b"\x1b")

    def __repr__(self) -> str:
        return f"KeySigner({getattr(self, '_address', '')})"  # a crash report may ask early

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a signer cannot be copied or pickled")


def _private_key(secret: Secret) -> PrivateKey | None:
    """The key of a secret, or None. Raises nothing, so no traceback holds the text."""
    text = secret.reveal()
    if not _KEY.fullmatch(text):
        return None
    try:
        return PrivateKey(bytes.fromhex(text[-64:]))
    except ValueError:
        return None


def _address_of(key: PublicKey) -> str:
    return checksum_address(keccak256(key.format(compressed=False)[1:])[12:])


def recovered_address(digest: bytes, sig65: bytes) -> str:
    """The address that signed a digest. SigningError for a signature that no key could make.

    High s is refused, as contracts do: every signature would have a twin otherwise.
    """
    raw = signature_65(sig65)
    if len(digest) != 32 or int.from_bytes(raw[32:64], "big") > _ORDER // 2:
        raise SigningError("signature: its s is in the upper half, or its digest not 32 bytes")
    try:
        key = PublicKey.from_signature_and_message(
            raw[:64] + bytes((raw[64] - 27,)), digest, hasher=None
        )
    except ValueError:
        raise SigningError("signature: no key makes it") from None
    return _address_of(key)


class SignedOrder(msgspec.Struct, frozen=True):
    """A submission, ready to be sent: its id at the venue, its wire signature, its JSON."""

    venue_id: str
    signature: bytes
    body: bytes


def sign_order(signer: Signer, draft: OrderDraft) -> SignedOrder:
    """Sign a draft for whichever wallet makes it. SigningError if it is not this signer's.

    The key of a deposit wallet cannot be told from the order: the venue checks that one.
    """
    order, exchange = draft.fields, draft.exchange
    contents = order_hash(order)
    order_id = typed_digest(exchange.separator, contents)
    if order.signature_type == POLY_1271:
        sig65 = signer.sign_digest(wallet_digest(contents, order.maker, exchange))
        signature = wallet_signature(sig65, contents, exchange)
    else:
        if order.signer != signer.address:
            raise SigningError(f"signer: the order names {order.signer}, not {signer.address}")
        signature = signer.sign_digest(order_id)
    return SignedOrder(hex_text(order_id), signature, order_body(draft, signature))


def order_signer(order: OrderFields, exchange: Exchange, signature: bytes) -> str:
    """The address whose key signed an order, from its wire signature. SigningError if none.

    For types 0 to 2 it must be the order's `signer`; for type 3 the owner of the deposit wallet.
    """
    contents = order_hash(order)
    if order.signature_type == POLY_1271:
        sig65 = wallet_sig65(signature, contents, exchange)
        return recovered_address(wallet_digest(contents, order.maker, exchange), sig65)
    return recovered_address(typed_digest(exchange.separator, contents), signature)


def sign_relay(signer: Signer, request: RelayRequest) -> bytes:
    """The signed JSON of a relayer request. SigningError if its owner is not the signer."""
    if request.owner != signer.address:
        raise SigningError(f"owner: the request names {request.owner}, not {signer.address}")
    return request.body(signer.sign_digest(request.digest()))


def sign_l1(signer: Signer, chain_id: int, timestamp_s: int, nonce: int = 0) -> dict[str, str]:
    """L1 headers: the proof that makes or derives an API key."""
    digest = l1_digest(chain_id, signer.address, timestamp_s, nonce)
    return l1_headers(signer.address, signer.sign_digest(digest), timestamp_s, nonce)


class ApiKey:
    """An API key: its id is public, its passphrase and HMAC key are not."""

    __slots__ = ("_hmac_key", "_passphrase", "address", "id")

    def __init__(self, address: str, key_id: str, secret: Secret, passphrase: Secret) -> None:
        key = _hmac_key(secret)
        if key is None:
            remedy = "copy it whole, with its trailing ="
            raise SecretError(secret.name, "its source", "it is not base64", remedy)
        self.address = address
        self.id = key_id
        self._hmac_key = key
        self._passphrase = passphrase

    def headers(
        self, timestamp_s: int, method: str, path: str, body: bytes = b""
    ) -> dict[str, str]:
        """L2 headers of one request. `body` is the very bytes that are sent."""
        signature = l2_signature(self._hmac_key, timestamp_s, method, path, body)
        passphrase = self._passphrase.reveal()
        return l2_headers(self.address, self.id, passphrase, timestamp_s, signature)

    def builder_headers(
        self, timestamp_s: int, method: str, path: str, body: bytes = b""
    ) -> dict[str, str]:
        """The relayer's headers, where this is a builder's key."""
        signature = l2_signature(self._hmac_key, timestamp_s, method, path, body)
        return builder_headers(self.id, self._passphrase.reveal(), timestamp_s, signature)

    def __repr__(self) -> str:
        return f"ApiKey({getattr(self, 'id', '')})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("an API key cannot be copied or pickled")


def _hmac_key(secret: Secret) -> bytes | None:
    """The bytes of an API secret, or None. Raises nothing, so no traceback holds the text."""
    try:
        return hmac_key(secret.reveal())
    except SigningError:
        return None
