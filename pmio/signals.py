"""SIGTERM and SIGINT as the shell understands them: once in good order, twice at once."""

import signal
from typing import Final

import trio

from pmio.shell import Shell

STOPS: Final = (signal.SIGTERM, signal.SIGINT)


async def obey_signals(
    shell: Shell, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Hand every signal to `shell.stop`; start it in the nursery that runs the shell."""
    with trio.open_signal_receiver(*STOPS) as signals:
        task_status.started()
        async for _ in signals:
            shell.stop()
