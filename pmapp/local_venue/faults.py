"""What is wrong with the venue right now: plain switches, read where they matter.

Which switches there are and how they are thrown stands in `fault_kinds`; here is their state and
the small questions that the rest of the venue asks of it. All draws come from generators seeded by
the venue's seed, so the same requests in the same order meet the same faults.
"""

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pmapp.local_venue.answer_faults import AnswerFault, strikes
from pmapp.local_venue.channel_faults import ChannelFaults
from pmapp.local_venue.http import Request
from pmcore.events import OracleTicked
from pmcore.ids import BINANCE, Source
from pmcore.sim.faults import Fate
from pmcore.sim.faults import Faults as Rates
from pmcore.sim.submits import hit
from pmcore.units import Ns, OraclePrice

if TYPE_CHECKING:
    from pmapp.local_venue.order_log import Posted
    from pmapp.local_venue.venue import Venue
    from pmapp.local_venue.world import World

CHANNELS: Final = ("market", "user", "rtds", "polybolt")


class Faults:
    """The switches of one venue; a new one has none thrown."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(f"faults/{seed}")
        self.channels = {name: ChannelFaults(f"{name}/{seed}") for name in CHANNELS}
        self.answers: list[AnswerFault] = []
        self.rates = Rates()
        """Probabilities of the simulated exchange: failed trades, chain operations."""
        self.fate = Fate(self.rates, seed)
        self.banned: dict[str, None] = {}
        self.closed_only: dict[str, None] = {}
        self.everyone_closed = False
        self.blocked_in = ""
        """The country from which we seem to come, where that is a blocked one."""
        self.answers_delayed = False
        """Held orders are answered `delayed` at once."""
        self.open_ns = 0
        """When post-only mode ends after a restart."""
        self.legs_lost = 0.0
        """Legs of a batch that "could not insert order"."""
        self.races = 0.0
        """Cancels before which a taker hits part of the order."""
        self.beats_broken = 0
        """How many heartbeats still meet another expected id."""
        self.user_late_ns = 0
        """How late the user channel is."""
        self.trades_doubled = 0.0
        self.trades_hidden = False
        """`/data/trades` does not show any."""
        self.dust = 0.0
        """Trades that fill a few micro-shares more or less than the order."""
        self.positions_frozen: dict[str, list[dict[str, Any]]] | None = None
        self.cash_frozen: dict[int, int] | None = None
        self.holes: dict[int, int] = {}
        """Source -> how many faults keep its prices back."""
        self.back_ns: dict[int, int] = {}
        self.ties: dict[int, None] = {}
        """Windows that are to end in a tie."""
        self.clock_skew_s = 0
        self.unlisted: dict[str, None] = {}
        """Slugs that Gamma does not know yet."""
        self.texts: dict[str, str] = {}
        """Slug -> another text of the rule."""
        self.relayer_stuck = False
        self.relayer_failing = False

    def strikes(self, probability: float) -> bool:
        """Whether a fault of this probability strikes now; draws nothing where it cannot."""
        return probability > 0.0 and self.chance.random() < probability

    def of_answer(self, request: Request) -> AnswerFault | None:
        """The fault that this request's answer meets, if any."""
        for fault in self.answers:
            if fault.left and strikes(fault, request) and self.strikes(fault.probability):
                fault.left -= 1
                return fault
        return None

    def set_rates(self, venue: "Venue", **changed: float) -> None:
        """Change the simulated exchange's own probabilities."""
        self.rates = msgspec.structs.replace(self.rates, **changed)
        self.fate.faults = self.rates
        venue.exchange.floor.fate = self.fate

    def is_closed_only(self, address: str) -> bool:
        """Whether an address may only close positions."""
        return self.everyone_closed or address in self.closed_only

    def race(self, venue: "Venue", order: "Posted") -> None:
        """Perhaps let a taker hit part of an order that is about to be cancelled."""
        if not self.races or not order.open or not self.strikes(self.races):
            return
        account = venue.exchange.account(order.wallet.account)
        resting = account.orders.get(order.number)
        pit = venue.exchange.pit(order.listed.market.id)
        if resting is None or pit is None or resting.seq in pit.held:
            return
        size = max(10_000, self.fate.fraction(resting.leaves) // 10_000 * 10_000)
        hit(venue.exchange.floor, resting, min(size, resting.leaves), venue.now_ns)
        venue.settle(order.listed.market.id)

    def before_beat(self, venue: "Venue", key: str) -> None:
        """Perhaps break a key's chain of heartbeats."""
        if self.beats_broken and key in venue.beats.armed:
            self.beats_broken -= 1
            venue.beats.break_chain(key)

    def cash_seen(self, account: int, cash: int) -> int:
        """A balance as the venue's cache has it."""
        if self.cash_frozen is None:
            return cash
        return self.cash_frozen.setdefault(account, cash)

    def refresh(self) -> None:
        """`/balance-allowance/update`: the cache is filled anew."""
        if self.cash_frozen is not None:
            self.cash_frozen = {}

    def positions_seen(
        self, user: str, rows: Callable[[], list[dict[str, Any]]]
    ) -> list[dict[str, Any]]:
        """Positions as the Data API's cache has them."""
        if self.positions_frozen is None:
            return rows()
        if user not in self.positions_frozen:
            self.positions_frozen[user] = rows()
        return self.positions_frozen[user]

    def price(self, world: "World", fact: OracleTicked) -> tuple[Source, Ns, OraclePrice] | None:
        """A reference price as the feeds say it, or None if they do not."""
        source = fact.source
        if self.holes.get(source):
            return None
        price = fact.price
        if self.ties and source != BINANCE:
            price = world.tied(fact.venue_ns) or price
        return source, Ns(fact.venue_ns - self.back_ns.get(source, 0)), price
