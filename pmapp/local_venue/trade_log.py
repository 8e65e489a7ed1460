"""Trades as the venue tells them: one taker, one price, one or more makers.

The exchange matches a taker with one maker at a time; matches of one moment that share taker and
price become one trade of the wire, with one id and one life. Whoever stands on the other side and
is nobody's account is made up from a hash of the trade's id, so that the shapes of the real venue
occur: an outside taker of either token (a cross-match turns the maker's side), several makers in
one trade. Source: venue reference, sections 1.4, 3.4 and 5.2.
"""

from collections import deque
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from pmapp.local_venue.listing import Listed
from pmapp.local_venue.order_log import Posted
from pmcore.events import TRADE_STATUS_NAMES
from pmcore.ids import Outcome, Side, other
from pmcore.units import Ns, Price, Shares, complement
from pmcore.wire.encode_user import MakerPart, TradeRow

KEPT: Final = 20_000
"""Trades that can still be read."""


class WireTrade(msgspec.Struct):
    """One trade. `taker` is None where the taker is nobody's account."""

    id: str
    listed: Listed
    taker: Posted | None
    taker_order_id: str
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    makers: tuple[MakerPart, ...]
    keys: tuple[str, ...]
    """API keys that hear of it, the taker's first."""
    matched_ns: Ns
    updated_ns: Ns
    status: int = 0
    transaction_hash: str = ""
    addresses: dict[str, str] = {}
    """API key -> the wallet by which it takes part."""

    def row(self, key: str) -> TradeRow:
        """The trade as the owner of `key` reads it."""
        taker = self.taker.key if self.taker is not None else stranger(f"{self.id}/taker")[0]
        return TradeRow(
            self.id,
            self.taker_order_id,
            self.listed.market.condition_id,
            self.listed.market.tokens[self.outcome],
            self.outcome,
            self.side,
            self.size,
            self.price,
            TRADE_STATUS_NAMES[self.status],
            self.matched_ns,
            self.updated_ns,
            key,
            taker,
            self.addresses.get(key, ""),
            self.transaction_hash,
            "TAKER" if taker == key else "MAKER",
            self.makers,
            0,
            "execution reverted" if TRADE_STATUS_NAMES[self.status] == "FAILED" else "",
        )


def digest(text: str) -> str:
    """64 hex digits that follow from a text."""
    return sha256(text.encode()).hexdigest()


def stranger(text: str) -> tuple[str, str]:
    """An API key and an address that are nobody's."""
    hexed = digest(text)
    return str(UUID(hex=hexed[:32], version=4)), "0x" + hexed[24:64]


def trade_id(seed: int, count: int) -> str:
    """The id of the venue's `count`-th trade."""
    return str(UUID(hex=digest(f"trade/{seed}/{count}")[:32], version=4))


def maker_part(order: Posted, size: int) -> MakerPart:
    """An account's resting order in a trade."""
    return MakerPart(
        order.id,
        order.key,
        order.wallet.address,
        order.listed.market.tokens[order.outcome],
        order.outcome,
        order.side,
        order.price,
        Shares(size),
    )


def outside_makers(
    name: str, listed: Listed, outcome: Outcome, side: Side, price: Price, size: int
) -> tuple[MakerPart, ...]:
    """Nobody's resting orders that a taker of `outcome` and `side` met: one, sometimes two.

    Half of the time they are of the other token: then the trade mints or merges pairs.
    """
    luck = int(digest(name)[:4], 16)
    if luck % 2:
        outcome, price = other(outcome), complement(price)
    else:
        side = Side(1 - side)
    sizes = [size]
    if luck % 5 == 0 and size > 20_000:
        first = size * (luck % 7 + 1) // 9 // 10_000 * 10_000
        sizes = [part for part in (first, size - first) if part]
    parts = []
    for place, amount in enumerate(sizes):
        owner, address = stranger(f"{name}/{place}")
        parts.append(
            MakerPart(
                "0x" + digest(f"{name}/order/{place}"),
                owner,
                address,
                listed.market.tokens[outcome],
                outcome,
                side,
                price,
                Shares(amount),
            )
        )
    return tuple(parts)


def outside_taker(name: str, maker: Posted) -> tuple[Outcome, Side, Price]:
    """Token, side and price of the taker that hit `maker`'s order: its own token or the other."""
    if int(digest(name)[:4], 16) % 2:
        return other(maker.outcome), maker.side, complement(maker.price)
    return maker.outcome, Side(1 - maker.side), maker.price


class TradeLog:
    """The trades of all accounts."""

    __slots__ = ("_kept", "by_id", "by_key", "by_match", "count")

    def __init__(self) -> None:
        self.by_id: dict[str, WireTrade] = {}
        self.by_match: dict[str, WireTrade] = {}
        """The exchange's id of a match -> its trade, while the match is not final."""
        self.by_key: dict[str, dict[str, WireTrade]] = {}
        self._kept: deque[WireTrade] = deque()
        self.count = 0

    def add(self, trade: WireTrade, matches: list[str]) -> None:
        """A new trade that stands for these matches."""
        self.by_id[trade.id] = trade
        for match in matches:
            self.by_match[match] = trade
        for key in trade.keys:
            self.by_key.setdefault(key, {})[trade.id] = trade
        self._kept.append(trade)
        while len(self._kept) > KEPT:
            old = self._kept.popleft()
            self.by_id.pop(old.id, None)
            for key in old.keys:
                self.by_key[key].pop(old.id, None)

    def of_key(self, key: str) -> list[WireTrade]:
        """The trades of a key, newest first."""
        return list(reversed(self.by_key.get(key, {}).values()))
