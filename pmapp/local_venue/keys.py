"""API keys: made by an L1 proof, used by an L2 proof on every request.

Keys follow from the venue's seed, the address and the nonce, so a run can be repeated. Errors and
shapes: venue reference, sections 2.1 and 2.2. Timestamps are not held against the venue's clock,
which an accelerated venue's clients do not share (`docs/venue.md`).
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from pmapp.local_venue.http import Answer, Request, error
from pmapp.local_venue.user_channel import Credentials
from pmcore.wire.auth import hmac_key, l1_digest, l2_signature
from pmcore.wire.typed_data import SigningError, checksum_address, hex_bytes
from pmio.signer import recovered_address

BAD_L1: Final = error(401, "Invalid L1 Request headers")
BAD_L2: Final = error(401, "Unauthorized/Invalid api key")
NOT_CREATED: Final = error(400, "Could not create api key")
NOT_DERIVED: Final = error(400, "Could not derive api key!")


class Key(msgspec.Struct):
    """One API key and whose it is."""

    id: str
    secret: str
    passphrase: str
    address: str
    """The EOA that made it, checksummed."""
    nonce: int
    readonly: bool = False

    def shown(self) -> dict[str, str]:
        """As the venue answers."""
        return {"apiKey": self.id, "secret": self.secret, "passphrase": self.passphrase}


class Proven(msgspec.Struct, frozen=True):
    """An address that proved itself by an L1 signature."""

    address: str
    nonce: int


class KeyRing:
    """All keys of the venue."""

    __slots__ = ("_made", "by_id", "chain_id", "seed")

    def __init__(self, seed: int, chain_id: int) -> None:
        self.seed = seed
        self.chain_id = chain_id
        self.by_id: dict[str, Key] = {}
        self._made: dict[tuple[str, int], str] = {}

    def create(self, who: Proven, kind: str = "key") -> Key | None:
        """A new key; None if there is one for that nonce already."""
        if kind == "key" and (who.address, who.nonce) in self._made:
            return None
        seed = f"{kind}/{self.seed}/{who.address}/{who.nonce}/{len(self.by_id)}".encode()
        key = Key(
            str(UUID(bytes=sha256(b"id/" + seed).digest()[:16], version=4)),
            urlsafe_b64encode(sha256(b"secret/" + seed).digest()).decode(),
            sha256(b"passphrase/" + seed).hexdigest(),
            who.address,
            who.nonce,
            kind == "readonly",
        )
        self.by_id[key.id] = key
        if kind == "key":
            self._made[who.address, who.nonce] = key.id
        return key

    def derive(self, who: Proven) -> Key | None:
        """The key that was made with that nonce."""
        return self.by_id.get(self._made.get((who.address, who.nonce), ""))

    def delete(self, key: Key) -> None:
        """Forget a key; its nonce may be used again."""
        self.by_id.pop(key.id, None)
        self._made.pop((key.address, key.nonce), None)

    def of(self, address: str, *, readonly: bool = False) -> list[str]:
        """Ids of an address's keys, oldest first."""
        return [
            key.id
            for key in self.by_id.values()
            if key.address == address and key.readonly == readonly
        ]

    def proven_l1(self, request: Request) -> Proven | Answer:
        """Who signed the L1 headers, or the refusal."""
        stamp, nonce = request.header("poly_timestamp"), request.header("poly_nonce") or "0"
        try:
            if not (stamp.isdigit() and nonce.isdigit() and len(nonce) < 40):
                return BAD_L1
            raw = hex_bytes(request.header("poly_address"), 20, "address")
            address = checksum_address(raw)
            sig65 = hex_bytes(request.header("poly_signature"), 65, "signature")
            digest = l1_digest(self.chain_id, address, int(stamp), int(nonce))
            if recovered_address(digest, sig65) != address:
                return BAD_L1
        except SigningError:
            return BAD_L1
        return Proven(address, int(nonce))

    def proven_l2(self, request: Request, *, trade: bool = False) -> Key | Answer:
        """The key that signed a request, or the refusal. Every one of the five headers counts.

        To `trade` with a read-only key is refused as if it were none: an assumption.
        """
        key = self.by_id.get(request.header("poly_api_key"))
        stamp = request.header("poly_timestamp")
        if key is None or (trade and key.readonly):
            return BAD_L2
        if not (stamp.isdigit() and stamp.isascii() and len(stamp) < 12):
            return BAD_L2
        expected = l2_signature(
            hmac_key(key.secret), int(stamp), request.method, request.path, request.body
        )
        proofs = (
            (request.header("poly_signature"), expected),
            (request.header("poly_passphrase"), key.passphrase),
            (request.header("poly_address").lower(), key.address.lower()),
        )
        if all(hmac.compare_digest(given.encode(), want.encode()) for given, want in proofs):
            return key
        return BAD_L2

    def vouch(self, given: Credentials) -> bool:
        """Whether a socket's credentials are those of a key."""
        key = self.by_id.get(given.api_key)
        return key is not None and (key.secret, key.passphrase) == (given.secret, given.passphrase)
