"""A fresh snapshot of one book, put in its place among the changes of the socket.

A snapshot by REST was taken some milliseconds ago; what the market channel has said since is
replayed behind it (`MarketLine.after`), so that the book is as new as the channel. A snapshot that
is too old for that is asked for again. Where the channel has missed a change of the grid, the
snapshot tells of it.
"""

from collections.abc import Callable, Sequence
from typing import Final

from pmcore.effects import ResyncBook
from pmcore.events import AnyEvent, BookReset, ResyncFailed
from pmcore.wire.clob_rest import book_and_grid
from pmcore.wire.frames import WireError
from pmio.inbox import Inbox
from pmio.lanes import Act, answer
from pmio.pacing import BOOK
from pmio.rest import Rest, Unreachable
from pmio.roster import Roster

TRIES: Final = 3
After = Callable[[BookReset], list[AnyEvent] | None]


class Resync:
    """Performs `ResyncBook`."""

    def __init__(self, rest: Rest, clob: str, roster: Roster, inbox: Inbox, after: After) -> None:
        self._rest = rest
        self._clob = clob
        self._roster = roster
        self._inbox = inbox
        self._after = after

    async def perform(self, acts: Sequence[Act]) -> None:
        """Fetch one book after the other."""
        for act in acts:
            effect: ResyncBook = act.effect
            token = self._roster.token_of(effect.market, effect.outcome)
            text = await self._fetch(act, token) if token else "the market is not listed"
            if text:
                at_ns = self._inbox.stamp()
                event = ResyncFailed(at_ns, effect.market, effect.outcome, text[:200])
                answer(self._inbox, act, event)

    async def _fetch(self, act: Act, token: str) -> str:
        """Answer with a snapshot and what came after it; why not, or ""."""
        for _ in range(TRIES):
            try:
                reply = await self._rest.read(BOOK, f"{self._clob}/book", query={"token_id": token})
                at_ns = self._inbox.stamp()
                roster = self._roster
                snapshot, grid = book_and_grid(
                    reply.status, reply.body, at_ns, roster.tokens, roster.ticks
                )
            except Unreachable as error:
                return error.text
            except WireError as error:
                return f"{error.reason}: {error.excerpt}"
            if self._roster.token_of(snapshot.market, snapshot.outcome) != token:
                return "the book of another token"
            since = self._after(snapshot)
            if since is not None:
                grids = [grid] if grid is not None else []
                roster.note(grids)
                self._inbox.put(grids)
                answer(self._inbox, act, snapshot)
                roster.note(since)
                self._inbox.put(since)
                return ""
        return "every snapshot was too old"
