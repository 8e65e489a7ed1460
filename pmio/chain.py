"""Merging and redeeming through the relayer: answered once, done at most once.

An operation is recorded with its nonce before it leaves (`pmio.op_log`). Where its fate stays open
(no answer, a crash, a relayer stuck in STATE_NEW) the answer is Unknown, the pairs stay bound, and
a task goes on until the fate is known: it reads the wallet's nonce, and where that has not moved it
sends the operation under the same nonce again, so that it can happen only once; where it has, the
shares tell what became of it. Until then nothing else is sent for the wallet.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

import trio
from msgspec.structs import replace

from pmcore import events as ev
from pmcore.effects import MergePairs, RedeemShares
from pmcore.ids import MarketId, OpId
from pmcore.state import State
from pmcore.units import Cash, Price, Shares, payout
from pmcore.wire.frames import WireError
from pmcore.wire.relayer import Call, merge_call, redeem_calls
from pmcore.wire.typed_data import SigningError
from pmio.inbox import Inbox
from pmio.lanes import Act, answer, answer_for
from pmio.op_log import DONE, FAILED, PLANNED, SENT, OpLog, OpRecord
from pmio.relayer import CONFIRMED, Relayer, RelayRefused, Ticket
from pmio.relayer import FAILED as RELAY_FAILED
from pmio.rest import Unreachable
from pmio.roster import Roster

POLL_S: Final = 2.0
"""The venue's own client polls every 2 s."""
ANSWER_S: Final = 60.0
"""Without a result by then the answer is Unknown, and the search for it goes on."""
LOOK_S: Final = 20.0
"""Between two looks at an operation whose fate is open."""
LOOKS_MAX: Final = 6
"""So many looks after which a merge whose pairs are still there is taken for one that failed."""
NO_PATH: Final = "no relayer for this wallet: a bare key's own transactions are not configured"

MERGE: Final = "merge"
REDEEM: Final = "redeem"
NOTHING: Final = (Shares(0), Shares(0))
UNSENT: Final = (Unreachable, WireError, SigningError, RelayRefused)

Pair = tuple[Shares, Shares]
"""Shares of Up and of Down."""
Held = Callable[[MarketId], Awaitable[Pair]]
"""What the venue says is ours."""
Believed = Callable[[MarketId], Pair]
"""What the core believes is ours, with the pairs of an open merge still in it."""


