"""Chain operations: call data of split, merge and redeem, and the relayer's three kinds of request.

v1 markets go through a collateral adapter, which has the interface of Gnosis CTF; Protocol V2
markets through the router. A key alone sends its own transactions; a wallet's are signed here and
sent by the relayer, and each kind of wallet has its own digest:

    SAFE    personal_sign of the SafeTx typed data, v + 4; several calls become one multiSend
    PROXY   personal_sign of keccak("rlx:" ‖ packed fields)
    WALLET  a Batch of calls as typed data of the deposit wallet, valid until a deadline

Source: venue reference, sections 9.1, 9.2 and 9.4.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from pmcore.ids import DOWN, UP
from pmcore.market import Market
from pmcore.units import Shares
from pmcore.wire.contracts import POLYGON, V3, contracts_of
from pmcore.wire.order_typed_data import WALLET_NAME, WALLET_VERSION
from pmcore.wire.typed_data import (
    ZERO_ADDRESS,
    ZERO_WORD,
    SigningError,
    address_bytes,
    address_word,
    domain_separator,
    hex_bytes,
    hex_text,
    keccak256,
    personal_digest,
    signature_65,
    typed_digest,
    word,
)

SAFE_TYPE: Final = (
    "SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,"
    "uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce)"
)
CALL_TYPE: Final = "Call(address target,uint256 value,bytes data)"
BATCH_TYPE: Final = "Batch(address wallet,uint256 nonce,uint256 deadline,Call[] calls)" + CALL_TYPE
WALLET_LIFE_S: Final = 600
"""What the venue's client adds to now for a deposit wallet's deadline."""

_SAFE_HASH: Final = keccak256(SAFE_TYPE.encode())
_SAFE_DOMAIN: Final = keccak256(b"EIP712Domain(uint256 chainId,address verifyingContract)")
_CALL_HASH: Final = keccak256(CALL_TYPE.encode())
_BATCH_HASH: Final = keccak256(BATCH_TYPE.encode())
_PARTITION: Final = word(2) + word(1) + word(2)
"""`uint256[]` of both index sets: length 2, then 1 and 2."""
_ENCODER: Final = msgspec.json.Encoder()


def selector(signature: str) -> bytes:
    """The four bytes that begin the call data of a function such as `merge(bytes31,uint256)`."""
    return keccak256(signature.encode())[:4]


_SPLIT: Final = selector("splitPosition(address,bytes32,bytes32,uint256[],uint256)")
_MERGE: Final = selector("mergePositions(address,bytes32,bytes32,uint256[],uint256)")
_REDEEM: Final = selector("redeemPositions(address,bytes32,bytes32,uint256[])")
_SPLIT_V2: Final = selector("split(bytes31,uint256)")
_MERGE_V2: Final = selector("merge(bytes31,uint256)")
_REDEEM_V2: Final = selector("redeem(bytes31,uint256,uint256)")
_MULTISEND: Final = selector("multiSend(bytes)")
_PROXY: Final = selector("proxy((uint8,address,uint256,bytes)[])")


class Call(msgspec.Struct, frozen=True):
    """One call: the contract, its call data, and native coin (always 0 here)."""

    target: str
    data: bytes
    value: int = 0


def split_call(market: Market, size: Shares, chain_id: int = POLYGON) -> Call:
    """Collateral into `size` micro-shares of both outcomes."""
    return _pair_call(market, size, chain_id, _SPLIT, _SPLIT_V2)


def merge_call(market: Market, size: Shares, chain_id: int = POLYGON) -> Call:
    """`size` micro-shares of both outcomes back into collateral."""
    return _pair_call(market, size, chain_id, _MERGE, _MERGE_V2)


def redeem_calls(
    market: Market, held: tuple[Shares, Shares], chain_id: int = POLYGON
) -> tuple[Call, ...]:
    """Redemption of a resolved market. The adapter takes whole balances; the router wants amounts.

    `held` is (Up, Down) in micro-shares; the router is called once for each outcome that is held.
    """
    target, condition = _target(market, chain_id)
    if market.order_version != V3:
        return (Call(target, _adapter_head(_REDEEM, condition, 4, chain_id) + _PARTITION),)
    return tuple(
        Call(target, b"".join((_REDEEM_V2, condition, word(outcome), word(held[outcome], "held"))))
        for outcome in (UP, DOWN)
        if held[outcome]
    )


def _pair_call(market: Market, size: Shares, chain_id: int, v1: bytes, v2: bytes) -> Call:
    target, condition = _target(market, chain_id)
    if size <= 0:
        raise SigningError("size: not above 0")
    if market.order_version == V3:
        return Call(target, v2 + condition + word(size, "size"))
    head = _adapter_head(v1, condition, 5, chain_id)
    return Call(target, head + word(size, "size") + _PARTITION)


def _target(market: Market, chain_id: int) -> tuple[str, bytes]:
    """The contract that splits, merges and redeems a market, and its condition's 32 bytes."""
    condition = hex_bytes(market.condition_id, 32, "condition id")
    at = contracts_of(chain_id)
    if market.order_version == V3:
        if condition[31]:
            raise SigningError("condition id: not 31 bytes and a zero byte")
        return at.address("router"), condition
    return at.address("neg_risk_adapter" if market.neg_risk else "adapter"), condition


