"""One run of `pm maker`, from what was asked to its summary.

Questions first: consents, venue, keys, permission, journal; each can refuse, a signal ends them,
and nothing has been traded then. After that the shell has the word (docs/shell.md). Whatever goes
wrong with what stands around it (the observatory, the view) ends it in good order.
"""

import os
from collections.abc import AsyncIterator, Callable
from random import Random
from typing import Any, Final

import msgspec
import trio

from pmapp.maker_run.assembly import LIVE, Ground
from pmapp.maker_run.consents import Keys, consented
from pmapp.maker_run.journal_folder import JournalFolder
from pmapp.maker_run.money import in_flight
from pmapp.maker_run.observatory import Observatory, open_port, serve, url_of
from pmapp.maker_run.place import Place, begin_local, clock_of
from pmapp.maker_run.preparation import Asked, Preparation, Standing
from pmapp.maker_run.run_log import RunLog
from pmapp.maker_run.summary import Beginning, Summary, summary_of
from pmapp.refused import Refused
from pmcore.order import LIVE as LIVE_ORDER
from pmcore.state import State
from pmio.network import TcpNetwork
from pmio.signals import Stops, hear_signals, obey_signals

CALM_S: Final = 120.0
"""How long a run that has a set length waits for a calm moment before it stops."""
LOOK_S: Final = 0.5
CLOSE_S: Final = 0.2


View = Callable[[Standing], Any]
"""An async function that shows a run until it is cancelled."""


class NotBegun(Exception):  # noqa: N818 - it is an outcome
    """A signal has come before anything was traded."""


async def session(asked: Asked, log: RunLog, view: View | None = None) -> Summary:
    """Run to the end. Raises Refused or NotBegun before anything was traded."""
    with hear_signals() as signals:
        return await _session(signals, asked, log, view)


async def _session(
    signals: AsyncIterator[int], asked: Asked, log: RunLog, view: View | None
) -> Summary:
    keys = _keys(asked, log)
    folder = JournalFolder(asked.folder, afresh=asked.afresh)
    listeners: list[trio.SocketListener] = []
    stops = Stops()
    done: list[Summary | Refused | NotBegun] = []
    try:
        listeners = await _listeners(asked.port)
        async with trio.open_nursery() as around:
            around.start_soon(obey_signals, signals, stops)
            try:
                done.append(await _inside(around, stops, asked, keys, listeners, folder, log, view))
            except (Refused, NotBegun) as early:
                done.append(early)
            around.cancel_scope.cancel()
    finally:
        folder.release()
        for listener in listeners:
            listener.socket.close()
    if isinstance(done[0], Summary):
        return done[0]
    raise done[0]


async def _inside(
    around: trio.Nursery,
    stops: Stops,
    asked: Asked,
    keys: Keys | None,
    listeners: list[trio.SocketListener],
    folder: JournalFolder,
    log: RunLog,
    view: View | None,
) -> Summary:
    prepared: Preparation | None = None
    try:
        standing: Standing | None = None
        with stops.questions:
            network = TcpNetwork()
            place = asked.place
            if place is None:
                place = await begin_local(
                    around, asked.config, asked.seed, asked.cash, asked.begin_ns, asked.rate
                )
            prepared = Preparation(asked, place, network, folder, log)
            standing = await _standing(asked, place, network, prepared, keys)
        if prepared is None or standing is None:
            raise NotBegun
        # No await between the last question and this: a signal finds the one or the other.
        stops.shell = standing.built.shell
        around.start_soon(serve, _observatory(standing, log), listeners)
        log.info("begun", **msgspec.structs.asdict(standing.named), observe=url_of(listeners))
        return await _run(around, asked, standing, prepared, log, view)
    finally:
        if prepared is not None:
            with trio.move_on_after(CLOSE_S, shield=True):
                await prepared.aclose()


async def _standing(
    asked: Asked, place: Place, network: TcpNetwork, prepared: Preparation, keys: Keys | None
) -> Standing:
    """A run that is put together, once every question has its answer."""
    account = await prepared.admitted(keys) if keys is not None else None
    ground = await _ground(asked, place, network, prepared)
    if account is not None:
        await prepared.check_clock(ground)
    # A signal that came with the last answer: from here on there is a journal.
    await trio.lowlevel.checkpoint_if_cancelled()
    return prepared.paper(ground) if account is None else prepared.live(ground, account)


async def _ground(asked: Asked, place: Place, network: TcpNetwork, prepared: Preparation) -> Ground:
    """What the run stands on. From here on time passes at the venue's speed."""
    clock = await clock_of(place, network)
    asked.at_pace(asked.speed)
    return Ground(
        asked.config,
        place.addresses,
        network,
        clock,
        Random(),
        prepared.tell,
        chain_id=place.chain_id,
    )


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


async def _run(
    around: trio.Nursery,
    asked: Asked,
    standing: Standing,
    prepared: Preparation,
    log: RunLog,
    view: View | None,
) -> Summary:
    shell, state, tally = standing.built.shell, standing.state, standing.watch.tally
    around.start_soon(_ease, standing, asked)
    if asked.span_s:
        around.start_soon(_stop_after, standing, asked)
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


async def _ease(standing: Standing, asked: Asked) -> None:
    """Once the run is told to stop, no limit of the stop is shorter than it says."""
    await standing.built.shell.drive.when(lambda state: state.safety.stopping)
    asked.at_pace(1.0)


async def _stop_after(standing: Standing, asked: Asked) -> None:
    """Stop when the time is over, at a moment when nothing waits for an answer."""
    await trio.sleep(asked.span_s)
    with trio.move_on_after(CALM_S):
        while not _calm(standing.state):
            await trio.sleep(LOOK_S)
    asked.at_pace(1.0)  # not only once the core has heard of it: the limit counts from now
    standing.built.shell.stop()


def _calm(state: State) -> bool:
    """Whether no operation is in flight, and every order rests without doubt."""
    orders = (order for market in state.markets.values() for order in market.orders.values())
    return not in_flight(state) and all(order.status == LIVE_ORDER for order in orders)
