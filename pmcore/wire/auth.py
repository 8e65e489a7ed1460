"""The two proofs of identity: a signed statement for keys (L1), an HMAC for every request (L2).

Both are functions of a timestamp that is passed in, in whole seconds. L2 signs the method, the
path without its query, and the body byte for byte: what is signed must be what is sent, so callers
encode a body once. Source: venue reference, sections 2.1 and 2.2; builders' headers, section 9.4.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from pmcore.wire.typed_data import (
    SigningError,
    address_word,
    domain_separator,
    hex_text,
    keccak256,
    signature_65,
    typed_digest,
    word,
)

STATEMENT: Final = "This message attests that I control the given wallet"
L1_TYPE: Final = "ClobAuth(address address,string timestamp,uint256 nonce,string message)"

_L1_HASH: Final = keccak256(L1_TYPE.encode())
_STATEMENT_HASH: Final = keccak256(STATEMENT.encode())


def l1_digest(chain_id: int, address: str, timestamp_s: int, nonce: int = 0) -> bytes:
    """What a key signs to create or derive API keys: the EIP-712 digest of `ClobAuth`."""
    struct_hash = keccak256(
        _L1_HASH,
        address_word(address),
        keccak256(str(timestamp_s).encode()),
        word(nonce, "nonce"),
        _STATEMENT_HASH,
    )
    return typed_digest(domain_separator("ClobAuthDomain", "1", chain_id), struct_hash)


def l1_headers(address: str, sig65: bytes, timestamp_s: int, nonce: int = 0) -> dict[str, str]:
    """Headers of `POST /auth/api-key` and `GET /auth/derive-api-key`."""
    return {
        "POLY_ADDRESS": address,
        "POLY_SIGNATURE": hex_text(signature_65(sig65)),
        "POLY_TIMESTAMP": str(timestamp_s),
        "POLY_NONCE": str(nonce),
    }


def hmac_key(secret: str) -> bytes:
    """The bytes of an API secret (base64, URL-safe or plain). SigningError never shows it."""
    key = b""
    if secret.isascii():
        try:
            key = urlsafe_b64decode(secret.replace("+", "-").replace("/", "_"))
        except ValueError:
            key = b""
    if not key:
        raise SigningError("API secret: not base64; copy it whole, with its trailing =")
    return key


def l2_message(timestamp_s: int, method: str, path: str, body: bytes = b"") -> bytes:
    """What an L2 signature covers: `timestamp METHOD path body`, nothing between them.

    A query (`?...`) is not part of it; an empty body is no body.
    """
    if not path.startswith("/"):
        raise SigningError("path: does not begin with /; the host is not signed")
    head = f"{timestamp_s}{method.upper()}{path.partition('?')[0]}"
    return head.encode() + body


def l2_signature(key: bytes, timestamp_s: int, method: str, path: str, body: bytes = b"") -> str:
    """HMAC-SHA256 of the message under `hmac_key(secret)`: base64, URL-safe, padded."""
    digest = hmac.digest(key, l2_message(timestamp_s, method, path, body), "sha256")
    return urlsafe_b64encode(digest).decode()


def l2_headers(
    address: str, api_key: str, passphrase: str, timestamp_s: int, signature: str
) -> dict[str, str]:
    """Headers of a trading request. `address` is the key's own, whatever wallet holds the funds."""
    return {
        "POLY_ADDRESS": address,
        "POLY_SIGNATURE": signature,
        "POLY_TIMESTAMP": str(timestamp_s),
        "POLY_API_KEY": api_key,
        "POLY_PASSPHRASE": passphrase,
    }


def builder_headers(
    api_key: str, passphrase: str, timestamp_s: int, signature: str
) -> dict[str, str]:
    """Headers of a relayer request by a builder's key; signed as `l2_signature`."""
    return {
        "POLY_BUILDER_API_KEY": api_key,
        "POLY_BUILDER_PASSPHRASE": passphrase,
        "POLY_BUILDER_SIGNATURE": signature,
        "POLY_BUILDER_TIMESTAMP": str(timestamp_s),
    }


def same_signature(given: str, expected: str) -> bool:
    """Whether two L2 signatures are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(), expected.encode())
