"""SIGTERM and SIGINT: once in good order, twice at once, and before trading has begun not at all.

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

    def stop(self) -> None:
        """One signal."""
        if self.shell is None:
            self.questions.cancel()
        else:
            self.shell.stop()


def hear_signals() -> AbstractContextManager[AsyncIterator[int]]:
    """From here on signals wait for `obey_signals` in place of killing the process."""
    return trio.open_signal_receiver(*SIGNALS)


async def obey_signals(signals: AsyncIterator[int], stops: Stops) -> None:
    """Hand every signal on, until cancelled."""
    async for _ in signals:
        stops.stop()
