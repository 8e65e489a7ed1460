"""The simulated exchange: an event machine in venue time, for any number of accounts.

It is told facts of the tape (`observe`) and acts of accounts, each with the venue's time, which
never falls; what it has to say is put into `out` as `(account, delay class, event)`, stamped with
the venue's time. Each act yields exactly one REPLY, at once or (chain operations) by a timer; the
rest are TRADE reports and NOTICEs. Its own timers are served by `due(now_ns)`, and `next_due_ns()`
is the next of them.
"""

from pmcore.effects import PlaceOrder
from pmcore.events import (
    AllCancelled,
    CancelAllUnknown,
    Event,
    HeartbeatAcked,
    MarketListed,
    OpenOrder,
    StrayCancelled,
    TradeReported,
    VenueModeChanged,
)
from pmcore.events import Holding as Held
from pmcore.ids import OUTCOMES, UP, MarketId, OpId, OrderId
from pmcore.order import DELAYED
from pmcore.sim import chain, submits, trades
from pmcore.sim.accounts import Account, Position
from pmcore.sim.assumptions import Assumptions
from pmcore.sim.faults import Fate
from pmcore.sim.floor import (
    CHAIN,
    CHECK_BEAT,
    EXPIRE,
    MODE,
    MODES,
    PROGRESS,
    RELEASE,
    RESTARTING,
    Floor,
    Output,
)
from pmcore.sim.incentives import scores
from pmcore.sim.latency import NOTICE, REPLY
from pmcore.sim.outside import FACTS
from pmcore.sim.pit import Pit, Resting
from pmcore.sim.validity import Refusal, closed
from pmcore.units import Cash, Ns, Shares


