"""`/notifications`: what became of an account's orders, until it drops them.

Kinds and fields are those that the venue's SDK 0.14.0 reads: 1 cancelled, 2 filled, 8 fill failed.
"""

from typing import Any, Final

from pmapp.local_venue.gamma_shapes import question
from pmapp.local_venue.order_log import Posted
from pmcore.ids import OUTCOME_NAMES, SIDE_NAMES
from pmcore.order import KIND_NAMES
from pmcore.units import SECOND, Ns, show_micro, show_price

CANCELLED: Final = 1
FILLED: Final = 2
FILL_FAILED: Final = 8
KEPT: Final = 200
"""Notifications of one key; older ones are forgotten."""


class Notes:
    """The notifications of every API key, oldest first."""

    __slots__ = ("_count", "by_key")

    def __init__(self) -> None:
        self.by_key: dict[str, list[dict[str, Any]]] = {}
        self._count = 0

    def add(self, kind: int, order: Posted, now_ns: Ns, trade: str = "", hashed: str = "") -> None:
        """Note what happened to an order."""
        self._count += 1
        market = order.listed.market
        note = {
            "id": self._count,
            "type": kind,
            "owner": order.key,
            "timestamp": now_ns // SECOND,
            "payload": {
                "asset_id": market.tokens[order.outcome],
                "market": market.condition_id,
                "order_id": order.id,
                "side": SIDE_NAMES[order.side],
                "type": KIND_NAMES[order.kind],
                "price": show_price(order.price),
                "original_size": show_micro(order.size),
                "matched_size": show_micro(order.matched),
                "remaining_size": show_micro(max(0, order.size - order.matched)),
                "outcome": OUTCOME_NAMES[order.outcome],
                "outcome_index": int(order.outcome),
                "transaction_hash": hashed,
                "trade_id": trade,
                "question": question(market),
                "market_slug": market.slug,
                "icon": "",
                "image": "",
                "eventSlug": market.slug,
                "seriesSlug": "",
            },
        }
        found = self.by_key.setdefault(order.key, [])
        found.append(note)
        del found[:-KEPT]

    def of(self, key: str) -> list[dict[str, Any]]:
        """The notifications of a key."""
        return self.by_key.get(key, [])

    def drop(self, key: str, ids: list[str]) -> None:
        """Forget some notifications of a key, or all of them where none is named."""
        kept = [note for note in self.of(key) if ids and str(note["id"]) not in ids]
        self.by_key[key] = kept
