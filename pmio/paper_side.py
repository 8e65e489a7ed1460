"""The side towards a paper account: every act goes to the simulated exchange."""

from collections.abc import Mapping, Sequence
from typing import Final

from pmcore.effects import (
    AskScoring,
    CancelAll,
    CancelOrder,
    CancelStray,
    Effect,
    MergePairs,
    PlaceOrder,
    Reconcile,
    RedeemShares,
)
from pmcore.events import AnyEvent
from pmio.drive import Hand
from pmio.feed import Feed
from pmio.lanes import Lane
from pmio.paper import PaperVenue
from pmio.side import Task

ACTS: Final[tuple[type[Effect], ...]] = (
    PlaceOrder,
    CancelOrder,
    CancelStray,
    CancelAll,
    MergePairs,
    RedeemShares,
    Reconcile,
    AskScoring,
)


class PaperSide:
    """A paper venue as a side. It has no lanes: the carrier's latencies are its lanes."""

    def __init__(self, venue: PaperVenue) -> None:
        self.venue = venue

    @property
    def routes(self) -> Mapping[type[Effect], Hand]:
        """Every act of the account."""
        return dict.fromkeys(ACTS, self.venue.offer)

    @property
    def lanes(self) -> Sequence[Lane]:
        """None."""
        return ()

    @property
    def tasks(self) -> Sequence[Task]:
        """The exchange's own time."""
        return (self.venue.run,)

    @property
    def feeds(self) -> Sequence[Feed]:
        """None: the venue opens its user channel by itself."""
        return ()

    def open(self) -> None:
        """Fund the account, open its channel."""
        self.venue.open()

    def hear(self, event: AnyEvent) -> None:
        """The exchange lives what the core lives."""
        self.venue.hear(event)

    async def cancel_everything(self, within_s: float) -> bool:  # noqa: ARG002
        """Paper ends with the process."""
        return True

    async def aclose(self) -> None:
        """Nothing is open."""
