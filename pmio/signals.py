"""SIGTERM and SIGINT: once in good order, twice at once, and before trading has begun not at all.

SIGHUP, the end of a terminal, asks for the good order too and never for more: it comes in
numbers, and beside the SIGTERM of a session that ends. Where it is ignored (`nohup`) it stays so.
Signals are heard from the very beginning. While there is no shell they end the questions that come
before it: nothing has been traded then, so there is nothing to cancel.
"""

import signal
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import Final

import trio

from pmio.shell import Shell

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class Stops:
    """What a signal ends: `questions` until there is a `shell`, from then on the shell."""

    def __init__(self) -> None:
        self.questions = trio.CancelScope()
        self.shell: Shell | None = None
        self._stopping = False
        self._hung_up = False

    def stop(self, number: int) -> None:
        """One signal."""
        if self.shell is None:
            self.questions.cancel()
        elif not self._stopping:
            self._stopping = True
            self._hung_up = number == signal.SIGHUP
            self.shell.stop()
        elif number != signal.SIGHUP and self._hung_up:
            self._hung_up = False  # the first word of a person or a supervisor
        elif number != signal.SIGHUP:
            self.shell.stop()


def hear_signals() -> AbstractContextManager[AsyncIterator[int]]:
    """From here on signals wait for `obey_signals` in place of killing the process."""
    ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    return trio.open_signal_receiver(*SIGNALS, *(() if ignored else (signal.SIGHUP,)))


async def obey_signals(signals: AsyncIterator[int], stops: Stops) -> None:
    """Hand every signal on, until cancelled."""
    async for number in signals:
        stops.stop(number)
