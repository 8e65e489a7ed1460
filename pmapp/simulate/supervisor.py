"""Who looks after the bot: a supervisor that starts it again, and a person who lets it go on."""

from typing import Final

import trio

from pmapp.simulate.judge import resting
from pmapp.simulate.life import DEAD, REFUSED, Life
from pmapp.simulate.outcome import LIVENESS, SAFETY
from pmapp.simulate.stage import Stage
from pmcore.events import ResumeAsked
from pmcore.state import RUNNING
from pmio.shell import EXIT_LATE, EXIT_OK, EXIT_UNSURE

OPERATOR_S: Final = 5.0
"""How often a person looks whether the bot stands still."""
AGAIN_S: Final = 2.0
"""After a start that was refused."""


async def supervise(stage: Stage) -> None:
    """Start the bot again whenever it has ended, until the last time."""
    while not stage.last or not stage.codes:
        life = Life(stage.place, stage.judge, len(stage.lives) + 1)
        stage.lives.append(life)
        code = await life.run()
        _judge(stage, life, code)
        stage.codes.append(code)
        stage.ending = False
        pause_s, stage.down_s = stage.down_s, 0.0
        if not stage.last:
            await trio.sleep(pause_s or AGAIN_S)


def _judge(stage: Stage, life: Life, code: int) -> None:
    """An end that nobody asked for is a failure of ours, whatever the world does."""
    stage.tell(f"{life.run_id}: {_ending(life, code)}")
    if code in (DEAD, REFUSED):
        return
    stage.judge.ended(code)
    allowed = (EXIT_OK, EXIT_LATE, EXIT_UNSURE) if stage.phase == SAFETY else (EXIT_OK,)
    if not stage.ending or code not in allowed:
        stage.judge.say(f"{life.run_id} ended by itself: {_ending(life, code)}")
    elif code in (EXIT_OK, EXIT_LATE):
        left = resting(stage.place.venue, stage.place.account(life.wallet))
        if left:
            stage.judge.say(f"{len(left)} orders rest at the venue after exit code {code}")


def _ending(life: Life, code: int) -> str:
    if code == DEAD:
        return "killed"
    if code == REFUSED:
        return f"not started: {life.why}"
    return f"exit code {code}" + (f", {_root(life.failure)}" if life.failure else "")


def _root(error: BaseException) -> str:
    """The first exception inside all groups, with the place where it was raised."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    place, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}: {error} at {place}"


async def operate(stage: Stage) -> None:
    """Resume a bot that waits for a person, once everything has healed."""
    while True:
        await trio.sleep(OPERATOR_S)
        if stage.phase != LIVENESS or not stage.lives:
            continue
        life = stage.life
        shell, state = life.shell, life.state
        if shell is None or state is None or not life.alive or state.safety.stopping:
            continue
        waits = state.safety.operator or not state.rules.auto_resume
        if state.safety.mode != RUNNING and waits:
            stage.tell(f"the operator resumes it: {state.safety.why}")
            shell.inbox.hear(ResumeAsked)
