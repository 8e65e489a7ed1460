"""What a client of the market or user channel asks for, once pings and nonsense are answered."""

from typing import Final, Protocol, TypeVar

import msgspec

from pmapp.local_venue.outbox import Outbox

PONG: Final = b"PONG"
NONSENSE: Final = b"INVALID OPERATION"
Wish = TypeVar("Wish")


class Session(Protocol):
    """A connection to either channel."""

    outbox: Outbox
    deaf: bool
    """A fault: the next subscription is neither heard nor answered."""


def heard(
    session: Session, message: str | bytes, decoder: msgspec.json.Decoder[Wish]
) -> Wish | None:
    """The wish of a message; None where nothing is left to do.

    A ping and what cannot be decoded are answered here, and ears that are deaf hear again.
    """
    text = message.decode("utf-8", "replace") if isinstance(message, bytes) else message
    if text.strip().upper() == "PING":
        session.outbox.answer(PONG)
        return None
    try:
        wish = decoder.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        session.outbox.answer(NONSENSE)
        return None
    if session.deaf:
        session.deaf = False
        return None
    return wish
