"""Keccak, 32-byte words, addresses, and the two digests that Ethereum keys sign.

Everything that is signed here has a fixed layout, so there is no general typed-data encoder: a
module packs its words once, in the order of its type string, and hashes them. Sources: EIP-712
(typed data), EIP-191 (personal messages), EIP-55 (checksummed addresses).
"""

from typing import Final

from Crypto.Hash import keccak

ZERO_ADDRESS: Final = "0x" + "00" * 20
ZERO_WORD: Final = bytes(32)


class SigningError(ValueError):
    """Something cannot be signed or encoded; the message names the field and what is wrong."""


def keccak256(*parts: bytes) -> bytes:
    """Keccak-256 (the padding before SHA-3's) of the parts joined: 32 bytes."""
    return keccak.new(data=b"".join(parts), digest_bits=256).digest()


def word(value: int, what: str = "integer") -> bytes:
    """A uint256 as 32 big-endian bytes. SigningError if it does not fit."""
    try:
        return value.to_bytes(32, "big")
    except OverflowError:
        raise SigningError(f"{what}: not in 0..2**256-1") from None


def hex_bytes(text: str, length: int, what: str) -> bytes:
    """`0x` and `2 * length` hex digits as bytes. SigningError names `what`, never the text."""
    try:
        raw = bytes.fromhex(text[2:])
    except ValueError:
        raw = b""
    if len(raw) != length or len(text) != 2 * length + 2 or text[:2] != "0x":
        raise SigningError(f"{what}: not 0x and {2 * length} hex digits")
    return raw


def hex_text(raw: bytes) -> str:
    """Bytes as the venue writes them: `0x` and lower-case hex digits."""
    return "0x" + raw.hex()


def address_bytes(text: str, what: str = "address") -> bytes:
    """The 20 bytes of an address text, in any case; its checksum is not looked at."""
    return hex_bytes(text, 20, what)


def address_word(text: str, what: str = "address") -> bytes:
    """An address as typed data and call data hold it: left-padded to 32 bytes."""
    return bytes(12) + hex_bytes(text, 20, what)


def checksum_address(raw: bytes) -> str:
    """20 bytes as an EIP-55 address: a letter is a capital where the hash's digit is 8 or more."""
    digits = raw.hex()
    marks = keccak256(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if mark >= "8" else digit for digit, mark in zip(digits, marks, strict=False)
    )


def checked_address(text: str, what: str = "address") -> str:
    """An address with its EIP-55 checksum. SigningError if it has a checksum, and a wrong one.

    An address in one case only has none (EIP-55) and is taken as it is: a slip of one digit in a
    checksummed one is noticed before money is sent there.
    """
    proper = checksum_address(address_bytes(text, what))
    digits = text[2:]
    if text != proper and digits not in (digits.lower(), digits.upper()):
        raise SigningError(f"{what}: wrong checksum; a digit of the address is mistyped")
    return proper


def domain_separator(name: str, version: str, chain_id: int, contract: str = "") -> bytes:
    """The hash of an EIP-712 domain; without `contract` its type has no verifyingContract."""
    fields = "EIP712Domain(string name,string version,uint256 chainId"
    fields += ",address verifyingContract)" if contract else ")"
    return keccak256(
        keccak256(fields.encode()),
        keccak256(name.encode()),
        keccak256(version.encode()),
        word(chain_id, "chainId"),
        address_word(contract, "verifyingContract") if contract else b"",
    )


def typed_digest(separator: bytes, struct_hash: bytes) -> bytes:
    """The EIP-712 digest: `keccak(0x1901 ‖ domain separator ‖ struct hash)`."""
    return keccak256(b"\x19\x01", separator, struct_hash)


def personal_digest(digest: bytes) -> bytes:
    """What `personal_sign` of a 32-byte digest signs (EIP-191, version 0x45)."""
    return keccak256(b"\x19Ethereum Signed Message:\n32", digest)


def signature_65(raw: bytes) -> bytes:
    """A checked `r ‖ s ‖ v` signature with v of 27 or 28. SigningError otherwise."""
    if len(raw) != 65 or raw[64] not in (27, 28):
        raise SigningError("signature: not 65 bytes with v of 27 or 28")
    return raw
