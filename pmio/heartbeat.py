"""The venue's dead-man switch: a chain of ids, one send at a time, on its own connection.

After the first accepted heartbeat the venue cancels everything of the API key when none comes for
ten seconds. A 400 names the id that it expects, and is answered at once with that id; a refused
send does not wind the switch. Source: venue reference, section 3.7.
"""

from typing import Final

import msgspec
import trio

from pmcore.events import HeartbeatAcked, HeartbeatMissed
from pmcore.wire.clob_cancels import heartbeat_answer
from pmio.inbox import Inbox
from pmio.pacing import HEARTBEAT
from pmio.rest import Rest, Sign, Unreachable

RESENDS: Final = 3
"""Corrections of the id in a row before it counts as missed."""
RETRY_S: Final = 1.0
"""After a missed one the next is sent sooner; never later than the interval."""
TIMEOUT_S: Final = 3.0


class Heartbeat:
    """Sends for as long as it runs. `interval_s` is 5 by the venue's advice."""

    def __init__(self, rest: Rest, clob: str, sign: Sign, inbox: Inbox, interval_s: float) -> None:
        self._rest = rest
        self._url = f"{clob}/v1/heartbeats"
        self._sign = sign
        self._inbox = inbox
        self._interval_s = interval_s
        self._id = ""
        self.accepted = 0
        self.missed = 0

    async def run(self) -> None:
        """Beat at a steady pace, counted from the beginning of each send."""
        while True:
            due = trio.current_time() + self._interval_s
            fault = await self._beat()
            if fault:
                self.missed += 1
                self._inbox.hear(HeartbeatMissed, fault[:200])
                due = min(due, trio.current_time() + RETRY_S)
            else:
                self.accepted += 1
                self._inbox.hear(HeartbeatAcked)
            await trio.sleep_until(due)

    async def _beat(self) -> str:
        """Send until the venue accepts; why it did not, or ""."""
        fault = ""
        for _ in range(1 + RESENDS):
            body = msgspec.json.encode({"heartbeat_id": self._id})
            try:
                reply = await self._rest.ask(
                    HEARTBEAT,
                    "POST",
                    self._url,
                    body,
                    sign=self._sign,
                    timeout_s=min(TIMEOUT_S, self._interval_s),
                )
            except Unreachable as error:
                return error.text
            got = heartbeat_answer(reply.status, reply.body)
            if got.heartbeat_id is not None:
                self._id = got.heartbeat_id
            if got.accepted:
                return ""
            fault = got.text
            if reply.status != 400 or got.heartbeat_id is None:
                return fault
        return fault
