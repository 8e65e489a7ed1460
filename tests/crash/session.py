"""A whole bot and venue on virtual time; the bot dies wherever it is wanted, and comes back.

    python -m tests.crash.session FOLDER --seed 1 --span 130 --writes 10 --steps 2000
    python -m tests.crash.session FOLDER --seed 1 --at write:311:17      one death, not forked off

Prints one JSON object: how many moments there were, how many deaths, which of them went wrong.
"""

import argparse
import json
import os
import sys
import traceback
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import Random

import trio

from pmcore.freeze import freeze
from pmcore.market_state import MarketState
from pmcore.state import State
from pmio.journal import JournalHead, JournalWriter
from pmio.recovery import prepare, recovered
from tests.crash import agreement
from tests.crash.deaths import (
    STEP,
    WRITE,
    Death,
    Forks,
    KilledError,
    Steps,
    Wanted,
    one_in,
    watched_writes,
)
from tests.shell.rig import BRIEF, SHORT, Rig
from tests.shell.virtual import run_virtual

SEGMENT_BYTES = 48 << 10
"""Small, so that segments are changed in mid-session too."""
PAUSES_S = (0.0, 0.2, 2.0, 12.0)
"""How long the bot stays dead; the venue's dead-man switch cancels after ten seconds."""


FAULTS = (
    ("answer", {"on": "place", "p": 0.15, "fate": "silent", "applied": True}),
    ("answer", {"on": "place", "p": 0.1, "fate": "cut"}),
    ("answer", {"on": "cancel", "p": 0.15, "fate": "cut", "applied": True}),
    ("answer", {"on": "relayer", "p": 0.3, "fate": "silent", "applied": True}),
    ("user_late", {"ms": 400}),
    ("trade_failed", {"p": 0.1}),
    ("trade_doubled", {"p": 0.3}),
    ("merge_unknown", {"p": 0.5}),
)
"""A venue of which little can be believed, until the restarted bot is looked at."""
PATIENT = {"risk.max_rejects": 1_000, "risk.max_auth_failures": 100}
READY_S = 60.0
"""The longest that a restart may take to be reconciled and have a price."""
SEEN_S = 2.0
"""How long it then works before it is asked."""


class MortalJournal(JournalWriter):
    """A journal whose process may die in its very last write."""

    def close(self) -> None:
        with suppress(KilledError):
            super().close()


class Session:
    """One process after the other on the same files, against one venue that lives on."""

    def __init__(self, nursery: trio.Nursery, folder: Path, seed: int, faulty: bool) -> None:
        self.rig = Rig(nursery, seed=seed, delay_s=0.01, **BRIEF)
        self.settings = SHORT | PATIENT if faulty else SHORT
        for kind, how in FAULTS if faulty else ():
            self.rig.fault(kind, **how)
        self.folder = folder
        self.dead = trio.Event()
        self.runs = 0
        self.journal: JournalWriter | None = None
        self._begun: State | None = None

    async def start(self) -> None:
        """Recover from the files, and run."""
        rig = self.rig
        self.dead = trio.Event()
        found = recovered(self.folder)
        if found is not None:
            prepare(found, rig.host.clock())
        self._begun = found.state if found is not None else None
        self.runs += 1
        head = JournalHead(
            run_id=f"run-{self.runs}", mode="live", first=found.first if found else 1
        )
        self.journal = MortalJournal(self.folder, head, SEGMENT_BYTES, snapshot=self._snapshot)
        ops = self.folder / "ops.jsonl"
        await rig.live(self.settings, journal=self.journal, found=found, ops=ops)
        self._begun = None

    def _snapshot(self) -> bytes:
        return freeze(self._begun or self.rig.state)

    @property
    def running(self) -> bool:
        """Whether a shell is running now."""
        return self._begun is None and hasattr(self.rig, "shell") and not self.rig.done.is_set()

    def die(self) -> None:
        """Nothing is written, sent or said any more by the process that runs now."""
        self.dead.set()
        if not self.running:
            return
        shell, journal = self.rig.shell, self.journal
        assert journal is not None

        async def nothing(within_s: float) -> bool:
            return True

        shell.account.cancel_everything = nothing
        self.rig.side.chain._log._path = None
        journal.flush = lambda: None
        journal.append = lambda *_: None
        shell.drive._hand = lambda *_: None
        shell._scope.cancel()

    async def gone(self) -> None:
        """Wait until the dead process has let go of its connections."""
        if hasattr(self.rig, "shell"):
            await self.rig.done.wait()
        assert self.journal is not None
        self.journal.abandon()


