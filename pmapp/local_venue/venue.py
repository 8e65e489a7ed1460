"""The venue: one object, one clock that is passed in, no socket, no task, no chance.

Whatever is asked of it is done at the time that its clock shows: `pump` first lets everything
happen that is due, in the order of its moments, then requests are answered and what has changed is
told to whoever listens. Servers only carry bytes: `request` takes a request and a function that
hears the answer, `open` takes a path and returns the session that hears a connection's messages
and whose outbox holds what is to be said there.
"""

from collections.abc import Callable
from typing import Final

from pmapp.local_venue.answer_faults import AnswerFault
from pmapp.local_venue.beats import Beats
from pmapp.local_venue.board import Board
from pmapp.local_venue.ear import Ear
from pmapp.local_venue.fault_kinds import Switchboard
from pmapp.local_venue.faults import Faults
from pmapp.local_venue.flow import Flow, Source, natural
from pmapp.local_venue.http import Answer, Hear, Promise, Request, error
from pmapp.local_venue.keys import Key, KeyRing
from pmapp.local_venue.listing import Listings
from pmapp.local_venue.market_channel import MarketSession
from pmapp.local_venue.notes import Notes
from pmapp.local_venue.order_log import OrderLog, Posted
from pmapp.local_venue.outbox import Outbox, Wake
from pmapp.local_venue.placing import finish_held
from pmapp.local_venue.price_feeds import BoltSession, PriceFeeds, RtdsSession
from pmapp.local_venue.rates import Limiter
from pmapp.local_venue.relayer import Relayer
from pmapp.local_venue.routes import answer_to
from pmapp.local_venue.terms import TIERS, VenueTerms
from pmapp.local_venue.timers import Timers
from pmapp.local_venue.trade_log import TradeLog
from pmapp.local_venue.user_channel import UserHub, UserSession
from pmapp.local_venue.wallets import Wallet, Wallets
from pmapp.local_venue.world import World
from pmcore.sim.exchange import Exchange
from pmcore.units import SECOND, Ns

Clock = Callable[[], int]
Session = MarketSession | UserSession | RtdsSession | BoltSession
SOCKETS: Final = {
    "/ws/market": "market",
    "/ws/user": "user",
    "/rtds": "rtds",
    "/": "rtds",
    "/ws": "polybolt",
}
"""The path of a websocket -> its channel, of `faults.CHANNELS`."""
NOTHING: Final = error(500, "could not run the execution")


