"""The venue: one object, one clock that is passed in, no socket, no task, no chance.

Whatever is asked of it is done at the time that its clock shows: `pump` first lets everything
happen that is due, in the order of its moments, then requests are answered and what has changed is
told to whoever listens. Servers only carry bytes: `request` takes a request and a function that
hears the answer, `open` takes an outbox and returns the session that hears a connection's messages.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from pmapp.local_venue.beats import Beats
from pmapp.local_venue.ear import Ear
from pmapp.local_venue.faults import Faults
from pmapp.local_venue.flow import Flow, Source, natural
from pmapp.local_venue.http import Answer, Hear, Promise, Request
from pmapp.local_venue.keys import Key, KeyRing
from pmapp.local_venue.listing import Listed, Listings
from pmapp.local_venue.market_channel import MarketHub, MarketSession
from pmapp.local_venue.market_shapes import new_market_frame, resolved_frame
from pmapp.local_venue.order_log import OrderLog, Posted
from pmapp.local_venue.outbox import Outbox, Wake
from pmapp.local_venue.placing import finish_held
from pmapp.local_venue.price_feeds import BoltSession, PriceFeeds, RtdsSession
from pmapp.local_venue.rates import Limiter
from pmapp.local_venue.relayer import Relayer
from pmapp.local_venue.routes import answer_to
from pmapp.local_venue.shown import Print, Shown
from pmapp.local_venue.terms import TIERS, VenueTerms
from pmapp.local_venue.timers import NEVER, Timers
from pmapp.local_venue.trade_log import TradeLog
from pmapp.local_venue.user_channel import UserHub, UserSession
from pmapp.local_venue.wallets import Wallet, Wallets
from pmcore.book.book import Book
from pmcore.events import (
    AnyEvent,
    BookReset,
    LevelChanged,
    MarketListed,
    MarketResolved,
    OracleTicked,
    TickChanged,
    TouchQuoted,
    TradePrinted,
)
from pmcore.ids import BUY, SELL, SIDE_NAMES, UP, MarketId, Outcome
from pmcore.sim.exchange import Exchange
from pmcore.units import SECOND, Ns, Price

Clock = Callable[[], int]
Session = MarketSession | UserSession | RtdsSession | BoltSession
SOCKETS: Final = ("/ws/market", "/ws/user", "/rtds", "/ws")
HISTORY_MINUTES: Final = 1_440


class Venue:
    """A Polymarket. Every time is the venue's own, in nanoseconds."""

    def __init__(self, terms: VenueTerms, clock: Clock, source: Source | None = None) -> None:
        self.terms = terms
        self.clock = clock
        self.now_ns = Ns(clock())
        self.faults = Faults()
        self.exchange = Exchange(terms.assumptions)
        self.timers = Timers()
        self.listings = Listings(terms)
        self.keys = KeyRing(terms.seed, terms.chain_id)
        self.wallets = Wallets(self.exchange, terms.chain_id, terms.faucet)
        self.orders = OrderLog()
        self.trades = TradeLog()
        self.rates = Limiter(TIERS[terms.tier])
        self.beats = Beats(
            self.timers, terms.heartbeat_ns, terms.heartbeat_check_ns, terms.seed, self._no_beat
        )
        self.relayer = Relayer()
        self.prices = PriceFeeds(self.keys.vouch)
        self.market_hub = MarketHub(self._book_message)
        self.user_hub = UserHub(self.keys.vouch)
        self.ear = Ear(self)
        self.shown: dict[int, Shown] = {}
        self.held: list[Posted] = []
        """Orders inside the taker delay whose answers wait."""
        self.notes: dict[str, list[dict[str, Any]]] = {}
        self._sides: dict[tuple[int, int], int] = {}
        self._past: dict[int, deque[tuple[int, int]]] = {}
        self._noted: dict[int, None] = {}
        self.flow = Flow((source or natural(terms))(self.now_ns))
        self._roll(self.now_ns)
        self._minute(self.now_ns)
        self.pump()

    # --- time ------------------------------------------------------------------------------------

    def next_due_ns(self) -> int:
        """When the venue will want to do something of its own."""
        return min(self.flow.next_ns(), self.exchange.next_due_ns(), self.timers.next_ns)

    def pump(self) -> None:
        """Let everything happen that is due."""
        now_ns = max(self.clock(), self.now_ns)
        while True:
            fact_ns = self.flow.next_ns()
            own_ns = self.timers.next_ns
            exchange_ns = self.exchange.next_due_ns()
            when = min(fact_ns, own_ns, exchange_ns)
            if when > now_ns:
                break
            if when // 1_000_000 > self.now_ns // 1_000_000:
                self.flush()
                self.now_ns = Ns(when)
            else:
                self.now_ns = Ns(max(when, self.now_ns))
            if when == fact_ns:
                self._happen(self.flow.pop())
            elif when == exchange_ns:
                self.exchange.due(Ns(when))
                self._after_exchange()
            else:
                self.timers.run(when)
        if now_ns // 1_000_000 > self.now_ns // 1_000_000:
            self.flush()
        self.now_ns = Ns(now_ns)
        self.prices.now_ns = self.now_ns
        self.flush()

    def _after_exchange(self) -> None:
        self.settle(*self.listings.by_start)
        if self.held:
            finish_held(self)

    # --- requests and connections ----------------------------------------------------------------

    def request(self, request: Request, hear: Hear) -> None:
        """Answer one request: `hear` is called once, now or later."""
        self.pump()
        answer = answer_to(self, request)
        self.flush()
        if isinstance(answer, Promise):
            answer.then(hear)
        else:
            hear(answer)

    def open(self, path: str, wake: Wake) -> Session | None:
        """A new websocket connection; None for a path that is not served."""
        self.pump()
        outbox = Outbox(self.terms.outbox_frames, wake)
        if path == "/ws/market":
            return self.market_hub.open(outbox)
        if path == "/ws/user":
            return self.user_hub.open(outbox)
        if path == "/ws":
            return self.prices.open_bolt(outbox)
        return self.prices.open_rtds(outbox) if path in ("/rtds", "/") else None

    def marked(self, answer: Answer | Promise, key: Key, *, cancel: bool) -> Answer | Promise:
        """An answer with the key's rate headers, whenever it comes."""
        if isinstance(answer, Answer):
            return self.rates.marked(answer, key.address, self.now_ns, cancel=cancel)
        later = Promise()
        answer.then(
            lambda kept: later.keep(
                self.rates.marked(kept, key.address, self.now_ns, cancel=cancel)
            )
        )
        return later

    # --- the world -------------------------------------------------------------------------------

    def _happen(self, fact: AnyEvent) -> None:
        """One fact of the flow."""
        if isinstance(fact, OracleTicked):
            self.prices.publish(fact.source, fact.venue_ns, fact.price, self.now_ns)
            return
        if isinstance(fact, MarketListed):
            self._relist(fact)
            return
        market: int = getattr(fact, "market", 0)
        listed = self.listings.by_start.get(market)
        if listed is None:
            return
        if isinstance(fact, MarketResolved):
            self.resolve(listed, fact.payout_up)
        elif isinstance(fact, TradePrinted):
            self.printed(listed, Print(fact.outcome, fact.side, fact.price, fact.size))
            self.ear.printing = (fact.outcome, fact.side)
            self.exchange.observe(fact, self.now_ns)
            self.settle(listed.market.id)
            self.ear.printing = None
        elif isinstance(fact, TickChanged):
            self.exchange.observe(fact, self.now_ns)
            self.retick(listed, fact.outcome, fact.tick)
        elif isinstance(fact, BookReset | LevelChanged | TouchQuoted):
            self._book_fact(fact, listed)

    def _book_fact(self, fact: BookReset | LevelChanged | TouchQuoted, listed: Listed) -> None:
        market = listed.market.id
        pit = self.exchange.floor.pit(market)
        plain = not (pit.taken_asks or pit.taken_bids)
        self.exchange.observe(fact, self.now_ns)
        plain = plain and not (pit.taken_asks or pit.taken_bids or self.exchange.out)
        if plain and isinstance(fact, LevelChanged):
            side, price = fact.side, fact.price
            if fact.outcome != UP:
                side, price = (SELL if side == BUY else BUY), Price(10_000 - price)
            size = (pit.book.bids if side == BUY else pit.book.asks).get(price, 0)
            for _, _, order in pit.bids if side == BUY else pit.asks:
                if order.up_price == price:
                    size += order.size - order.filled
            self.shown[market].level(side, price, size)
            self._noted[market] = None
        else:
            self.settle(market)

    def _relist(self, fact: MarketListed) -> None:
        """The flow's listing: its grid, fees and rule become those of the venue's market."""
        terms = fact.terms
        listed = self.listings.by_start.get(terms.id)
        if listed is None:
            listed = self.listings.add(int(terms.id), self.now_ns, terms)
        market = self.listings.revise(
            listed,
            tick=terms.tick or listed.market.tick,
            min_size=terms.min_size,
            fees=terms.fees,
            settlement=terms.settlement,
        )
        self.exchange.observe(MarketListed(self.now_ns, market), self.now_ns)
        self._show(listed)

    def _roll(self, now_ns: Ns) -> None:
        """List what is due, and forget what is long over."""
        for listed in self.listings.roll(now_ns):
            self.exchange.observe(MarketListed(now_ns, listed.market), now_ns)
            self._show(listed)
            told = [s for s in self.market_hub.sessions.values() if s.custom]
            self.market_hub.tell(told, (new_market_frame(listed, now_ns),))
        for start in [s for s in self.shown if s not in self.listings.by_start]:
            del self.shown[start]
            self._past.pop(start, None)
        self.timers.at(self.listings.next_roll_ns(now_ns), self._roll)

    def _show(self, listed: Listed) -> None:
        shown = self.shown.get(listed.market.id)
        if shown is None:
            self.shown[listed.market.id] = Shown(listed.market)
        else:
            shown.retick(listed.market)

    def resolve(self, listed: Listed, payout_up: Price) -> None:
        """A market ends: orders are cancelled, its books are gone, its tokens redeemable."""
        if listed.closed_ns:
            return
        market = listed.market.id
        self.exchange.observe(
            MarketResolved(self.now_ns, self.now_ns, market, payout_up), self.now_ns
        )
        self.settle(market)
        self.flush()
        listed.payout_up = payout_up
        listed.closed_ns = self.now_ns
        self.listings.revise(listed, closed=True, accepting=False)
        shown = self.shown[market]
        shown.clear()
        self.exchange.floor.pit(market).book.reset((), ())
        told = [s for s in self.market_hub.listeners(listed.market.tokens) if s.custom]
        self.market_hub.tell(told, (resolved_frame(listed, self.now_ns),))

    def retick(self, listed: Listed, outcome: Outcome, tick: Price) -> None:
        """Another grid for one token."""
        shown = self.shown[listed.market.id]
        self.flush()
        frame = shown.tick_changed(outcome, tick, self.now_ns)
        self.listings.revise(listed, tick=tick)
        shown.retick(listed.market)
        if frame is not None:
            self.market_hub.tell(self.market_hub.listeners(listed.market.tokens), (frame,))

    def printed(self, listed: Listed, told: Print) -> None:
        """A trade of a market, to be told with the next messages."""
        market = listed.market.id
        self.shown[market].prints.append(told)
        self._sides[market, told.outcome] = told.side
        self._noted[market] = None

    # --- telling ---------------------------------------------------------------------------------

    def settle(self, *markets: int) -> None:
        """After anything was done at the exchange: hear it, and note what looks different."""
        self.ear.drain()
        for market in markets:
            pit = self.exchange.floor.pits.get(market)
            shown = self.shown.get(market)
            if pit is not None and shown is not None and pit.payout_up < 0:
                shown.compare(pit)
                self._noted[market] = None

    def flush(self) -> None:
        """Tell what was noted."""
        for market in self._noted:
            shown = self.shown.get(market)
            if shown is None or shown.silent:
                continue
            listeners = self.market_hub.listeners(shown.market.tokens)
            if not listeners:
                shown.settle()
                continue
            speech = shown.speak(self.now_ns)
            self.market_hub.tell(listeners, speech.frames)
            if speech.custom:
                self.market_hub.tell([s for s in listeners if s.custom], speech.custom)
        self._noted.clear()

    def tell_user(self, key: str, condition: str, frame: bytes) -> None:
        """Send an event of the user channel."""
        self.user_hub.tell(key, condition, frame)

    def _no_beat(self, key: str, now_ns: Ns) -> None:
        """Heartbeats of a key have stopped: all its orders go."""
        for order in self.orders.open_of(key):
            self.exchange.cancel(order.wallet.account, order.number, now_ns)
            self.settle(order.listed.market.id)
            order.replies.clear()

    # --- views -----------------------------------------------------------------------------------

    def book(self, market: MarketId, outcome: Outcome) -> Book:
        """A token's book as shown."""
        return self.shown[market].books[outcome]

    def rest_book(self, market: MarketId, outcome: Outcome) -> bytes:
        """A token's book as `/book` answers it, stamped now."""
        shown = self.shown[market]
        shown.books[outcome].venue_ns = Ns(shown.stamp(self.now_ns) * 1_000_000)
        return shown.rest(outcome)

    def _book_message(self, token: str) -> str | None:
        found = self.listings.by_token.get(token)
        if found is None or found[0].closed_ns:
            return None
        market = found[0].market.id
        self.flush()
        shown = self.shown[market]
        shown.books[found[1]].venue_ns = Ns(shown.stamp(self.now_ns) * 1_000_000)
        return shown.book(found[1])

    def tick(self, market: MarketId, outcome: Outcome) -> Price:
        """A token's present grid."""
        return self.shown[market].ticks[outcome]

    def last_side(self, market: MarketId, outcome: Outcome) -> str:
        """The taker's side of a token's last trade."""
        return SIDE_NAMES[self._sides.get((market, outcome), 0)]

    def history(self, market: MarketId, outcome: Outcome) -> list[tuple[int, int]]:
        """(second, price in basis points) of a token, one a minute."""
        past = self._past.get(market, ())
        return [(t, price if outcome == UP else 10_000 - price) for t, price in past]

    def _minute(self, now_ns: Ns) -> None:
        """Remember a price of every quoted market."""
        for market, shown in self.shown.items():
            up = shown.books[UP]
            if up.best_bid or up.best_ask:
                past = self._past.setdefault(market, deque(maxlen=HISTORY_MINUTES))
                past.append((now_ns // SECOND, round(up.mid * 10_000)))
        self.timers.at((now_ns // (60 * SECOND) + 1) * 60 * SECOND, self._minute)

    def wallet(self, address: str) -> Wallet | None:
        """The wallet at an address, in any case."""
        wanted = address.lower()
        for name, wallet in self.wallets.by_address.items():
            if name.lower() == wanted:
                return wallet
        return None


__all__ = ["NEVER", "Session", "Venue"]
