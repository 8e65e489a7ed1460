"""Heartbeats: a chain of ids per API key, and a switch that cancels when it breaks off.

"after the first accepted one, 10 s without an accepted one => server cancels all open orders of
that API key; checked every 5 s; ... expiry removes the registration; there is no disarm" (venue
reference, section 3.7). A refused send names the id that was expected and refreshes nothing.
"""

from collections.abc import Callable
from hashlib import sha256
from uuid import UUID

import msgspec

from pmapp.local_venue.http import Answer, ok, raw
from pmapp.local_venue.timers import Timers
from pmcore.units import Ns

Expire = Callable[[str, Ns], None]


class Beat(msgspec.Struct):
    """One key's chain."""

    expected: str
    heard_ns: Ns
    count: int = 0


class Beats:
    """The chains of every key."""

    __slots__ = ("armed", "check_ns", "expire", "limit_ns", "seed", "timers")

    def __init__(
        self, timers: Timers, limit_ns: Ns, check_ns: Ns, seed: int, expire: Expire
    ) -> None:
        self.timers = timers
        self.limit_ns = limit_ns
        self.check_ns = check_ns
        self.seed = seed
        self.expire = expire
        self.armed: dict[str, Beat] = {}

    def hear(self, key: str, given: str, now_ns: Ns) -> Answer:
        """`POST /v1/heartbeats`: the next id, or 400 with the one that was expected."""
        beat = self.armed.get(key)
        expected = beat.expected if beat is not None else ""
        if given != expected:
            refusal = {"error_msg": "Invalid Heartbeat ID", "heartbeat_id": expected}
            return raw(msgspec.json.encode(refusal), 400)
        if beat is None:
            beat = self.armed[key] = Beat("", now_ns)
            self._check_later(key, beat, now_ns)
        beat.heard_ns = now_ns
        beat.count += 1
        seed = f"beat/{self.seed}/{key}/{now_ns}/{beat.count}".encode()
        beat.expected = str(UUID(bytes=sha256(seed).digest()[:16], version=4))
        return ok({"heartbeat_id": beat.expected})

    def legacy(self, key: str, now_ns: Ns) -> Answer:
        """`POST /heartbeats`: keeps the switch armed without a chain; the expected id is ""."""
        beat = self.armed.get(key)
        if beat is None:
            beat = self.armed[key] = Beat("", now_ns)
            self._check_later(key, beat, now_ns)
        beat.heard_ns = now_ns
        beat.expected = ""
        return ok({"status": "ok"})

    def break_chain(self, key: str) -> None:
        """A fault: the venue expects another id than the one it gave."""
        beat = self.armed.get(key)
        if beat is not None:
            beat.expected = str(UUID(bytes=sha256(beat.expected.encode()).digest()[:16], version=4))

    def _check_later(self, key: str, beat: Beat, now_ns: Ns) -> None:
        def check(at_ns: Ns) -> None:
            if self.armed.get(key) is not beat:
                return
            if at_ns - beat.heard_ns >= self.limit_ns:
                del self.armed[key]
                self.expire(key, at_ns)
            else:
                self._check_later(key, beat, at_ns)

        self.timers.at(now_ns + self.check_ns, check)
