"""Paper trading: real feeds, and an account at a simulated exchange that hears the same facts.

The exchange stands where the drive is tapped, so it lives every fact in the order and at the moment
in which the core does, and acts travel to it and back with the latencies of the simulation
(`pmcore.sim`). Everything about the market itself (listings, books, snapshots) stays real. The
account does not outlive the process: a paper run begins with an empty state.
"""

from heapq import heappop
from typing import Any, Final

import trio
from msgspec.structs import replace

from pmcore.effects import AnyEffect
from pmcore.events import AnyEvent, FeedOpened, TradePrinted
from pmcore.ids import USER_FEED
from pmcore.sim.assumptions import Assumptions
from pmcore.sim.carrier import ARRIVE, DELIVER, DELIVER_USER, Carrier
from pmcore.sim.desk import Desk
from pmcore.sim.exchange import Exchange
from pmcore.sim.faults import Fate, Faults
from pmcore.sim.floor import NEVER
from pmcore.sim.latency import Latency
from pmcore.sim.outside import FACTS
from pmcore.units import SECOND, Cash, Ns
from pmio.inbox import Inbox

ACCOUNT: Final = 1


class PaperVenue:
    """Takes the account's acts (`offer`), hears every event (`hear`), answers into the inbox."""

    def __init__(
        self,
        inbox: Inbox,
        cash: Cash,
        assumptions: Assumptions | None = None,
        latency: Latency | None = None,
        seed: int = 0,
    ) -> None:
        self.exchange = Exchange(assumptions or Assumptions())
        self._inbox = inbox
        self._cash = cash
        chance = Fate(Faults(), seed)
        self._carrier = Carrier(Desk(self.exchange, ACCOUNT), latency or Latency(), None, chance)
        self._changes = trio.lowlevel.ParkingLot()
        self._printed: dict[int, tuple[int, list[TradePrinted]]] = {}

    def open(self) -> None:
        """The account is funded and its channel open."""
        now_ns = self._inbox.stamp()
        self.exchange.fund(ACCOUNT, self._cash, now_ns)
        self._carrier.drain(now_ns)
        self._inbox.hear(FeedOpened, USER_FEED)
        self._changes.unpark_all()

    def offer(self, effect: AnyEffect, asked_ns: Ns) -> None:
        """Send an act on its way."""
        self._carrier.perform([effect], asked_ns)
        self._changes.unpark_all()

    def hear(self, event: AnyEvent) -> None:
        """Let the exchange live up to an event, and know it if it is of the world."""
        if type(event) not in FACTS:
            return
        if type(event) is TradePrinted and self._repeated(event):
            return
        now_ns = event.at_ns
        self._advance(now_ns)
        self.exchange.observe(event, now_ns)
        self._carrier.drain(now_ns)
        self._changes.unpark_all()

    async def run(self) -> None:
        """Keep the exchange's and the carrier's appointments."""
        while True:
            due_ns = self._due_ns()
            if due_ns >= NEVER:
                await self._changes.park()
                continue
            wait_ns = due_ns - self._inbox.stamp()
            if wait_ns > 0:
                with trio.move_on_after((wait_ns + 1_000) / SECOND):
                    await self._changes.park()
            else:
                await trio.lowlevel.checkpoint()
            self._advance(self._inbox.stamp())

    def _due_ns(self) -> int:
        heap = self._carrier.heap
        return min(self.exchange.next_due_ns(), heap[0][0] if heap else NEVER)

    def _advance(self, now_ns: Ns) -> None:
        """Everything that is due until now, in its own order."""
        floor, heap = self.exchange.floor, self._carrier.heap
        while (due_ns := self._due_ns()) <= now_ns:
            floor.now_ns = Ns(max(floor.now_ns, due_ns))
            if floor.due_ns <= due_ns:
                self.exchange.due(Ns(due_ns))
                self._carrier.drain(Ns(due_ns))
                continue
            _, _, code, thing = heappop(heap)
            if code == ARRIVE:
                self._carrier.arrive(thing, Ns(due_ns))
            elif code in (DELIVER, DELIVER_USER):
                self._deliver(thing)
        floor.now_ns = Ns(max(floor.now_ns, now_ns))

    def _deliver(self, said: list[Any]) -> None:
        at_ns = self._inbox.stamp()
        self._inbox.put([replace(event, at_ns=at_ns) for event in said])

    def _repeated(self, event: TradePrinted) -> bool:
        """Whether a print was heard before: a snapshot is followed by what came after it, again."""
        last_ns, prints = self._printed.get(event.market, (0, []))
        if event.venue_ns < last_ns:
            return True
        here = replace(event, at_ns=Ns(0))
        if event.venue_ns == last_ns and here in prints:
            return True
        prints = [*prints, here] if event.venue_ns == last_ns else [here]
        self._printed[event.market] = (event.venue_ns, prints)
        return False
