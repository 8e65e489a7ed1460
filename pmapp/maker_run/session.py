"""One run of `pm maker`, from what was asked to its summary.

Questions first: consents, venue, keys, permission, journal; each can refuse, and nothing has been
traded then. After that the shell has the word (docs/shell.md). Whatever goes wrong with what stands
around it (the observatory, the view) ends it in good order.
"""

import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
import trio

from pmapp.maker_run.assembly import LIVE, Built, Ground, live, log_in, paper
from pmapp.maker_run.consents import Keys, consented
from pmapp.maker_run.journal_folder import JournalFolder, Owner
from pmapp.maker_run.money import Balance, Reconciled, compared, in_flight
from pmapp.maker_run.observatory import Observatory, open_port, serve, url_of
from pmapp.maker_run.place import Place, begin_local, clock_of
from pmapp.maker_run.run_log import RunLog
from pmapp.maker_run.summary import Beginning, Named, Summary, summary_of
from pmapp.maker_run.watch import Watch
from pmapp.refused import Refused
from pmcore.config import Config
from pmcore.state import State, new_state
from pmcore.units import Cash, Ns
from pmcore.wire.frames import WireError
from pmio.credentials import KeyRefused
from pmio.journal import JournalWriter
from pmio.live_side import Account
from pmio.network import Network, TcpNetwork
from pmio.pacing import Pacing
from pmio.paper import ACCOUNT
from pmio.paper_side import PaperSide
from pmio.permission import refusal
from pmio.recovery import Recovered
from pmio.rest import Rest, Unreachable
from pmio.signals import obey_signals

CALM_S: Final = 120.0
"""How long a run that has a set length waits for operations on chain before it stops."""
LOOK_S: Final = 0.5
CLOSE_S: Final = 0.2


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


class Standing(msgspec.Struct):
    """A run that is put together. The view looks at it."""

    named: Named
    built: Built
    state: State
    watch: Watch
    writer: JournalWriter


View = Callable[[Standing], Any]
"""An async function that shows a run until it is cancelled."""


async def session(asked: Asked, log: RunLog, view: View | None = None) -> Summary:
    """Run to the end. Raises Refused before anything was traded."""
    folder = JournalFolder(asked.folder, afresh=asked.afresh)
    done: list[Summary | Refused] = []
    try:
        async with trio.open_nursery() as around:
            try:
                done.append(await _inside(around, asked, folder, log, view))
            except Refused as refused:
                done.append(refused)
            around.cancel_scope.cancel()
    finally:
        folder.release()
    if isinstance(done[0], Refused):
        raise done[0]
    return done[0]


async def _inside(
    around: trio.Nursery, asked: Asked, folder: JournalFolder, log: RunLog, view: View | None
) -> Summary:
    keys = _keys(asked, log)
    listeners = await _listeners(asked.port)
    network = TcpNetwork()
    place = asked.place
    if place is None:
        place = await begin_local(
            around, asked.config, asked.seed, asked.cash, asked.begin_ns, asked.rate
        )
    clock = await clock_of(place, network)
    prepared = _Prepared(asked, place, network, folder, log)
    ground = Ground(
        asked.config,
        place.addresses,
        network,
        clock,
        Random(),
        prepared.tell,
        chain_id=place.chain_id,
    )
    try:
        if keys is None:
            standing = prepared.paper(ground)
        else:
            standing = await prepared.live(ground, keys)
        around.start_soon(serve, _observatory(standing, log), listeners)
        log.info("begun", **msgspec.structs.asdict(standing.named), observe=url_of(listeners))
        return await _run(around, asked.span_s, standing, prepared, log, view)
    finally:
        with trio.move_on_after(CLOSE_S, shield=True):
            await prepared.aclose()


async def _listeners(port: int) -> list[trio.SocketListener]:
    try:
        return await open_port(port)
    except OSError as error:
        raise Refused(f"--port {port}: {error.strerror or error}; choose another") from None


def _observatory(standing: Standing, log: RunLog) -> Observatory:
    return Observatory(standing.built.shell, standing.state, standing.watch.tally, log)


