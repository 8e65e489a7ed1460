"""A whole bot and a whole venue in one process: memory streams, virtual time.

    async with bot(nursery) as rig: ...

The venue is the local one (`pmapp.local_venue`); the shell is the one of `pm maker`.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import trio

from pmapp.local_venue.flow import natural
from pmapp.local_venue.host import Host, start
from pmapp.local_venue.terms import VenueTerms
from pmapp.local_venue.venue import Venue
from pmapp.maker_run.assembly import Built, Ground, live, log_in, paper
from pmcore import effects as ef
from pmcore.config import config_from
from pmcore.freeze import freeze
from pmcore.market_state import MarketState
from pmcore.state import State, new_state
from pmcore.units import SECOND, Cash, Ns
from pmcore.wire.order_typed_data import POLY_GNOSIS_SAFE
from pmio.addresses import Addresses
from pmio.clock import TrioClock
from pmio.drive import Journal
from pmio.memory_network import MemoryNetwork
from pmio.recovery import Recovered
from pmio.secrets import Secret
from tests.core.stage import tree
from tests.shell.journals import MemoryJournal

KEY = "0x" + "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
WINDOW = 1_800_000_000
BASE = Ns((WINDOW - 4) * SECOND)
"""Shortly before a window, so that its strike is seen."""
BRIEF = {"window_s": 120, "prefix": "btc-updown-2m"}
SHORT = {
    "trading.window_seconds": 120,
    "trading.slug_prefix": "btc-updown-2m",
    "trading.cutoff_seconds": 20,
    "inventory.emergency_window_s": 30,
    "inventory.taker_window_s": 25,
}
"""A venue's terms and the settings for windows of two minutes."""
HTTP = ("clob", "gamma", "data", "relayer")
ADDRESSES = Addresses(
    clob="http://clob.local:80",
    gamma="http://gamma.local:80",
    data="http://data.local:80",
    relayer="http://relayer.local:80",
    ws_market="ws://market.local:80/ws/market",
    ws_user="ws://user.local:80/ws/user",
    rtds="ws://rtds.local:80/",
    polybolt="ws://polybolt.local:80/ws",
)
SOCKETS = {"market": "/ws/market", "user": "/ws/user", "rtds": "/rtds", "polybolt": "/ws"}


class Rig:
    """The venue's host, the network between, and one shell at a time."""

    def __init__(
        self,
        nursery: trio.Nursery,
        seed: int = 1,
        delay_s: float = 0.0,
        rate: float = 0.3,
        **terms: Any,
    ) -> None:
        self.nursery = nursery
        self.terms = VenueTerms(seed=seed, ahead=4, **terms)
        self.host: Host = start(
            lambda clock: Venue(self.terms, clock, natural(self.terms, rate)), BASE
        )
        self.network = MemoryNetwork(nursery, (lambda: delay_s) if delay_s else None)
        for service in HTTP:
            serve = partial(self.host.serve_http_stream, service=service)
            self.network.listen(f"{service}.local", 80, serve)
        for name, path in SOCKETS.items():
            serve = partial(self.host.serve_ws_stream, path=path)
            self.network.listen(f"{name}.local", 80, serve)
        nursery.start_soon(self.host.run)
        self.journal: Any = MemoryJournal()
        self.code: int | None = None
        self.done = trio.Event()
        self.notes: list[ef.Note] = []

    @property
    def venue(self) -> Venue:
        return self.host.venue

    @property
    def state(self) -> State:
        return self.shell.drive.state

    @property
    def window(self) -> MarketState:
        """The running window."""
        now_ns = self.shell.inbox.stamp()
        return next(
            market
            for market in self.state.markets.values()
            if market.terms.start_ns <= now_ns < market.terms.end_ns
        )

    @property
    def account(self) -> int:
        """Our account's number at the simulated exchange."""
        address = self.wallet.maker
        return next(
            w.account for w in self.venue.wallets.by_address.values() if w.address == address
        )

    async def live(
        self,
        settings: Mapping[str, Any] | None = None,
        *,
        journal: Journal | None = None,
        found: Recovered | None = None,
        ops: Path | None = None,
        wallet_type: int = POLY_GNOSIS_SAFE,
    ) -> None:
        """Build a live shell and let it run in the background."""
        ground = self._ground(settings, journal)
        state = found.state if found is not None else new_state()
        secret = Secret("wallet key", KEY)
        relay = Secret("relayer key", "relay-key-of-the-test")
        account = await log_in(ground, secret, wallet_type, relay)
        self.credentials = account.credentials
        self.wallet = account.wallet
        self._start(live(ground, account, state, self.journal, found=found, ops=ops))

    async def paper(self, settings: Mapping[str, Any] | None = None, usd: float = 1_000.0) -> None:
        """Build a paper shell and let it run in the background."""
        ground = self._ground(settings, None)
        cash = Cash(round(usd * 1_000_000))
        self._start(paper(ground, cash, new_state(), self.journal))
        self.paper_venue = self.side.venue

    def _ground(self, settings: Mapping[str, Any] | None, journal: Journal | None) -> Ground:
        self.journal = journal or MemoryJournal()
        return Ground(
            config_from(tree(dict(settings or {}))),
            ADDRESSES,
            self.network,
            TrioClock(self.host.clock()),
            Random(self.terms.seed),
            lambda note, _: self.notes.append(note),
            getattr(self.journal, "stopwatch", trio.current_time),
        )

    def _start(self, built: Built) -> None:
        self.done = trio.Event()
        self.code = None
        self.shell = built.shell
        self.side: Any = built.side

        async def run() -> None:
            self.code = await built.run(f"run-{self.state.seq}")
            self.done.set()

        self.nursery.start_soon(run)

    async def until(self, true: Any, within_s: float = 60.0, step_s: float = 0.05) -> None:
        """Let time pass until something is true of the rig."""
        with trio.move_on_after(within_s) as limit:
            while not true(self):
                await trio.sleep(step_s)
        assert not limit.cancelled_caught, "it did not come true in time"

    async def quoting(self, within_s: float = 120.0) -> None:
        """Let time pass until orders of ours rest in the running window."""
        await self.until(lambda rig: rig.shell.quoting.is_set() and live_orders(rig), within_s)

    async def stop(self) -> int:
        """Stop in good order; the exit code."""
        self.shell.stop()
        with trio.fail_after(5.0):
            await self.done.wait()
        assert self.code is not None
        return self.code

    def events(self, *kinds: type) -> list[Any]:
        """What the core has heard, of some kinds."""
        return [event for event in self.journal.events if isinstance(event, kinds)]

    def effects(self, *kinds: type) -> list[Any]:
        """What the core has asked for, of some kinds."""
        return [effect for effect in self.journal.effects if isinstance(effect, kinds)]

    def frozen(self) -> bytes:
        """The state as bytes."""
        return freeze(self.state)

    def posted(self) -> list[Any]:
        """Every order that the venue has taken, oldest first."""
        return list(self.venue.orders.by_id.values())

    def fault(self, kind: str, for_s: float = 0.0, **params: Any) -> int:
        """Switch a fault of the venue on; its number."""
        return self.venue.switchboard.begin(kind, for_s, **params).number

    def heal(self, number: int) -> None:
        """Switch a fault off."""
        self.venue.switchboard.end(number)


def live_orders(rig: Rig) -> int:
    """How many orders rest, as we believe."""
    return sum(
        order.status == 1
        for market in rig.state.markets.values()
        for order in market.orders.values()
    )