class Venue:
    """A Polymarket. Every time is the venue's own, in nanoseconds."""

    def __init__(self, terms: VenueTerms, clock: Clock, source: Source | None = None) -> None:
        self.terms = terms
        self.clock = clock
        self.now_ns = Ns(clock())
        self.timers = Timers()
        self.exchange = Exchange(terms.assumptions)
        self.faults = Faults(terms.seed)
        self.switchboard = Switchboard(self)
        self.listings = Listings(terms)
        self.board = Board(self.listings, self.now_ns)
        self.keys = KeyRing(terms.seed, terms.chain_id)
        self.wallets = Wallets(self.exchange, terms.chain_id, terms.faucet)
        self.orders = OrderLog()
        self.trades = TradeLog()
        self.rates = Limiter(TIERS[terms.tier])
        self.beats = Beats(
            self.timers, terms.heartbeat_ns, terms.heartbeat_check_ns, terms.seed, self._no_beat
        )
        self.relayer = Relayer(self)
        self.prices = PriceFeeds(self.keys.vouch)
        self.user_hub = UserHub(self.keys.vouch)
        self.ear = Ear(self)
        self.world = World(self)
        self.held: list[Posted] = []
        """Orders inside the taker delay whose answers wait."""
        self.notes = Notes()
        self.flow = Flow((source or natural(terms))(self.now_ns))
        self.world.roll(self.now_ns)
        self._minute(self.now_ns)
        self.pump()

    # --- time ------------------------------------------------------------------------------------

    def next_due_ns(self) -> int:
        """When the venue will want to do something of its own."""
        return min(self.flow.next_ns(), self.exchange.next_due_ns(), self.timers.next_ns)

    def pump(self) -> None:
        """Let everything happen that is due, each thing at its own moment."""
        now_ns = max(self.clock(), self.now_ns)
        while True:
            fact_ns = self.flow.next_ns()
            exchange_ns = self.exchange.next_due_ns()
            when = min(fact_ns, exchange_ns, self.timers.next_ns)
            if when > now_ns:
                break
            self._advance(max(when, self.now_ns))
            if when == fact_ns:
                self.world.happen(self.flow.pop())
            elif when == exchange_ns:
                self.exchange.due(Ns(when))
                self.settle()
            else:
                self.timers.run(when)
        self._advance(now_ns)
        self.board.flush()

    def _advance(self, now_ns: int) -> None:
        """Time passes; what belongs to an earlier millisecond is told before."""
        if now_ns // 1_000_000 > self.now_ns // 1_000_000:
            self.board.flush()
        self.now_ns = self.board.now_ns = self.prices.now_ns = Ns(now_ns)

    def _minute(self, now_ns: Ns) -> None:
        self.board.remember(now_ns)
        self.timers.at((now_ns // (60 * SECOND) + 1) * 60 * SECOND, self._minute)

    # --- requests and connections ----------------------------------------------------------------

    def request(self, request: Request, hear: Hear) -> None:
        """Answer one request: `hear` is called once, now or later."""
        self.pump()
        fault = self.faults.of_answer(request)
        if fault is None:
            answer = answer_to(self, request)
        elif fault.applied or not (fault.status or fault.fate or fault.garbage):
            answer = self._changed(answer_to(self, request), fault)
        else:
            answer = self._changed(NOTHING, fault)
        self.board.flush()
        if isinstance(answer, Promise):
            answer.then(hear)
        else:
            hear(answer)

    def _changed(self, answer: Answer | Promise, fault: AnswerFault) -> Answer | Promise:
        """An answer as a fault changes it, perhaps later."""
        if isinstance(answer, Answer) and not fault.delay_ms:
            return fault.changed(answer)
        later = Promise()

        def keep(kept: Answer) -> None:
            changed = fault.changed(kept)
            if fault.delay_ms:
                when = self.now_ns + fault.delay_ms * 1_000_000
                self.timers.at(when, lambda _: later.keep(changed))
            else:
                later.keep(changed)

        if isinstance(answer, Answer):
            keep(answer)
        else:
            answer.then(keep)
        return later

    def open(self, path: str, wake: Wake) -> Session | None:
        """A new websocket connection; None for a path that is not served, or not now."""
        self.pump()
        name = SOCKETS.get(path)
        if name is None or self.faults.channels[name].refusing:
            return None
        outbox = Outbox(self.terms.outbox_frames, wake, self.faults.channels[name])
        if name == "market":
            return self.board.hub.open(outbox)
        if name == "user":
            return self.user_hub.open(outbox)
        return self.prices.open_rtds(outbox) if name == "rtds" else self.prices.open_bolt(outbox)

    def sessions(self, channel: str) -> list[Session]:
        """The connections of a channel, oldest first."""
        if channel == "market":
            return list(self.board.hub.sessions.values())
        if channel == "user":
            return list(self.user_hub.sessions.values())
        kind = RtdsSession if channel == "rtds" else BoltSession
        return [session for session in self.prices.sessions if isinstance(session, kind)]

    def marked(self, answer: Answer | Promise, key: Key, *, cancel: bool) -> Answer | Promise:
        """An answer with the key's rate headers, whenever it comes."""
        if isinstance(answer, Answer):
            return self.rates.marked(answer, key.address, self.now_ns, cancel=cancel)
        later = Promise()

        def keep(kept: Answer) -> None:
            later.keep(self.rates.marked(kept, key.address, self.now_ns, cancel=cancel))

        answer.then(keep)
        return later

    # --- after every act -------------------------------------------------------------------------

    def settle(self, *markets: int) -> None:
        """After anything was done at the exchange: hear it, note what looks different."""
        touched = self.ear.drain() | dict.fromkeys(markets)
        for market in touched:
            pit = self.exchange.floor.pits.get(market)
            if pit is not None and pit.payout_up < 0:
                self.board.note(pit)
        if self.held:
            finish_held(self)

    def tell_user(self, key: str, condition: str, frame: bytes) -> None:
        """Send an event of the user channel."""
        late_ns = self.faults.user_late_ns
        if late_ns:
            when = self.now_ns + late_ns
            self.timers.at(when, lambda _: self.user_hub.tell(key, condition, frame))
        else:
            self.user_hub.tell(key, condition, frame)

    def _no_beat(self, key: str, now_ns: Ns) -> None:
        """Heartbeats of a key have stopped: all its orders go."""
        for order in self.orders.open_of(key):
            self.exchange.cancel(order.wallet.account, order.number, now_ns)
            self.settle(order.listed.market.id)
            order.replies.clear()

    def wallet(self, address: str) -> Wallet | None:
        """The wallet at an address, in any case."""
        wanted = address.lower()
        for name, wallet in self.wallets.by_address.items():
            if name.lower() == wanted:
                return wallet
        return None
