"""Wallets: which address trades for which key, its account at the exchange, its allowances.

The four signature types give a key four wallets, of which three follow from it by CREATE2. Another
address may trade too: it belongs to the first key that signs for it (there is no chain here that
could say who owns it). The faucet fills every wallet that is seen for the first time.
"""

from typing import Final

import msgspec

from pmcore.sim.exchange import Exchange
from pmcore.units import Cash, Ns
from pmcore.wire.contracts import Contracts, contracts_of
from pmcore.wire.wallets import first_deposit_wallet_of, funder_of

UNLIMITED: Final = (1 << 256) - 1


class Wallet(msgspec.Struct):
    """One address with funds."""

    address: str
    owner: str
    """The EOA whose keys may trade for it."""
    signature_type: int
    account: int
    """Its number at the exchange."""
    cash_allowances: dict[str, int]
    """Spender to micro-dollars, `UNLIMITED` for all."""
    share_approvals: dict[str, bool]
    """Operator to whether it may move shares."""


class Wallets:
    """All wallets of the venue."""

    __slots__ = ("by_account", "by_address", "chain_id", "exchange", "faucet")

    def __init__(self, exchange: Exchange, chain_id: int, faucet: Cash) -> None:
        self.exchange = exchange
        self.chain_id = chain_id
        self.faucet = faucet
        self.by_address: dict[str, Wallet] = {}
        self.by_account: dict[int, Wallet] = {}

    def of_key(self, owner: str, signature_type: int, now_ns: Ns) -> Wallet:
        """The wallet of a key for a signature type: the last that it used, or the derived one."""
        for wallet in reversed(self.by_address.values()):
            if wallet.owner == owner and wallet.signature_type == signature_type:
                return wallet
        address = funder_of(signature_type, owner)
        return self.by_address.get(address) or self._new(address, owner, signature_type, now_ns)

    def of_maker(self, address: str, owner: str, signature_type: int, now_ns: Ns) -> Wallet | None:
        """The wallet that an order names as its maker; None if it is somebody else's."""
        wallet = self.by_address.get(address)
        if wallet is None:
            return self._new(address, owner, signature_type, now_ns)
        return wallet if wallet.owner == owner else None

    def derived(self, address: str, owner: str, signature_type: int) -> bool:
        """Whether an address follows from the key by its signature type."""
        if address == funder_of(signature_type, owner):
            return True
        return signature_type == 3 and address == first_deposit_wallet_of(owner)

    def _new(self, address: str, owner: str, signature_type: int, now_ns: Ns) -> Wallet:
        number = len(self.by_address) + 1
        at = contracts_of(self.chain_id)
        wallet = Wallet(
            address,
            owner,
            signature_type,
            number,
            dict.fromkeys(cash_spenders(at), UNLIMITED),
            dict.fromkeys(share_operators(at), True),
        )
        self.by_address[address] = wallet
        self.by_account[number] = wallet
        self.exchange.account(number)
        if self.faucet:
            self.exchange.fund(number, self.faucet, now_ns)
        return wallet


def cash_spenders(at: Contracts) -> list[str]:
    """Who must be allowed to spend pUSD to trade, split and merge (section 1.5)."""
    names = (at.exchange_v2, at.neg_risk_exchange_v2, at.exchange_v3, at.adapter, at.router)
    return [name for name in dict.fromkeys(names) if name]


def share_operators(at: Contracts) -> list[str]:
    """Who must be allowed to move shares (section 1.5)."""
    names = (*cash_spenders(at), at.neg_risk_adapter, at.auto_redeemer)
    return [name for name in dict.fromkeys(names) if name]
