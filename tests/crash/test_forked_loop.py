"""A child that dies in the middle of a run must not take its parent's wake-ups with it."""

import subprocess
import sys

import pytest

FORKING = """
import os, sys, trio
from trio.testing import wait_all_tasks_blocked
from tests.crash.forked_loop import part_from_parent

async def main(parted):
    token = trio.lowlevel.current_trio_token()
    await wait_all_tasks_blocked()  # the loop listens now
    pid = os.fork()
    if not pid:
        if parted:
            part_from_parent()
        # The child hears a wake-up, and is gone before it listens again.
        token.run_sync_soon(os._exit, 0)
        await trio.sleep_forever()
    assert os.waitpid(pid, 0) == (pid, 0)
    woken = trio.Event()
    token.run_sync_soon(woken.set)
    with trio.move_on_after(60 if parted else 0.5):
        await woken.wait()
    print("woken" if woken.is_set() else "deaf", flush=True)
    os._exit(0)

trio.run(main, sys.argv[1] == "parted")
"""


@pytest.mark.parametrize(("how", "parent"), [("parted", "woken"), ("shared", "deaf")])
def test_the_parent_hears_what_is_meant_for_it(how, parent):
    # A process of its own: it forks, which a test runner with threads must not.
    done = subprocess.run(
        [sys.executable, "-c", FORKING, how],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.stdout, done.stderr) == (f"{parent}\n", "")