def _adapter_head(function: bytes, condition: bytes, words: int, chain_id: int) -> bytes:
    """Collateral, parent 0, condition, and where the partition begins: after `words` words."""
    collateral = address_word(contracts_of(chain_id).address("collateral"))
    return b"".join((function, collateral, ZERO_WORD, condition, word(32 * words)))


def _padded(data: bytes) -> bytes:
    """ABI `bytes`: length, then the bytes padded with zeros to whole words."""
    return word(len(data)) + data + bytes(-len(data) % 32)


class SafeRequest(msgspec.Struct, frozen=True):
    """Calls from a safe. `nonce` is the relayer's, for type SAFE."""

    owner: str
    safe: str
    calls: tuple[Call, ...]
    nonce: int
    chain_id: int = POLYGON
    note: str = ""
    """The relayer's `metadata`: shown in its lists, not signed."""

    def bundle(self) -> tuple[Call, int]:
        """The one call that the safe makes, and its operation: 0 call, 1 delegate call."""
        calls = _some(self.calls)
        if len(calls) == 1:
            return calls[0], 0
        packed = b"".join(
            b"\x00" + address_bytes(c.target) + word(c.value) + word(len(c.data)) + c.data
            for c in calls
        )
        multisend = contracts_of(self.chain_id).address("safe_multisend")
        return Call(multisend, _MULTISEND + word(32) + _padded(packed)), 1

    def digest(self) -> bytes:
        """What the owner's key signs."""
        call, operation = self.bundle()
        domain = keccak256(_SAFE_DOMAIN, word(self.chain_id), address_word(self.safe, "safe"))
        head = (_SAFE_HASH, address_word(call.target), word(call.value), keccak256(call.data))
        no_gas_terms = ZERO_WORD * 5
        nonce = word(self.nonce, "nonce")
        transaction = keccak256(*head, word(operation), no_gas_terms, nonce)
        return personal_digest(typed_digest(domain, transaction))

    def body(self, sig65: bytes) -> bytes:
        """The JSON of `POST /submit`. The safe takes v of 31 or 32 for a personal signature."""
        call, operation = self.bundle()
        raw = signature_65(sig65)
        terms = {"gasPrice": "0", "operation": str(operation), "safeTxnGas": "0", "baseGas": "0"}
        terms |= {"gasToken": ZERO_ADDRESS, "refundReceiver": ZERO_ADDRESS}
        more = {"proxyWallet": self.safe, "data": hex_text(call.data), "signatureParams": terms}
        return _body("SAFE", self, call.target, raw[:64] + bytes((raw[64] + 4,)), more)


