"""What stands before a run can begin: who trades, whether it may, what the last run left.

Each question can be answered with a refusal, and nothing has been traded then.
"""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from pmapp.maker_run.account_hold import AccountHold
from pmapp.maker_run.assembly import LIVE, PAPER, Built, Ground, live, log_in, paper
from pmapp.maker_run.consents import Keys
from pmapp.maker_run.journal_folder import JournalFolder, Owner
from pmapp.maker_run.money import Balance, Reconciled, compared
from pmapp.maker_run.place import Place
from pmapp.maker_run.run_log import RunLog
from pmapp.maker_run.summary import Named
from pmapp.maker_run.watch import Watch
from pmapp.refused import NotYet, Refused
from pmcore.config import Config
from pmcore.state import State, new_state
from pmcore.units import Cash, Ns
from pmcore.wire.frames import WireError
from pmcore.wire.order_typed_data import EOA
from pmio.addresses import POLYMARKET
from pmio.clock import WallClock
from pmio.clock_check import SKEW_NS_MAX, clock_fault
from pmio.credentials import KeyRefused
from pmio.journal import JournalWriter
from pmio.live_side import Account
from pmio.network import Network
from pmio.pacing import Pacing
from pmio.paper import ACCOUNT
from pmio.paper_side import PaperSide
from pmio.permission import refusal
from pmio.recovery import Recovered
from pmio.rest import Rest, Unreachable
from pmio.secrets import SecretError


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asked for."""

    config: Config
    mode: str
    said_live: bool
    place: Place | None
    """None for a local venue that is still to be started."""
    folder: Path
    afresh: bool
    """Whether the folder's earlier journals are taken away: their venue is gone."""
    port: int
    seed: int
    cash: Cash
    rate: float
    begin_ns: Ns
    """Where the clock of a venue begins that is started here."""
    span_s: float
    """Stop in good order after so much of the venue's time; 0 for never."""
    relayer_source: str = ""
    speed: float = 1.0
    """Venue seconds per second."""
    pace: Callable[[float], None] | None = None
    """Sets the speed of Trio's clock. Questions and the stop go at the wall's pace: their limits
    are seconds of people and supervisors."""

    def at_pace(self, speed: float) -> None:
        """Let time pass at this speed from now on, where it can be told to."""
        if self.pace is not None:
            self.pace(speed)


class Standing(msgspec.Struct):
    """A run that is put together. The view looks at it."""

    named: Named
    built: Built
    state: State
    watch: Watch
    writer: JournalWriter


