"""The relayer: our signed wallet operations in, their way to the chain out.

Three kinds of wallet, one interface. Source: venue reference, section 9.4.
"""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from pmcore.units import SECOND, Ns
from pmcore.wire.errors import error_of
from pmcore.wire.frames import FAULTS, WireError, fault, ok_body
from pmcore.wire.order_body import WalletTerms
from pmcore.wire.order_typed_data import POLY_1271, POLY_GNOSIS_SAFE, POLY_PROXY
from pmcore.wire.relayer import (
    WALLET_LIFE_S,
    Call,
    ProxyRequest,
    RelayRequest,
    SafeRequest,
    WalletRequest,
)
from pmio.pacing import RELAY
from pmio.rest import Rest, Sign
from pmio.signer import Signer, sign_relay

KINDS: Final = {POLY_PROXY: "PROXY", POLY_GNOSIS_SAFE: "SAFE", POLY_1271: "WALLET"}
GAS_LIMIT: Final = 2_000_000
"""Of a proxy call; it is not charged."""
CONFIRMED: Final = "STATE_CONFIRMED"
FAILED: Final = ("STATE_FAILED", "STATE_INVALID")
SUBMIT_TIMEOUT_S: Final = 15.0


_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,100}")


class RelayRefused(Exception):  # noqa: N818 - it is an outcome
    """The relayer did not take the request: nothing will happen."""


class Ticket(msgspec.Struct, frozen=True):
    """What a request is signed with: the wallet's next nonce, and for proxies the relay."""

    nonce: int
    relay: str = ""


class _Nonce(msgspec.Struct):
    nonce: str | int
    address: str = ""


class _Submitted(msgspec.Struct):
    transactionID: str  # noqa: N815 -- the venue's spelling
    state: str = ""


class _Transaction(msgspec.Struct):
    state: str
    transaction_hash: str | None = None
    error_msg: str | None = None


_NONCE: Final = msgspec.json.Decoder(_Nonce)
_SUBMITTED: Final = msgspec.json.Decoder(_Submitted)
_TRANSACTION: Final = msgspec.json.Decoder(_Transaction)


class Relayer:
    """The relayer for one wallet. Every method raises Unreachable or WireError."""

    def __init__(
        self,
        rest: Rest,
        url: str,
        sign: Sign | None,
        signer: Signer,
        wallet: WalletTerms,
        now_ns: Callable[[], Ns],
    ) -> None:
        self._rest = rest
        self._url = url
        self._sign = sign
        self._signer = signer
        self._wallet = wallet
        self._now_ns = now_ns
        self._kind = KINDS.get(wallet.signature_type, "")

    @property
    def usable(self) -> bool:
        """Whether this wallet's operations go through the relayer: a bare key's do not."""
        return bool(self._kind and self._url)

    async def ticket(self) -> Ticket:
        """The wallet's next nonce."""
        owner = self._signer.address
        proxy = self._kind == "PROXY"
        path = "/relay-payload" if proxy else "/v1/account/transactions/params"
        query = {"address": owner, "type": self._kind}
        reply = await self._rest.read(RELAY, self._url + path, query=query, sign=self._sign)
        try:
            got = ok_body(reply.status, reply.body, _NONCE)
            return Ticket(int(got.nonce), got.address if proxy else "")
        except FAULTS as error:
            raise fault(error, reply.body) from None

    def request(self, calls: tuple[Call, ...], ticket: Ticket) -> RelayRequest:
        """The operation to be signed. Raises SigningError."""
        owner, wallet = self._signer.address, self._wallet.maker
        chain_id = self._wallet.chain_id
        if self._kind == "SAFE":
            return SafeRequest(owner, wallet, calls, ticket.nonce, chain_id)
        if self._kind == "PROXY":
            return ProxyRequest(
                owner, wallet, calls, ticket.nonce, ticket.relay, GAS_LIMIT, chain_id
            )
        deadline_s = self._now_ns() // SECOND + WALLET_LIFE_S
        return WalletRequest(owner, wallet, calls, ticket.nonce, deadline_s, chain_id)

    async def submit(self, request: RelayRequest) -> str:
        """Send an operation; the relayer's id of it. Raises RelayRefused too."""
        body = sign_relay(self._signer, request)
        reply = await self._rest.ask(
            RELAY,
            "POST",
            f"{self._url}/submit",
            body,
            sign=self._sign,
            timeout_s=SUBMIT_TIMEOUT_S,
        )
        if 400 <= reply.status < 500:
            raise RelayRefused(f"HTTP {reply.status} {error_of(reply.body).text}")
        try:
            transaction = ok_body(reply.status, reply.body, _SUBMITTED).transactionID
        except FAULTS as error:
            raise fault(error, reply.body) from None
        if not _ID.fullmatch(transaction):
            # It becomes a path: only what cannot lead elsewhere.
            raise WireError("a transactionID that is none", transaction[:80])
        return transaction

    async def state(self, transaction: str) -> tuple[str, str]:
        """The state of a transaction, and the relayer's word about a failure."""
        url = f"{self._url}/v1/account/transactions/{transaction}"
        reply = await self._rest.read(RELAY, url, sign=self._sign)
        try:
            got = ok_body(reply.status, reply.body, _TRANSACTION)
        except FAULTS as error:
            raise fault(error, reply.body) from None
        return got.state, (got.error_msg or "")[:160]
