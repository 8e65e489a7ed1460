"""Chains, contracts and exchange domains as data, and the rule that picks an order's exchange.

Addresses: venue reference, sections 1.3 and 1.5 (2026-11-20). An address that the reference does
not give for a chain is "", and asking for it is an error. Nothing here is per market: a market's
version follows from its token ids, its neg-risk flag from its listing.
"""

from typing import Final

import msgspec

from pmcore.wire.typed_data import SigningError, domain_separator

POLYGON: Final = 137
AMOY: Final = 80002

EXCHANGE_NAME: Final = "Polymarket CTF Exchange"
V1: Final = 1
"""CLOB V1, dead since 2026-04-28: kept for the golden vectors alone."""
V2: Final = 2
V3: Final = 3
"""Protocol V2's exchange: the V2 order under domain version "3"."""

_RESERVED: Final = ((1 << 64) - 1) << 40
"""Bits 40..103 of an asset id: always zero in a Protocol V2 position id (section 1.6)."""


class Contracts(msgspec.Struct, frozen=True, kw_only=True):
    """The addresses of one chain, checksummed; "" where the reference names none."""

    chain_id: int
    exchange_v1: str
    neg_risk_exchange_v1: str
    exchange_v2: str
    neg_risk_exchange_v2: str
    exchange_v3: str
    collateral: str
    """pUSD, 6 decimals."""
    conditional_tokens: str
    position_collateral: str = ""
    """USDC.e, still inside the position ids of every v1 market."""
    adapter: str = ""
    neg_risk_adapter: str = ""
    router: str = ""
    position_manager: str = ""
    crypto_oracle: str = ""
    """The `oracle` in the condition id of v1 crypto up/down markets."""
    auto_redeemer: str = ""
    wallet_factory: str = ""
    wallet_beacon: str = ""
    wallet_implementation: str = ""
    """UUPS implementation of deposit wallets made before 2026-06-29."""
    safe_factory: str = ""
    safe_multisend: str = ""
    proxy_factory: str = ""
    relay_hub: str = ""

    def address(self, name: str) -> str:
        """The address called `name`. SigningError if this chain has none."""
        found = getattr(self, name)
        if not isinstance(found, str) or not found:
            raise SigningError(f"{name}: no address known on chain {self.chain_id}")
        return found


CHAINS: Final = {
    POLYGON: Contracts(
        chain_id=POLYGON,
        exchange_v1="0x4bFb41d5B3570DeFd03C39a9A4D8dE6Bd8B8982E",
        neg_risk_exchange_v1="0xC5d563A36AE78145C45a50134d48A1215220f80a",
        exchange_v2="0xE111180000d2663C0091e4f400237545B87B996B",
        neg_risk_exchange_v2="0xe2222d279d744050d28e00520010520000310F59",
        exchange_v3="0xe3333700cA9d93003F00f0F71f8515005F6c00Aa",
        collateral="0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB",
        conditional_tokens="0x4D97DCd97eC945f40cF65F87097ACe5EA0476045",
        position_collateral="0x2791Bca1f2de4661ED88A30C99A7a9449Aa84174",
        adapter="0xAdA100Db00Ca00073811820692005400218FcE1f",
        neg_risk_adapter="0xadA2005600Dec949baf300f4C6120000bDB6eAab",
        router="0x12121212006e4CD160D18e3f00711DA5c3372600",
        position_manager="0x006F54F7f9A22e0000CC2AB60031000000ae9fEF",
        crypto_oracle="0x58e1745bedda7312c4cddb72618923da1b90efde",
        auto_redeemer="0xa1200000d0002264C9a1698e001292D00E1b00af",
        wallet_factory="0x00000000000Fb5C9ADea0298D729A0CB3823Cc07",
        wallet_beacon="0x7A18EDfe055488A3128f01F563e5B479D92ffc3a",
        wallet_implementation="0x58CA52ebe0DadfdF531Cde7062e76746de4Db1eB",
        safe_factory="0xaacFeEa03eb1561C4e67d661e40682Bd20E3541b",
        safe_multisend="0xA238CBeb142c10Ef7Ad8442C6D1f9E89e07e7761",
        proxy_factory="0xaB45c5A4B0c941a2F231C04C3f49182e1A254052",
        relay_hub="0xD216153c06E857cD7f72665E0aF1d7D82172F494",
    ),
    AMOY: Contracts(
        chain_id=AMOY,
        exchange_v1="0xdFE02Eb6733538f8Ea35D585af8DE5958AD99E40",
        neg_risk_exchange_v1="0xC5d563A36AE78145C45a50134d48A1215220f80a",
        exchange_v2="0xE111180000d2663C0091e4f400237545B87B996B",
        neg_risk_exchange_v2="0xe2222d279d744050d28e00520010520000310F59",
        exchange_v3="0x9fE6e61422AdB6F610d8597F9684b16912D50C3D",
        collateral="0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB",
        conditional_tokens="0x69308FB512518e39F9b16112fA8d994F4e2Bf8bB",
    ),
}


class Exchange(msgspec.Struct, frozen=True):
    """One exchange as the domain of an order."""

    version: int
    chain_id: int
    address: str
    separator: bytes
    """32 bytes: the domain's hash, computed once."""


def _exchange(chain_id: int, version: int, address: str) -> Exchange:
    separator = domain_separator(EXCHANGE_NAME, str(version), chain_id, address)
    return Exchange(version, chain_id, address, separator)


def _exchanges() -> dict[tuple[int, int, bool], Exchange]:
    found = {}
    for chain_id, at in CHAINS.items():
        for version, plain, neg_risk in (
            (V1, at.exchange_v1, at.neg_risk_exchange_v1),
            (V2, at.exchange_v2, at.neg_risk_exchange_v2),
            (V3, at.exchange_v3, at.exchange_v3),
        ):
            found[chain_id, version, False] = _exchange(chain_id, version, plain)
            found[chain_id, version, True] = _exchange(chain_id, version, neg_risk)
    return found


EXCHANGES: Final = _exchanges()
"""(chain id, order version, neg risk) -> exchange. V3 has one contract for both."""


def contracts_of(chain_id: int) -> Contracts:
    """The contracts of a chain. SigningError for a chain without the venue."""
    found = CHAINS.get(chain_id)
    if found is None:
        raise SigningError(f"chain: {chain_id} is none of {sorted(CHAINS)}")
    return found


def is_position_v2(token_id: int) -> bool:
    """Whether an asset id is a Protocol V2 position: its bits 40..103 are all zero."""
    return not token_id & _RESERVED


def order_version_of(token_id: int) -> int:
    """The version of the orders for an asset: V3 for Protocol V2 positions, else V2."""
    return V2 if token_id & _RESERVED else V3


def exchange_of(chain_id: int, version: int, neg_risk: bool) -> Exchange:
    """The exchange that orders of `version` are signed for. SigningError if there is none."""
    found = EXCHANGES.get((chain_id, version, neg_risk))
    if found is None:
        raise SigningError(f"exchange: none of order version {version} on chain {chain_id}")
    return found
