"""Both sides of a live shell against hosts that answer whatever they like."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import trio

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.config import config_from
from pmcore.ids import BUY, UP, MarketId, OpId, OrderId
from pmcore.order import FAK, GTC
from pmcore.state import new_state
from pmcore.units import SECOND, Ns, Price
from pmcore.wire.order_body import wallet_terms
from pmcore.wire.order_typed_data import POLY_GNOSIS_SAFE
from pmcore.wire.wallets import funder_of
from pmio.clock import TrioClock
from pmio.credentials import Credentials
from pmio.inbox import Inbox
from pmio.live_side import Account, LiveSide
from pmio.market_side import MarketSide
from pmio.memory_network import MemoryNetwork
from pmio.op_log import OpLog
from pmio.roster import Roster
from pmio.secrets import Secret
from pmio.side import Surroundings
from pmio.signer import KeySigner
from tests.core.stage import T0, WINDOW, market, shares
from tests.shell.fakes import Ask, HttpFake
from tests.shell.rig import ADDRESSES, HTTP, KEY
from tests.wire import frames_seen as seen

NAMED = OrderId(9)
STAMP = Ns(T0 + 20 * SECOND)


def place(number: int, kind: int = GTC) -> ef.PlaceOrder:
    rest = (BUY, Price(4_900), shares(10), kind, kind == GTC, Ns(0), "test")
    return ef.PlaceOrder(OrderId(number), WINDOW, UP, *rest)


ACTS: tuple[ef.Effect, ...] = (
    place(1),
    place(2),
    place(3, FAK),
    ef.CancelOrder(NAMED, "test"),
    ef.CancelOrder(OrderId(77), "test"),
    ef.CancelStray(OpId(1), "0x" + "cd" * 32),
    ef.CancelAll(OpId(2), "test"),
    ef.MergePairs(OpId(3), WINDOW, shares(20), "test"),
    ef.RedeemShares(OpId(4), WINDOW),
    ef.Reconcile(OpId(5), "test"),
    ef.AskScoring(OpId(6), (NAMED,)),
    ef.FindMarket(MarketId(WINDOW + 900), f"btc-updown-15m-{WINDOW + 900}"),
    ef.ResyncBook(WINDOW, UP, "test"),
)
"""One of every act that asks somebody."""


class Desk:
    """The sides' lanes and tasks run in `nursery`; what they tell stays in the inbox."""

    def __init__(self, nursery: trio.Nursery, answer: Callable[[Ask], Any]) -> None:
        self.network = MemoryNetwork(nursery)
        self.hosts = [HttpFake(self.network, f"{name}.local", answer) for name in HTTP]
        clock = TrioClock(STAMP)
        self.inbox = Inbox(clock)
        self.roster = Roster()
        config = config_from({})
        parts = (config, ADDRESSES, self.network, clock, self.inbox, self.roster, Random(1))
        around = Surroundings(*parts)
        signer = KeySigner(Secret("wallet key", KEY))
        funder = funder_of(POLY_GNOSIS_SAFE, signer.address)
        wallet = wallet_terms(POLY_GNOSIS_SAFE, signer.address, funder, "key-id")
        secret, phrase = Secret("secret", "c2VjcmV0"), Secret("passphrase", "passphrase-of-ours")
        credentials = Credentials(signer.address, "key-id", secret, phrase)
        self.ops = OpLog(None)
        account = Account(signer, wallet, credentials)
        self.live = LiveSide(around, account, new_state(), self.ops, STAMP)
        self.market = MarketSide(around)
        self.sides = (self.live, self.market)
        self.roster.list(market(tokens=(seen.UP_TOKEN, seen.DOWN_TOKEN)))
        self.roster.watch(WINDOW)
        self.roster.name(NAMED, WINDOW, "0x" + "ab" * 32)
        for side in self.sides:
            for lane in side.lanes:
                nursery.start_soon(lane.run)
            for task in side.tasks:
                nursery.start_soon(task)

    def offer(self, acts: Sequence[ef.Effect] = ACTS) -> None:
        routes = {**self.live.routes, **self.market.routes}
        for act in acts:
            routes[type(act)](act, STAMP)

    def idle(self) -> bool:
        return not any(len(lane) for side in self.sides for lane in side.lanes)

    def take(self) -> list[ev.AnyEvent]:
        return self.inbox.take(10**6)


def answers(told: Sequence[ev.AnyEvent]) -> dict[str, int]:
    """How many answers to each kind of act were told, but for what may come unasked."""
    counts: dict[str, int] = {}
    for act in {type(act) for act in ACTS}:
        kinds = ef.ANSWERS[act]
        counts[act.__name__] = sum(isinstance(event, kinds) for event in told)
    return counts
