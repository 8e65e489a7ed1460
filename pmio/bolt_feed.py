"""Reference prices over PolyBolt: Chainlink's spot where it is offered, and its average.

Every message is numbered by channel, so what is missing is seen; the connection is then made anew,
because a fresh subscription begins with the last two minutes. All channels want the CLOB's
credentials. Source: venue reference, section 6.2.
"""

from collections.abc import Callable
from typing import Final

import msgspec
import trio

from pmcore.events import AnyEvent
from pmcore.ids import CHAINLINK_FEED
from pmcore.units import Ns
from pmcore.wire.frames import WireError
from pmcore.wire.polybolt import BoltFrame, decode
from pmio.credentials import Credentials
from pmio.price_feed import Silence, Symbols
from pmio.websocket import Socket, SocketLost

PING_S: Final = 30.0
FRAME_SILENCE_S: Final = 75.0
ANSWER_S: Final = 10.0
AVERAGE_S: Final = 60


class BoltLine:
    """PolyBolt as a `Line`. `silence_s` without any tick of ours is a stall."""

    feed = CHAINLINK_FEED
    ping = '{"op":"ping"}'
    ping_s = PING_S
    frame_silence_s = FRAME_SILENCE_S

    def __init__(
        self,
        url: str,
        symbols: Symbols,
        credentials: Credentials,
        now_ns: Callable[[], Ns],
        silence_s: float,
    ) -> None:
        self.url = url
        self.scrub = credentials.scrub
        self._symbol = symbols.bolt
        self._credentials = credentials
        self._now_ns = now_ns
        self._silence = Silence("chainlink", silence_s)
        self._seen: dict[str, int] = {}

    async def ready(self) -> None:
        """Always."""

    async def greet(self, socket: Socket) -> None:
        """Prove who we are, then subscribe to the spot price and the average."""
        self._seen.clear()
        self._silence.broken()
        auth = {"op": "auth", "rid": "a1", "auth": self._credentials.revealed()}
        await socket.send(msgspec.json.encode(auth).decode())
        with trio.move_on_after(ANSWER_S) as waiting:
            await self._authed(socket)
        if waiting.cancelled_caught:
            raise SocketLost("no answer to auth")
        subscriptions = [
            {"channel": "price.crypto", "filter": {"symbol": self._symbol}},
            {
                "channel": "price.crypto.twap",
                "filter": {"symbol": self._symbol, "window_seconds": AVERAGE_S},
            },
        ]
        message = {"op": "subscribe", "rid": "s1", "subscriptions": subscriptions}
        await socket.send(msgspec.json.encode(message).decode())

    async def attend(self, socket: Socket) -> None:
        """Nothing more to say."""

    def hear(self, frame: bytes | str, at_ns: Ns) -> list[AnyEvent]:
        """The ticks of a frame. SocketLost where messages are missing or we are refused."""
        got = decode(frame, at_ns, self._symbol, AVERAGE_S)
        self._refuse(got)
        if got.channel and got.op == "":
            last = self._seen.get(got.channel)
            self._seen[got.channel] = got.seq
            if got.dropped or (last is not None and got.seq != last + 1):
                raise SocketLost(f"{got.channel}: messages are missing before {got.seq}")
        if got.ticks:
            self._silence.broken()
        return list(got.ticks)

    def stalled(self, now: float) -> str:
        """No tick of ours for too long."""
        return self._silence.told(now)

    async def _authed(self, socket: Socket) -> None:
        while True:
            try:
                got = decode(await socket.receive(), self._now_ns(), self._symbol, AVERAGE_S)
            except WireError as error:
                raise SocketLost(f"auth: {error.reason}") from None
            self._refuse(got)
            if got.op == "authed":
                return

    def _refuse(self, got: BoltFrame) -> None:
        """Without credentials there is no price; a bad filter is of one subscription."""
        if got.op != "error":
            return
        if got.text == "bad_filter":
            raise WireError("subscription refused", got.text)
        raise SocketLost(f"refused: {got.text}")
