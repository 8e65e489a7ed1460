"""The API beside the other services of `pm sweep run`, in a process of its own.

Scoring and ingest keep the interpreter busy for seconds; a server among their threads would answer
when they let it (`docs/decisions/0011-api-in-its-own-process.md` has the figures). So `run` starts
`pm sweep serve`, starts it again if it dies, and takes it along when it ends.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

import attrs
import trio

from pmapp.refused import Refused
from pmapp.services.service_settings import SweepSettings
from pmapp.services.sweep_run import Services
from pmio.store.place import VARIABLE

REFUSED: Final = Refused.exit_code
STOP_S: Final = 10.0
PAUSE_S: Final = 1.0
PAUSE_MAX_S: Final = 30.0


@attrs.frozen
class ServeProcess:
    """What `pm sweep serve` is told; `run` is one of the tasks beside the loops."""

    address: str
    host: str
    port: int
    log_level: str

    async def run(self, services: Services) -> None:
        """Keep the process going until cancelled. Raises Refused where it cannot begin."""
        log, pause_s = services.shop.log, PAUSE_S
        words = (*self._words(), *settings_words(services.shop.settings))
        while True:
            began = trio.current_time()
            # In the environment, since it may hold a password and others can read our words.
            code = await _run(words, os.environ | {VARIABLE: self.address})
            if code == REFUSED:
                # It has said why on the standard error.
                raise Refused("the API cannot be served; see the message above")
            log.error("api.died", exit_code=code, again_in_s=pause_s)
            await trio.sleep(pause_s)
            lived_s = trio.current_time() - began
            pause_s = PAUSE_S if lived_s > PAUSE_MAX_S * 2 else min(pause_s * 2, PAUSE_MAX_S)

    def _words(self) -> list[str]:
        return [
            *(sys.executable, "-m", "pmapp.cli", "sweep", "serve", "--until-input-ends"),
            *("--host", self.host, "--port", str(self.port), "--log-level", self.log_level),
        ]


def settings_words(settings: SweepSettings) -> list[str]:
    """Options that give another command all the same settings, whatever files it finds."""
    words: list[str] = []
    for section, keys in attrs.asdict(settings).items():
        for key, value in keys.items():
            text = str(value).lower() if isinstance(value, bool) else str(value)
            words += ["--set", f"{section}.{key}={text}"]
    return words


async def _run(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """The exit code of the process; when we are cancelled it is told to end, and waited for."""
    process = await trio.lowlevel.open_process(list(words), stdin=subprocess.PIPE, env=environ)
    try:
        return await process.wait()
    finally:
        with trio.CancelScope(shield=True):
            assert process.stdin is not None
            await process.stdin.aclose()
            with trio.move_on_after(STOP_S):
                await process.wait()
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
