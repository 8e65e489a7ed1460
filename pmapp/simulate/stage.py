"""What all parts of a run share: the plan, the place, the lives so far, and the log."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import trio

from pmapp.simulate.judge import Judge
from pmapp.simulate.life import Life
from pmapp.simulate.outcome import SAFETY, Failure, Played, command_of
from pmapp.simulate.place import Place
from pmapp.simulate.plan import Plan

LOOK_S: Final = 0.25
LOG_MAX: Final = 400


class Stage:
    """A run in progress. Made inside a Trio run."""

    def __init__(self, plan: Plan, folder: Path, nursery: trio.Nursery) -> None:
        self.plan = plan
        self.judge = Judge()
        self.found = Played(seed=plan.seed)
        self.phase = SAFETY
        self.begun = trio.current_time()
        self.place = Place(plan, nursery, folder)
        self.lives: list[Life] = []
        self.codes: list[int] = []
        """How each life has ended."""
        self.ending = False
        """A stop has been asked for, so an end is no surprise."""
        self.last = False
        """Nobody starts the bot again."""
        self.down_s = 0.0
        """How long nobody starts it again after the next end."""

    @property
    def life(self) -> Life:
        """The present life of the bot, or the last."""
        return self.lives[-1]

    def now(self) -> float:
        """Virtual seconds since the run began."""
        return trio.current_time() - self.begun

    def tell(self, text: str) -> None:
        """Note for people what happens."""
        if len(self.found.log) < LOG_MAX:
            self.found.log.append(f"{self.now():8.3f} s  {text}")

    def fail(self, what: str, phase: str = "") -> None:
        """Note a failure."""
        seed = self.plan.seed
        at_s = round(self.now(), 3)
        self.found.failures.append(Failure(seed, phase or self.phase, at_s, what, command_of(seed)))

    async def until(self, true: Callable[[], bool], within_s: float) -> bool:
        """Let time pass until something is true; False where it does not come true.

        Looks at the venue all the while, and gives up at once where safety has been lost.
        """
        end = trio.current_time() + within_s
        while not self.judge.broken:
            self._look()
            if true():
                return True
            if trio.current_time() >= end:
                return False
            await trio.sleep(LOOK_S)
        raise Unsafe

    def _look(self) -> None:
        if not self.lives:
            return
        life = self.life
        account = self.place.account(life.wallet)
        if account and life.alive and life.state is not None and life.roster is not None:
            self.judge.look(self.place.venue, account, life.state, life.roster.orders)


class Unsafe(Exception):  # noqa: N818 - it is what was looked for
    """The judge has found something; nothing more is looked at."""
