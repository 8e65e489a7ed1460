"""What all parts of the simulated venue share: pits, accounts, timers, the ledger, the outbox.

The ledger closes the books: what accounts pay goes to the outside, to fees, to the chain (the
collateral behind minted pairs) or to dust (a micro-dollar lost by rounding each side of a mint in
the venue's favour). The sum over all of them never changes but by deposits.
"""

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, Final

from pmcore.events import AnyEvent, BalanceReported
from pmcore.ids import UP, MarketId
from pmcore.order import Happening, advance
from pmcore.sim.accounts import Account, release, remember
from pmcore.sim.assumptions import Assumptions
from pmcore.sim.faults import Fate
from pmcore.sim.latency import NOTICE
from pmcore.sim.pit import Pit, Resting
from pmcore.units import Cash, Ns

NEVER: Final = Ns((1 << 62) - 1)
"""After every moment; the largest number that a compiled comparison takes at once."""
Output = tuple[int, int, AnyEvent]
"""Account, delay class, event stamped with the venue's time."""
Timer = tuple[int, int, int, Any]
"""When, tiebreak, what (one of the codes below), and about which thing."""

EXPIRE: Final = 0
RELEASE: Final = 1
PROGRESS: Final = 2
CHAIN: Final = 3
CHECK_BEAT: Final = 4
MODE: Final = 5

NORMAL: Final = "normal"
POST_ONLY: Final = "post_only"
CANCEL_ONLY: Final = "cancel_only"
RESTARTING: Final = "restarting"
DISABLED: Final = "disabled"
MODES: Final = (NORMAL, POST_ONLY, CANCEL_ONLY, RESTARTING, DISABLED)


@dataclass
class Ledger:
    """Where cash is that is in no account, in micro-dollars."""

    deposited: int = 0
    outside: int = 0
    chain: int = 0
    fees: int = 0
    dust: int = 0
    rebates: int = 0
    """Paid out, so negative in the balance."""
    gas: int = 0


class Floor:
    """The shared state of the simulated venue."""

    __slots__ = (
        "accounts",
        "assumptions",
        "due_ns",
        "expiring",
        "fate",
        "ledger",
        "mode",
        "model",
        "now_ns",
        "out",
        "pits",
        "seq",
        "timers",
        "trade_count",
        "trades",
    )

    def __init__(self, assumptions: Assumptions, fate: Fate | None) -> None:
        self.assumptions = assumptions
        self.model = assumptions.model
        self.fate = fate
        self.pits: dict[int, Pit] = {}
        self.accounts: dict[int, Account] = {}
        self.expiring: dict[int, dict[int, Resting]] = {}
        self.timers: list[Timer] = []
        self.due_ns: int = NEVER
        self.out: list[Output] = []
        self.ledger = Ledger()
        self.mode = NORMAL
        self.seq = 0
        self.trade_count = 0
        self.trades: dict[str, Any] = {}
        self.now_ns = Ns(0)

    def pit(self, market: MarketId) -> Pit:
        """The pit of a market, made on first sight."""
        pit = self.pits.get(market)
        if pit is None:
            pit = self.pits[market] = Pit(market)
        return pit

    def account(self, number: int) -> Account:
        """The account of a number, made empty on first sight."""
        account = self.accounts.get(number)
        if account is None:
            account = self.accounts[number] = Account(number)
        return account

    def at(self, when_ns: int, code: int, thing: Any) -> None:
        """Set a timer."""
        self.seq += 1
        heappush(self.timers, (when_ns, self.seq, code, thing))
        self.due_ns = self.timers[0][0]

    def pop_timer(self) -> Timer:
        """The next timer; there must be one."""
        timer = heappop(self.timers)
        self.due_ns = self.timers[0][0] if self.timers else NEVER
        return timer

    def say(self, account: int, delay_class: int, event: AnyEvent) -> None:
        """Put an event into the outbox."""
        self.out.append((account, delay_class, event))

    def expire_at(self, order: Resting) -> None:
        """Have a GTD order expire; orders with the same expiry share one timer."""
        batch = self.expiring.get(order.expires_ns)
        if batch is None:
            batch = self.expiring[order.expires_ns] = {}
            self.at(order.expires_ns, EXPIRE, order.expires_ns)
        batch[order.seq] = order

    def finish(self, pit: Pit, order: Resting, happening: Happening, now_ns: Ns) -> None:
        """End an order: out of the queue, nothing reserved, remembered."""
        advance(order, happening, now_ns)
        pit.leave(order)
        if pit.held:
            pit.held.pop(order.seq, None)
        account = self.accounts[order.account]
        if order.reserved:
            release(account, order)
        remember(account, order)
        if order.expires_ns:
            batch = self.expiring.get(order.expires_ns)
            if batch is not None:
                batch.pop(order.seq, None)

    def fund(self, number: int, cash: Cash, now_ns: Ns) -> None:
        """Deposit (or, if negative, withdraw) cash, and report the new balance."""
        account = self.account(number)
        account.cash += cash
        self.ledger.deposited += cash
        self.say(number, NOTICE, BalanceReported(now_ns, Cash(account.cash)))

    def grant(self, number: int, market: MarketId, up: int, down: int) -> None:
        """Give an account confirmed shares, out of the outside's hands."""
        position = self.account(number).position(market)
        position.up += up
        position.down += down
        pit = self.pit(market)
        pit.outside_up -= up
        pit.outside_down -= down

    def unbalanced(self) -> list[str]:
        """What does not add up, in words; empty when every cent and share is where it must be."""
        ledger = self.ledger
        cash = sum(account.cash for account in self.accounts.values())
        total = cash + ledger.outside + ledger.chain + ledger.fees + ledger.dust + ledger.gas
        wrong = []
        if total - ledger.rebates != ledger.deposited:
            wrong.append(f"cash {total - ledger.rebates} of {ledger.deposited}")
        for market, pit in self.pits.items():
            for outcome, elsewhere in (
                (UP, pit.outside_up + pit.redeemed_up),
                (1 - UP, pit.outside_down + pit.redeemed_down),
            ):
                held = elsewhere
                for account in self.accounts.values():
                    position = account.positions.get(market)
                    if position is not None:
                        held += position.up if outcome == UP else position.down
                if held != pit.pairs:
                    wrong.append(f"shares of {market}/{outcome}: {held} of {pit.pairs}")
        return wrong
