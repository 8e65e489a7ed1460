"""Where a key's wallets are: addresses that follow from the key by CREATE2, before they exist.

`address = keccak(0xff ‖ factory ‖ salt ‖ keccak(init code))[12:]` (EIP-1014). Proxies and safes
have one init code for everybody and a salt of the owner. A deposit wallet carries its factory and
its owner as arguments behind the code of a minimal ERC-1967 proxy, so its init code differs by
owner. Sources: venue reference, sections 1.4 and 1.5; the proxy codes are those of Solady's
LibClone (MIT), checked against the venue's own addresses in the vectors.
"""

from typing import Final

from pmcore.wire.contracts import POLYGON, contracts_of
from pmcore.wire.order_typed_data import EOA, POLY_1271, POLY_GNOSIS_SAFE, POLY_PROXY
from pmcore.wire.typed_data import (
    SigningError,
    address_bytes,
    address_word,
    checked_address,
    checksum_address,
    keccak256,
)

SAFE_CODE_HASH: Final = bytes.fromhex(
    "2bce2127ff07fb632d16c8347c4ebf501f4841168bed00d9e6ef715ddb6fcecf"
)
PROXY_CODE_HASH: Final = bytes.fromhex(
    "d21df8dc65880a8606f09fe0ce3df9b8869287ab0b058be05aa9e8af6330a00b"
)

# Init code: PUSH2 runtime length, the copier, the target's address, the runtime, the arguments.
_COPIER: Final = bytes.fromhex("3d8160233d3973")
_DIRECT: Final = bytes.fromhex(
    "60095155f3363d3d373d3d363d7f"
    "360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"  # implementation slot
    "545af43d6000803e6038573d6000fd5b3d6000f3"
)
_BEACON: Final = bytes.fromhex(
    "60195155f3363d3d373d3d363d602036600436635c60da1b60e01b36527f"
    "a3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50"  # beacon slot
    "545afa5036515af43d6000803e604d573d6000fd5b3d6000f3"
)
_DIRECT_RUNTIME: Final = 0x3D
_BEACON_RUNTIME: Final = 0x52


def create2_address(factory: str, salt: bytes, code_hash: bytes) -> str:
    """The checksummed address of a CREATE2 deployment; `salt` and `code_hash` are 32 bytes."""
    return checksum_address(keccak256(b"\xff", address_bytes(factory), salt, code_hash)[12:])


def proxy_of(owner: str, chain_id: int = POLYGON) -> str:
    """The proxy wallet of a key (signature type 1). Its salt is the owner's 20 bytes, hashed."""
    factory = contracts_of(chain_id).address("proxy_factory")
    return create2_address(factory, keccak256(address_bytes(owner, "owner")), PROXY_CODE_HASH)


def safe_of(owner: str, chain_id: int = POLYGON) -> str:
    """The safe of a key (signature type 2). Its salt is the owner's 32-byte word, hashed."""
    factory = contracts_of(chain_id).address("safe_factory")
    return create2_address(factory, keccak256(address_word(owner, "owner")), SAFE_CODE_HASH)


def deposit_wallet_of(owner: str, chain_id: int = POLYGON) -> str:
    """The deposit wallet of a key (signature type 3) as it is made since 2026-06-29: by beacon."""
    return _wallet(owner, chain_id, "wallet_beacon", _BEACON_RUNTIME, _BEACON)


def first_deposit_wallet_of(owner: str, chain_id: int = POLYGON) -> str:
    """The deposit wallet of a key as it was made before 2026-06-29: with its own implementation."""
    return _wallet(owner, chain_id, "wallet_implementation", _DIRECT_RUNTIME, _DIRECT)


def _wallet(owner: str, chain_id: int, target: str, runtime: int, code: bytes) -> str:
    at = contracts_of(chain_id)
    factory = at.address("wallet_factory")
    arguments = address_word(factory) + address_word(owner, "owner")
    length = (runtime + len(arguments)).to_bytes(2, "big")
    init = (b"\x61", length, _COPIER, address_bytes(at.address(target)), code, arguments)
    return create2_address(factory, keccak256(arguments), keccak256(*init))


def funder_of(signature_type: int, owner: str, chain_id: int = POLYGON) -> str:
    """The address that holds the funds of a key for a signature type; for type 0 its own."""
    if signature_type == EOA:
        return checked_address(owner, "owner")
    if signature_type == POLY_PROXY:
        return proxy_of(owner, chain_id)
    if signature_type == POLY_GNOSIS_SAFE:
        return safe_of(owner, chain_id)
    if signature_type == POLY_1271:
        return deposit_wallet_of(owner, chain_id)
    raise SigningError("signatureType: not 0, 1, 2 or 3")
