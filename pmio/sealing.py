"""From `PlaceOrder` to a signed submission, and from an order back to its name at the venue.

A submission is a pure function of the effect, the market's terms, the wallet and the core's time of
asking, so an order of the recovered state has the id that it had before the crash. The run's id is
no part of the salt: every restart begins a new run, and the orders of the one before must keep
their names. Number and millisecond of asking are enough, for the state counts on across restarts.
"""

from typing import Final

from msgspec.structs import replace

from pmcore.effects import PlaceOrder
from pmcore.market import Market
from pmcore.order import FAK, FOK, GTC, GTD, Order
from pmcore.units import MILLISECOND, Ns, Price
from pmcore.wire.order_body import OrderDraft, WalletTerms, order_draft
from pmcore.wire.order_typed_data import order_id
from pmcore.wire.typed_data import SigningError, hex_text
from pmio.signer import SignedOrder, Signer, sign_order

SALT_NAME: Final = "pm"
"""Stands where a run's id would: see above."""
FINEST: Final = Price(1)
GRIDS: Final = (Price(1_000), Price(100), Price(10), FINEST)
"""One grid for each rounding of amounts that the venue has: 0.005 rounds as 0.001 does, and 0.0025
as 0.0001 (`amounts.GRAIN`)."""


class Sealer:
    """Signs for one wallet."""

    __slots__ = ("_signer", "wallet")

    def __init__(self, signer: Signer, wallet: WalletTerms) -> None:
        self._signer = signer
        self.wallet = wallet

    def seal(self, effect: PlaceOrder, asked_ns: Ns, terms: Market) -> SignedOrder:
        """The signed submission of an effect. SigningError names whatever cannot be sent."""
        return sign_order(self._signer, self._draft(effect, asked_ns, terms))

    def venue_id(self, order: Order, terms: Market) -> str:
        """The venue's id of an order of the state; "" where it could never have been sent."""
        taker = order.kind in (FOK, FAK)
        # The state does not keep expiries, and the digest does not hold them.
        kind = GTC if order.kind == GTD else order.kind
        effect = PlaceOrder(
            order.id,
            order.market,
            order.outcome,
            order.side,
            order.price,
            order.size,
            kind,
            not taker,
            Ns(0),
            "",
        )
        for grid in (terms, replace(terms, tick=FINEST)):
            # The grid may have changed since; for a resting order it changes no amount.
            try:
                draft = self._draft(effect, order.placed_ns, grid)
                return hex_text(order_id(draft.fields, draft.exchange))
            except SigningError:
                continue
        return ""

    def names(self, order: Order, terms: Market) -> list[str]:
        """Every id that an order of the state may have at the venue, the likeliest last.

        What a marketable order offers is rounded by the grid that it was sent on, which the state
        does not keep and which is finer near the end of a window.
        """
        grids = GRIDS if order.kind in (FOK, FAK) else ()
        drafts = (*(replace(terms, tick=tick) for tick in grids), terms)
        found = [self.venue_id(order, one) for one in drafts]
        return [name for name in found if name]

    def _draft(self, effect: PlaceOrder, asked_ns: Ns, terms: Market) -> OrderDraft:
        timestamp_ms = asked_ns // MILLISECOND
        return order_draft(effect, terms, self.wallet, SALT_NAME, timestamp_ms)
