"""Start-up is recovery: the last journal into a state, and an answer for every open question.

Only the newest segment is read: it begins with a snapshot of the state, and its records lead from
there to the last one that was written. What had been asked when the process died is answered here,
with doubt where there is doubt; reconciliation then finds out.
"""

from pathlib import Path

import msgspec

from pmcore import events as ev
from pmcore.freeze import thaw
from pmcore.ids import FEED_NAMES, OpId
from pmcore.ids import Feed as FeedId
from pmcore.order import CANCELLING, PENDING
from pmcore.state import RUNNING, State, new_state
from pmcore.step import step
from pmcore.units import Ns
from pmio.journal import JournalError, JournalReader
from pmio.journal_reader import segments_in
from pmio.venue_mode import NORMAL

RESTART = "restart"


class Recovered(msgspec.Struct):
    """What the last journal led to."""

    state: State
    run_id: str
    mode: str
    orderly: bool
    """Whether that run was closed in order, and not by a crash."""
    dropped: int
    """Bytes of a torn tail."""
    stopped: bool = False
    """Whether that run had been told to stop, even if it died before it was done."""

    @property
    def first(self) -> int:
        """Number of the first record of a run that continues this one."""
        return self.state.seq + 1

    @property
    def killed(self) -> str:
        """Why the continued run stays killed; "" if it may trade (`opening`)."""
        resumed = self.orderly or self.stopped
        safety = self.state.safety
        return "" if resumed or safety.mode == RUNNING else safety.why


def recovered(folder: Path) -> Recovered | None:
    """The state at the end of the newest journal in a folder; None where there is none.

    Raises JournalError for a journal that is damaged elsewhere than at its torn end.
    """
    if not folder.is_dir():
        return None
    for path in reversed(segments_in(folder)):
        try:
            reader = JournalReader(path)
        except JournalError as error:
            if error.remedy == "delete it":
                continue  # torn inside its head: nothing was recorded in it
            raise
        state: State | None = None
        for batch in reader:
            if state is None:
                state = thaw(batch.frozen) if batch.frozen else new_state()
            for event in batch.events:
                step(state, event)
        if state is not None:
            head = reader.head
            stopped = state.safety.stopping
            return Recovered(
                state, head.run_id, head.mode, not reader.torn, reader.dropped, stopped
            )
    return None


def prepare(found: Recovered, now_ns: Ns) -> None:
    """Make a recovered state ready for a new run, before the snapshot that begins its journal.

    The balance is not known any more, a stop has been carried out, and silence is counted from now:
    otherwise the time in which we were dead would count as feeds and heartbeats lost, and kill the
    run at its first beat. (Nothing is quoted on old prices: `Shell` opens the books only when a new
    one has come.) The venue's mode is forgotten too: nobody would tell of its end, and where it
    lasts the first refusal says so. A kill stays: what caused it did not go away by a restart.
    After a stop that was asked for, though, a person has stopped the program and a person has
    started it again, which is the resume that a kill waits for (`opening`), even where the run died
    while stopping.
    """
    state = found.state
    state.cash_known = False
    state.viewed = False
    state.urgent = False
    state.safety.stopping = False
    state.safety.venue_mode = NORMAL
    state.safety.heartbeat_ns = Ns(0)
    state.alpha.regime_ns = Ns(0)
    for prices in (state.alpha.chainlink, state.alpha.binance):
        prices.heard_ns = prices.venue_ns = now_ns
    for market in state.markets.values():
        market.dirty = True
        market.scene = ()
        for book in market.books:
            book.valid = False
            book.pending_checksum = ""
            book.heard_ns = now_ns


def opening(found: Recovered, at_ns: Ns) -> list[ev.AnyEvent]:
    """What a continued run begins with, after `RunOpened` and `Configured`.

    Chain operations are answered by `Chain.resume`.
    """
    state = found.state
    events: list[ev.AnyEvent] = []
    if (found.orderly or found.stopped) and state.safety.mode != RUNNING:
        events.append(ev.ResumeAsked(at_ns))
    events.extend(
        ev.FeedLost(at_ns, FeedId(number), RESTART)
        for number in range(len(FEED_NAMES))
        if state.feeds[number].open
    )
    for market in state.markets.values():
        for order in market.orders.values():
            if order.status == PENDING:
                events.append(ev.OrderUnknown(at_ns, order.id, RESTART))
            elif order.status == CANCELLING:
                events.append(ev.CancelUnknown(at_ns, order.id, RESTART))
        if market.drop_asked:
            events.append(ev.MarketDropped(at_ns, market.terms.id))
        elif market.watch_asked and not market.watched:
            events.append(ev.MarketWatched(at_ns, market.terms.id))
    events.extend(
        ev.MarketMissing(at_ns, market) for market, due in state.searching.items() if due == 0
    )
    events.extend(_requests(state, at_ns))
    return events


def _requests(state: State, at_ns: Ns) -> list[ev.AnyEvent]:
    """Answers to requests that are not about one market."""
    events: list[ev.AnyEvent] = []
    if state.cancel_all.op:
        events.append(ev.CancelAllUnknown(at_ns, state.cancel_all.op, RESTART))
    if state.reconcile.op:
        events.append(ev.ReconcileFailed(at_ns, state.reconcile.op, RESTART))
    if state.scoring.op:
        events.append(ev.ScoringReported(at_ns, state.scoring.op, (), ()))
    if state.strays:
        # Their cancels are forgotten; the first view names those that are still there.
        events.append(ev.StrayCancelled(at_ns, OpId(0), False))
    return events
