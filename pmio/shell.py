"""The shell: one nursery that joins drive, lanes and feeds, and the ways in which it ends.

Two kinds of failure. The world's (a lost feed, an answer that does not come, a refused order) are
events, and never come here. Ours (an assertion, an exception that nobody expected, a journal that
cannot be written) unwind the nursery; then everything is cancelled at the venue on a connection of
its own, and the exit code says so.

Start: answers to what a crash left open, reconciliation, strays cancelled; then reference prices,
and when one has come the books, without which the core quotes nothing. Stop: `StopAsked`, the core
cancels all and waits for every answer, halts, the lanes end, the journal is closed last.
"""

from collections.abc import Callable, Iterable
from typing import Final

import trio

from pmcore.effects import AnyEffect, Effect, Halt, Note
from pmcore.events import AnyEvent, Halted, StopAsked
from pmcore.ids import MARKET_FEED
from pmcore.state import State
from pmcore.units import Ns
from pmio.drive import Drive, Hand, Journal
from pmio.inbox import Inbox
from pmio.journal import JournalError
from pmio.side import Side

EXIT_OK: Final = 0
EXIT_FAILED: Final = 70
"""A failure of ours; everything was cancelled."""
EXIT_UNSURE: Final = 71
"""The venue did not confirm that everything was cancelled."""
EXIT_LATE: Final = 72
"""The stop was not over in time; everything was cancelled all the same."""
EXIT_ABORTED: Final = 73
"""Told twice to stop: nothing more was done."""
STOP_S: Final = 3.0
EMERGENCY_S: Final = 1.6
"""Together, with the closing of connections, below the 5 s that a supervisor waits."""
CLOSE_S: Final = 0.2
FAILED_S: Final = 10.0
"""How long a failed run goes on trying to cancel: nobody waits for it."""

Tell = Callable[[Note, Ns], None]


class Shell:
    """One run, from its first event to its exit code.

    `tell` hears the core's notes. `stopwatch` measures the journal (Trio's clock in simulation).
    """

    def __init__(
        self,
        state: State,
        inbox: Inbox,
        journal: Journal,
        account: Side,
        market: Side,
        tell: Tell,
        *,
        stopwatch: Callable[[], float] | None = None,
    ) -> None:
        self.inbox = inbox
        self.account = account
        self.market = market
        self.quoting = trio.Event()
        """The account is reconciled; the market's feeds have been opened."""
        self.failure: BaseException | None = None
        self._journal = journal
        self._tell = tell
        self._routes: dict[type[Effect], Hand] = {**account.routes, **market.routes}
        self.drive = Drive(state, inbox, journal, self._hand, tap=account.hear, stopwatch=stopwatch)
        self._scope = trio.CancelScope()
        self._stops = 0
        self._stop_asked = trio.Event()
        self._over = False
        self._late = False

    def stop(self) -> None:
        """Once: end in good order. Twice: end at once."""
        self._stops += 1
        if self._stops == 1:
            self.inbox.hear(StopAsked)
            self._stop_asked.set()
        else:
            self._scope.cancel()

    async def run(
        self, run_id: str, mode: str, config: str, opening: Iterable[AnyEvent] = ()
    ) -> int:
        """Run until stopped or failed; the exit code. `config` is `config_text(config)`.

        `opening` is what a recovered run begins with (`pmio.recovery.opening`, `Chain.resume`).
        """
        self.drive.open(run_id, mode, config)
        self.inbox.put(opening)
        try:
            with self._scope:
                await self._join()
        except Exception as error:
            self.failure = error
        finally:
            # Also when somebody outside has cancelled us: this comes first.
            sure = self._over or self._stops > 1 or await self._cancel_everything()
            self._let_go()
        with trio.move_on_after(CLOSE_S):
            await self.account.aclose()
            await self.market.aclose()
        return self._code(sure)

    async def _join(self) -> None:
        async with trio.open_nursery() as nursery:

            async def drive() -> None:
                await self.drive.run()
                self._over = True
                nursery.cancel_scope.cancel()

            async def expire() -> None:
                await self._stop_asked.wait()
                await trio.sleep(STOP_S)
                self._late = True
                nursery.cancel_scope.cancel()

            nursery.start_soon(drive)
            nursery.start_soon(expire)
            for side in (self.account, self.market):
                for lane in side.lanes:
                    nursery.start_soon(lane.run)
                for task in side.tasks:
                    nursery.start_soon(task)
                side.open()
            for feed in self.account.feeds:
                nursery.start_soon(feed.run)
            begun_ns = self.inbox.stamp()
            await self.drive.when(lambda state: _reconciled(state, begun_ns))
            # Prices before books: nothing is quoted on a price from before a restart.
            for feed in self.market.feeds:
                if feed.line.feed != MARKET_FEED:
                    nursery.start_soon(feed.run)
            await self.drive.when(lambda state: _priced(state, begun_ns))
            self.quoting.set()
            for feed in self.market.feeds:
                if feed.line.feed == MARKET_FEED:
                    nursery.start_soon(feed.run)

    def _hand(self, effect: AnyEffect, asked_ns: Ns) -> None:
        """Give an effect to whoever performs it."""
        kind = type(effect)
        route = self._routes.get(kind)
        if route is not None:
            route(effect, asked_ns)
        elif isinstance(effect, Note):
            self._tell(effect, asked_ns)
        elif kind is Halt:
            self.inbox.hear(Halted)
        else:
            raise AssertionError(f"nobody performs {kind.__name__}")

    async def _cancel_everything(self) -> bool:
        within_s = EMERGENCY_S if self._stops else FAILED_S
        return await self.account.cancel_everything(within_s)

    def _let_go(self) -> None:
        """The journal comes last: with its end where the run had one, else as it is."""
        if self._over:
            self._journal.close()
            return
        try:
            self._journal.flush()
        except JournalError as error:
            self.failure = self.failure or error
        self._journal.abandon()

    def _code(self, sure: bool) -> int:
        if self._over:
            return EXIT_OK
        if self._stops > 1:
            return EXIT_ABORTED
        if not sure:
            return EXIT_UNSURE
        return EXIT_LATE if self._late else EXIT_FAILED


def _priced(state: State, begun_ns: Ns) -> bool:
    """A price of what settles has come since."""
    chainlink = state.alpha.chainlink
    return chainlink.last_usd > 0.0 and chainlink.heard_ns > begun_ns


def _reconciled(state: State, begun_ns: Ns) -> bool:
    """A view was taken since, and nothing at the venue is a stranger to us."""
    return state.reconciled_ns >= begun_ns and state.cash_known and not state.strays
