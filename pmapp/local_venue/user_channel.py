"""The user channel: a connection names its API key, and hears of that key's orders and trades.

There is no replay. The first message must carry the credentials; without good ones the venue
closes (code 1008: an assumption). Source: venue reference, section 5.2.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from pmapp.local_venue.client_wish import heard
from pmapp.local_venue.outbox import Outbox

REFUSED: Final = (1008, "invalid auth")


class Credentials(msgspec.Struct, rename="camel"):
    """What identifies an API key in a socket's first message."""

    api_key: str = ""
    secret: str = ""
    passphrase: str = ""


class _Wish(msgspec.Struct):
    type: str = ""
    operation: str = ""
    auth: Credentials | None = None
    markets: list[str] | None = None


_WISH: Final = msgspec.json.Decoder(_Wish)
Vouch = Callable[[Credentials], bool]


class UserSession:
    """One connection to the user channel."""

    __slots__ = ("deaf", "hub", "key", "markets", "number", "outbox")

    def __init__(self, hub: "UserHub", number: int, outbox: Outbox) -> None:
        self.hub = hub
        self.number = number
        self.outbox = outbox
        self.key = ""
        """The API key once it is proven."""
        self.deaf = False
        self.markets: dict[str, None] | None = None
        """Condition ids, or None for all."""

    def hear(self, message: str | bytes) -> None:
        """A message from the client."""
        wish = heard(self, message, _WISH)
        if wish is None:
            return
        if not self.key:
            if wish.auth is None or not self.hub.vouch(wish.auth):
                self.outbox.close(*REFUSED)
                return
            self.key = wish.auth.api_key
            self.markets = dict.fromkeys(wish.markets) if wish.markets else None
        elif wish.operation == "unsubscribe" and self.markets is not None:
            for market in wish.markets or ():
                self.markets.pop(market, None)
        elif wish.operation == "subscribe" and self.markets is not None:
            self.markets |= dict.fromkeys(wish.markets or ())

    def hears_of(self, condition: str) -> bool:
        """Whether this connection wants a market's events."""
        return self.markets is None or condition in self.markets

    def gone(self) -> None:
        """The connection has ended."""
        self.hub.sessions.pop(self.number, None)


class UserHub:
    """All connections of the user channel."""

    __slots__ = ("_count", "sessions", "vouch")

    def __init__(self, vouch: Vouch) -> None:
        self.vouch = vouch
        self.sessions: dict[int, UserSession] = {}
        self._count = 0

    def open(self, outbox: Outbox) -> UserSession:
        """A new connection."""
        self._count += 1
        session = self.sessions[self._count] = UserSession(self, self._count, outbox)
        return session

    def tell(self, key: str, condition: str, frame: bytes) -> None:
        """Send one event to every connection of a key that wants its market."""
        for session in list(self.sessions.values()):
            if session.key == key and session.hears_of(condition):
                session.outbox.put(frame)
