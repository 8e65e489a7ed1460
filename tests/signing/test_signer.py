"""The key signs, recovers and keeps quiet."""

import copy
import pickle
import pprint
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.wire.typed_data import SigningError
from pmio.secrets import Secret, SecretError
from pmio.signer import ApiKey, KeySigner, Signer, recovered_address
from tests.signing.vectors import ADDRESS, KEY, OWNER, signer

DIGESTS = st.binary(min_size=32, max_size=32)
HALF = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141 // 2


def protocol_of(one: Signer) -> str:
    """Holds for mypy's sake that `KeySigner` is a `Signer`."""
    return one.address


@pytest.mark.parametrize("text", [KEY, KEY[2:], KEY.upper().replace("0X", "0x"), KEY[2:].upper()])
def test_address_of_a_key(text):
    assert protocol_of(KeySigner(Secret("key", text))) == ADDRESS


@given(digest=DIGESTS)
def test_signature_recovers_and_is_low(digest):
    sig65 = signer().sign_digest(digest)
    assert len(sig65) == 65
    assert sig65[64] in (27, 28)
    assert int.from_bytes(sig65[32:64], "big") <= HALF
    assert sig65 == signer().sign_digest(digest)
    assert recovered_address(digest, sig65) == ADDRESS


@given(digest=DIGESTS, at=st.integers(0, 63), bit=st.integers(0, 7))
def test_forged_signature_is_not_ours(digest, at, bit):
    forged = bytearray(signer().sign_digest(digest))
    forged[at] ^= 1 << bit
    try:
        found = recovered_address(digest, bytes(forged))
    except SigningError:
        found = ""
    assert found != ADDRESS


@given(digest=DIGESTS)
def test_twin_of_a_signature_is_refused(digest):
    sig65 = signer().sign_digest(digest)
    high = 2 * HALF + 1 - int.from_bytes(sig65[32:64], "big")
    twin = sig65[:32] + high.to_bytes(32, "big") + bytes((55 - sig65[64],))
    with pytest.raises(SigningError, match="upper half"):
        recovered_address(digest, twin)


@pytest.mark.parametrize(
    ("digest", "sig65", "said"),
    [
        (bytes(32), bytes(64) + b"\x1b", "no key makes it"),
        (bytes(32), b"\xff" * 32 + bytes(31) + b"\x01\x1b", "no key makes it"),
        (bytes(32), bytes(65), "v of 27 or 28"),
        (bytes(31), bytes(64) + b"\x1b", "not 32 bytes"),
    ],
)
def test_impossible_signature_is_refused(digest, sig65, said):
    with pytest.raises(SigningError, match=said):
        recovered_address(digest, sig65)


@pytest.mark.parametrize("digest", [b"", bytes(31), bytes(33)])
def test_only_digests_are_signed(digest):
    with pytest.raises(SigningError, match="digest: not 32 bytes"):
        signer().sign_digest(digest)


BAD_KEYS = {
    "short": KEY[:-1],
    "long": KEY + "0",
    "no hex": "0x" + "g" * 64,
    "zero": "0x" + "0" * 64,
    "beyond the group": "0x" + "f" * 64,
    "words": "test test test test test test test test test test test junk",
}


@pytest.mark.parametrize("text", BAD_KEYS.values(), ids=BAD_KEYS.keys())
def test_bad_key_is_refused_without_showing_it(text):
    with pytest.raises(SecretError, match=r"'wallet key' .*it is not a private key") as caught:
        KeySigner(Secret("wallet key", text))
    assert text not in told(caught.value)


@pytest.mark.parametrize("text", ["AAE", "é", "%%%%"])
def test_bad_api_secret_is_refused_without_showing_it(text):
    with pytest.raises(SecretError, match=r"'API secret' .*it is not base64") as caught:
        ApiKey(ADDRESS, OWNER, Secret("API secret", text), Secret("passphrase", "p" * 64))
    assert text not in told(caught.value)


def told(error: BaseException) -> str:
    """All that a crash report could show of an error: the traceback with every local."""
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    ours = [frame for frame in report.stack if "/tests/" not in frame.filename]
    shown = [repr(frame.locals) for frame in ours]
    return "\n".join([str(error), repr(error), repr(error.args), *shown])


HOLDERS = {
    "secret": lambda: Secret("key", KEY),
    "signer": signer,
    "API key": lambda: ApiKey(
        ADDRESS, OWNER, Secret("API secret", "c2VjcmV0c2VjcmV0"), Secret("passphrase", KEY)
    ),
}


@pytest.mark.parametrize("make", HOLDERS.values(), ids=HOLDERS.keys())
def test_nothing_that_is_shown_holds_the_key(make):
    holder = make()
    shown = [repr(holder), str(holder), f"{holder}", f"{holder!r}", pprint.pformat([holder])]
    shown += ["%s %r" % (holder, holder), f"{holder:>90}" if isinstance(holder, Secret) else ""]  # noqa: UP031
    for text in shown:
        assert KEY[2:] not in text
        assert "c2VjcmV0c2VjcmV0" not in text
        assert "secretsecret" not in text
    assert not hasattr(holder, "__dict__")


@pytest.mark.parametrize("make", HOLDERS.values(), ids=HOLDERS.keys())
@pytest.mark.parametrize(
    "how",
    [
        *(lambda x, p=p: pickle.dumps(x, p) for p in range(pickle.HIGHEST_PROTOCOL + 1)),
        copy.copy,
        copy.deepcopy,
        lambda x: copy.deepcopy({"a": [x]}),
    ],
)
def test_nothing_is_copied_or_pickled(make, how):
    with pytest.raises(TypeError, match="cannot be copied or pickled") as caught:
        how(make())
    assert KEY[2:] not in str(caught.value)


def test_failure_in_use_does_not_show_the_key():
    with pytest.raises(SigningError) as caught:
        signer().sign_digest(b"x")
    assert KEY[2:] not in told(caught.value)
    assert str(int(KEY, 16)) not in told(caught.value)
