"""The account's side of a bot that may be killed: the dead cancel nothing on their way out."""

from collections.abc import Mapping, Sequence

from pmcore.effects import Effect
from pmcore.events import AnyEvent
from pmio.drive import Hand
from pmio.feed import Feed
from pmio.lanes import Lane
from pmio.side import Side, Task


class MortalSide:
    """A side that does as `side` does, until it is dead."""

    def __init__(self, side: Side) -> None:
        self.dead = False
        self._side = side

    @property
    def routes(self) -> Mapping[type[Effect], Hand]:
        """Who takes each effect."""
        return self._side.routes

    @property
    def lanes(self) -> Sequence[Lane]:
        """The lanes behind the routes."""
        return self._side.lanes

    @property
    def tasks(self) -> Sequence[Task]:
        """What else must run."""
        return self._side.tasks

    @property
    def feeds(self) -> Sequence[Feed]:
        """What is listened to."""
        return self._side.feeds

    def open(self) -> None:
        """Once, when the lanes run."""
        self._side.open()

    def hear(self, event: AnyEvent) -> None:
        """Every event, before the core steps it."""
        self._side.hear(event)

    async def cancel_everything(self, within_s: float) -> bool:
        """As any bot does, unless it is dead."""
        return True if self.dead else await self._side.cancel_everything(within_s)

    async def aclose(self) -> None:
        """Close what is left open."""
        await self._side.aclose()
