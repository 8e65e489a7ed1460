"""A small venue to talk to: prices in cents, sizes in shares, times in milliseconds."""

import msgspec

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import BUY, DOWN, SELL, UP, MarketId
from pmcore.market import CRYPTO_FEES, Market, RewardTerms, Settlement
from pmcore.order import FAK, FOK, GTC, GTD
from pmcore.sim.assumptions import Assumptions
from pmcore.sim.exchange import Exchange
from pmcore.sim.latency import REPLY
from pmcore.units import MICRO, MILLISECOND, SECOND, Ns, Price, Shares

START = 1_760_000_100
T0 = START * SECOND
MARKET = MarketId(START)
TERMS = Market(
    MARKET,
    "btc-updown-15m-1760000100",
    "0xc0",
    ("111", "222"),
    Ns(T0),
    Ns(T0 + 900 * SECOND),
    Price(100),
    Shares(5 * MICRO),
    CRYPTO_FEES,
    RewardTerms(Shares(50 * MICRO), Price(450), Ns(30 * SECOND)),
    Settlement(),
    taker_delay_ns=Ns(0),
)
US, THEM = 1, 2
SIDES = {"BUY": BUY, "SELL": SELL}
TOKENS = {"Up": UP, "Down": DOWN}
KINDS = {"GTC": GTC, "GTD": GTD, "FOK": FOK, "FAK": FAK}


def at(ms: float) -> Ns:
    return Ns(T0 + int(ms * MILLISECOND))


class Venue:
    """An exchange with two rich accounts, and a clock that each call may move."""

    def __init__(self, *, terms: Market = TERMS, fate=None, shares: int = 1000, **assumed) -> None:
        self.x = Exchange(Assumptions(**assumed), fate)
        self.ms = 0.0
        self.ids = 0
        for account in (US, THEM):
            self.x.fund(account, 1000 * MICRO, at(0))
            if shares:
                self.x.grant(account, MARKET, shares * MICRO, shares * MICRO)
        self.x.observe(ev.MarketListed(at(0), terms), at(0))
        self.x.take()

    def tell(self, fact, ms=None):
        """A fact reaches the venue; returns what it says."""
        self.to(ms)
        self.x.observe(fact, at(self.ms))
        return self.heard()

    def book(self, bids=(), asks=(), outcome=UP, ms=None):
        """A full book in (cents, shares)."""
        levels = [tuple((int(p * 100), int(s * MICRO)) for p, s in side) for side in (bids, asks)]
        return self.tell(ev.BookReset(at(self.ms), at(self.ms), MARKET, outcome, *levels), ms)

    def level(self, side, cents, shares, outcome=UP, ms=None):
        fact = ev.LevelChanged(
            at(self.ms), at(self.ms), MARKET, outcome, SIDES[side], int(cents * 100), shares * MICRO
        )
        return self.tell(fact, ms)

    def touch(self, bid, ask, bid_size=100, ask_size=100, outcome=UP, ms=None):
        fact = ev.TouchQuoted(
            at(self.ms),
            at(self.ms),
            MARKET,
            outcome,
            int(bid * 100),
            bid_size * MICRO,
            int(ask * 100),
            ask_size * MICRO,
        )
        return self.tell(fact, ms)

    def print(self, side, cents, shares, outcome=UP, ms=None):
        """A trade by a taker of `side`."""
        now = at(self.ms)
        fact = ev.TradePrinted(
            now, now, MARKET, outcome, SIDES[side], int(cents * 100), int(shares * MICRO)
        )
        return self.tell(fact, ms)

    def act(self, text, *, account=US, ms=None, order=0, expires_ms=0):
        """`"BUY Up 10 @ 48 GTC post"` as an act; returns its number and the act."""
        self.to(ms)
        words = text.split()
        self.ids += 1
        number = order or self.ids
        return ef.PlaceOrder(
            number,
            MARKET,
            TOKENS[words[1]],
            SIDES[words[0]],
            round(float(words[4]) * 100),
            round(float(words[2]) * MICRO),
            KINDS[words[5]] if len(words) > 5 else GTC,
            words[-1] == "post",
            at(expires_ms) if expires_ms else 0,
            "",
        )

    def place(self, text, *, account=US, ms=None, order=0, expires_ms=0):
        """Place an order; returns its number and what was said."""
        act = self.act(text, account=account, ms=ms, order=order, expires_ms=expires_ms)
        self.x.place(account, act, at(self.ms))
        return act.order, self.heard()

    def cancel(self, order, *, account=US, ms=None):
        self.to(ms)
        self.x.cancel(account, order, at(self.ms))
        return self.heard()

    def to(self, ms):
        """Let time pass; what is said meanwhile stays in the outbox."""
        if ms is not None:
            self.ms = ms
            self.x.due(at(ms))

    def later(self, ms):
        """Let time pass; returns what is said."""
        self.to(ms)
        return self.heard()

    def heard(self):
        return self.x.take()

    def rests(self, account=US):
        """(number, cents, leaves in shares) of the open orders."""
        return [
            (o.order, o.price / 100, (o.size - o.filled) / MICRO)
            for o in self.x.open_orders(account)
        ]


def names(said, account=US):
    """The short form of what was said to an account."""
    return [short(event) for to, _, event in said if to == account]


def short(event) -> str:
    name = type(event).__name__
    if isinstance(event, ev.OrderRejected):
        return f"{name} {event.code}"
    if isinstance(event, ev.TradeReported):
        role = "maker" if event.maker else "taker"
        status = ev.TRADE_STATUS_NAMES[event.status]
        return f"{status} {role} {event.size / MICRO:g} @ {event.price / 100:g}"
    if isinstance(event, ev.OrderCancelled):
        return f"{name} {event.reason}"
    if isinstance(event, ev.CancelRefused):
        return f"{name} {'held' if event.held else 'gone'}"
    return name


def fills(said, account=US, status=ev.MATCHED):
    """(order, cents, shares) of the trade reports of one status."""
    return [
        (e.order, e.price / 100, e.size / MICRO)
        for to, _, e in said
        if to == account and isinstance(e, ev.TradeReported) and e.status == status
    ]


def replies(said, account=US):
    return [event for to, delay, event in said if to == account and delay == REPLY]


def with_terms(**changes) -> Market:
    return msgspec.structs.replace(TERMS, **changes)
