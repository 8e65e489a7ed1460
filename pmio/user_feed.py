"""The user channel: what becomes of our orders and trades, in all markets at once.

There is no replay, so a connection counts as open only after the trades since the last one have
been read by REST and reported; the core then reconciles orders and positions by itself. Silence of
facts proves nothing here (there may be nothing to say); answers to PING must come.
"""

from collections.abc import Awaitable, Callable

import msgspec

from pmcore.events import AnyEvent
from pmcore.ids import USER_FEED
from pmcore.units import Ns
from pmcore.wire.clob_user import decode
from pmio.credentials import Credentials
from pmio.market_feed import FRAME_SILENCE_S, PING_S
from pmio.roster import Roster
from pmio.trade_log import TradeLog
from pmio.websocket import Socket, SocketLost

CatchUp = Callable[[], Awaitable[str]]
"""Reports missed trades; returns why it could not, "" if it could."""


class UserLine:
    """The user channel as a `Line`."""

    feed = USER_FEED
    ping = "PING"
    ping_s = PING_S
    frame_silence_s = FRAME_SILENCE_S

    def __init__(
        self,
        url: str,
        roster: Roster,
        credentials: Credentials,
        log: TradeLog,
        catch_up: CatchUp,
    ) -> None:
        self.url = url
        self.scrub = credentials.scrub
        self._roster = roster
        self._credentials = credentials
        self._log = log
        self._catch_up = catch_up

    async def ready(self) -> None:
        """Always: our orders may be anywhere."""

    async def greet(self, socket: Socket) -> None:
        """Subscribe to all markets, then read what was missed."""
        message = {"auth": self._credentials.revealed(), "type": "user"}
        await socket.send(msgspec.json.encode(message).decode())
        fault = await self._catch_up()
        if fault:
            raise SocketLost(f"catch-up: {fault}")

    async def attend(self, socket: Socket) -> None:
        """Nothing more to say."""

    def hear(self, frame: bytes | str, at_ns: Ns) -> list[AnyEvent]:
        """Order and trade events of ours."""
        if self.scrub is not None:
            # A free text of this channel ends up in an event; it must not be an echo of a secret.
            text = frame.decode("utf-8", "replace") if isinstance(frame, bytes) else frame
            frame = self.scrub(text)
        events = self._log.named(decode(frame, at_ns, self._roster.ours))
        self._log.heard(events)
        return events

    def stalled(self, now: float) -> str:  # noqa: ARG002
        """Silence is no sign here."""
        return ""
