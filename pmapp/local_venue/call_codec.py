"""Relayer requests read back: which calls a wallet wants made, and who signed for them.

The other half of `pmcore.wire.relayer`, whose request classes make the digest that the signature is
checked against. Source: venue reference, sections 9.1, 9.2 and 9.4.
"""

from typing import Final

import msgspec

from pmcore.units import Shares
from pmcore.wire.relayer import (
    Call,
    ProxyRequest,
    RelayRequest,
    SafeRequest,
    WalletRequest,
    selector,
)
from pmcore.wire.typed_data import SigningError, checked_address, checksum_address, hex_bytes

SPLIT: Final = "split"
MERGE: Final = "merge"
REDEEM: Final = "redeem"
APPROVE: Final = "approve"
APPROVE_ALL: Final = "approve_all"
_FUNCTIONS: Final = {
    selector("splitPosition(address,bytes32,bytes32,uint256[],uint256)"): (SPLIT, 2, 4),
    selector("mergePositions(address,bytes32,bytes32,uint256[],uint256)"): (MERGE, 2, 4),
    selector("redeemPositions(address,bytes32,bytes32,uint256[])"): (REDEEM, 2, -1),
    selector("split(bytes31,uint256)"): (SPLIT, 0, 1),
    selector("merge(bytes31,uint256)"): (MERGE, 0, 1),
    selector("redeem(bytes31,uint256,uint256)"): (REDEEM, 0, 2),
    selector("approve(address,uint256)"): (APPROVE, 0, 1),
    selector("setApprovalForAll(address,bool)"): (APPROVE_ALL, 0, 1),
}
"""Selector -> what it does, which word names the condition (or spender), which the amount."""
_MULTISEND: Final = selector("multiSend(bytes)")
_PROXY: Final = selector("proxy((uint8,address,uint256,bytes)[])")


class Order(msgspec.Struct, frozen=True):
    """One thing that a wallet wants done on chain."""

    what: str
    target: str
    subject: str
    """Condition id, 0x and 64 digits; or the spender's address, checksummed."""
    amount: Shares


class Submission(msgspec.Struct, frozen=True):
    """A relayer request: its digest is `request.digest()`, its signature 65 bytes, v 27 or 28."""

    kind: str
    owner: str
    wallet: str
    nonce: int
    request: RelayRequest
    signature: bytes


class _Params(msgspec.Struct):
    operation: str = "0"
    gasLimit: str = "0"  # noqa: N815 - the relayer's spelling
    relay: str = ""


class _Call(msgspec.Struct):
    target: str
    data: str
    value: str = "0"


class _WalletParams(msgspec.Struct, rename="camel"):
    deposit_wallet: str
    deadline: str
    calls: list[_Call]


class _Body(msgspec.Struct, rename="camel"):
    type: str
    to: str
    nonce: str
    signature: str
    from_: str = msgspec.field(name="from")
    proxy_wallet: str = ""
    data: str = "0x"
    signature_params: _Params = msgspec.field(default_factory=_Params)
    deposit_wallet_params: _WalletParams | None = None


_BODY: Final = msgspec.json.Decoder(_Body)


def submission(body: bytes, chain_id: int) -> Submission:
    """A body of `POST /submit`. Raises ValueError (SigningError) or msgspec's errors."""
    of = _BODY.decode(body)
    owner = checked_address(of.from_, "from")
    nonce = int(of.nonce)
    signature = hex_bytes(of.signature, 65, "signature")
    request: RelayRequest
    if of.type == "SAFE":
        wallet = checked_address(of.proxy_wallet, "proxyWallet")
        call = Call(checked_address(of.to, "to"), _raw(of.data))
        calls = _multi(call.data) if of.signature_params.operation == "1" else (call,)
        request = SafeRequest(owner, wallet, calls, nonce, chain_id)
        # The safe takes v of 31 or 32 for a personal signature.
        signature = signature[:64] + bytes((signature[64] - 4,))
    elif of.type == "PROXY":
        wallet = checked_address(of.proxy_wallet, "proxyWallet")
        limit = int(of.signature_params.gasLimit)
        relay = of.signature_params.relay
        calls = _proxied(_raw(of.data))
        request = ProxyRequest(owner, wallet, calls, nonce, relay, limit, chain_id)
    elif of.type == "WALLET" and of.deposit_wallet_params is not None:
        terms = of.deposit_wallet_params
        wallet = checked_address(terms.deposit_wallet, "depositWallet")
        calls = tuple(
            Call(checked_address(c.target, "target"), _raw(c.data), int(c.value))
            for c in terms.calls
        )
        request = WalletRequest(owner, wallet, calls, nonce, int(terms.deadline), chain_id)
    else:
        raise SigningError("type: not SAFE, PROXY or WALLET")
    return Submission(of.type, owner, wallet, nonce, request, signature)


def orders_of(submitted: Submission) -> list[Order]:
    """What the calls do. SigningError for one that this venue does not know."""
    found = []
    for call in submitted.request.calls:
        known = _FUNCTIONS.get(call.data[:4])
        if known is None:
            raise SigningError(f"call: unknown function 0x{call.data[:4].hex()}")
        what, subject_at, amount_at = known
        words = [call.data[at : at + 32] for at in range(4, len(call.data), 32)]
        if len(words) <= max(subject_at, amount_at):
            raise SigningError("call: too short")
        subject = words[subject_at]
        named = "0x" + subject.hex()
        if what in (APPROVE, APPROVE_ALL):
            named = checksum_address(subject[12:])
        amount = int.from_bytes(words[amount_at], "big") if amount_at >= 0 else 0
        found.append(Order(what, call.target, named, Shares(amount)))
    return found


def _raw(text: str) -> bytes:
    """Call data of any length."""
    return hex_bytes(text, max(0, len(text) // 2 - 1), "data")


def _multi(data: bytes) -> tuple[Call, ...]:
    """The calls of `multiSend`: operation, target, value, length and data, packed."""
    if data[:4] != _MULTISEND:
        raise SigningError("operation 1: not a multiSend")
    size = int.from_bytes(data[36:68], "big")
    packed = data[68 : 68 + size]
    calls: list[Call] = []
    at = 0
    while at < len(packed):
        length = int.from_bytes(packed[at + 53 : at + 85], "big")
        if length > len(packed):
            raise SigningError("multiSend: a call is longer than all of it")
        target = checksum_address(packed[at + 1 : at + 21])
        value = int.from_bytes(packed[at + 21 : at + 53], "big")
        calls.append(Call(target, packed[at + 85 : at + 85 + length], value))
        at += 85 + length
    return tuple(calls)


def _proxied(data: bytes) -> tuple[Call, ...]:
    """The calls of the proxy factory's `proxy`: an array of (type, target, value, data)."""
    if data[:4] != _PROXY:
        raise SigningError("data: not a call of proxy")

    def number(at: int) -> int:
        return int.from_bytes(data[at : at + 32], "big")

    first = 4 + 64
    count = number(4 + 32)
    if count > 64:
        raise SigningError("proxy: too many calls")
    calls = []
    for place in range(count):
        at = first + number(first + 32 * place)
        target = checksum_address(data[at + 44 : at + 64])
        begin = at + number(at + 96)
        if at > len(data) or begin > len(data):
            raise SigningError("proxy: an offset beyond the data")
        length = number(begin)
        calls.append(Call(target, data[begin + 32 : begin + 32 + length], number(at + 64)))
    return tuple(calls)
