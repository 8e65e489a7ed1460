"""The venue's golden vectors, read where the recordings are, and the key that they were made with.

The key is the first of the public test mnemonic that every development chain ships: it is no
secret, and nothing of value may ever be sent to it.
"""

import json
from typing import Any

import pytest

from pmio.secrets import Secret
from pmio.signer import KeySigner
from tests.recordings import ABSENT, shared_root

KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
UP_TOKEN = 25070934348813416902477876984955073880416401960631253331845590271167412497744
DOWN_TOKEN = 111614563957165270026378011809694313565736745512637881727398424401624030147043
V3_TOKEN = 663574927012476832975694178961957910328055987427402067619466963999000625152
CONDITION = "0xcd5f9f505e0c0182746aa65963f72f01e7463259e5ea9f56672c0fe3a37f348a"
CONDITION_V2 = "0x017791f201d5a788e0039e511fc1900e5f000000000000000000000000000000"
OWNER = "00000000-0000-0000-0000-000000000001"
WALLETS = {
    0: ADDRESS,
    1: "0x365f0CA36Ae1f641E02fE3B7743673da42A13A70",
    2: "0xd93B25cb943D14d0d34FBaF01Fc93a0f8b5F6E47",
    3: "0xBc0fF067b7740Eff76C1ca93c875Ba6B890d6B50",
}


def signer() -> KeySigner:
    """A signer with the public test key."""
    return KeySigner(Secret("test key", KEY))


def load(name: str) -> Any:
    """A vector file, or None where the recordings are absent."""
    path = shared_root() / "venue" / "vectors" / name
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def cases(name: str, key: str) -> list[Any]:
    """The named or listed vectors of a file as parameters; one loud skip where it is absent."""
    found = load(name)
    if found is None:
        reason = f"{ABSENT} {shared_root()}/venue/vectors/{name}"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason), id=name)]
    part = found[key]
    named = part.items() if isinstance(part, dict) else ((str(n), v) for n, v in enumerate(part))
    return [pytest.param(value, id=title) for title, value in named]
