"""Condition, collection and position ids: how a question becomes two token ids.

v1 markets hold conditional tokens (Gnosis CTF): a position id hashes the collateral with a point
of alt_bn128 that the condition and the index set select. Protocol V2 packs its ids instead (module,
hash, indices). Ids that are computed here prove that a listing's tokens belong to its condition.
Source: venue reference, sections 1.6 and 9.3.
"""

from typing import Final

import msgspec

from pmcore.ids import Outcome
from pmcore.wire.contracts import POLYGON, contracts_of, is_position_v2
from pmcore.wire.typed_data import (
    SigningError,
    address_bytes,
    hex_bytes,
    hex_text,
    keccak256,
    word,
)

FIELD: Final = 21888242871839275222246405745257275088696311157297823662689037894645226208583
"""The prime of alt_bn128; 3 modulo 4, so a square root is one power."""
MODULES: Final = {1: "Binary", 2: "NegRisk", 3: "Combinatorial"}

_ODD: Final = 1 << 254


class PositionV2(msgspec.Struct, frozen=True):
    """A Protocol V2 position id taken apart."""

    module: int
    condition_id: str
    """As the CLOB writes it: 31 bytes and a zero byte, 0x and 64 digits."""
    arity: int
    resolution_chain: int
    condition_index: int
    outcome: Outcome


def condition_id(oracle: str, question_id: str, outcomes: int = 2) -> str:
    """`keccak(oracle ‖ question id ‖ outcomes)`."""
    question = hex_bytes(question_id, 32, "question id")
    return hex_text(keccak256(address_bytes(oracle, "oracle"), question, word(outcomes)))


def collection_id(condition: str, index_set: int) -> bytes:
    """The collection of one index set (1 is the first outcome, 2 the second), with no parent.

    The hash's top bit chooses between the two points; x is counted up until x³ + 3 is a square.
    """
    seed = keccak256(hex_bytes(condition, 32, "condition id"), word(index_set, "index set"))
    number = int.from_bytes(seed, "big")
    x = number % FIELD
    while True:
        x = (x + 1) % FIELD
        square = (x * x * x + 3) % FIELD
        y = pow(square, (FIELD + 1) // 4, FIELD)
        if y * y % FIELD == square:
            break
    # The top bit of the seed wants an odd y, and the id's bit 254 says which y was taken.
    return word(x | _ODD if number >> 255 else x)


def position_id(collateral: str, collection: bytes) -> int:
    """`keccak(collateral ‖ collection id)` as an integer: the token id."""
    return int.from_bytes(keccak256(address_bytes(collateral, "collateral"), collection), "big")


def token_ids(condition: str, chain_id: int = POLYGON) -> tuple[int, int]:
    """Token ids of a v1 condition's first and second outcome. Their collateral is USDC.e."""
    collateral = contracts_of(chain_id).address("position_collateral")
    return (
        position_id(collateral, collection_id(condition, 1)),
        position_id(collateral, collection_id(condition, 2)),
    )


def position_v2(token_id: int) -> PositionV2:
    """A Protocol V2 position id taken apart. SigningError for any other token id.

    From the top: module 8 bits, hash 128, arity 16, reserved 64 (zero), resolution chain 16,
    condition index 16, outcome index 8.
    """
    if not 0 < token_id < 1 << 256 or not is_position_v2(token_id):
        raise SigningError("token id: not a Protocol V2 position")
    return PositionV2(
        token_id >> 248,
        hex_text(word(token_id >> 8 << 8)),
        token_id >> 104 & 0xFFFF,
        token_id >> 24 & 0xFFFF,
        token_id >> 8 & 0xFFFF,
        Outcome(token_id & 0xFF),
    )


def position_id_v2(condition: str, outcome: Outcome) -> int:
    """The Protocol V2 token id of a condition's outcome. SigningError unless the last byte is 0."""
    raw = hex_bytes(condition, 32, "condition id")
    if raw[31]:
        raise SigningError("condition id: not 31 bytes and a zero byte")
    return int.from_bytes(raw, "big") | outcome
