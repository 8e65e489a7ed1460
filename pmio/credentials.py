"""The API key of this run: read from its secrets, or made with the wallet's key.

Standard flow of the venue's clients: create a key, and where there is one already derive it (nonce
0; reference, section 2.1).
"""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from pmcore.wire.errors import error_of
from pmio.pacing import AUTH
from pmio.rest import Rest
from pmio.secrets import Scrubber, Secret
from pmio.signer import ApiKey, Signer, sign_l1


class _KeyBody(msgspec.Struct):
    apiKey: str  # noqa: N815 -- the venue's spelling
    secret: str
    passphrase: str


_KEY: Final = msgspec.json.Decoder(_KeyBody)


class KeyRefused(Exception):  # noqa: N818 - it is an outcome
    """The venue gave no API key."""


class Credentials:
    """An API key with everything that goes out with it. Shows nothing but the key's id."""

    __slots__ = ("_passphrase", "_secret", "key", "key_id", "scrub")

    def __init__(
        self,
        address: str,
        key_id: str,
        secret: Secret,
        passphrase: Secret,
        scrub: Callable[[str], str] | None = None,
    ) -> None:
        self.key = ApiKey(address, key_id, secret, passphrase)
        self.key_id = key_id
        self.scrub = scrub or Scrubber((secret, passphrase))
        self._secret = secret
        self._passphrase = passphrase

    def revealed(self) -> dict[str, str]:
        """What the websockets want in their first message. Do not keep it."""
        return {
            "apiKey": self.key_id,
            "secret": self._secret.reveal(),
            "passphrase": self._passphrase.reveal(),
        }

    def __repr__(self) -> str:
        return f"Credentials({self.key_id})"


async def obtain(
    rest: Rest, clob: str, signer: Signer, chain_id: int, more: Iterable[Secret] = ()
) -> Credentials:
    """Create the key's API key, or derive the one it has. Raises Unreachable or KeyRefused.

    `more` are secrets that the new scrubber is to know too.
    """

    def sign(timestamp_s: int, method: str, path: str, body: bytes = b"") -> dict[str, str]:
        del method, path, body  # an L1 proof is of the key and the time alone
        return sign_l1(signer, chain_id, timestamp_s)

    told = ""
    for method, path in (("POST", "/auth/api-key"), ("GET", "/auth/derive-api-key")):
        reply = await rest.ask(AUTH, method, clob + path, sign=sign)
        if reply.status == 200:
            return _credentials(signer.address, reply.body, more)
        reply.check_health("API key")
        told = f"HTTP {reply.status} {error_of(reply.body).text}"
    raise KeyRefused(told)


def _credentials(address: str, body: bytes, more: Iterable[Secret]) -> Credentials:
    """The key of an answer. The body is a secret and in no error."""
    try:
        found = _KEY.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        found = None
    if found is None:
        raise KeyRefused("unreadable answer")
    secret = Secret("api secret", found.secret)
    passphrase = Secret("api passphrase", found.passphrase)
    scrub = Scrubber((secret, passphrase, *more))
    return Credentials(address, found.apiKey, secret, passphrase, scrub)
