"""Small scripted cores to run worlds with."""

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import BUY, DOWN, SELL, UP
from pmcore.order import FAK, GTC, GTD
from pmcore.sim.assumptions import Assumptions
from pmcore.sim.exchange import Exchange
from pmcore.sim.world import World
from pmcore.units import MICRO, SECOND
from tests.sim.venue import MARKET, TERMS, at


class Scripted:
    """Asks at given times (ms), at the first beat at or after them."""

    def __init__(self, script=()):
        self.script = sorted(script, key=lambda entry: entry[0])
        self.woken = 0

    def step(self, event):
        if type(event) is not ev.Beat:
            return []
        asked = []
        while self.script and at(self.script[0][0]) <= event.at_ns:
            asked.append(self.script.pop(0)[1])
        return asked

    def deadline(self):
        return at(self.script[0][0]) if self.script else 0


class Busy:
    """Asks for one of everything, over and over, without reason: a lawless core."""

    def __init__(self, every=7, until_ms=10_000):
        self.until_ns = at(until_ms)
        self.count = 0
        self.every = every
        self.placed = []
        self.now_ns = 0

    def step(self, event):
        self.now_ns = event.at_ns
        if type(event) is not ev.Beat or event.at_ns > self.until_ns:
            return []
        self.count += 1
        n = self.count
        if n == 1:
            return [ef.FindMarket(MARKET, TERMS.slug), ef.WatchMarket(MARKET)]
        if n % self.every:
            return []
        turn = n // self.every
        side = SELL if turn % 5 == 0 else BUY
        outcome = (UP, DOWN)[turn % 2]
        kind = (GTC, GTC, GTC, FAK, GTD)[turn % 5]
        number = 1000 + n
        price = 4600 + 100 * (turn % 7)
        expires = event.at_ns + 63 * SECOND if kind == GTD else 0
        self.placed.append(number)
        asked = [
            ef.PlaceOrder(
                number, MARKET, outcome, side, price, 7 * MICRO, kind, turn % 3 == 0, expires, "x"
            ),
            ef.Note("info", "busy", "no answer to this"),
        ]
        if turn % 2:
            asked.append(ef.CancelOrder(self.placed[-1 - turn % 4 :][0], "x"))
        others = (
            ef.CancelAll(n, "x"),
            ef.CancelStray(n, "sim-1-77"),
            ef.MergePairs(n, MARKET, 3 * MICRO, "x"),
            ef.RedeemShares(n, MARKET),
            ef.FindMarket(MARKET, TERMS.slug),
            ef.FindMarket(5, "nothing"),
            ef.WatchMarket(MARKET),
            ef.ResyncBook(MARKET, outcome, "x"),
            ef.ResyncBook(5, outcome, "x"),
            ef.Reconcile(n, "x"),
            ef.AskScoring(n, tuple(self.placed[-3:])),
            ef.Halt("x"),
        )
        return [*asked, others[turn % len(others)]]

    def deadline(self):
        return self.now_ns + 500_000_000 if self.now_ns < self.until_ns else 0


def world(core, facts, *, cash=1000, shares=100, terms=TERMS, latency=None, model=1, **kept):
    """A world around a scripted core, and the list of everything it stepped."""
    record = []
    exchange = Exchange(Assumptions(model=model))
    exchange.fund(1, cash * MICRO, at(0))
    exchange.grant(1, MARKET, shares * MICRO, shares * MICRO)
    facts = [ev.MarketListed(at(0), terms), *facts] if terms is not None else list(facts)
    run = World(
        lambda state, event: state.step(event),
        core,
        iter(facts),
        exchange,
        latency,
        on_record=lambda event, effects: record.append((event, effects)),
        deadline=lambda state: state.deadline(),
        **kept,
    )
    return run, record


def touch(ms, bid=48, ask=52, *, late=0, outcome=UP, size=100):
    """A touch heard at `ms`, `late` ms after it was so at the venue."""
    return ev.TouchQuoted(
        at(ms), at(ms - late), MARKET, outcome, bid * 100, size * MICRO, ask * 100, size * MICRO
    )