def _keys(asked: Asked, log: RunLog) -> Keys | None:
    """The keys of a live run; None on paper. From here on the log knows them, and hides them."""
    if asked.mode != LIVE:
        return None
    local = asked.place is None or asked.place.local
    keys = consented(
        asked.config,
        asked.said_live,
        local=local,
        seed=asked.seed,
        relayer_source=asked.relayer_source,
        environ=os.environ,
    )
    log.hide(keys.scrubber())
    return keys


class _Prepared:
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

    def tell(self, note: Any, at_ns: Ns) -> None:
        """The core's notes, once there is somebody to hear them."""
        if self.watch is not None:
            self.watch.tell(note, at_ns)

    def paper(self, ground: Ground) -> Standing:
        """A run on paper: it begins with nothing, whatever the folder holds."""
        self.folder.claim(Owner("paper", "", self.asked.cash), continued=False)
        self.base = self.asked.cash
        state = new_state()
        writer, watch, named = self._recording(ground, state)
        built = paper(ground, self.asked.cash, state, watch, seed=self.asked.seed)
        return Standing(named, built, state, watch, writer)

    async def live(self, ground: Ground, keys: Keys) -> Standing:
        """A run that trades: logged in, permitted, recovered."""
        account = await _logged_in(ground, keys)
        self.log.hide(account.credentials.scrub)
        self._rest = Rest(self.network, Pacing(), ground.clock.now_ns)
        self._balance = Balance(self._rest, self.place.addresses, account)
        sign = account.credentials.key.headers
        why = await refusal(self._rest, self.place.addresses, sign)
        if why:
            raise Refused(f"the venue refuses this run: {why}")
        try:
            cash = await self._balance.read()
        except (Unreachable, WireError) as error:
            raise Refused(f"the balance cannot be read: {error}") from None
        found = self.folder.recovered(ground.clock)
        owner = Owner(LIVE, account.wallet.maker, cash)
        self.base = self.folder.claim(owner, continued=found is not None).base
        return self._continued(ground, account, found)

    def _continued(self, ground: Ground, account: Account, found: Recovered | None) -> Standing:
        state = found.state if found is not None else new_state()
        writer, watch, named = self._recording(ground, state)
        ops = self.folder.ops
        built = live(ground, account, state, watch, found=found, ops=ops)
        if found is not None:
            self.log.info(
                "recovered", run_id=found.run_id, orderly=found.orderly, dropped=found.dropped
            )
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
        """Close what was used for questions."""
        if self._rest is not None:
            await self._rest.aclose()


async def _logged_in(ground: Ground, keys: Keys) -> Account:
    try:
        return await log_in(ground, keys.wallet, keys.signature_type, keys.relayer)
    except Unreachable as error:
        raise Refused(f"{ground.addresses.clob}: no API key could be had: {error.text}") from None
    except KeyRefused as error:
        raise Refused(f"{ground.addresses.clob}: it gives us no API key: {error}") from None


async def _run(
    around: trio.Nursery,
    span_s: float,
    standing: Standing,
    prepared: _Prepared,
    log: RunLog,
    view: View | None,
) -> Summary:
    shell, state, tally = standing.built.shell, standing.state, standing.watch.tally
    await around.start(obey_signals, shell)
    if span_s:
        around.start_soon(_stop_after, standing, span_s)
    if view is not None:
        around.start_soon(view, standing)
    begun = Beginning.of(state, shell.inbox.stamp())
    code = await standing.built.run(standing.named.run_id)
    if shell.failure is not None:
        log.error("failed", exc_info=shell.failure)
    balance = await prepared.money(standing) if code == 0 else None
    recorded = (standing.writer.events, standing.writer.digest)
    summary = summary_of(standing.named, state, tally, begun, code, balance, recorded)
    log.info("ended", exit_code=code, ended=summary.ended, realised_micro=summary.realised)
    return summary


async def _stop_after(standing: Standing, span_s: float) -> None:
    """Stop when the time is over, at a moment when no operation is in flight."""
    await trio.sleep(span_s)
    with trio.move_on_after(CALM_S):
        while in_flight(standing.state):
            await trio.sleep(LOOK_S)
    standing.built.shell.stop()