class Play:
    """A session with its deaths. In a child `own` is where the dead process's files are."""

    def __init__(self, session: Session, forks: Forks, wanted: Wanted, every_step: int) -> None:
        self.session = session
        self.forks = forks
        self.wanted = wanted
        self.every_step = every_step
        self.moments: Counter[str] = Counter()
        self.own: Path | None = None
        self.only: Death | None = None
        self.forget = 0
        """Bytes lost from before the last write, which no crash does: the check must notice."""
        self.death: Death | None = None
        self.again: list[int] = []
        """Writes after which the restarted process dies again, one for each restart."""
        self.chance = Random(f"steps {session.rig.terms.seed}")
        self._next_step = 0

    def wrote(self, path: Path, wrote: int) -> None:
        """A write of a journal has just been done, and nothing that it allows."""
        death = Death(self.moments[WRITE], WRITE, path.name, wrote)
        self.moments[WRITE] += 1
        if self.own is not None:
            self._die_again(path, wrote)
        elif self.only is not None:
            if (self.only.kind, self.only.number) == (WRITE, death.number):
                death.keep = self.only.keep
                self._dies(death, self.session.folder)
        else:
            for keep in self.wanted(death):
                here = Death(death.number, WRITE, path.name, wrote, keep)
                own = self.forks.fork(here, self.session.folder)
                if own is not None:
                    self._dies(here, own)

    def _dies(self, death: Death, own: Path) -> None:
        self.own, self.death = own, death
        chance = Random(f"{death.number}/{death.keep}")
        self.again = [chance.randrange(1, 30)] if chance.random() < 0.35 else []
        self.session.folder = own
        self.session.die()
        if death.kind == WRITE:
            _cut(own / death.file, death.wrote - death.keep + self.forget)
            raise KilledError(str(death))

    def _die_again(self, path: Path, wrote: int) -> None:
        if not self.again or self.session.dead.is_set():
            return
        self.again[0] -= 1
        if self.again[0] == 0:
            self.again.pop(0)
            self.session.die()
            _cut(path, Random(f"{wrote}").randrange(wrote + 1))
            raise KilledError("again")

    def stepped(self) -> None:
        """A task is about to take a step."""
        number = self.moments[STEP]
        self.moments[STEP] += 1
        session = self.session
        if self.own is not None or not session.running:
            return
        if self.only is not None:
            if (self.only.kind, self.only.number) == (STEP, number):
                self._dies(self.only, session.folder)
        elif self.every_step and number >= self._next_step:
            self._next_step = number + self.chance.randrange(1, 2 * self.every_step)
            death = Death(number, STEP)
            own = self.forks.fork(death, session.folder)
            if own is not None:
                self._dies(death, own)

    # --- in a child ------------------------------------------------------------------------------

    async def afterlife(self) -> list[str]:
        """Restart until it holds, then ask everything; what is wrong."""
        session, rig = self.session, self.session.rig
        assert self.death is not None
        chance = Random(f"{self.death}")
        while True:
            await session.gone()
            await trio.sleep(chance.choice(PAUSES_S))
            try:
                await session.start()
            except KilledError:
                continue
            faults = agreement.untracked(rig)
            await self._up_or_dead()
            if not session.dead.is_set():
                self.again = []  # from here on it is asked, not killed
                return faults + await self._settled()

    async def _up_or_dead(self) -> None:
        """The account is reconciled and a while has passed, or it has died again."""
        session = self.session
        with trio.move_on_after(READY_S):
            while not session.dead.is_set() and not session.rig.shell.quoting.is_set():
                await trio.sleep(0.05)
            with trio.move_on_after(SEEN_S):
                await session.dead.wait()

    async def _settled(self) -> list[str]:
        rig = self.session.rig
        rig.venue.switchboard.heal()
        await trio.sleep(1.0)  # what was late has come
        if rig.done.is_set():
            return [f"it ended by itself: {rig.code} {rig.shell.failure!r}"]
        faults = [] if rig.shell.quoting.is_set() else [f"not ready to quote within {READY_S:g} s"]
        if rig.state.safety.mode != "running":
            faults.append(f"it is {rig.state.safety.mode}: {rig.state.safety.why}")
        faults += await _agreed(rig)
        with trio.move_on_after(200.0):
            while any(map(_on_chain, rig.state.markets.values())):
                await trio.sleep(0.5)
        code = await rig.stop()
        if code != 0:
            faults.append(f"the stop ended with {code} {rig.shell.failure!r}")
        if agreement.resting(rig):
            faults.append(f"{len(agreement.resting(rig))} orders rest after the stop")
        asked = agreement.asked_for(self.session.folder)
        faults += agreement.doubled_orders(rig, asked)
        faults += agreement.doubled_operations(rig, asked)
        return faults + agreement.money_differs(rig)


