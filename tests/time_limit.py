"""A test that hangs fails and says where, instead of holding up everything behind it.

Real time, for the whole of one test: on the alarm the stacks of the thread and of every Trio task
are written down, then the test is interrupted as by Ctrl-C, which Trio unwinds in order; what
ignores that is broken off. Virtual time has a limit of its own (`tests.shell.virtual`).
"""

import os
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest
import trio

LIMIT_S = float(os.environ.get("PM_TEST_LIMIT_S", "300"))
"""Many times what the longest test takes on a machine that is busy with other things."""
AGAIN_S = 20.0


@contextmanager
def limited(seconds: float = LIMIT_S, again_s: float = AGAIN_S) -> Iterator[None]:
    """Let what is inside take `seconds` of real time. Main thread only."""
    stacks: list[str] = []

    def alarm(number: int, frame: FrameType | None) -> None:
        first = not stacks
        stacks.append(stacks_now(frame))
        if first:
            signal.raise_signal(signal.SIGINT)
        else:
            pytest.fail("the test could not even be interrupted", pytrace=False)

    before = signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds, again_s)
    try:
        yield
    except BaseException as error:
        if not stacks:
            raise
        text = f"no end in {seconds:g} s of real time\n{stacks[0]}"
        raise pytest.fail.Exception(text, pytrace=False) from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    if stacks:
        pytest.fail(f"no end in {seconds:g} s of real time\n{stacks[0]}", pytrace=False)


def stacks_now(frame: FrameType | None = None) -> str:
    """Where this thread and every Trio task are, innermost call last."""
    parts = ["this thread:\n", *traceback.format_stack(frame)[-6:]] if frame is not None else []
    for task in tasks():
        parts.append(f"task {task.name}:\n")
        frames = task.iter_await_frames()
        parts += traceback.StackSummary.extract(frames, lookup_lines=True).format()[-8:]
    return "".join(parts)


def tasks() -> list[trio.lowlevel.Task]:
    """Every task of the run that this thread is in; none outside of a run."""
    try:
        root = trio.lowlevel.current_root_task()
    except RuntimeError:
        return []
    found = [root] if root is not None else []
    for task in found:  # grows while we look
        for nursery in task.child_nurseries:
            found += sorted(nursery.child_tasks, key=lambda child: child.name)
    return found
