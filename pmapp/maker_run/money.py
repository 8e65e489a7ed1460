"""The account's money: what the run believes it did, against what the venue says is there.

Every micro-dollar that a run believes to have spent or earned is in the state's cash flow. So the
venue's balance now must be the balance before the first order plus that flow, exactly, once nothing
is in flight.
"""

from contextlib import suppress
from typing import Final

import msgspec
import trio

from pmcore.state import State
from pmcore.units import Cash
from pmcore.wire.clob_rest import balance
from pmcore.wire.frames import WireError
from pmio.addresses import Addresses
from pmio.live_side import Account
from pmio.pacing import BALANCE
from pmio.rest import Rest, Unreachable

PATIENCE_S: Final = 1.0
EVERY_S: Final = 0.05


class Reconciled(msgspec.Struct, frozen=True):
    """Micro-dollars: the balance that follows from the run's own books, and the venue's."""

    base: int
    """Before the first order of the journal."""
    expected: int
    venue: int | None
    """None where the venue did not answer."""
    difference: int | None
    equal: bool
    in_flight: int
    """Chain operations without an answer, whose money may be on either side."""


class Balance:
    """Asks the venue for the collateral of one account."""

    def __init__(self, rest: Rest, addresses: Addresses, account: Account) -> None:
        self._rest = rest
        self._url = f"{addresses.clob}/balance-allowance"
        self._sign = account.credentials.key.headers
        self._query = {
            "asset_type": "COLLATERAL",
            "signature_type": str(account.wallet.signature_type),
        }

    async def read(self) -> Cash:
        """Micro-dollars. Raises Unreachable or WireError."""
        reply = await self._rest.read(BALANCE, self._url, query=self._query, sign=self._sign)
        reply.check_health("balance")
        return balance(reply.status, reply.body)

    async def against(self, state: State, base: Cash) -> Reconciled:
        """Compare, giving what is on its way a moment to arrive. Raises nothing of the venue's."""
        venue: int | None = None
        with trio.move_on_after(PATIENCE_S):
            while True:
                with suppress(Unreachable, WireError):
                    venue = await self.read()
                if venue == base + flow(state):
                    break
                await trio.sleep(EVERY_S)
        return compared(state, base, venue)


def compared(state: State, base: int, venue: int | None) -> Reconciled:
    """The state's books against a balance."""
    expected = base + flow(state)
    difference = None if venue is None else venue - expected
    return Reconciled(base, expected, venue, difference, difference == 0, in_flight(state))


def flow(state: State) -> int:
    """Micro-dollars that have come in since the first order; negative where more went out."""
    present = sum(market.inventory.cash_flow for market in state.markets.values())
    return state.totals.realised + present


def in_flight(state: State) -> int:
    """Merges and redemptions that were asked for and have no final answer yet."""
    return sum(bool(m.merge_op) + bool(m.redeem_op) for m in state.markets.values())
