"""What is under way between one account and the venue: acts going there, events coming back.

The heap holds `(at_ns, tiebreak, code, thing)`; the tiebreak counts up, so equal times keep the
order in which they were sent. Things that travel together are one entry. Faults of the connection
are here: an act or its answer may be lost, an answer or a report may be late or doubled.
"""

from heapq import heappush
from typing import Any, Final

from pmcore.effects import AnyEffect, CancelOrder, Effect, Note, PlaceOrder
from pmcore.events import AnyEvent, CancelUnknown, OrderUnknown
from pmcore.sim.desk import Desk
from pmcore.sim.faults import Fate
from pmcore.sim.latency import NOTICE, REPLY, TRADE, Latency
from pmcore.sim.submits import cancel, place
from pmcore.units import SECOND, Ns

ARRIVE: Final = 0
"""A list of acts reaches the venue."""
DELIVER: Final = 1
"""A list of events reaches the core."""
DELIVER_USER: Final = 2
"""The same, over the user channel, which may be down."""
SPELL_BEGINS: Final = 3
SPELL_ENDS: Final = 4
HEARTBEAT: Final = 5
"""A heartbeat leaves."""
BEAT_ARRIVES: Final = 6
"""A heartbeat reaches the venue."""
USER_CLASSES: Final = (TRADE, NOTICE)


class Carrier:
    """The two directions of travel, and the counts of acts and answers."""

    __slots__ = (
        "account",
        "acts",
        "answers",
        "desk",
        "entry",
        "fate",
        "heap",
        "latency",
        "other_ns",
        "plain",
        "reply_ns",
        "seq",
        "user_ns",
    )

    def __init__(self, desk: Desk, latency: Latency, fate: Fate | None, chance: Fate) -> None:
        self.desk = desk
        self.account = desk.exchange.account(desk.account)
        self.latency = latency
        self.fate = fate
        self.heap: list[tuple[int, int, int, Any]] = []
        self.seq = 0
        self.acts = 0
        """How many acts were asked."""
        self.answers = 0
        """How many answers were sent on their way."""
        self.user_ns = 0
        """When the last message of the user channel arrives: nothing overtakes it."""
        same = latency.place.base_ns == latency.cancel.base_ns == latency.other.base_ns
        self.plain = fate is None and latency.constant and same
        self.reply_ns = latency.reply.base_ns if latency.constant else -1
        self.other_ns = latency.other.base_ns
        self.entry = chance.chance
        """The generator that delays are drawn from."""

    def push(self, at_ns: int, code: int, thing: Any) -> None:
        """Send something on its way."""
        self.seq += 1
        heappush(self.heap, (at_ns, self.seq, code, thing))

    def perform(self, effects: list[AnyEffect], now_ns: Ns) -> None:
        """Send acts to the venue."""
        acts = [effect for effect in effects if effect.__class__ is not Note]
        if not acts:
            return
        self.acts += len(acts)
        if self.plain:
            self.push(now_ns + self.other_ns, ARRIVE, acts)
            return
        for act in acts:
            self._send(act, now_ns)

    def _send(self, act: Effect, now_ns: Ns) -> None:
        latency = self.latency
        fate = self.fate
        delay = latency.other
        lost = 0.0
        if isinstance(act, PlaceOrder):
            delay = latency.place
            lost = fate.faults.submit_lost if fate is not None else 0.0
        elif isinstance(act, CancelOrder):
            delay = latency.cancel
            lost = fate.faults.cancel_lost if fate is not None else 0.0
        if fate is not None and fate.hit(lost):
            self._unanswered(act, now_ns)
        else:
            self.push(now_ns + delay.draw(self.entry), ARRIVE, [act])

    def _unanswered(self, act: Effect, now_ns: Ns) -> None:
        """Our side gives up waiting: the answer is that there is none."""
        at_ns = Ns(now_ns + self.latency.timeout_ns)
        event: AnyEvent
        if isinstance(act, PlaceOrder):
            event = OrderUnknown(at_ns, act.order, "request timed out")
        elif isinstance(act, CancelOrder):
            event = CancelUnknown(at_ns, act.order, "request timed out")
        else:
            raise TypeError(f"no unknown answer for {type(act).__name__}")
        self.answers += 1
        self.push(at_ns, DELIVER, [event])

    def arrive(self, acts: list[Effect], now_ns: Ns) -> None:
        """Acts reach the venue; what it says starts on its way back."""
        desk = self.desk
        if self.fate is None:
            floor = desk.exchange.floor
            account = self.account
            for act in acts:
                kind = act.__class__
                if kind is PlaceOrder:
                    place(floor, account, act, now_ns)  # type: ignore[arg-type]
                elif kind is CancelOrder:
                    cancel(floor, account, act.order, now_ns)  # type: ignore[attr-defined]
                else:
                    desk.arrive(act, now_ns)
            self.drain(now_ns)
            return
        for act in acts:
            desk.arrive(act, now_ns)
            self._answer(act, self.fate, now_ns)

    def _answer(self, act: Effect, fate: Fate, now_ns: Ns) -> None:
        """Send back what was said about one act, unless its answer is lost or late."""
        faults = fate.faults
        late_ns = 0
        lost = False
        if isinstance(act, PlaceOrder):
            lost = fate.hit(faults.submit_timeout)
            late_ns = SECOND if fate.hit(faults.ack_late) else 0
        elif isinstance(act, CancelOrder):
            lost = fate.hit(faults.cancel_timeout)
        if lost:
            out = self.desk.exchange.out
            out[:] = [output for output in out if output[1] != REPLY]
            self._unanswered(act, now_ns)
        self.drain(now_ns, late_ns)

    def drain(self, now_ns: Ns, late_ns: int = 0) -> None:
        """Send on its way all that the venue has said to our account."""
        out = self.desk.exchange.out
        ours = self.desk.account
        latency = self.latency
        reply_ns = -1
        replies: list[AnyEvent] = []
        for account, delay_class, event in out:
            if account != ours:
                continue
            if delay_class in USER_CLASSES:
                self._user_channel(delay_class, event, now_ns)
                continue
            if delay_class == REPLY:
                self.answers += 1
            if reply_ns < 0:
                reply_ns = self.reply_ns
                if reply_ns < 0:
                    reply_ns = latency.reply.draw(self.entry)
                reply_ns += now_ns + late_ns
                self.push(reply_ns, DELIVER, replies)
            replies.append(event)
        out.clear()

    def _user_channel(self, delay_class: int, event: AnyEvent, now_ns: Ns) -> None:
        """Send a message over the user channel, in order unless a fault says otherwise."""
        delay = self.latency.trade if delay_class == TRADE else self.latency.notice
        at_ns = max(now_ns + delay.draw(self.entry), self.user_ns)
        self.user_ns = at_ns
        fate = self.fate
        if fate is not None and delay_class == TRADE:
            if fate.hit(fate.faults.report_doubled):
                self.push(at_ns + fate.late_ns(), DELIVER_USER, [event])
            if fate.hit(fate.faults.report_late):
                at_ns += fate.late_ns()
        self.push(at_ns, DELIVER_USER, [event])