class Preparation:
    """Puts a standing run together; afterwards it knows how its money is compared."""

    def __init__(
        self, asked: Asked, place: Place, network: Network, folder: JournalFolder, log: RunLog
    ) -> None:
        self.asked = asked
        self.place = place
        self.folder = folder
        self.log = log
        self.network = network
        self.watch: Watch | None = None
        self.base = Cash(0)
        self._balance: Balance | None = None
        self._rest: Rest | None = None
        self._hold: AccountHold | None = None

    def tell(self, note: Any, at_ns: Ns) -> None:
        """The core's notes, once there is somebody to hear them."""
        if self.watch is not None:
            self.watch.tell(note, at_ns)

    def paper(self, ground: Ground) -> Standing:
        """A run on paper: it begins with nothing, whatever the folder holds."""
        if ground.config.oracle.price_source == "polybolt":
            remedy = "set oracle.price_source to rtds"
            raise Refused(
                f"oracle.price_source: polybolt wants an API key, paper has none; {remedy}"
            )
        self.folder.claim(Owner(PAPER, "", self.asked.cash), continued=False)
        self.base = self.asked.cash
        state = new_state()
        writer, watch, named = self._recording(ground, state)
        built = paper(ground, self.asked.cash, state, watch, seed=self.asked.seed)
        return Standing(named, built, state, watch, writer)

    async def admitted(self, keys: Keys) -> Account:
        """Who trades: logged in, permitted, with a balance. Raises Refused."""
        _check_geoblock_is_asked(self.place)
        wall = WallClock()
        config, addresses = self.asked.config, self.place.addresses
        ground = Ground(
            config,
            addresses,
            self.network,
            wall,
            Random(),
            self.tell,
            chain_id=self.place.chain_id,
        )
        account = await _logged_in(ground, keys)
        self.log.hide(account.credentials.scrub)
        self._hold = AccountHold(addresses.clob, account.wallet.maker)
        self._warn_of_merges(config, keys)
        self._rest = Rest(self.network, Pacing(), wall.now_ns)
        self._balance = Balance(self._rest, self.place.addresses, account)
        sign = account.credentials.key.headers
        try:
            why = await refusal(self._rest, self.place.addresses, sign)
        except Unreachable as error:
            raise _not_yet("whether we may trade cannot be asked", error) from None
        if why:
            raise Refused(f"the venue refuses this run: {why}")
        try:
            self.base = await self._balance.read()
        except Unreachable as error:
            raise _not_yet("the balance cannot be asked for", error) from None
        except WireError as error:
            raise Refused(f"the balance cannot be read: {error}") from None
        return account

    async def check_clock(self, ground: Ground) -> None:
        """Raise Refused if the clock of the run is not the venue's."""
        assert self._rest is not None, "asked after `admitted`"
        # An accelerated venue's clock is known only as well as its speed lets an answer tell.
        most_ns = round(SKEW_NS_MAX * max(1.0, self.place.speed))
        try:
            why = await clock_fault(self._rest, ground.addresses, ground.clock, most_ns)
        except Unreachable as error:
            raise _not_yet(f"{ground.addresses.clob}: its time cannot be asked", error) from None
        if why:
            raise Refused(f"{ground.addresses.clob}: {why}")

    def live(self, ground: Ground, account: Account) -> Standing:
        """A run that trades, and continues what the last one left."""
        found = self.folder.recovered(ground.clock, ground.config.trading.slug_prefix)
        owner = Owner(LIVE, account.wallet.maker, self.base)
        self.base = self.folder.claim(owner, continued=found is not None).base
        return self._continued(ground, account, found)

    def _warn_of_merges(self, config: Config, keys: Keys) -> None:
        """Say what a run cannot do before it fails to do it."""
        if not config.merge.enabled:
            return
        held = "pairs are held to the end and redeemed by hand"
        if keys.signature_type == EOA:
            text = f"a bare key has no relayer: {held}"
            self.log.warning("no_merges", text=text, key="keys.wallet_type")
        elif config.merge.path != "relayer":
            text = f"only the relayer's path sends anything yet; with this one {held}"
            self.log.warning("no_merges", text=text, key="merge.path")
        elif keys.relayer is None:
            text = "the relayer will refuse: set PM_RELAYER_KEY, or give --relayer-key"
            self.log.warning("no_merges", text=text, key="PM_RELAYER_KEY")

    def _continued(self, ground: Ground, account: Account, found: Recovered | None) -> Standing:
        state = found.state if found is not None else new_state()
        writer, watch, named = self._recording(ground, state)
        ops = self.folder.ops
        built = live(ground, account, state, watch, found=found, ops=ops)
        if found is not None:
            tell_recovered(self.log, found)
        return Standing(named, built, state, watch, writer)

    def _recording(self, ground: Ground, state: State) -> tuple[JournalWriter, Watch, Named]:
        mode, clock = self.asked.mode, ground.clock
        run_id = f"{mode}-{clock.now_ns() // 1_000_000}"
        writer = self.folder.writer(run_id, mode, ground.config, state, clock)
        self.watch = Watch(state, writer, self.log)
        named = Named(run_id, mode, self.place.name, str(self.folder.path))
        return writer, self.watch, named

    async def money(self, standing: Standing) -> Reconciled | None:
        """The books against the venue's balance, or the simulated exchange's."""
        side = standing.built.side
        if isinstance(side, PaperSide):
            return compared(standing.state, self.base, side.venue.exchange.cash(ACCOUNT))
        if self._balance is None:
            return None
        return await self._balance.against(standing.state, self.base)

    async def aclose(self) -> None:
        """Close what was used for questions, and let go of the account."""
        if self._hold is not None:
            self._hold.release()
        if self._rest is not None:
            await self._rest.aclose()


def tell_recovered(log: RunLog, found: Recovered) -> None:
    """Say what was found, and loudly where it forbids to trade."""
    log.info("recovered", run_id=found.run_id, orderly=found.orderly, dropped=found.dropped)
    if found.killed:
        text = "nothing is traded: look at the reason, stop in good order (SIGTERM), start again"
        log.error("still_killed", reason=found.killed, text=text)


def _check_geoblock_is_asked(place: Place) -> None:
    """Real orders only where somebody can say whether they are allowed from here."""
    if place.addresses.geoblock or place.local:
        return
    raise Refused(
        f"--venue {place.name}: its JSON has no geoblock, so nobody can be asked whether this "
        f'place may trade; add "geoblock": "{POLYMARKET.geoblock}"'
    )


def _not_yet(fault: str, error: Unreachable) -> NotYet:
    return NotYet(f"{fault}: {error.text}; look at the network and the venue, and start again")


async def _logged_in(ground: Ground, keys: Keys) -> Account:
    try:
        return await log_in(ground, keys.wallet, keys.signature_type, keys.relayer)
    except Unreachable as error:
        raise _not_yet(f"{ground.addresses.clob}: no API key could be had", error) from None
    except (KeyRefused, SecretError) as error:
        raise Refused(f"{ground.addresses.clob}: it gives us no API key: {error}") from None