class ProxyRequest(msgspec.Struct, frozen=True):
    """Calls from a proxy wallet. `relay` and `nonce` are the answer of `GET /relay-payload`."""

    owner: str
    proxy: str
    calls: tuple[Call, ...]
    nonce: int
    relay: str
    gas_limit: int
    chain_id: int = POLYGON
    note: str = ""

    def data(self) -> bytes:
        """Call data of the factory's `proxy`: an array of (type 1 = call, target, value, data)."""
        tuples = [
            b"".join((word(1), address_word(c.target), word(c.value), word(128), _padded(c.data)))
            for c in _some(self.calls)
        ]
        offsets, at = [], 32 * len(tuples)
        for one in tuples:
            offsets.append(word(at))
            at += len(one)
        return b"".join((_PROXY, word(32), word(len(tuples)), *offsets, *tuples))

    def relay_hash(self) -> bytes:
        """The hash that the relay hub checks, before it becomes a personal message."""
        at = contracts_of(self.chain_id)
        return keccak256(
            b"rlx:",
            address_bytes(self.owner, "owner"),
            address_bytes(at.address("proxy_factory")),
            self.data(),
            ZERO_WORD,  # relayer fee
            ZERO_WORD,  # gas price
            word(self.gas_limit, "gas limit"),
            word(self.nonce, "nonce"),
            address_bytes(at.address("relay_hub")),
            address_bytes(self.relay, "relay"),
        )

    def digest(self) -> bytes:
        """What the owner's key signs."""
        return personal_digest(self.relay_hash())

    def body(self, sig65: bytes) -> bytes:
        """The JSON of `POST /submit`."""
        at = contracts_of(self.chain_id)
        terms = {"gasPrice": "0", "gasLimit": str(self.gas_limit), "relayerFee": "0"}
        terms |= {"relayHub": at.address("relay_hub"), "relay": self.relay}
        data = hex_text(self.data())
        more = {"proxyWallet": self.proxy, "data": data, "signatureParams": terms}
        return _body("PROXY", self, at.address("proxy_factory"), signature_65(sig65), more)


class WalletRequest(msgspec.Struct, frozen=True):
    """Calls from a deposit wallet, void after `deadline_s` (unix seconds)."""

    owner: str
    wallet: str
    calls: tuple[Call, ...]
    nonce: int
    deadline_s: int
    chain_id: int = POLYGON
    note: str = ""

    def digest(self) -> bytes:
        """What the owner's key signs: the batch as typed data, no personal message."""
        calls = [
            keccak256(_CALL_HASH, address_word(c.target), word(c.value), keccak256(c.data))
            for c in _some(self.calls)
        ]
        wallet = address_word(self.wallet, "wallet")
        terms = (word(self.nonce, "nonce"), word(self.deadline_s, "deadline"))
        batch = keccak256(_BATCH_HASH, wallet, *terms, keccak256(*calls))
        domain = domain_separator(WALLET_NAME, WALLET_VERSION, self.chain_id, self.wallet)
        return typed_digest(domain, batch)

    def body(self, sig65: bytes) -> bytes:
        """The JSON of `POST /submit`."""
        calls = [
            {"target": c.target, "value": str(c.value), "data": hex_text(c.data)}
            for c in self.calls
        ]
        terms = {"depositWallet": self.wallet, "deadline": str(self.deadline_s), "calls": calls}
        factory = contracts_of(self.chain_id).address("wallet_factory")
        more = {"depositWalletParams": terms}
        return _body("WALLET", self, factory, signature_65(sig65), more)


RelayRequest = SafeRequest | ProxyRequest | WalletRequest


def _body(
    kind: str, request: RelayRequest, to: str, signature: bytes, more: Mapping[str, object]
) -> bytes:
    head = {"type": kind, "from": request.owner, "to": to, "nonce": str(request.nonce)}
    tail = {"signature": hex_text(signature), "metadata": request.note}
    return _ENCODER.encode({**head, **more, **tail})


def _some(calls: Sequence[Call]) -> Sequence[Call]:
    if not calls:
        raise SigningError("calls: none")
    return calls
