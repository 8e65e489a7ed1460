"""Reference prices over RTDS: one connection for what settles, one for what warns.

Chainlink and its 60-second average come on one connection, Binance on another, so that one of them
can be dead while the other lives and each is known for what it is. A connection that is open but
silent is the classic fault of this feed: it stalls after 20 to 30 minutes without a word, so
silence of its own price is its death. Source: venue reference, section 6.1.
"""

from collections.abc import Callable
from typing import Final

import msgspec
import trio

from pmcore.events import AnyEvent
from pmcore.ids import BINANCE_FEED, CHAINLINK_FEED, SOURCE_NAMES, Feed, Source
from pmcore.units import Ns
from pmcore.wire.rtds import decode
from pmio.websocket import Socket

PING_S: Final = 5.0
"""Text PING every 5 s; the feed drops those who forget it."""
SOURCES: Final[dict[Feed, Source]] = {CHAINLINK_FEED: Source(0), BINANCE_FEED: Source(1)}


class Symbols(msgspec.Struct, frozen=True):
    """One asset as each provider writes it."""

    chainlink: str
    binance: str
    bolt: str


def symbols_of(slug_prefix: str) -> Symbols:
    """The symbols of a series: `btc-updown-15m` is of `btc`."""
    asset = slug_prefix.partition("-")[0].lower()
    return Symbols(f"{asset}/usd", f"{asset}usdt", f"{asset}usd")


class Silence:
    """Since when a price has not come."""

    __slots__ = ("_limit_s", "_name", "_since")

    def __init__(self, name: str, limit_s: float) -> None:
        self._name = name
        self._limit_s = limit_s
        self._since = 0.0

    def broken(self) -> None:
        """The price has come, or is only now waited for."""
        self._since = trio.current_time()

    def told(self, now: float) -> str:
        """Why this silence is too long; "" while it is not."""
        if now - self._since <= self._limit_s:
            return ""
        return f"no {self._name} price for {self._limit_s:g} s"


class RtdsLine:
    """One connection to RTDS as a `Line`, for CHAINLINK_FEED or BINANCE_FEED."""

    ping = "PING"
    ping_s = PING_S
    scrub: Callable[[str], str] | None = None

    def __init__(self, feed: Feed, url: str, symbols: Symbols, silence_s: float) -> None:
        self.feed = feed
        self.url = url
        self.frame_silence_s = silence_s
        self._symbols = symbols
        self._source = SOURCES[feed]
        self._silence = Silence(SOURCE_NAMES[self._source], silence_s)

    async def ready(self) -> None:
        """Always."""

    async def greet(self, socket: Socket) -> None:
        """Subscribe, each topic by itself: one unknown topic poisons the whole request."""
        if self.feed == CHAINLINK_FEED:
            symbol = self._symbols.chainlink
            topics: tuple[str, ...] = ("crypto_prices_chainlink", "crypto_prices_twap_sixty")
        else:
            symbol = self._symbols.binance
            topics = ("crypto_prices",)
        self._silence.broken()
        for topic in topics:
            # The filter is a JSON text inside JSON, and must have no blanks.
            filters = msgspec.json.encode({"symbol": symbol}).decode()
            wanted = {"topic": topic, "type": "update", "filters": filters}
            message = {"action": "subscribe", "subscriptions": [wanted]}
            await socket.send(msgspec.json.encode(message).decode())

    async def attend(self, socket: Socket) -> None:
        """Nothing more to say."""

    def hear(self, frame: bytes | str, at_ns: Ns) -> list[AnyEvent]:
        """The ticks of a frame."""
        ticks = decode(frame, at_ns, self._symbols.chainlink, self._symbols.binance)
        events: list[AnyEvent] = []
        for tick in ticks:
            if tick.source == self._source:
                self._silence.broken()
            events.append(tick)
        return events

    def stalled(self, now: float) -> str:
        """The price of this connection has not come for too long."""
        return self._silence.told(now)
