"""One seed from its first second to its last: faults, recovery, and the settling of accounts.

While faults last (`safety`) the bot may do nothing wrong. Then everything heals, and within
`QUOTING_S` it must be quoting in the running window (`liveness`). At last it is told to cancel
everything (`end`): its books must be the venue's, it must end with exit code 0 and nothing open,
and every journal must replay to the same bytes.
"""

import time
import traceback
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import trio

from pmapp.replay import replay
from pmapp.simulate import misfortune
from pmapp.simulate.balance import differences, unsettled
from pmapp.simulate.judge import resting
from pmapp.simulate.life import Life
from pmapp.simulate.outcome import CRASHED, END, LIVENESS, Failure, Played, command_of
from pmapp.simulate.plan import Plan, plan_of
from pmapp.simulate.scheduling import run_virtual
from pmapp.simulate.stage import Stage, Unsafe
from pmapp.simulate.supervisor import operate, supervise
from pmcore.state import RUNNING
from pmio.journal import JournalError
from pmio.shell import EXIT_OK

QUOTING_S: Final = 120.0
"""Two windows: a mode of the venue is waited for up to 45 s, a window from its start."""
AGREED_S: Final = 300.0
"""A chain operation of unknown fate is looked at six times, 20 s apart, before it is given up."""
STARTED_S: Final = 60.0
STOPPED_S: Final = 5.0


class Broken(Exception):  # noqa: N818 - it is what was looked for
    """Something is not as it must be; nothing more is looked at."""


def play(seed: int, folder: Path | None = None) -> Played:
    """Run one seed. Its journals are kept in `folder`, if one is given."""
    return play_plan(plan_of(seed), folder)


def play_plan(plan: Plan, folder: Path | None = None) -> Played:
    """Run one plan, drawn or made by hand."""
    began = time.process_time()
    if folder is None:
        with TemporaryDirectory(prefix="pm-simulate-") as kept:
            found = _run(plan, Path(kept))
    else:
        found = _run(plan, folder)
    found.cpu_s = round(time.process_time() - began, 3)
    return found


def _run(plan: Plan, folder: Path) -> Played:
    found = Played(seed=plan.seed)

    async def main() -> None:
        nonlocal found
        async with trio.open_nursery() as nursery:
            stage = Stage(plan, folder, nursery)
            found = stage.found
            await _played(stage, nursery)
            nursery.cancel_scope.cancel()

    try:
        run_virtual(main, plan.seed)
    except Exception:
        what = traceback.format_exc(limit=-8)
        found.failures.append(Failure(plan.seed, CRASHED, 0.0, what, command_of(plan.seed)))
    return found


async def _played(stage: Stage, nursery: trio.Nursery) -> None:
    """All phases, and what was found in them."""
    nursery.start_soon(stage.place.host.run)
    nursery.start_soon(supervise, stage)
    nursery.start_soon(operate, stage)
    misfortune.begin(stage, nursery)
    try:
        await _phases(stage)
    except Broken as fault:
        stage.fail(str(fault))
    except Unsafe:
        pass
    for what in stage.judge.broken:
        stage.fail(what)
    if stage.lives:
        stage.life.leave()
    _add_up(stage)


async def _phases(stage: Stage) -> None:
    await stage.until(lambda: stage.now() >= stage.plan.storm_s, stage.plan.storm_s + 1.0)
    misfortune.heal(stage)
    stage.tell("everything heals")
    stage.phase = LIVENESS
    healed, healed_ns = stage.now(), stage.place.now_ns()
    if not await stage.until(lambda: _quoting(stage, healed_ns), QUOTING_S):
        raise Broken(f"not quoting {QUOTING_S:g} s after everything healed: {_standing(stage)}")
    stage.found.quoting_after_s = round(stage.now() - healed, 3)
    stage.tell("quoting")
    stage.phase = END
    if stage.plan.stops_quoting:
        await _stop(stage)
        if not await stage.until(lambda: stage.life.alive, STARTED_S):
            raise Broken(f"not started again in {STARTED_S:g} s: {stage.life.why}")
    await _settle(stage)
    stage.last = True
    await _stop(stage)
    stage.judge.traded(stage.place.venue)
    if not stage.judge.broken:
        _replay(stage)


