"""What the shell is put together from: one side towards the market, one towards our account.

A side says which effects it performs, which lanes and tasks must run for that, and which feeds it
listens to. Live and paper differ in the account's side alone.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import Random
from typing import Protocol

import msgspec

from pmcore.config import Config
from pmcore.effects import Effect
from pmcore.events import AnyEvent
from pmio.addresses import Addresses
from pmio.clock import Clock
from pmio.drive import Hand
from pmio.feed import Feed
from pmio.inbox import Inbox
from pmio.lanes import Lane
from pmio.network import Network
from pmio.roster import Roster

Task = Callable[[], Awaitable[None]]
"""Runs until it is cancelled."""


class Surroundings(msgspec.Struct, frozen=True):
    """What both sides share."""

    config: Config
    addresses: Addresses
    network: Network
    clock: Clock
    inbox: Inbox
    roster: Roster
    chance: Random
    """Draws the jitter of backoffs, and nothing else."""


class Side(Protocol):
    """One of the two sides."""

    @property
    def routes(self) -> Mapping[type[Effect], Hand]:
        """Who takes each effect; none of them waits."""

    @property
    def lanes(self) -> Sequence[Lane]:
        """The lanes behind the routes."""

    @property
    def tasks(self) -> Sequence[Task]:
        """What else must run."""

    @property
    def feeds(self) -> Sequence[Feed]:
        """What is listened to."""

    def open(self) -> None:
        """Once, when the lanes run and before the feeds do."""

    def hear(self, event: AnyEvent) -> None:
        """Every event, before the core steps it."""

    async def cancel_everything(self, within_s: float) -> bool:
        """Whether nothing of ours rests at the venue, made sure of on a connection of its own."""

    async def aclose(self) -> None:
        """Close what is left open."""