class Chain:
    """Performs `MergePairs` and `RedeemShares`; `settle` finds out about open fates."""

    def __init__(
        self,
        relayer: Relayer,
        roster: Roster,
        inbox: Inbox,
        log: OpLog,
        held: Held,
        believed: Believed,
    ) -> None:
        self._relayer = relayer
        self._roster = roster
        self._inbox = inbox
        self._log = log
        self._held = held
        self._believed = believed
        self._looks: dict[OpId, int] = {}
        self._open: dict[OpId, OpRecord] = {}
        self._opened = trio.lowlevel.ParkingLot()

    async def perform(self, acts: Sequence[Act]) -> None:
        """One operation after the other: a wallet's nonces are a queue anyway."""
        for act in acts:
            if not self._relayer.usable:
                answer_for(self._inbox, act, NO_PATH)
            elif act.effect.market not in self._roster.markets:
                answer_for(self._inbox, act, "the market is not known")
            elif self._open:
                # Its nonce may be the one that the next operation would be given.
                answer_for(self._inbox, act, "an earlier operation is not decided yet")
            else:
                try:
                    await self._operate(act)
                except UNSENT as error:
                    # Raised only where nothing has been sent, or nothing was taken.
                    answer_for(self._inbox, act, str(error)[:200])

    def resume(self, state: State) -> list[ev.AnyEvent]:
        """After a restart: the answers that are known already; the rest is for `settle`."""
        events: list[ev.AnyEvent] = []
        for market_id, market in state.markets.items():
            for op, kind in ((market.merge_op, MERGE), (market.redeem_op, REDEEM)):
                if not op:
                    continue
                record = self._log.get(op, market_id)
                if record is None or record.step == FAILED:
                    never = OpRecord(op, kind, market_id, 0, FAILED, 0)
                    events.append(self._failed(never, "it was never sent"))
                elif record.step == DONE:
                    events.append(self._confirmed(record))
                else:
                    self._open[op] = record
                    if kind == REDEEM:
                        events.append(self._unknown(record, "interrupted by a restart"))
        return events

    async def settle(self) -> None:
        """Find out about operations whose fate is open, until cancelled."""
        while True:
            while not self._open:
                await self._opened.park()
            for record in list(self._open.values()):
                try:
                    event = await self._look(record)
                except UNSENT:
                    continue  # not now: the next look may tell
                if event is not None:
                    del self._open[record.op]
                    self._looks.pop(record.op, None)
                    self._inbox.put((event,))
            await trio.sleep(LOOK_S)

    async def _operate(self, act: Act) -> None:
        """One operation from its nonce to its answer."""
        effect: MergePairs | RedeemShares = act.effect
        kind, size = REDEEM, 0
        if isinstance(effect, MergePairs):
            kind, size = MERGE, effect.size
        record = OpRecord(effect.op, kind, effect.market, size, PLANNED, 0)
        calls, held = await self._calls(record)
        if not calls:
            # Redeemed before, by us or by the venue's own redeemer.
            answer(self._inbox, act, self._confirmed(record))
            return
        ticket = await self._relayer.ticket()
        record = replace(record, nonce=ticket.nonce, up=held[0], down=held[1])
        request = self._relayer.request(calls, ticket)
        self._log.write(record)
        try:
            transaction = await self._relayer.submit(request)
        except (Unreachable, WireError) as error:
            if isinstance(error, Unreachable) and not error.sent:
                self._log.write(replace(record, step=FAILED))
                raise
            self._leave_open(act, record, str(error))
            return
        except (RelayRefused, SigningError):
            self._log.write(replace(record, step=FAILED))
            raise
        record = replace(record, step=SENT, transaction=transaction)
        self._log.write(record)
        result, text = await self._follow(transaction)
        if result == CONFIRMED:
            answer(self._inbox, act, self._confirmed(record))
        elif result in RELAY_FAILED:
            answer(self._inbox, act, self._failed(record, f"{result} {text}".strip()))
        else:
            text = f"still {result or 'unknown'} after {ANSWER_S:g} s"
            self._leave_open(act, record, text)

    async def _calls(self, record: OpRecord) -> tuple[tuple[Call, ...], Pair]:
        """What an operation calls, and for a redemption the shares that it redeems."""
        terms = self._roster.markets[record.market]
        if record.kind == MERGE:
            return (merge_call(terms, Shares(record.size)),), NOTHING
        held = await self._held(record.market)
        return (redeem_calls(terms, held) if any(held) else ()), held

    async def _follow(self, transaction: str) -> tuple[str, str]:
        """Poll until a final state or `ANSWER_S`; the last state and the relayer's word."""
        state, text = "", ""
        until = trio.current_time() + ANSWER_S
        while trio.current_time() < until:
            # A poll that failed says nothing; the next one may.
            with suppress(Unreachable, WireError):
                state, text = await self._relayer.state(transaction)
            if state == CONFIRMED or state in RELAY_FAILED:
                break
            await trio.sleep(POLL_S)
        return state, text

    def _leave_open(self, act: Act, record: OpRecord, text: str) -> None:
        self._open[record.op] = record
        self._opened.unpark_all()
        answer(self._inbox, act, self._unknown(record, text))

    async def _look(self, record: OpRecord) -> ev.AnyEvent | None:
        """Look once at an open operation; the event that settles it, or None."""
        if record.market not in self._roster.markets:
            return self._failed(record, "the market is gone")
        if record.transaction:
            state, text = await self._relayer.state(record.transaction)
            if state == CONFIRMED:
                return self._confirmed(record)
            if state in RELAY_FAILED:
                return self._failed(record, f"{state} {text}".strip())
            return None
        ticket = await self._relayer.ticket()
        calls, _ = await self._calls(record)
        if not calls:
            return self._confirmed(record)
        if ticket.nonce > record.nonce:
            return await self._judge(record)
        request = self._relayer.request(calls, Ticket(record.nonce, ticket.relay))
        # A refusal leads to UNSENT: busy with it, or the nonce was just used; the next look tells.
        transaction = await self._relayer.submit(request)
        record = replace(record, step=SENT, transaction=transaction)
        self._log.write(record)
        self._open[record.op] = record
        return None

    async def _judge(self, record: OpRecord) -> ev.AnyEvent | None:
        """The nonce was used, but for what? The shares tell whether it was done or undone.

        Only this lane uses the wallet's nonces, so it was this operation, unless it was refused or
        reverted. Pairs that are still there after `LOOKS_MAX` looks were not merged.
        """
        have, believed = await self._held(record.market), self._believed(record.market)
        if record.kind == MERGE and all(
            now > before - record.size // 2 for now, before in zip(have, believed, strict=True)
        ):
            self._looks[record.op] = self._looks.get(record.op, 0) + 1
            if self._looks[record.op] < LOOKS_MAX:
                return None
            return self._failed(record, "its nonce was used, and the pairs are still there")
        if record.kind == REDEEM and any(have):
            return self._failed(record, "its nonce was used, and the shares are still there")
        return self._confirmed(record)

    def _confirmed(self, record: OpRecord) -> ev.AnyEvent:
        self._log.write(replace(record, step=DONE))
        at_ns, op, market = self._inbox.stamp(), record.op, record.market
        if record.kind == MERGE:
            return ev.MergeConfirmed(at_ns, op, market, Shares(record.size), Cash(0))
        up = self._roster.payouts.get(market, Price(0))
        held = (Shares(record.up), Shares(record.down))
        if not any(held):
            # Nobody has written down what it redeemed: it was what we believed to have.
            held = self._believed(record.market)
        came = payout(up, held[0]) + payout(Price(10_000 - up), held[1])
        return ev.RedeemConfirmed(at_ns, op, market, Cash(came), Cash(0))

    def _failed(self, record: OpRecord, text: str) -> ev.AnyEvent:
        self._log.write(replace(record, step=FAILED))
        failed = ev.MergeFailed if record.kind == MERGE else ev.RedeemFailed
        return failed(self._inbox.stamp(), record.op, record.market, text[:200])

    def _unknown(self, record: OpRecord, text: str) -> ev.AnyEvent:
        unknown = ev.MergeUnknown if record.kind == MERGE else ev.RedeemUnknown
        return unknown(self._inbox.stamp(), record.op, record.market, text[:200])