def _quoting(stage: Stage, healed_ns: int) -> bool:
    """Whether an order of after the healing rests in the running window."""
    if not stage.lives:
        return False
    life, place = stage.life, stage.place
    if not life.alive or life.state is None or life.state.safety.mode != RUNNING:
        return False
    now_ns = place.now_ns()
    return any(
        order.created_ns >= healed_ns
        and order.listed.market.start_ns <= now_ns < order.listed.market.end_ns
        for order in resting(place.venue, place.account(life.wallet))
    )


def _standing(stage: Stage) -> str:
    """Why it stands still, as far as can be told from outside."""
    life = stage.life
    state = life.state
    if not life.alive or state is None or life.shell is None:
        return f"{life.run_id} is not running: {life.why or 'killed'}"
    feeds = "".join("-+"[feed.open] for feed in state.feeds)
    gates = [
        f"{market.terms.slug[-10:]} {market.gate or 'open'} payout {market.payout_up}"
        for market in state.markets.values()
    ]
    safety = state.safety
    return (
        f"{safety.mode} ({safety.why}), begun {life.shell.quoting.is_set()}, feeds {feeds}, "
        f"venue {safety.venue_mode}, strays {len(state.strays)}, {'; '.join(gates)}"
    )


async def _settle(stage: Stage) -> None:
    """The venue takes no orders any more; wait until nothing is open and the books agree.

    (A kill would not do: a bot that waits for a person asks for nothing, so it sees nothing.)
    """
    life, venue = stage.life, stage.place.venue
    assert life.shell is not None
    assert life.state is not None
    assert life.roster is not None
    state, names = life.state, life.roster.orders
    begun = stage.now()
    venue.exchange.set_mode("cancel_only", venue.now_ns)
    venue.settle()

    def open_points() -> list[str]:
        if stage.life is not life:
            return [f"{life.run_id} has ended"]
        account = stage.place.account(life.wallet)
        return unsettled(state) + differences(state, venue, account, names)

    if not await stage.until(lambda: not open_points(), AGREED_S):
        left = "; ".join(open_points()[:6])
        raise Broken(f"{AGREED_S:g} s after the last order: {left}")
    stage.found.agreed_after_s = round(stage.now() - begun, 3)
    stage.tell("the books agree")


async def _stop(stage: Stage) -> None:
    """An orderly end: exit code 0 within its time."""
    life: Life = stage.life
    assert life.shell is not None
    count = len(stage.codes)
    stage.ending = True
    life.shell.stop()
    if not await stage.until(lambda: len(stage.codes) > count, STOPPED_S):
        raise Broken(f"not stopped after {STOPPED_S:g} s")
    if stage.codes[-1] != EXIT_OK:
        raise Broken(f"exit code {stage.codes[-1]} after a stop without faults")


def _replay(stage: Stage) -> None:
    """Every journal again: the same effects from the same events, byte for byte."""
    whole = sha256()
    for life in stage.lives:
        if life.shell is None:
            continue  # it was not let in, and has left no journal
        try:
            again = replay(stage.place.folder, life.run_id)
        except JournalError as error:
            if error.remedy == "delete it":
                continue  # torn inside its head: it was killed before its first record
            raise Broken(f"the journal of {life.run_id}: {error}") from None
        if not again.equal:
            raise Broken(f"{life.run_id} does not replay: {again.difference}")
        if not again.torn and again.digest != life.digest:
            raise Broken(f"{life.run_id} replays to another digest")
        whole.update(again.digest.encode())
    stage.found.digest = whole.hexdigest()


def _add_up(stage: Stage) -> None:
    """The figures of a run."""
    found, judge = stage.found, stage.judge
    found.events, found.effects = judge.events, judge.effects
    found.lives = sum(life.shell is not None for life in stage.lives)
    found.virtual_s = round(stage.now(), 3)
    found.kills = sum(note.code == "killed" for life in stage.lives for _, note in life.notes)
    if stage.lives and (state := stage.life.state) is not None:
        found.fills = state.totals.fills + sum(m.inventory.fills for m in state.markets.values())
