"""A rig whose shell is watched as `pm maker` watches it: tally, log and observatory."""

import io
import json
from pathlib import Path
from typing import Any

from pmapp.local_venue.http import Answer, request_of
from pmapp.maker_run.assembly import live, log_in
from pmapp.maker_run.observatory import Observatory
from pmapp.maker_run.run_log import RunLog
from pmapp.maker_run.watch import Watch
from pmcore.state import new_state
from pmcore.wire.order_typed_data import POLY_GNOSIS_SAFE
from pmio.drive import Journal
from pmio.secrets import Scrubber, Secret
from tests.shell.journals import MemoryJournal
from tests.shell.rig import KEY, Rig

RELAYER_KEY = "relayer-key-0123456789abcdef"


class Watched(Rig):
    """`begin` it instead of `live`."""

    async def begin(
        self, settings: dict[str, Any] | None = None, journal: Journal | None = None
    ) -> None:
        """Put a live shell together, and let it run."""
        self.stream = io.StringIO()
        self.log = RunLog("debug", self.stream)
        kept = journal or MemoryJournal()
        ground = self._ground(settings, kept)
        secrets = (Secret("wallet key", KEY), Secret("relayer key", RELAYER_KEY))
        self.log.hide(Scrubber(secrets))
        account = await log_in(ground, secrets[0], POLY_GNOSIS_SAFE, secrets[1])
        self.log.hide(account.credentials.scrub)
        self.credentials = account.credentials
        self.wallet = account.wallet
        state = new_state()
        self.watch = Watch(state, kept, self.log)
        self.built = live(ground, account, state, self.watch)
        self._start(self.built)
        self.observatory = Observatory(self.shell, state, self.watch.tally, self.log)

    def lines(self, event: str = "") -> list[dict[str, Any]]:
        """The lines of the log, all or those of one event."""
        told = [json.loads(line) for line in self.stream.getvalue().splitlines()]
        return [line for line in told if event in ("", line["event"])]

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """One request to the observatory."""
        heard: list[Answer] = []
        self.observatory.ask(request_of("observatory", method, path, headers), heard.append)
        return heard[0]

    def told(self, path: str) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        answer = self.ask(path)
        return answer.status, json.loads(answer.body)


def written(folder: Path) -> bytes:
    """Everything in a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
