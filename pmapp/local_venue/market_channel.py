"""The market channel: who is subscribed to which token, and what a subscription answers.

Source: venue reference, section 5.1. Tokens that the venue does not list are accepted and say
nothing; an update that names no new token is answered with `NO NEW ASSETS`, as third parties saw.
"""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from pmapp.local_venue.client_wish import heard
from pmapp.local_venue.outbox import Outbox

DUMP_MAX: Final = 500
"""A connection with more tokens than this gets no first books (section 5.1)."""
BookOf = Callable[[str], str | None]
"""A token's `book` message as text, or None for a token that is not listed."""


class _Wish(msgspec.Struct):
    type: str = ""
    operation: str = ""
    assets_ids: list[str] = []
    custom_feature_enabled: bool | None = None
    initial_dump: bool = True
    level: int = 2


_WISH: Final = msgspec.json.Decoder(_Wish)


class MarketSession:
    """One connection to the market channel."""

    __slots__ = ("custom", "deaf", "hub", "number", "outbox", "tokens")

    def __init__(self, hub: "MarketHub", number: int, outbox: Outbox) -> None:
        self.hub = hub
        self.number = number
        self.outbox = outbox
        self.tokens: dict[str, None] = {}
        self.custom = False
        self.deaf = False

    def hear(self, message: str | bytes) -> None:
        """A message from the client; what is not understood is ignored, as the venue does."""
        wish = heard(self, message, _WISH)
        if wish is None:
            return
        if wish.custom_feature_enabled is not None:
            self.custom = wish.custom_feature_enabled
        if wish.operation == "unsubscribe":
            self.hub.drop(self, wish.assets_ids)
        elif wish.operation == "subscribe" or wish.type == "market":
            new = self.hub.add(self, wish.assets_ids)
            if wish.operation and not new:
                self.outbox.put(b"NO NEW ASSETS")
            elif new and wish.initial_dump and len(self.tokens) <= DUMP_MAX:
                self.dump(new)

    def dump(self, tokens: Iterable[str]) -> None:
        """The books of some tokens, in one frame: "initial dump arrives as an array"."""
        books = [book for token in tokens if (book := self.hub.book_of(token)) is not None]
        self.outbox.put(f"[{','.join(books)}]".encode())

    def gone(self) -> None:
        """The connection has ended."""
        self.hub.drop(self, list(self.tokens))
        self.hub.sessions.pop(self.number, None)


class MarketHub:
    """All connections of the market channel."""

    __slots__ = ("_count", "book_of", "by_token", "sessions")

    def __init__(self, book_of: BookOf) -> None:
        self.book_of = book_of
        self.sessions: dict[int, MarketSession] = {}
        self.by_token: dict[str, dict[int, MarketSession]] = {}
        self._count = 0

    def open(self, outbox: Outbox) -> MarketSession:
        """A new connection."""
        self._count += 1
        session = self.sessions[self._count] = MarketSession(self, self._count, outbox)
        return session

    def add(self, session: MarketSession, tokens: list[str]) -> list[str]:
        """Subscribe; the tokens that are new to the connection."""
        new = [token for token in dict.fromkeys(tokens) if token not in session.tokens]
        for token in new:
            session.tokens[token] = None
            self.by_token.setdefault(token, {})[session.number] = session
        return new

    def drop(self, session: MarketSession, tokens: list[str]) -> None:
        """Unsubscribe."""
        for token in tokens:
            if session.tokens.pop(token, "") is None:
                listeners = self.by_token.get(token, {})
                listeners.pop(session.number, None)
                if not listeners:
                    self.by_token.pop(token, None)

    def listeners(self, tokens: Iterable[str]) -> list[MarketSession]:
        """Whoever is subscribed to at least one of the tokens, oldest connection first."""
        found: dict[int, MarketSession] = {}
        for token in tokens:
            found |= self.by_token.get(token, {})
        return [found[number] for number in sorted(found)]

    def tell(self, listeners: list[MarketSession], frames: Iterable[bytes]) -> None:
        """Send the same frames to several connections."""
        frames = tuple(frames)
        for session in listeners:
            for frame in frames:
                session.outbox.put(frame)
