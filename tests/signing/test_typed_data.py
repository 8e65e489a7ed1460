"""Words, addresses and domains; Keccak itself against known answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.wire.contracts import (
    AMOY,
    CHAINS,
    EXCHANGES,
    POLYGON,
    contracts_of,
    exchange_of,
    is_position_v2,
    order_version_of,
)
from pmcore.wire.typed_data import (
    SigningError,
    address_word,
    checked_address,
    checksum_address,
    hex_bytes,
    keccak256,
    personal_digest,
    signature_65,
    word,
)
from tests.signing.vectors import DOWN_TOKEN, UP_TOKEN, V3_TOKEN

# EIP-55's own examples.
EXAMPLES = (
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
    ],
)
def test_keccak(given, wanted):
    assert keccak256(given).hex() == wanted
    assert keccak256(given[:1], given[1:]).hex() == wanted


def test_personal_digest():
    wanted = keccak256(b"\x19Ethereum Signed Message:\n32" + bytes(32))
    assert personal_digest(bytes(32)) == wanted


@pytest.mark.parametrize("address", EXAMPLES)
def test_checksums(address):
    assert checksum_address(bytes.fromhex(address[2:])) == address
    for text in (address, address.lower(), "0x" + address[2:].upper()):
        assert checked_address(text) == address
        assert address_word(text) == bytes(12) + bytes.fromhex(address[2:])


@given(raw=st.binary(min_size=20, max_size=20), at=st.integers(2, 41))
def test_one_letter_in_the_wrong_case_is_noticed(raw, at):
    address = checksum_address(raw)
    slipped = address[:at] + address[at].swapcase() + address[at + 1 :]
    digits = slipped[2:]
    if slipped == address or digits in (digits.lower(), digits.upper()):
        assert checked_address(slipped) == address
    else:
        with pytest.raises(SigningError, match="funder: wrong checksum"):
            checked_address(slipped, "funder")


@pytest.mark.parametrize(
    "text", ["", "0x", "0x12", "1234", "0x" + "0" * 39, "0x" + "0" * 41, "0X" + "0" * 40]
)
def test_address_of_another_shape_is_refused_by_name(text):
    with pytest.raises(SigningError, match="maker: not 0x and 40 hex digits"):
        checked_address(text, "maker")


@pytest.mark.parametrize("text", ["0x" + " " * 64, "0x" + "ab " * 21 + "a", "0x" + "é" * 64])
def test_hex_with_blanks_is_refused(text):
    with pytest.raises(SigningError, match="x: not 0x and 64 hex digits"):
        hex_bytes(text, 32, "x")


@given(value=st.integers(0, 2**256 - 1))
def test_word_round_trip(value):
    assert len(word(value)) == 32
    assert int.from_bytes(word(value), "big") == value


@pytest.mark.parametrize("raw", [b"", bytes(65), bytes(64) + b"\x1d", bytes(65) + b"\x1b"])
def test_signature_of_another_shape_is_refused(raw):
    with pytest.raises(SigningError, match="not 65 bytes with v of 27 or 28"):
        signature_65(raw)


def test_addresses_of_the_table_are_addresses():
    for at in CHAINS.values():
        for name in at.__struct_fields__:
            if name != "chain_id" and getattr(at, name):
                assert len(checked_address(at.address(name))) == 42


def test_exchanges():
    assert len(EXCHANGES) == 12
    assert exchange_of(POLYGON, 3, True) == exchange_of(POLYGON, 3, False)
    assert exchange_of(POLYGON, 2, True) != exchange_of(POLYGON, 2, False)
    assert exchange_of(AMOY, 2, False).address == exchange_of(POLYGON, 2, False).address
    assert exchange_of(AMOY, 2, False).separator != exchange_of(POLYGON, 2, False).separator


def test_unknown_chain_version_or_contract_is_refused():
    with pytest.raises(SigningError, match="chain: 1 is none of"):
        contracts_of(1)
    with pytest.raises(SigningError, match="order version 4 on chain 137"):
        exchange_of(POLYGON, 4, False)
    with pytest.raises(SigningError, match="router: no address known on chain 80002"):
        contracts_of(AMOY).address("router")


@given(bit=st.integers(0, 255))
def test_version_follows_from_bits_40_to_103(bit):
    reserved = 40 <= bit <= 103
    assert is_position_v2(V3_TOKEN | 1 << bit) == (not reserved)
    assert order_version_of(1 << bit) == (2 if reserved else 3)


def test_version_of_real_tokens():
    assert [order_version_of(t) for t in (UP_TOKEN, DOWN_TOKEN, V3_TOKEN)] == [2, 2, 3]
