"""Faults of the websocket channels (classes 1 and 5)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pmapp.local_venue.channel_faults import garbage
from pmapp.local_venue.faults import CHANNELS

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Session, Venue

Params = dict[str, Any]
Undo = Callable[[], None]


def nothing() -> None:
    """There is nothing to throw back."""


def names(params: Params) -> list[str]:
    """The channels that a fault is about; ValueError for one that is not known."""
    wanted = str(params["channel"])
    if wanted == "all":
        return list(CHANNELS)
    if wanted not in CHANNELS:
        raise ValueError(f"channel: {wanted!r} is none of {', '.join(CHANNELS)}, all")
    return [wanted]


def sessions(venue: "Venue", params: Params) -> "list[Session]":
    """The connections that a fault is about, oldest first."""
    return [session for name in names(params) for session in venue.sessions(name)]


def _switch(venue: "Venue", params: Params, name: str, on: Any, off: Any) -> Undo:
    channels = [venue.faults.channels[channel] for channel in names(params)]
    for channel in channels:
        setattr(channel, name, on)

    def undo() -> None:
        for channel in channels:
            setattr(channel, name, off)

    return undo


def stall(venue: "Venue", params: Params) -> Undo:
    """Frames are dropped while pings are answered."""
    if params["asset"]:
        return _switch(venue, params, "stalled_asset", str(params["asset"]), "")
    return _switch(venue, params, "stalled", True, False)


def hold(venue: "Venue", params: Params) -> Undo:
    """Frames are kept, and released together."""
    off = _switch(venue, params, "holding", True, False)

    def undo() -> None:
        off()
        for name in names(params):
            for session in venue.sessions(name):
                venue.faults.channels[name].release(session.outbox)

    return undo


def rate(name: str) -> Callable[["Venue", Params], Undo]:
    """A fault that strikes frames with probability `p`."""

    def begin(venue: "Venue", params: Params) -> Undo:
        return _switch(venue, params, name, float(params["p"]), 0.0)

    return begin


def lost_ack(venue: "Venue", params: Params) -> Undo:
    """Subscriptions fall on deaf ears: the next of each connection, or all while it lasts."""
    found = sessions(venue, params)
    for session in found:
        session.deaf = True

    def undo() -> None:
        for session in found:
            session.deaf = False

    return undo


def send_garbage(venue: "Venue", params: Params) -> Undo:
    """One bad frame to every connection, now."""
    for session in sessions(venue, params):
        session.outbox.add(garbage(str(params["sort"]), venue.faults.chance))
    return nothing


def close(venue: "Venue", params: Params) -> Undo:
    """Close every connection in order."""
    for session in sessions(venue, params):
        session.outbox.close(int(params["code"]), str(params["reason"]))
    return nothing


def cut(venue: "Venue", params: Params) -> Undo:
    """End every connection abruptly."""
    for session in sessions(venue, params):
        session.outbox.drop()
    return nothing


def refuse(venue: "Venue", params: Params) -> Undo:
    """Turn new connections away."""
    return _switch(venue, params, "refusing", True, False)


def no_pong(venue: "Venue", params: Params) -> Undo:
    """Leave pings unanswered."""
    return _switch(venue, params, "mute", True, False)


def user_late(venue: "Venue", params: Params) -> Undo:
    """Send every event of the user channel late."""
    venue.faults.user_late_ns = int(params["ms"]) * 1_000_000

    def undo() -> None:
        venue.faults.user_late_ns = 0

    return undo