class Exchange:
    """The venue. All times are venue nanoseconds; all amounts integers of `units`."""

    __slots__ = ("floor", "out")

    def __init__(self, assumptions: Assumptions | None = None, fate: Fate | None = None) -> None:
        self.floor = Floor(assumptions or Assumptions(), fate)
        self.out: list[Output] = self.floor.out

    # --- facts and timers ------------------------------------------------------------------------

    def observe(self, fact: Event, now_ns: Ns) -> None:
        """Let the venue know a fact of the tape; facts that are not its business do nothing."""
        told = FACTS.get(fact.__class__)
        if told is not None:
            told(self.floor, fact, now_ns)

    def next_due_ns(self) -> int:
        """When the next own timer goes off; `floor.NEVER` if none is set."""
        return self.floor.due_ns

    def due(self, now_ns: Ns) -> None:
        """Serve every own timer up to `now_ns`, each at its own time."""
        floor = self.floor
        while floor.due_ns <= now_ns:
            when, _, code, thing = floor.pop_timer()
            at_ns = Ns(when)
            if code == PROGRESS:
                trades.progress(floor, thing, at_ns)
            elif code == RELEASE:
                submits.release(floor, thing, at_ns)
            elif code == EXPIRE:
                submits.expire(floor, thing, at_ns)
            elif code == CHAIN:
                chain.speak(floor, thing, at_ns)
            elif code == CHECK_BEAT:
                self._check_beat(thing, at_ns)
            elif code == MODE:
                self.set_mode(thing, at_ns)

    def take(self) -> list[Output]:
        """Everything said since the last call, in order."""
        said = list(self.out)
        self.out.clear()
        return said

    # --- acts of accounts ------------------------------------------------------------------------

    def place(self, account: int, act: PlaceOrder, now_ns: Ns) -> None:
        """Submit one order. REPLY: OrderAccepted, OrderDelayed or OrderRejected."""
        floor = self.floor
        holder = floor.accounts.get(account)
        submits.place(floor, holder or floor.account(account), act, now_ns)

    def refusal(self, account: int, act: PlaceOrder, now_ns: Ns) -> Refusal | None:
        """Why an order would be refused now, or None; it changes nothing."""
        return submits.wrong_with(self.floor, self.floor.account(account), act, now_ns)

    def closed(self, market: MarketId, post_only: bool) -> Refusal | None:
        """Why no such order is taken in a market now, or None."""
        return closed(self.floor, self.floor.pits.get(market), post_only)

    def cancel(self, account: int, order: OrderId, now_ns: Ns) -> None:
        """Cancel one order. REPLY: OrderCancelled or CancelRefused."""
        floor = self.floor
        holder = floor.accounts.get(account)
        submits.cancel(floor, holder or floor.account(account), order, now_ns)

    def cancel_all(self, account: int, op: OpId, now_ns: Ns) -> None:
        """Cancel everything. REPLY: AllCancelled, or CancelAllUnknown while something stays.

        Each order that ends says so in a NOTICE of its own.
        """
        floor = self.floor
        if floor.mode == RESTARTING:
            answer = CancelAllUnknown(now_ns, op, submits.RESTART_TEXT)
            floor.say(account, REPLY, answer)
        elif submits.cancel_every(floor, floor.account(account), "asked", now_ns):
            floor.say(account, REPLY, AllCancelled(now_ns, op))
        else:
            floor.say(account, REPLY, CancelAllUnknown(now_ns, op, submits.HELD_TEXT))

    def cancel_stray(self, account: int, op: OpId, venue_id: str, now_ns: Ns) -> None:
        """Cancel an order by the venue's id. REPLY: StrayCancelled."""
        holder = self.floor.account(account)
        done = False
        for order in list(holder.orders.values()):
            if self.venue_id(order) == venue_id and order.status != DELAYED:
                submits.kill(self.floor, self.floor.pits[order.market], order, "asked", now_ns)
                done = True
        self.floor.say(account, REPLY, StrayCancelled(now_ns, op, done))

    def merge(self, account: int, op: OpId, market: MarketId, size: Shares, now_ns: Ns) -> None:
        """Merge pairs. REPLY, when the chain has spoken: MergeConfirmed, Failed or Unknown."""
        chain.merge(self.floor, account, op, market, size, now_ns)

    def redeem(self, account: int, op: OpId, market: MarketId, now_ns: Ns) -> None:
        """Redeem a resolved market. REPLY, later: RedeemConfirmed, Failed or Unknown."""
        chain.redeem(self.floor, account, op, market, now_ns)

    def heartbeat(self, account: int, now_ns: Ns) -> None:
        """A heartbeat came: arms the switch at the first. REPLY: HeartbeatAcked."""
        holder = self.floor.account(account)
        if not holder.beaten_ns:
            when = now_ns + self.floor.assumptions.heartbeat_check_ns
            self.floor.at(when, CHECK_BEAT, account)
        holder.beaten_ns = now_ns
        self.floor.say(account, REPLY, HeartbeatAcked(now_ns))

    def _check_beat(self, account: int, now_ns: Ns) -> None:
        holder = self.floor.account(account)
        assumed = self.floor.assumptions
        if now_ns - holder.beaten_ns >= assumed.heartbeat_ns:
            holder.beaten_ns = 0
            submits.cancel_every(self.floor, holder, "heartbeat", now_ns)
        else:
            self.floor.at(now_ns + assumed.heartbeat_check_ns, CHECK_BEAT, account)

    def set_mode(self, mode: str, now_ns: Ns, until_ns: int = 0, then: str = "normal") -> None:
        """Change the venue's mode, for good or until `until_ns`; every account is told.

        Raises ValueError for a mode that is not in `floor.MODES`. In `restarting` orders and
        cancels are refused; in `disabled` and `cancel_only` cancels work.
        """
        if mode not in MODES:
            raise ValueError(f"no such venue mode: {mode!r}")
        self.floor.mode = mode
        for account in sorted(self.floor.accounts):
            self.floor.say(account, NOTICE, VenueModeChanged(now_ns, mode))
        if until_ns > now_ns:
            self.floor.at(until_ns, MODE, then)

    # --- views -----------------------------------------------------------------------------------

    def fund(self, account: int, cash: Cash, now_ns: Ns) -> None:
        """Deposit cash; BalanceReported follows as a NOTICE."""
        self.floor.fund(account, cash, now_ns)

    def grant(self, account: int, market: MarketId, up: Shares, down: Shares) -> None:
        """Give an account confirmed shares."""
        self.floor.grant(account, market, up, down)

    def cash(self, account: int) -> Cash:
        """Collateral of an account, including what its orders reserve."""
        return Cash(self.floor.account(account).cash)

    def position(self, account: int, market: MarketId) -> Position:
        """The position of an account in a market, reservations included."""
        return self.floor.account(account).position(market)

    def holdings(self, account: int) -> tuple[Held, ...]:
        """Shares of every token that an account holds, unconfirmed ones included."""
        positions = self.floor.account(account).positions
        return tuple(
            Held(MarketId(market), outcome, Shares(shares))
            for market in sorted(positions)
            for outcome in OUTCOMES
            if (shares := positions[market].up if outcome == UP else positions[market].down)
        )

    def open_orders(self, account: int) -> tuple[OpenOrder, ...]:
        """Every open order, held ones included; one with a negative number is a stray (0)."""
        return tuple(
            OpenOrder(
                order.id if order.id > 0 else OrderId(0),
                self.venue_id(order),
                order.market,
                order.outcome,
                order.side,
                order.price,
                order.size,
                order.filled,
                order.kind,
            )
            for order in self.floor.account(account).orders.values()
        )

    def venue_id(self, order: Resting) -> str:
        """The venue's id of an order."""
        return f"sim-{order.account}-{order.id}"

    def scoring(self, account: int, order: OrderId, now_ns: Ns) -> bool:
        """Whether an order earns liquidity rewards now."""
        return scores(self.floor, self.account(account), order, now_ns)

    def account(self, account: int) -> Account:
        """The account itself, for reading."""
        return self.floor.account(account)

    def pit(self, market: MarketId) -> Pit | None:
        """A market as the venue sees it, for reading."""
        return self.floor.pits.get(market)

    def listing(self, market: MarketId, now_ns: Ns) -> MarketListed | None:
        """The market's listing, if there is one yet."""
        pit = self.floor.pits.get(market)
        return None if pit is None or pit.terms is None else MarketListed(now_ns, pit.terms)

    def mine(self, account: int, now_ns: Ns) -> list[TradeReported]:
        """Reports of every trade of an account that is not final yet, oldest first."""
        return [
            event
            for match in self.floor.trades.values()
            for event in trades.reports(match, account, now_ns)
        ]

    def unbalanced(self) -> list[str]:
        """What does not add up in the ledger; empty when all is well."""
        return self.floor.unbalanced()

    def shown(self, market: MarketId) -> bool:
        """Whether any outside book of this market is known."""
        pit = self.floor.pits.get(market)
        if pit is None:
            return False
        return pit.book.valid or pit.shallow or bool(pit.book.bids or pit.book.asks)
