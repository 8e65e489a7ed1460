"""What every answer says besides its answer: the venue's mode, our tokens, our standing.

An engine restart (425), cancel-only, post-only and disabled (503) are modes of the venue, not
failures of a request, and become events. Nothing tells when a mode ends, so after the wait that
the answer named, or a growing one of ours, the venue is taken to be normal again, and the next
refusal says if it is not (reference, section 3.6).
"""

from typing import Final

import trio

from pmcore.events import AccountRestricted, AuthRefused, RateReported, VenueModeChanged
from pmcore.wire.clob_answers import MODES, reject_code
from pmcore.wire.errors import error_of
from pmio.inbox import Inbox
from pmio.pacing import CANCEL, CANCEL_ALL, GAMMA, PLACE, RELAY, Pacing
from pmio.rest import Reply

NORMAL: Final = "normal"
RESTARTING: Final = "restarting"
WAITS_S: Final = {"restarting": 5.0, "post_only": 120.0, "cancel_only": 15.0, "disabled": 30.0}
"""First wait where the answer names none; "post-only mode lasts ~2 min after a restart"."""
WAIT_MAX_S: Final = 120.0
PAUSE_S: Final = 1.0
"""After a 429 that names no time."""
UNKNOWN_TOKENS: Final = 10**9
"""Milli-tokens of the bucket that an answer does not tell of: the core believes the lower count."""


class VenueMode:
    """Hears every answer of the CLOB; run it beside the lanes so that modes can end."""

    def __init__(self, inbox: Inbox, pacing: Pacing) -> None:
        self.mode = NORMAL
        self._inbox = inbox
        self._pacing = pacing
        self._until = 0.0
        self._in_a_row = 0
        self._changes = trio.lowlevel.ParkingLot()

    async def run(self) -> None:
        """End modes when their time is over."""
        while True:
            if self.mode == NORMAL:
                await self._changes.park()
                continue
            wait = self._until - trio.current_time()
            if wait > 0.0:
                with trio.move_on_after(wait):
                    await self._changes.park()
                continue
            self._enter(NORMAL)

    def hear(self, group: str, reply: Reply) -> None:
        """Look at one answer."""
        if group in (GAMMA, RELAY):
            return
        if reply.tier:
            self._pacing.set_tier(reply.tier)
        if reply.remaining is not None and group in (PLACE, CANCEL):
            self._report(group, reply.remaining)
        status = reply.status
        if status == 200:
            self._good(group)
        elif status == 429:
            self._pacing.pause(group, reply.retry_after_s or PAUSE_S)
        elif status == 425:
            self._bad(RESTARTING, reply.retry_after_s)
        elif status == 503:
            found = error_of(reply.body)
            code = reject_code(found.code or "") or reject_code(found.text)
            if code in MODES:
                after_s = reply.retry_after_s or max(0.0, found.retry_after_seconds or 0.0)
                self._bad(MODES[code], after_s)
        elif group != PLACE:
            # A refused order says it by its own answer.
            self._standing(status, error_of(reply.body).text)

    def _report(self, group: str, remaining: float) -> None:
        # A debt beyond what comes back in seconds would keep the core from cancelling for days.
        tokens = round(max(remaining, self._pacing.least(group)) * 1_000)
        place = tokens if group == PLACE else UNKNOWN_TOKENS
        cancel = tokens if group == CANCEL else UNKNOWN_TOKENS
        self._inbox.hear(RateReported, place, cancel)

    def _good(self, group: str) -> None:
        """What works shows that a mode is over: any act after a restart, a post after the rest."""
        refuted = (RESTARTING, "cancel_only", "disabled") if group == PLACE else (RESTARTING,)
        if group in (PLACE, CANCEL, CANCEL_ALL) and self.mode in refuted:
            self._enter(NORMAL)
        if group == PLACE:
            self._in_a_row = 0

    def _bad(self, mode: str, after_s: float) -> None:
        if self.mode != mode:
            self._in_a_row = self._in_a_row + 1 if self.mode == NORMAL else 1
        wait = after_s or WAITS_S[mode] * 1.5 ** (self._in_a_row - 1)
        self._until = trio.current_time() + min(wait, WAIT_MAX_S)
        self._enter(mode)

    def _enter(self, mode: str) -> None:
        if mode != self.mode:
            self.mode = mode
            self._inbox.hear(VenueModeChanged, mode)
        self._changes.unpark_all()

    def _standing(self, status: int, text: str) -> None:
        code = reject_code(text)
        if code in ("closed_only", "banned") or status == 403:
            self._inbox.hear(AccountRestricted, f"HTTP {status} {text}")
        elif status == 401:
            self._inbox.hear(AuthRefused, f"HTTP {status} {text}")