def _on_chain(market: MarketState) -> bool:
    """Whether an operation is open, or a resolved window is still to be redeemed."""
    unpaid = market.payout_up >= 0 and not market.redeemed and any(market.inventory.shares)
    return bool(market.merge_op or market.redeem_op or unpaid)


async def _agreed(rig: Rig) -> list[str]:
    """Orders at the venue are the orders tracked, as soon as nothing is on the way."""
    with trio.move_on_after(20.0):
        while agreement.resting(rig) != agreement.tracked(rig):
            await trio.sleep(0.003)
        return []
    ours, theirs = agreement.tracked(rig), agreement.resting(rig)
    return [f"{len(theirs - ours)} orders untracked, {len(ours - theirs)} not there, for 20 s"]


def _cut(path: Path, tail: int) -> None:
    """What was not written is not there."""
    os.truncate(path, max(0, path.stat().st_size - tail))


def play(asked: argparse.Namespace) -> dict[str, object]:
    """Run a session and all its deaths; what was found."""
    forks = Forks(asked.folder, asked.jobs)
    wanted = one_in(asked.writes, asked.seed, asked.tears)
    found: dict[str, object] = {}

    async def main(nursery: trio.Nursery) -> None:
        session = Session(nursery, asked.folder / "living", asked.seed, asked.faults)
        one = Play(session, forks, wanted, asked.steps)
        one.forget = asked.forget
        if asked.at:
            kind, number, keep = asked.at.split(":")[:3]
            one.only = Death(int(number), kind, keep=int(keep))
        with watched_writes(one.wrote):
            if asked.steps or one.only is not None:
                trio.lowlevel.add_instrument(Steps(one.stepped))
            with suppress(KilledError):
                await session.start()
                with trio.move_on_after(asked.span):
                    await session.dead.wait()
            if one.own is None:
                await session.rig.stop()
            if one.own is not None:  # it may have died in its stop
                await _live_on(one, forks)
        found["moments"] = dict(one.moments)
        found["markets_done"] = session.rig.state.totals.markets

    run_virtual(main, asked.seed)
    outcomes = forks.wait()
    found["deaths"] = dict(Counter(one.death.kind for one in outcomes))
    found["faults"] = [f"{one.death}: {one.fault}" for one in outcomes if one.fault]
    spent = os.times()
    found["cpu_s"] = round(spent.user + spent.children_user, 1)
    return found


async def _live_on(one: Play, forks: Forks) -> None:
    try:
        fault = "\n".join(await one.afterlife())
    except BaseException:
        fault = traceback.format_exc()
    assert one.own is not None
    if one.only is None:
        forks.finish(one.own, fault)
    sys.stderr.write(f"{one.death}: {fault or 'all is well'}\n")


def main(arguments: Sequence[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="tests.crash.session")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--span", type=float, default=130.0, help="virtual seconds")
    parser.add_argument("--writes", type=int, default=10, help="one write in so many; 0: none")
    parser.add_argument("--tears", type=int, default=1, help="torn bytes at each such write")
    parser.add_argument("--steps", type=int, default=0, help="one task step in so many; 0: none")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--forget", type=int, default=0, help="bytes that no crash can lose")
    parser.add_argument("--faults", action="store_true", help="the venue is not to be believed")
    parser.add_argument("--at", default="", help="KIND:NUMBER:KEPT, one death to look at")
    sys.stdout.write(json.dumps(play(parser.parse_args(arguments))) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
