"""Signals stop the shell: the first in good order, the second at once."""

import os
import signal

import trio

from pmio.signals import obey_signals


class Shell:
    def __init__(self) -> None:
        self.stops = 0
        self.heard = trio.Event()

    def stop(self) -> None:
        self.stops += 1
        self.heard.set()


async def test_each_signal_is_one_stop():
    shell = Shell()
    async with trio.open_nursery() as nursery:
        await nursery.start(obey_signals, shell)
        for number, sent in enumerate((signal.SIGTERM, signal.SIGINT), 1):
            shell.heard = trio.Event()
            os.kill(os.getpid(), sent)
            await shell.heard.wait()
            assert shell.stops == number
        nursery.cancel_scope.cancel()
